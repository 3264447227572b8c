// An area whose map would be larger than itself.
// expect: eirnn[W31]: a kernel or its stride is out of range
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
#ifdef EIRNN_CONTROL
struct V2 : area<multicell::standard_ei, E, I, separable<3>> {};
#else
struct V2 : area<multicell::standard_ei, E, I, enlarged<2>> {};
#endif
using net = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<F, V2, enlarged<2>>>, outputs<project<E, category>>,
                    signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
