// An area on a map that is declared behind the units.
// expect: eirnn[W35]: a network begins on grids or has none
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
using parts = areas<V1, decision>;
#else
using parts = areas<decision, V1>;
#endif
using net = network<parts, inputs<project<image, V1, unconstrained>>, long_range<project<F, decision>>, outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
