// One recurrent weight per unit (Li et al. 2018): units do not read each other, each has a trained weight to itself. The second layer reads
// the first, one step late. It integrates noisy evidence for eight time constants.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::trainable<struct own> own;
struct one_weight {
    static constexpr auto equations = system(r = relu(W(u) + (0.9 + own) * prev(r)));
};
}  // namespace cells

struct H : population<free_sign, 30, principal> {};
struct K : population<free_sign, 30, principal> {};
struct first : area<cells::one_weight, H> {};
struct second : area<cells::one_weight, K> {};
struct evidence : input<1> {};
struct choice : output<2, softmax> {};

using one_weight = network<areas<first, second>, inputs<project<evidence, first, unconstrained>>, long_range<project<H, second>>,
                           outputs<project<K, choice>>>;

// Usage: one_weight [SEED | --graph]
int main(int argc, char** argv) {
    return learn<one_weight>(asked_of(argc, argv), noisy_evidence{}, plain_units(), {.between_validations = 500}) ? 0 : 1;
}
