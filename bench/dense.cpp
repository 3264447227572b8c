// Dense E/I rate networks: whole training steps without and with Omega, over sizes, lengths and batches, and with empty blocks; the
// inference of single trials; what noise costs.
#include "measure.hpp"
#include "one_area.hpp"
#include "operations.hpp"

using namespace eirnn;
using one_area_model = model<one_area::net>;

// The same number of units in two areas, all blocks between which are empty but one.
struct E_S : population<excitatory, dynamic> {};
struct I_S : population<inhibitory, dynamic> {};
struct E_M : population<excitatory, dynamic> {};
struct I_M : population<inhibitory, dynamic> {};
struct sensory : area<rate<relu>, E_S, I_S> {};
struct motor : area<rate<relu>, E_M, I_M> {};
using two_areas = model<network<areas<sensory, motor>, inputs<project<one_area::stimulus, sensory>>, long_range<project<E_S, motor>>,
                                outputs<project<E_M, one_area::choice>>>>;

namespace {

// What the trials hold does not matter for the time.
trial_batch<float> random_trials(long trials, long steps) {
    trial_batch<float> b(trials, steps, 4, 2, 20);
    random_sequence r(key_of(1, random_stream::analysis));
    for (float& x : b.input) x = static_cast<float>(r.uniform());
    for (float& x : b.target) x = static_cast<float>(r.uniform());
    for (float& x : b.mask) x = r.bernoulli(0.8) ? 1.f : 0.f;
    return b;
}
/// A whole training step: Dale's law, forward, backward, update.
template <class Model>
class training {
public:
    training(Model model, long trials, long steps, double omega = 0) : model_(std::move(model)), trials_(random_trials(trials, steps)) {
        objective_.omega = omega;
    }
    void operator()() {
        const auto g = model_.gradient(trials_, {1, step_++}, squared_error, objective_);
        const double factor = g.norm > 1 ? 1 / g.norm : 1;
        for (auto& block : model_.numerics().parameters().blocks()) rule_.update(model_.device(), block, step_, factor);
    }
    /// Useful operations of a trial and step.
    double operations() const { return bench::operations_of_units(model_.structure()); }

private:
    Model model_;
    trial_batch<float> trials_;
    objective objective_;
    sgd rule_{.learning_rate = 1e-4};
    std::uint32_t step_ = 0;
};

model_options options_of(sizes n, bool noise = true) {
    model_options options;
    options.sizes = std::move(n);
    options.initial.spectral_radius = 0.8;
    if (!noise) options.physics.unit_noise = options.physics.input_noise = 0;
    return options;
}
one_area_model make_network(long units, int threads, bool noise = true) {
    return one_area_model(seed{1}, options_of(one_area::sizes_of(units), noise), cpu<float>(threads));
}

void training_step(benchmark::State& state) {
    const long units = state.range(0), batch = state.range(1), steps = state.range(2);
    const int threads = static_cast<int>(state.range(4));
    training train(make_network(units, threads), batch, steps, static_cast<double>(state.range(3)));
    const auto seconds = bench::time_each(state, train);
    bench::report(state, seconds, static_cast<double>(batch), train.operations() * static_cast<double>(steps), threads);
}
void empty_blocks(benchmark::State& state) {
    const long units = state.range(0), batch = 20, steps = 100;
    const int threads = static_cast<int>(state.range(1));
    const long excitatory = units / 2 * 8 / 10, inhibitory = units / 2 - excitatory;
    const auto n = sizes{}.of<E_S>(excitatory).of<I_S>(inhibitory).of<E_M>(excitatory).of<I_M>(inhibitory);
    training train(two_areas(seed{1}, options_of(n), cpu<float>(threads)), batch, steps);
    training full(make_network(units, threads), batch, steps);
    const auto [seconds, whole] = bench::time_turns(state, train, full);
    bench::report(state, seconds, static_cast<double>(batch), train.operations() * static_cast<double>(steps), threads);
    state.counters["weights"] = train.operations() / full.operations();
    state.counters["time"] = bench::median(seconds) / bench::median(whole);
}
void one_trial(benchmark::State& state) {
    const long units = state.range(0), steps = 150;
    one_area_model m = make_network(units, 1);
    const auto trial = random_trials(1, steps);
    std::uint32_t step = 0;
    const auto seconds = bench::time_each(state, [&] { benchmark::DoNotOptimize(m.run(trial, {1, step++})); });
    state.counters["microseconds_a_step"] = 1e6 * bench::median(seconds) / static_cast<double>(steps);
}
void noise(benchmark::State& state) {
    constexpr long rows = 112, columns = 5;  // whole packets of any width
    backend::cpu<float> b(1);
    backend::cpu<float>::buffer<float> place(noise_steps * rows * columns), sigma(rows);
    backend::cpu<float>::buffer<std::uint32_t> id(columns);
    view<float> to[noise_steps];
    for (long k = 0; k < noise_steps; ++k) to[k] = {place.data() + k * rows * columns, rows};
    std::uint32_t iteration = 0;
    const auto seconds = bench::time_each(state, [&] {
        for (long block = 0; block < 64; ++block)
            b.normals(to, noise_steps, rows, columns, block, id.data(), iteration, key_of(1, random_stream::unit_noise), sigma.data());
        ++iteration;
    });
    const double normals = 64 * noise_steps * rows * columns;
    state.counters["nanoseconds_a_normal"] = 1e9 * bench::median(seconds) / normals;
    state.counters["fastest"] = 1e9 * seconds[seconds.size() / 10] / normals;
}
void noise_of_a_step(benchmark::State& state) {
    const long units = state.range(0), batch = 20, steps = 150;
    training with(make_network(units, 1), batch, steps), without(make_network(units, 1, false), batch, steps);
    const auto [seconds, less] = bench::time_turns(state, with, without);
    state.counters["share"] = 1 - bench::median(less) / bench::median(seconds);
    state.counters["fastest_share"] = 1 - less[less.size() / 10] / seconds[seconds.size() / 10];
}

BENCHMARK(training_step)
    ->ArgNames({"units", "batch", "steps", "omega", "threads"})
    ->ArgsProduct({{100}, {20}, {150}, {0, 2}, {1, 2}})
    ->ArgsProduct({{150}, {50}, {150}, {0, 2}, {1, 2}})
    ->ArgsProduct({{500}, {20}, {300}, {0, 2}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(training_step)
    ->Name("growth")
    ->ArgNames({"units", "batch", "steps", "omega", "threads"})
    ->ArgsProduct({{50, 100, 200, 500, 1000, 2000}, {20}, {100}, {0}, {1}})
    ->ArgsProduct({{100}, {20}, {50, 200, 500, 1000, 2000, 5000}, {0}, {1}})
    ->ArgsProduct({{100}, {1, 2, 5, 10, 50, 100, 200, 512}, {100}, {0}, {1}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(empty_blocks)->ArgNames({"units", "threads"})->ArgsProduct({{500}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(one_trial)->ArgName("units")->Arg(100)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(noise)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(noise_of_a_step)->ArgName("units")->Arg(100)->Arg(150)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv); }
