// An inhibitory population that leaves its area.
// expect: eirnn[W02]: a projection between areas starts from an inhibitory population; only excitatory principal
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E_S : population<excitatory, 8> {};
struct I_S : population<inhibitory, 2> {};
struct E_M : population<excitatory, 8> {};
struct I_M : population<inhibitory, 2> {};
struct sensory : area<cell, E_S, I_S> {};
struct motor : area<cell, E_M, I_M> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net =
    network<areas<sensory, motor>, inputs<project<motion, sensory>>, long_range<project<E_S, motor>>, outputs<project<E_M, choice>>>;
#else
using net =
    network<areas<sensory, motor>, inputs<project<motion, sensory>>, long_range<project<I_S, motor>>, outputs<project<E_M, choice>>>;
#endif

layout lowered() { return lower<net>(); }
