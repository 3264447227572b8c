// A mask for another number of units.
// expect: eirnn[W16]: a mask or a table of fixed weights has not the size of its projection
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
struct checkerboard {
#ifdef EIRNN_CONTROL
    static constexpr bool values[2][8] = {{1, 0, 1, 0, 1, 0, 1, 0}, {0, 1, 0, 1, 0, 1, 0, 1}};
#else
    static constexpr bool values[2][6] = {{1, 0, 1, 0, 1, 0}, {0, 1, 0, 1, 0, 1}};
#endif
};
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, table<checkerboard>>>>;

layout lowered() { return lower<net>(); }
