// A network of rank one (Mastrogiuseppe & Ostojic 2018; Dubreuil et al. 2022): all that the units tell each other goes through one number.
// Their recurrent matrix is W = m n^T: the second area, a linear unit, holds n^T r, and the first reads it through m. Each reads the other
// one step late. More units there make a higher rank. It integrates noisy evidence for eight time constants: seeds 1 to 5 give 95 to 97 %
// of the answers right after 500 to 2,000 trials, in less than a tenth of a second on two cores; whoever adds up everything gives 96.8 %.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
struct leaking {
    static constexpr auto equations = system(x[r] = (1 - alpha) * prev(x) + alpha * (W(prev(r)) + W(u)),  // the current
                                             r = hyperbolic_tangent(x));
};
struct linear {
    static constexpr auto equations = system(r = W(prev(r)) + W(u));
};
}  // namespace cells

struct H : population<free_sign, 100, principal> {};
struct K : population<free_sign, 1, principal> {};
struct units : area<cells::leaking, H, wiring<>> {};  // no weights inside
struct overlap : area<cells::linear, K, wiring<>> {};
struct evidence : input<1> {};
struct choice : output<2, softmax> {};

using low_rank = network<areas<units, overlap>, inputs<project<evidence, units, unconstrained>>,
                         long_range<project<H, overlap>, project<K, units>>, outputs<project<H, choice>>>;

// Usage: low_rank [SEED | --graph]
int main(int argc, char** argv) {
    return learn<low_rank>(asked_of(argc, argv), noisy_evidence{}, weakly_coupled(), {.between_validations = 500}) ? 0 : 1;
}
