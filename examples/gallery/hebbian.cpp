// Fast Hebbian weights with a trained rate (Ba et al. 2016; Miconi et al. 2018): beside its trained weights W the area has a matrix for
// each trial, A(t + 1) = 0.95 A(t) + r r^T, that it learns nothing of but how much it counts, unit by unit. New patterns and their labels
// are shown once; then a pattern asks for its label.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct fast> fast;
inline constexpr equations::trainable<struct eta> eta;
struct hebbian {
    static constexpr auto equations = system(fast[r] = equations::hebbian(0.95, prev(r)),  // A r
                                             r = hyperbolic_tangent(W(prev(r)) + W(u) + (0.02 + 0.1 * eta) * fast));
};
}  // namespace cells

struct H : population<free_sign, 40, principal> {};
struct memory : area<cells::hebbian, H> {};
struct pairs : input<new_pairs::bits + new_pairs::items> {};
struct label : output<new_pairs::items, softmax> {};

using hebbian = network<areas<memory>, inputs<project<pairs, memory, unconstrained>>, outputs<project<H, label>>>;

// Usage: hebbian [SEED | --graph]
int main(int argc, char** argv) { return learn<hebbian>(asked_of(argc, argv), new_pairs{}, weakly_coupled()) ? 0 : 1; }
