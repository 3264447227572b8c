// One trial, one time step: a network inside another program's loop.
#include "measure.hpp"
#include "one_area.hpp"

#include <eirnn/model/stepper.hpp>

#include <span>
#include <vector>

using namespace eirnn;
using one_area_model = model<one_area::net>;

namespace {

one_area_model make_network(long units, bool noise) {
    model_options options;
    options.sizes = one_area::sizes_of(units);
    options.initial.spectral_radius = 0.8;
    if (!noise) options.physics.unit_noise = options.physics.input_noise = 0;
    return one_area_model(seed{1}, options, cpu<float>(1));
}
// Noise is made for eight steps at once, and a clock takes a while to read.
template <class F>
void report_steps(benchmark::State& state, F step) {
    constexpr int together = 64;
    const auto seconds = bench::time_each(state, [&] {
        for (int k = 0; k < together; ++k) step();
    });
    state.counters["microseconds_a_step"] = 1e6 * bench::median(seconds) / together;
    state.counters["fastest"] = 1e6 * seconds.front() / together;
}
/// From the input to the output that goes with it.
void stepper_call(benchmark::State& state) {
    auto m = make_network(state.range(0), state.range(1) != 0);
    stepper s(m, 20.);
    const std::vector<float> input{0.1f, 0.9f, 0.4f, 0.2f};
    report_steps(state, [&] { benchmark::DoNotOptimize(s(input).data()); });
}
/// The step as a function of states that come and go as lists.
void step_function(benchmark::State& state) {
    auto m = make_network(state.range(0), false);
    const std::vector<float> input{0.1f, 0.9f, 0.4f, 0.2f};
    owned_list<std::vector<float>> states;
    states.emplace_back(static_cast<std::size_t>(state.range(0)), 0.1f);
    report_steps(state, [&] { states = m.step(states, input, 20); });
}

BENCHMARK(stepper_call)
    ->Name("stepper")
    ->ArgNames({"units", "noise"})
    ->ArgsProduct({{100, 500}, {0, 1}})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(step_function)->Name("step_function")->ArgName("units")->Arg(100)->Arg(500)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv); }
