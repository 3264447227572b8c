// Inhibition that leaves its area on a grid: the next area reads what the last equation computes.
// expect: eirnn[W30]: on a grid, only the population that the last equation of a cell computes leaves its area
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E1 : population<excitatory, 8> {};
struct I1 : population<inhibitory, 2> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
struct V1 : area<multicell::standard_ei, E1, I1, separable<3>, max_pool<3, 2>> {};
struct V2 : area<multicell::standard_ei, E, I, separable<3>> {};
#ifdef EIRNN_CONTROL
using net = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<E1, V2>>, outputs<project<E, category>>,
                    signs<absolute>>;
#else
using net = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<I1, V2, allow<long_range_inhibition>>>,
                    outputs<project<E, category>>, signs<absolute>>;
#endif

layout lowered() { return lower<net>(); }
