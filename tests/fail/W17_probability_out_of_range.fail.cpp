// A probability given in per cent.
// expect: eirnn[W17]: the probability of a sparse mask is not in (0, 1]
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
using net = network<areas<cortex>, inputs<project<motion, cortex, sparse<0.2>>>, outputs<project<E, choice>>>;
#else
using net = network<areas<cortex>, inputs<project<motion, cortex, sparse<20.0>>>, outputs<project<E, choice>>>;
#endif

layout lowered() { return lower<net>(); }
