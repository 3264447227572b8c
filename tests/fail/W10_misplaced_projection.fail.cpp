// A population among the inputs.
// expect: eirnn[W10]: a projection stands in the wrong list
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex>, project<E, cortex>>, outputs<project<E, choice>>>;
#endif

layout lowered() { return lower<net>(); }
