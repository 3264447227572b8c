// A grid without positions.
// expect: eirnn[W33]: the grid of an input is out of range
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

#ifdef EIRNN_CONTROL
struct image : input<3, grid<8, 8>> {};
#else
struct image : input<3, grid<8, 0>> {};
#endif
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
struct V1 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
