// A readout from a population of no area.
// expect: eirnn[W09]: a projection names a population, area, input or output that is not part of the network
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
struct E_2 : population<excitatory, 8> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E_2, choice>>>;
#endif

layout lowered() { return lower<net>(); }
