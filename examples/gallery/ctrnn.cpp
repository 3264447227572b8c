// Two continuous-time recurrent networks: one leaks outside of its activation, tau dr/dt = -r + f(W r + W u + b), the other inside, so that
// f takes what is left of the rate too. Both integrate noisy evidence for eight time constants and then choose. With seeds 1 to 5 either
// gives 94 to 97 % of the answers right after 500 to 2,500 trials; whoever adds up everything gives 96.8 %. Both together take less than a
// tenth of a second on two cores.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
struct leaking_outside {
    static constexpr auto equations = system(r = (1 - alpha) * prev(r) + alpha * relu(W(prev(r)) + W(u)));
};
struct leaking_inside {
    static constexpr auto equations = system(r = relu((1 - alpha) * prev(r) + alpha * (W(prev(r)) + W(u))));
};
}  // namespace cells

struct H : population<free_sign, 40, principal> {};
struct outside : area<cells::leaking_outside, H, wiring<project<H, H, with_self, allow<self_connection>>>> {};
struct inside : area<cells::leaking_inside, H, wiring<project<H, H, with_self, allow<self_connection>>>> {};
struct evidence : input<1> {};
struct choice : output<2, softmax> {};

using leak_outside = network<areas<outside>, inputs<project<evidence, outside, unconstrained>>, outputs<project<H, choice>>>;
using leak_inside = network<areas<inside>, inputs<project<evidence, inside, unconstrained>>, outputs<project<H, choice>>>;

// Usage: ctrnn [SEED | --graph]
int main(int argc, char** argv) {
    const asked what = asked_of(argc, argv);
    if (!what.graph) std::puts("leak outside f");
    const bool first = learn<leak_outside>(what, noisy_evidence{}, plain_units(), {.between_validations = 500});
    if (!what.graph) std::puts("leak inside f");
    const bool second = learn<leak_inside>(what, noisy_evidence{}, plain_units(), {.between_validations = 500});
    return first && second ? 0 : 1;
}
