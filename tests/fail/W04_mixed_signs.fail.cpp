// An excitatory population with weights of both signs.
// expect: eirnn[W04]: an unconstrained projection lets an excitatory or inhibitory population send both signs
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, unconstrained, allow<dale_violation>>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice, unconstrained>>>;
#endif

layout lowered() { return lower<net>(); }
