// A population that the wiring forgets.
// expect: eirnn[W15]: a population neither receives nor sends anything
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct E_2 : population<excitatory, 4> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct cortex : area<cell, E, E_2, I> {};
#else
struct cortex : area<cell, E, E_2, I, without<E_2, cortex>, without<cortex, E_2>> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, E>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
