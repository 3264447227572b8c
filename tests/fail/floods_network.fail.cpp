// Wrong networks and cells, as one writes them at the beginning: each gives one error, its sentence, and nothing after it.
// one error each
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<rate<relu>, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using in = inputs<project<motion, cortex>>;
using out = outputs<project<E, choice>>;
using good = network<areas<cortex>, in, out>;

namespace words {
using namespace eirnn::equations;
using eirnn::relu, eirnn::notation::alpha;
inline constexpr symbol<struct x> x;
inline constexpr symbol<struct r> r;
inline constexpr symbol<struct h> h;
inline constexpr input_symbol<struct u> u;
inline constexpr coefficient<struct beta> beta;
}  // namespace words

// A network around one area, of one cell, or with other options of its projection.
template <class Area>
using around = network<areas<Area>, inputs<project<motion, Area>>, outputs<project<E, choice>>>;
#define NETWORK(name, ...)                                                            \
    namespace name {                                                                  \
    struct net : network<__VA_ARGS__> {};                                             \
    layout lowered() { return lower<net>(); }                                         \
    }
#define AREA(name, ...)                                                               \
    namespace name {                                                                  \
    struct here : area<__VA_ARGS__> {};                                               \
    layout lowered() { return lower<around<here>>(); }                                \
    }
#define CELL(name, ...)                                                               \
    namespace name {                                                                  \
    struct cell {                                                                     \
        static constexpr auto equations = [] {                                        \
            using namespace words;                                                    \
            return __VA_ARGS__;                                                       \
        }();                                                                          \
    };                                                                                \
    struct here : area<cell, E, I> {};                                                \
    layout lowered() { return lower<around<here>>(); }                                \
    }
#define STATE x[r] = (1 - alpha) * prev(x) + alpha * (W(prev(r)) + W(u))

NETWORK(right_network, areas<cortex>, in, out)
AREA(right_area, rate<relu>, E, I, without<E, E>)
CELL(right_cell, system(STATE, r = relu(x)))
CELL(right_arithmetic, system(STATE, r = exp(-square(x)) / 2 + abs(x) / (1 + sqrt(1 + square(x)))))
CELL(right_gate, system(h[r] = relu(W(prev(r)) + W(u)), r = relu(W(h))))

