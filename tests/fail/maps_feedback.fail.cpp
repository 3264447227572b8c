// Units that project back to the map in front of them within a step.
// expect: eirnn[W42]: an area on a grid would read within a step what is computed after it
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct choice : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct decision : area<rate<relu>, E, I> {};
#ifdef EIRNN_CONTROL
using forward = long_range<project<F, decision>, project<E, V1, delayed<1>>>;
#else
using forward = long_range<project<F, decision>, project<E, V1>>;
#endif
using net = network<areas<V1, decision>, inputs<project<image, V1, unconstrained>>, forward, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
