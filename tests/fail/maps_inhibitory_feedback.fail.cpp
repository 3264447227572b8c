// Feedback to a map from an inhibitory population of units.
// expect: eirnn[W02]: a projection between areas starts from an inhibitory population
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct cortex : area<rate<relu>, E, I> {};
#ifdef EIRNN_CONTROL
using back = project<E, V1, delayed<1>>;
#else
using back = project<I, V1, delayed<1>>;
#endif
using net = network<areas<V1, cortex>, inputs<project<image, V1>>, long_range<project<F, cortex>, back>, outputs<project<E, category>>,
                    signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
