// A readout from all units, with none of them free to inhibit.
// expect: eirnn[W05]: an output reads an inhibitory population
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<cortex, choice, allow<inhibitory_readout>>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<cortex, choice>>>;
#endif

layout lowered() { return lower<net>(); }
