// Whole training steps of dense E/I rate networks, as in bench/dense.cpp, on a device. Usage: rate UNITS ..; requests are
// "UNITS BATCH STEPS SECONDS".
#include "answer.hpp"

#include "../one_area.hpp"
#include "../operations.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>

using namespace eirnn;

using one_area_model = model<one_area::net, bench::device>;

namespace {

one_area_model make_network(long units) {
    model_options options;
    options.sizes = one_area::sizes_of(units);
    options.initial.spectral_radius = 0.8;
    return one_area_model(seed{1}, options);
}
// What the trials hold does not matter for the time.
trial_batch<float> random_trials(long trials, long steps) {
    trial_batch<float> b(trials, steps, 4, 2, 20);
    random_sequence r(key_of(1, random_stream::analysis));
    for (float& x : b.input) x = static_cast<float>(r.uniform());
    for (float& x : b.target) x = static_cast<float>(r.uniform());
    for (float& x : b.mask) x = r.bernoulli(0.8) ? 1.f : 0.f;
    return b;
}

}  // namespace

int main(int argc, char** argv) {
    if (!bench::find_device()) return 77;
    std::map<long, one_area_model> networks;
    for (int k = 1; k < argc; ++k) {
        const long units = std::atol(argv[k]);
        networks.emplace(units, make_network(units));
    }
    return bench::serve([&](const std::vector<double>& asked) {
        const auto units = static_cast<long>(asked.at(0)), batch = static_cast<long>(asked.at(1)), steps = static_cast<long>(asked.at(2));
        one_area_model& net = networks.at(units);
        const auto trials = random_trials(batch, steps);
        sgd rule{.learning_rate = 1e-4};
        std::uint32_t step = 0;
        const auto train = [&] {
            const auto g = net.gradient(trials, {1, step++}, squared_error);
            for (auto& block : net.numerics().parameters().blocks()) rule.update(net.device(), block, step, g.norm > 1 ? 1 / g.norm : 1);
        };
        const double operations = bench::operations_of_units(net.structure()) * static_cast<double>(steps);
        bench::answer(train, asked.at(3), static_cast<double>(batch), operations);
    });
}
