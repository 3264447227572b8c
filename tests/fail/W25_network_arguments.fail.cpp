// Two lists of inputs.
// expect: eirnn[W25]: a network takes areas<...> with at least one area
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, E>>, inputs<project<motion, I>>, outputs<project<E, choice>>>;
#endif

layout lowered() { return lower<net>(); }
