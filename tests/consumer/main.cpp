#include <eirnn/eirnn.hpp>

#include <cstdio>
#include <cstring>

using namespace eirnn;

struct E : population<excitatory, 16> {};
struct I : population<inhibitory, 4> {};
struct cortex : area<rate<relu>, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using decision = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

int main() {
    if (std::strcmp(EIRNN_VERSION, EXPECTED_VERSION) != 0) {
        std::printf("the headers are of version %s, the package of version %s\n", EIRNN_VERSION, EXPECTED_VERSION);
        return 1;
    }
    model<decision> m{seed{1}};
    try {
        load_weights(m, "no such file.npz");  // what links zlib
        return 2;
    } catch (const missing_file&) {
    }
    const auto result =
        train(m, tasks::perceptual_decision{}, sgd{}, until{.max_trials = 40}, training_options{.validate_every_trials = 20});
    return result.trials == 40 && result.history.size() == 3 ? 0 : 1;
}
