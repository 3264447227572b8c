// Attention as a gain (Reynolds & Heeger 2009; the primer's first sense of the word): what a unit answers to the features is multiplied by
// a gain that the cue sets. Two features are shown in noise; the sign of the cued one is asked for.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct gain> gain;
struct attended {
    static constexpr auto equations = system(gain[r] = softplus(W(u)),                                              // the cue enters here
                                             r = (1 - alpha) * prev(r) + alpha * gain * hyperbolic_tangent(W(u)));  // and the features here
};
}  // namespace cells

struct H : population<free_sign, 30, principal> {};
struct features : area<cells::attended, H> {};
struct cue : input<2> {};
struct motion : input<1> {};
struct colour : input<1> {};
struct choice : output<2, softmax> {};

using gain =
    network<areas<features>,
            inputs<project<cue, features, unconstrained, into<cells::gain>>, project<motion, features, unconstrained, into<cells::r>>,
                   project<colour, features, unconstrained, into<cells::r>>>,
            outputs<project<H, choice>>>;

// Usage: gain [SEED | --graph]
int main(int argc, char** argv) {
    return learn<gain>(asked_of(argc, argv), cued_feature{}, plain_units(), {.between_validations = 500}) ? 0 : 1;
}
