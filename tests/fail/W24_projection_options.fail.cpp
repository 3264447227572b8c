// Two masks on one projection.
// expect: eirnn[W24]: a projection has an option that it does not know, or two that exclude each other
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex, sparse<0.2>>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex, sparse<0.2>, dense>>, outputs<project<E, choice>>>;
#endif

layout lowered() { return lower<net>(); }
