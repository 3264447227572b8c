// A skip connection past an area that halves the map.
// expect: eirnn[W43]: a projection reaches another map than its area's
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct V2 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
#ifdef EIRNN_CONTROL
using skip = project<image, V2>;
#else
using skip = project<image, V2, separable<3, 2>>;
#endif
using net = network<areas<V1, V2>, inputs<project<image, V1>, skip>, long_range<project<F, V2>>, outputs<project<E, category>>,
                    signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
