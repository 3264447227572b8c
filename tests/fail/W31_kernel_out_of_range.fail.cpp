// A kernel without a centre.
// expect: eirnn[W31]: a kernel or its stride is out of range
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct category : output<4> {};
#ifdef EIRNN_CONTROL
struct V1 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
#else
struct V1 : area<multicell::standard_ei, E, I, separable<4>, max_pool<3, 2>> {};
#endif
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
