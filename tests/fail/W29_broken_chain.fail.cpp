// An area that reads another one late only, and nothing in the step itself.
// expect: eirnn[W29]: areas on grids form a chain
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
struct V1 : area<feed_forward, F, convolution<3>, max_pool<3, 2>> {};
struct V2 : area<multicell::standard_ei, E, I, separable<3>> {};
#ifdef EIRNN_CONTROL
using forward = project<F, V2>;
#else
using forward = project<F, V2, delayed<1>>;
#endif
using net = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<forward>, outputs<project<E, category>>, signs<absolute>>;

layout lowered() { return lower<net>(); }
