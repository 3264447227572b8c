// Dense E/I rate networks with random trials: what they hold does not matter for the time.
#pragma once
#include "measure.hpp"

#include <eirnn/eirnn.hpp>

namespace bench {

inline eirnn::trial_batch<float> random_trials(long trials, long steps) {
    eirnn::trial_batch<float> b(trials, steps, 4, 2, 20);
    eirnn::random_sequence r(eirnn::key_of(1, eirnn::stream::analysis));
    for (float& x : b.input) x = static_cast<float>(r.uniform());
    for (float& x : b.target) x = static_cast<float>(r.uniform());
    for (float& x : b.mask) x = r.bernoulli(0.8) ? 1.f : 0.f;
    return b;
}
/// A whole training step: Dale's law, forward, backward, update.
template <class Model>
class training {
public:
    training(Model model, long trials, long steps, double omega = 0)
        : model_(std::move(model)), trials_(random_trials(trials, steps)) {
        objective_.omega = omega;
    }
    void operator()() {
        const auto g = model_.gradient(trials_, {1, step_++}, eirnn::squared_error, objective_);
        const double factor = g.norm > 1 ? 1 / g.norm : 1;
        for (auto& block : model_.numerics().parameters().blocks()) rule_.update(model_.device(), block, step_, factor);
    }
    /// Useful operations of a trial and step: the products with weights that exist, forward, backward and outer. Omega is not counted.
    double operations() const {
        const auto& l = model_.structure();
        const auto weights = [](const eirnn::connectivity& c) {
            double n = 0;
            for (std::size_t k = 0; k < c.plastic.data.size(); ++k) n += c.plastic.data[k] || c.fixed.data[k] != 0;
            return n;
        };
        return 3 * 2 * (weights(l.recurrent) + weights(l.input) + weights(l.output));
    }

private:
    Model model_;
    eirnn::trial_batch<float> trials_;
    eirnn::objective objective_;
    eirnn::sgd rule_{.learning_rate = 1e-4};
    std::uint32_t step_ = 0;
};

}  // namespace bench
