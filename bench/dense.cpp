// Whole training steps (Dale's law, noise at every step, forward, backward, update) of dense E/I rate networks, without and with Omega; and
// the inference of single trials. Useful operations: the products with weights that exist, forward, backward and outer; Omega is not
// counted.
#include "measure.hpp"

#include <eirnn/eirnn.hpp>

using namespace eirnn;

struct E : population<excitatory, dynamic> {};
struct I : population<inhibitory, dynamic> {};
struct cortex : area<rate<relu>, E, I> {};
struct stimulus : input<4> {};
struct choice : output<2> {};
using network_of_units = network<areas<cortex>, inputs<project<stimulus, cortex>>, outputs<project<E, choice>>>;
using network_model = model<network_of_units>;

namespace {

network_model make_network(long units, int threads) {
    model_options options;
    options.sizes = sizes{}.of<E>(units * 8 / 10).of<I>(units - units * 8 / 10);
    options.initial.spectral_radius = 0.8;
    return network_model(seed{1}, options, cpu<float>(threads));
}
// What is in them does not matter for the time.
trial_batch<float> random_trials(long trials, long steps) {
    trial_batch<float> b(trials, steps, 4, 2, 20);
    random_sequence r(key_of(1, stream::analysis));
    for (float& x : b.input) x = static_cast<float>(r.uniform());
    for (float& x : b.target) x = static_cast<float>(r.uniform());
    for (float& x : b.mask) x = r.bernoulli(0.8) ? 1.f : 0.f;
    return b;
}
// Per trial and step, forward: recurrence, inputs, readout of the excitatory units.
double products(long units) {
    const auto n = static_cast<double>(units);
    return 2 * (n * (n + 4) + 2 * n);
}

void training_step(benchmark::State& state) {
    const long units = state.range(0), batch = state.range(1), steps = state.range(2);
    const int threads = static_cast<int>(state.range(4));
    network_model m = make_network(units, threads);
    const auto trials = random_trials(batch, steps);
    objective o;
    o.omega = static_cast<double>(state.range(3));
    const sgd rule{.learning_rate = 1e-4};
    std::uint32_t step = 0;
    for (auto _ : state) {
        const auto g = m.gradient(trials, {1, step++}, squared_error, o);
        for (auto& block : m.numerics().parameters().blocks()) rule.update(m.device(), block, step, g.norm > 1 ? 1 / g.norm : 1);
    }
    bench::report(state, static_cast<double>(batch), 3 * products(units) * static_cast<double>(steps), threads);
}
void one_trial(benchmark::State& state) {
    const long units = state.range(0), steps = 150;
    network_model m = make_network(units, 1);
    const auto trial = random_trials(1, steps);
    std::uint32_t step = 0;
    for (auto _ : state) benchmark::DoNotOptimize(m.run(trial, {1, step++}));
    bench::report(state, static_cast<double>(steps), products(units), 1);  // per second: time steps
}

BENCHMARK(training_step)
    ->ArgNames({"units", "batch", "steps", "omega", "threads"})
    ->ArgsProduct({{100}, {20}, {150}, {0, 2}, {1, 2}})
    ->ArgsProduct({{150}, {50}, {150}, {0, 2}, {1, 2}})
    ->ArgsProduct({{500}, {20}, {300}, {0, 2}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(one_trial)->ArgName("units")->Arg(100)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv); }