#ifndef EIRNN_CONTROL
// ---- networks
NETWORK(areas_forgotten, cortex, in, out)                                                           // expect: eirnn[W25]
NETWORK(network_as_area, areas<good>, in, out)                                                      // expect: eirnn[W25]
NETWORK(populations_as_areas, areas<E, I>, inputs<project<motion, E>>, out)                         // expect: eirnn[W25]
NETWORK(population_beside, areas<cortex>, in, out, E)                                               // expect: eirnn[W25]
NETWORK(lists_forgotten, areas<cortex>, project<motion, cortex>, project<E, choice>)                // expect: eirnn[W25]
NETWORK(grid_beside, areas<cortex>, in, out, grid<3, 3>)                                            // expect: eirnn[W25]
NETWORK(sizes_beside, areas<cortex>, in, out, sizes)                                                // expect: eirnn[W25]
NETWORK(waiver_beside, areas<cortex>, in, outputs<project<cortex, choice>>, inhibitory_readout)     // expect: eirnn[W25]
NETWORK(no_waiver, areas<cortex>, in, out, allow<E>)                                                // expect: eirnn[W25]
NETWORK(rule_beside, areas<cortex>, in, out, absolute)                                              // expect: eirnn[W25]
NETWORK(no_rule, areas<cortex>, in, out, signs<E>)                                                  // expect: eirnn[W25]
NETWORK(two_rules, areas<cortex>, in, out, signs<absolute, rectify>)                                // expect: eirnn[W25]
NETWORK(without_beside, areas<cortex>, in, out, without<E, I>)                                      // expect: eirnn[W25]
NETWORK(wrong_readout, areas<cortex>, in, out, readout<E>)                                          // expect: eirnn[W25]
NETWORK(area_twice, areas<cortex, cortex>, in, out)                                                 // expect: eirnn[W08]
NETWORK(nothing)                                                                                    // expect: eirnn[W25]
// ---- projections
NETWORK(to_an_input, areas<cortex>, inputs<project<cortex, motion>>, out)                           // expect: eirnn[W40]
NETWORK(from_an_output, areas<cortex>, in, outputs<project<choice, E>>)                             // expect: eirnn[W40]
NETWORK(input_alone, areas<cortex>, inputs<motion>, out)                                            // expect: eirnn[W10]
NETWORK(target_forgotten, areas<cortex>, inputs<project<motion>>, out)                              // expect: eirnn[W09]
NETWORK(per_cent, areas<cortex>, inputs<project<motion, cortex, sparse<20>>>, out)                  // expect: eirnn[W17]
NETWORK(waiver_alone, areas<cortex>, in, outputs<project<cortex, choice, inhibitory_readout>>)      // expect: eirnn[W24]
NETWORK(no_waiver_here, areas<cortex>, inputs<project<motion, cortex, allow<cortex>>>, out)         // expect: eirnn[W24]
NETWORK(no_table, areas<cortex>, inputs<project<motion, cortex, table<E>>>, out)                    // expect: eirnn[W24]
NETWORK(swapped_block, areas<cortex>, inputs<project<motion, cortex, block<pres<0, 1>, posts<0, 1>>>>, out)  // expect: eirnn[W24]
// ---- areas
AREA(cell_forgotten, E, I)                                                                          // expect: eirnn[W39]
AREA(activation_as_cell, relu_t, E, I)                                                              // expect: eirnn[W39]
AREA(number_as_cell, int, E, I)                                                                     // expect: eirnn[W39]
AREA(empty_area)                                                                                    // expect: eirnn[W39]
AREA(area_in_area, rate<relu>, cortex)                                                              // expect: eirnn[W27]
AREA(grid_in_area, rate<relu>, E, I, grid<3, 3>)                                                    // expect: eirnn[W27]
AREA(pool_without_kernel, rate<relu>, E, I, max_pool<2>)                                            // expect: eirnn[W27]
AREA(population_twice, rate<relu>, E, E)                                                            // expect: eirnn[W08]
AREA(without_one, rate<relu>, E, I, without<E>)                                                     // expect: eirnn[W09]
AREA(without_projection, rate<relu>, E, I, without<project<E, I>, E>)                               // expect: eirnn[W09]
// ---- their parts
namespace parts {
struct swapped : population<80, excitatory> {};
struct unsized : population<excitatory> {};
struct fraction : population<excitatory, 8.5> {};
struct role_first : population<principal, 80> {};
struct unsized_input : input<> {};
struct no_map : input<3, E> {};
struct number_activation : output<2, 3> {};
}  // namespace parts
AREA(population_swapped, rate<relu>, E, parts::swapped)                                             // expect: eirnn[W41]
AREA(population_unsized, rate<relu>, E, parts::unsized)                                             // expect: eirnn[W41]
AREA(population_fraction, rate<relu>, E, parts::fraction)                                           // expect: eirnn[W41]
AREA(population_role_first, rate<relu>, E, parts::role_first)                                       // expect: eirnn[W41]
NETWORK(input_unsized, areas<cortex>, inputs<project<parts::unsized_input, cortex>>, out)           // expect: eirnn[W41]
NETWORK(input_without_map, areas<cortex>, inputs<project<parts::no_map, cortex>>, out)              // expect: eirnn[W41]
NETWORK(output_of_a_number, areas<cortex>, in, outputs<project<E, parts::number_activation>>)       // expect: eirnn[W41]
// ---- cells that are not possible without grids yet
CELL(sum_inside, system(h[r] = relu(W(prev(r)) + W(u)), r = h - mean(h)))                           // expect: eirnn[C17]
CELL(sum_of_a_term, system(STATE, h[r] = sum(relu(x)), r = relu(x) * h))                            // expect: eirnn[C17]
CELL(sum_at_last, system(x[h] = W(prev(h)) + W(u), h = sum(x)))                                     // expect: eirnn[C17]
CELL(now_and_before, system(h[r] = relu(W(prev(r)) + W(u)), r = relu(W(h) + W(prev(r)))))           // expect: eirnn[C20]
CELL(two_kinds, system(h = relu(W(prev(r)) + W(u)), r = relu(W(prev(r)) + W(u))))                   // expect: eirnn[C21]
CELL(other_coefficient, system(x[r] = beta * prev(x) + (W(prev(r)) + W(u)), r = relu(x)))           // expect: eirnn[C22]
CELL(two_sums, system(h[r] = relu(W(prev(r)) + W(u)), x[r] = relu(W(h)), r = relu(W(h) + W(x))))    // expect: eirnn[C23]
CELL(twice, system(x[r] = prev(x) + (W(prev(r)) + W(u) - W(prev(r))), r = relu(x)))                 // expect: eirnn[C27]
CELL(input_twice, system(h[r] = prev(h) + (W(prev(r)) + W(u) - W(u)), r = relu(h)))                 // expect: eirnn[C27]
CELL(loud, system(x[r] = prev(x) + (W(prev(r)) + W(u)), r = 2 * relu(x + noise)))                   // expect: eirnn[C28]
CELL(subtracted, system(x[r] = prev(x) + (W(u) - W(prev(r))), r = relu(x)))                         // expect: eirnn[W38]
CELL(falling, system(h[r] = relu(W(prev(r)) + W(u)), x[r] = alpha * prev(x) - h / 2, r = relu(x)))  // expect: eirnn[W38]
// ---- equations
CELL(text, system(STATE, r = relu(x) + "text"))                                                     // expect: eirnn[C10]
CELL(activation_of_text, system(STATE, r = relu("text")))                                           // expect: eirnn[C10]
CELL(activation_of_a_number, system(STATE, r = relu(1)))                                            // expect: eirnn[C10]
CELL(activation_of_nothing, system(STATE, r = relu()))                                              // expect: eirnn[C10]
CELL(bare_activation, system(STATE, r = relu))                                                      // expect: eirnn[C10]
CELL(sum_of_activation, system(STATE, r = relu + x))                                                // expect: eirnn[C10]
CELL(quotient_of_text, system(STATE, r = relu(x) / "text"))                                         // expect: eirnn[C10]
CELL(variable_as_function, system(STATE, r = x(1)))                                                 // expect: eirnn[C10]
CELL(norm_of_nothing, system(STATE, r = batch_norm()))                                              // expect: eirnn[C10]
CELL(swapped_dropout, system(STATE, r = dropout(relu(x), 0.5)))                                     // expect: eirnn[C10]
CELL(weighted_number, system(x[r] = prev(x) + W(1) + W(prev(r)) + W(u), r = relu(x)))               // expect: eirnn[C11]
CELL(weighted_weighted, system(x[r] = prev(x) + W(W(prev(r))) + W(u), r = relu(x)))                 // expect: eirnn[C11]
CELL(weighted_nothing, system(x[r] = prev(x) + W() + W(u), r = relu(x)))                            // expect: eirnn[C11]
CELL(weighted_term, system(STATE, r = W(relu(x))))                                                  // expect: eirnn[C11]
CELL(two_steps_before, system(x[r] = prev(prev(x)) + W(prev(r)) + W(u), r = relu(x)))               // expect: eirnn[C12]
CELL(weighted_before, system(x[r] = prev(x) + prev(W(r)) + W(u), r = relu(x)))                      // expect: eirnn[C12]
CELL(input_before, system(x[r] = prev(x) + W(prev(r)) + prev(u), r = relu(x)))                      // expect: eirnn[C12]
CELL(previous_on_the_left, system(prev(x) = W(prev(r)) + W(u), r = relu(x)))                        // expect: eirnn[C13]
CELL(input_on_the_left, system(u = W(prev(r)), r = relu(x)))                                        // expect: eirnn[C13]
CELL(unit_by_number, system(x[0] = W(prev(r)) + W(u), r = relu(x)))                                 // expect: eirnn[C13]
CELL(comparison, system(x[r] == W(prev(r)) + W(u), r = relu(x)))                                    // expect: eirnn[C13]
CELL(comma, system(x, relu(x)))                                                                     // expect: eirnn[C13]
CELL(system_forgotten, r = relu(W(prev(r)) + W(u)))                                                 // expect: eirnn[C13]
CELL(no_equations, system())                                                                        // expect: eirnn[C13]
CELL(bare_input, system(x[r] = prev(x) + W(prev(r)) + u, r = relu(x)))                              // expect: eirnn[C15]

