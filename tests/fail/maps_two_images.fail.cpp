// A second image, which drives the second area.
// expect: eirnn[W29]: areas on grids form a chain
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct left : input<1, grid<8, 8>> {};
struct right : input<1, grid<8, 8>> {};
struct F : population<excitatory, 4> {};
struct G : population<excitatory, 4> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct V2 : area<feed_forward, G, convolution<3>> {};
#ifdef EIRNN_CONTROL
using seen = inputs<project<left, V1>, project<left, V2>>;
#else
using seen = inputs<project<left, V1>, project<right, V2>>;
#endif
using net = network<areas<V1, V2>, seen, long_range<project<F, V2>>, outputs<project<G, category>>>;

layout lowered() { return lower<net>(); }
