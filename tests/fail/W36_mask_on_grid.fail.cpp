// Fixed weights, a number for two channels, with a kernel of several positions.
// expect: eirnn[W36]: areas on grids have no without<...>, no fixed weights with an ordinary kernel of several positions
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
struct V1 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
struct everywhere {
    static constexpr double at(int, int) { return 0.5; }
};
#ifdef EIRNN_CONTROL
using net =
    network<areas<V1>, inputs<project<image, V1, fixed<everywhere>>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;
#else
using net = network<areas<V1>, inputs<project<image, V1, convolution<3>, fixed<everywhere>>>, outputs<project<E, category>>,
                    signs<absolute>, time_steps<4>>;
#endif

layout lowered() { return lower<net>(); }
