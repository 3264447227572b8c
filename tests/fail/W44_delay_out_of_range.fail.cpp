// A delay of what enters the network.
// expect: eirnn[W44]: delayed<...> is for projections to areas on grids
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
using enters = project<image, V1>;
#else
using enters = project<image, V1, delayed<1>>;
#endif
using net =
    network<areas<V1, V2>, inputs<enters>, long_range<project<F, V2>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