namespace cells {
using namespace words;
double factor();
struct misspelt {
    static constexpr auto equation = rate<relu>::equations;
};
struct late {
    static inline const auto equations = system(STATE, r = factor() * relu(x));
};
struct number {
    static constexpr int equations = 3;
};
struct function {
    static constexpr auto equations() { return rate<relu>::equations; }
};
class hidden {
    static constexpr auto equations = rate<relu>::equations;
};
struct lonely_t : activation<lonely_t> {};
}  // namespace cells
AREA(misspelt_equations, cells::misspelt, E, I)                                                     // expect: eirnn[W39]
AREA(hidden_equations, cells::hidden, E, I)                                                         // expect: eirnn[W39]
AREA(late_equations, cells::late, E, I)                                                             // expect: eirnn[C14]
AREA(number_as_equations, cells::number, E, I)                                                      // expect: eirnn[C13]
AREA(function_as_equations, cells::function, E, I)                                                  // expect: eirnn[C13]
AREA(rate_of_a_number, rate<3>, E, I)                                                               // expect: eirnn[C16]
AREA(rate_of_a_sign, rate<excitatory>, E, I)                                                        // expect: eirnn[C16]
AREA(rate_of_half_an_activation, rate<cells::lonely_t{}>, E, I)                                     // expect: eirnn[C16]
#endif
