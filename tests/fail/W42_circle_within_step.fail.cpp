// Two areas on grids that feed each other within a step.
// expect: eirnn[W42]: an area on a grid would read within a step what is computed after it
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct V2 : area<multicell::standard_ei, E, I, separable<3>> {};
#ifdef EIRNN_CONTROL
using back = project<E, V1, delayed<1>>;
#else
using back = project<E, V1>;
#endif
using net = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<F, V2>, back>, outputs<project<E, category>>,
                    signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
