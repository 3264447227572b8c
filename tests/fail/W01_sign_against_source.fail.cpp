// An inhibitory population said to excite.
// expect: eirnn[W01]: a projection states a sign that is not the sign of its source population
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct cortex : area<cell, E, I, wiring<project<E, cortex>, project<I, cortex, sends<inhibitory>>>> {};
#else
struct cortex : area<cell, E, I, wiring<project<E, cortex>, project<I, cortex, sends<excitatory>>>> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
