// A population without units.
// expect: eirnn[W18]: a population, input or output has no units
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
#ifdef EIRNN_CONTROL
struct I : population<inhibitory, 2> {};
#else
struct I : population<inhibitory, 0> {};
#endif
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
