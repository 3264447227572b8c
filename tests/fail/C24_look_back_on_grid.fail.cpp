// Fast weights in a cell on a grid.
// expect: eirnn[C24]: this cell looks back at the steps before
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct remembering {
    static constexpr auto equations = [] {
        using namespace notation;
#ifdef EIRNN_CONTROL
        return equations::system(y[r] = W(X), x[r] = equations::mean(y), r = y + 0.1 * prev(r) - x);
#else
        return equations::system(y[r] = W(X), x[r] = equations::hebbian(0.9, prev(r)), r = y + 0.1 * prev(r) - x);
#endif
    }();
};
struct image : input<1, grid<8, 8>> {};
struct F : population<free_sign, 4, principal> {};
struct category : output<2> {};
struct V1 : area<remembering, F, convolution<3>> {};
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<F, category>>>;

layout lowered() { return lower<net>(); }
