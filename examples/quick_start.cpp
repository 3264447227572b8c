// A decision network of excitatory and inhibitory units: declared, described, trained, saved.
#include <eirnn/eirnn.hpp>

#include <cstdio>

using namespace eirnn;

struct E : population<excitatory, 80> {};       // the name of the type is its name everywhere
struct I : population<inhibitory, 20> {};
struct cortex : area<rate<relu>, E, I> {};      // all to all, no self-connections, Dale's law
struct motion : input<2> {};
struct choice : output<2> {};

using decision = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

int main() {
    std::puts(describe<decision>().text().c_str());
    model<decision> m{seed{1}};
    const auto result = train(m, tasks::perceptual_decision{}, sgd{.learning_rate = 0.01, .clip_norm = 1}, until{.performance = 85});
    std::printf("%.1f %% correct after %llu trials\n", result.best().performance, static_cast<unsigned long long>(result.trials));
    save(m, "decision.safetensors");
}
