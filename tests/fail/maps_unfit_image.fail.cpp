// A second image on another map than the area that sees both.
// expect: eirnn[W43]
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct left : input<1, grid<8, 8>> {};
#ifdef EIRNN_CONTROL
struct right : input<3, grid<8, 8>> {};
#else
struct right : input<3, grid<8, 6>> {};
#endif
struct F : population<excitatory, 4> {};
struct category : output<2> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
using net = network<areas<V1>, inputs<project<left, V1>, project<right, V1>>, outputs<project<F, category>>>;

layout lowered() { return lower<net>(); }
