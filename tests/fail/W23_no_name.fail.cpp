// A population used without a struct of its own.
// expect: eirnn[W23]: a part of a network has no name of its own
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct cortex : area<cell, E, I> {};
#else
struct cortex : area<cell, E, population<inhibitory, 2>> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
