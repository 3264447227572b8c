// Interneurons that the cell subtracts, declared excitatory.
// expect: eirnn[W38]: the sign of a population contradicts an equation
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E : population<excitatory, 8> {};
#ifdef EIRNN_CONTROL
struct I : population<inhibitory, 2> {};
#else
struct I : population<excitatory, 2, interneuron> {};
#endif
struct category : output<4> {};
struct V1 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<E, category>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
