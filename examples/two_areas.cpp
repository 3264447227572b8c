// Two areas, as in the cortex: only excitatory neurons project between them, and the compiler sees to it.
#include <eirnn/eirnn.hpp>
#include <eirnn/train/trainer.hpp>

#include <iostream>

using namespace eirnn;

struct E_S : population<excitatory, 60> {};
struct I_S : population<inhibitory, 15> {};
struct E_M : population<excitatory, 60> {};
struct I_M : population<inhibitory, 15> {};
struct sensory : area<rate<relu>, E_S, I_S> {};
struct motor : area<rate<relu>, E_M, I_M> {};
struct stimulus : input<2> {};
struct choice : output<2> {};

// The sensory area drives the motor area, which is read out, and which projects back with a fifth of all possible connections.
using two_areas = network<areas<sensory, motor>, inputs<project<stimulus, sensory>>,
                          long_range<project<E_S, motor>, project<E_M, sensory, sparse<0.2>>>, outputs<project<E_M, choice>>>;

int main() {
    std::cout << describe<two_areas>().text();

    model<two_areas, cpu<float>> net(seed{1});
    const tasks::perceptual_decision task;
    trainer training(net, task, sgd{.learning_rate = 0.01, .clip_norm = 1});
    const step_report step = training.step();
    std::cout << "loss of the first step: " << step.loss << ", gradient norm: " << step.gradient_norm << '\n';

    const auto test = task.make<float>({.purpose = purpose::test, .seed = 1, .trials = 11, .dt = 20});
    const recording<float> seen = net.run(test.trials, noise_key{.seed = 1});
    for (long trial = 0; trial < seen.trials; ++trial)
        std::cout << "coherence " << test.conditions[static_cast<std::size_t>(trial)].signed_coherence() + 0.0 << " %: choice "
                  << final_choice(seen, trial) + 1 << '\n';
}
