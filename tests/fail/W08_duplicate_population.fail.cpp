// One population in two areas.
// expect: eirnn[W08]: a population or area is declared twice in one network
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E_S : population<excitatory, 8> {};
struct I_S : population<inhibitory, 2> {};
struct E_M : population<excitatory, 8> {};
struct I_M : population<inhibitory, 2> {};
struct sensory : area<cell, E_S, I_S> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct motor : area<cell, E_M, I_M> {};
#else
struct motor : area<cell, E_M, I_S> {};
#endif
using net =
    network<areas<sensory, motor>, inputs<project<motion, sensory>>, long_range<project<E_S, motor>>, outputs<project<E_M, choice>>>;

layout lowered() { return lower<net>(); }
