// A readout from an excitatory interneuron.
// expect: eirnn[W06]: an output reads an interneuron; only principal populations are read out
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct G : population<excitatory, 4, interneuron> {};
struct cortex : area<cell, E, G, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<G, choice>>>;
#endif

layout lowered() { return lower<net>(); }
