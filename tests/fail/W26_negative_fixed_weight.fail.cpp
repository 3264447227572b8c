// An excitatory population with a negative fixed weight.
// expect: eirnn[W26]: a fixed weight is negative, but its sign is that of its source population
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct bias_to_left {
    static constexpr double at(int post, int pre) { return post == 0 ? 0.5 : 0.25; }
};
#else
struct bias_to_left {
    static constexpr double at(int post, int pre) { return post == 0 ? 0.5 : -0.25; }
};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, fixed<bias_to_left>>>>;

layout lowered() { return lower<net>(); }
