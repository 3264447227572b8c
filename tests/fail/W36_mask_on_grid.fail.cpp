// A random mask between maps.
// expect: eirnn[W36]: areas on grids have no masks
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
struct V1 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
#ifdef EIRNN_CONTROL
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;
#else
using net = network<areas<V1>, inputs<project<image, V1, sparse<0.5>>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;
#endif

layout lowered() { return lower<net>(); }
