// A mean over units in a cell on a grid.
// expect: eirnn[C24]: this cell has a sum(...) or mean(...) over units
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct divided {
    static constexpr auto equations = [] {
        using namespace notation;
#ifdef EIRNN_CONTROL
        return equations::system(y[r] = W(X), x[r] = square(y), r = y / sqrt(1 + x));
#else
        return equations::system(y[r] = W(X), x[r] = mean(y), r = y / sqrt(1 + x));
#endif
    }();
};
struct image : input<1, grid<8, 8>> {};
struct F : population<free_sign, 4, principal> {};
struct category : output<2> {};
struct V1 : area<divided, F, convolution<3>> {};
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<F, category>>>;

layout lowered() { return lower<net>(); }
