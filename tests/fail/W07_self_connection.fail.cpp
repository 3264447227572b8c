// Autapses without the waiver.
// expect: eirnn[W07]: units of a population would connect to themselves
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct cortex : area<cell, E, I, wiring<project<E, cortex, with_self, allow<self_connection>>, project<I, cortex>>> {};
#else
struct cortex : area<cell, E, I, wiring<project<E, cortex, with_self>, project<I, cortex>>> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
