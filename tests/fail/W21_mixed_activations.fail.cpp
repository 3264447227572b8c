// A linear and a squashed output.
// expect: eirnn[W21]: the outputs of a network have different activations, which this version does not support
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

using cell = rate<relu>;
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
struct squash {};
#ifdef EIRNN_CONTROL
struct eye : output<1> {};
#else
struct eye : output<1, squash{}> {};
#endif
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>, project<E, eye>>>;

layout lowered() { return lower<net>(); }
