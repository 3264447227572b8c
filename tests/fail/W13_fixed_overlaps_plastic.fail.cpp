// A fixed weight on a trained connection.
// expect: eirnn[W13]: a connection is both fixed and trained
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
struct first_unit {
    static constexpr double at(int post, int pre) { return post == 0 && pre == 0 ? 0.5 : 0.0; }
};
struct other_units {
    static constexpr bool at(int post, int pre) { return post != 0 || pre != 0; }
};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, table<other_units>, fixed<first_unit>>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, dense, fixed<first_unit>>>>;
#endif

layout lowered() { return lower<net>(); }
