// Inhibition that leaves a map for the units behind it.
// expect: eirnn[W02]: a projection between areas starts from an inhibitory population
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<1, grid<8, 8>> {};
struct PN : population<excitatory, 4> {};
struct IG : population<inhibitory, 2> {};
struct OG : population<inhibitory, 2> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct choice : output<2> {};
struct V1 : area<multicell::standard, PN, IG, OG, separable<3>> {};
struct decision : area<rate<relu>, E, I> {};
#ifdef EIRNN_CONTROL
using forward = long_range<project<PN, decision>>;
#else
using forward = long_range<project<IG, decision>>;
#endif
using net = network<areas<V1, decision>, inputs<project<image, V1>>, forward, outputs<project<E, choice>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
