// A projection outside wiring<...>.
// expect: eirnn[W27]: an area takes its cell, then populations, and either one wiring<...>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct cortex : area<cell, E, I, wiring<project<E, cortex>, project<I, E>>> {};
#else
struct cortex : area<cell, E, I, project<E, cortex>, project<I, E>> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
