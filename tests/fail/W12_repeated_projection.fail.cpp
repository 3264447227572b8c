// An input that reaches a population twice.
// expect: eirnn[W12]: two projections declare the same connections
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, E>, project<motion, I>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>, project<motion, E>>, outputs<project<E, choice>>>;
#endif

layout lowered() { return lower<net>(); }
