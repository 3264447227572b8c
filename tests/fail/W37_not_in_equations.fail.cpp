// A projection between interneurons that the cell does not have.
// expect: eirnn[W37]: a projection names a connection that the equations of the target's cell do not contain
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct PN : population<excitatory, 8> {};
struct IG : population<inhibitory, 2> {};
struct OG : population<inhibitory, 2> {};
struct category : output<4> {};
#ifdef EIRNN_CONTROL
struct V1 : area<multicell::standard, PN, IG, OG, separable<3>, wiring<project<IG, PN, pointwise>>> {};
#else
struct V1 : area<multicell::standard, PN, IG, OG, separable<3>, wiring<project<IG, OG, pointwise>>> {};
#endif
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<PN, category>>, signs<absolute>, time_steps<4>>;

layout lowered() { return lower<net>(); }
