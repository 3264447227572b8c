// Predictive coding (Rao & Ballard 1999): what leaves the first area is the input less what the areas above predicted of it, and they see
// nothing else. The prediction has a loss of its own, beside that of the choice: an output each, with its own activation, loss and mask.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
struct linear {
    static constexpr auto equations = system(r = W(u));
};
struct recurrent {
    static constexpr auto equations = system(r = hyperbolic_tangent(W(prev(r)) + W(u)));
};
}  // namespace cells

template <int Weight>
struct one_to_one {
    static constexpr int posts = 1, pres = 1;
    static constexpr double at(int, int) { return Weight; }
};
struct D : population<free_sign, 1, principal> {};
struct H : population<free_sign, 40, principal> {};
struct P : population<free_sign, 1, principal> {};
struct surprise : area<cells::linear, D> {};
struct above : area<cells::recurrent, H> {};
struct guess : area<cells::linear, P> {};
struct wave : input<1> {};
struct choice : output<2, softmax> {};
struct prediction : output<1> {};

using predictive = network<areas<surprise, above, guess>, inputs<project<wave, surprise, unconstrained, fixed<one_to_one<1>>>>,
                           long_range<project<D, above>, project<H, guess>, project<P, surprise, fixed<one_to_one<-1>>>>,
                           outputs<project<H, choice>, project<P, prediction, fixed<one_to_one<1>>>>>;

/// The prediction is subtracted as it is.
inline model_options exact_feedback() {
    model_options o = plain_units();
    o.initial.scale_fixed = false;
    return o;
}

// Usage: predictive [SEED | --graph]
int main(int argc, char** argv) { return learn<predictive>(asked_of(argc, argv), noisy_wave{}, exact_feedback()) ? 0 : 1; }
