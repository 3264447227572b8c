// The gradient of a declared network against forward derivatives: the same network with duals for its scalar, whose weights carry a
// direction, in its own forward.
#pragma once
#include "../directions.hpp"
#include "../model/dual.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/validation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

// What the library calls by these names.
namespace oracle {
inline dual select(bool m, dual a, dual b) { return m ? a : b; }
inline dual exp_of(dual a) { return exp(a); }
inline dual log_of(dual a) { return log(a); }
inline dual sqrt_of(dual a) { return sqrt(a); }
inline dual tanh_of(dual a) { return tanh(a); }
inline dual softplus_of(dual a) { return log(1 + exp(a)); }
inline dual one_minus_exp(dual a) { return -expm1(-a); }
inline bool is_finite(dual a) { return std::isfinite(a.v) && std::isfinite(a.d); }
}  // namespace oracle

inline std::vector<oracle::dual> at_rest(const std::vector<double>& x) { return {x.begin(), x.end()}; }

/// No network of the gallery has a second image or is given states.
inline eirnn::trial_batch<oracle::dual> at_rest(const eirnn::trial_batch<double>& from) {
    eirnn::trial_batch<oracle::dual> to;
    to.trials = from.trials, to.steps = from.steps, to.inputs = from.inputs, to.outputs = from.outputs, to.dt = from.dt;
    to.grid = from.grid, to.frames = from.frames, to.unit_inputs = from.unit_inputs, to.length = from.length, to.id = from.id;
    to.input = at_rest(from.input), to.unit_input = at_rest(from.unit_input), to.target = at_rest(from.target), to.mask = at_rest(from.mask);
    return to;
}

/// The loss of outputs that move as their duals say.
template <class Model>
struct moving_outputs {
    const Model& m;
    const eirnn::trial_batch<double>& trials;
    const eirnn::recording<oracle::dual>& seen;

    double loss(double time) const {
        eirnn::recording<double> at;
        at.trials = seen.trials, at.steps = seen.steps, at.outputs = seen.outputs;
        for (const oracle::dual y : seen.output) at.output.push_back(y.v + time * y.d);
        eirnn::tally sums(m.default_loss().recorded, m.identity().outputs);
        sums.add(trials, at);
        return sums.loss();
    }
    /// Of the time in which an output changes by itself.
    double unit_of_time() const {
        double fastest = 1e-300;
        for (const oracle::dual y : seen.output) fastest = std::max(fastest, std::abs(y.d) / std::max(std::abs(y.v), 0.1));
        return 1 / fastest;
    }
    /// By differences of the eighth order: a loss is smooth, and nothing that the network does is in it.
    double slope(double h) const {
        const auto across = [&](double time) { return loss(time) - loss(-time); };
        return (672 * across(h) - 168 * across(2 * h) + 32 * across(3 * h) - 3 * across(4 * h)) / (840 * h);
    }
};

/// In one random direction of each array, to 1e-12 and rounding, 1e-11 at most. Returns how many arrays have no influence worth measuring.
template <class Net>
std::size_t check_gradient_by_duals(const eirnn::trial_batch<double>& trials, const eirnn::model_options& options) {
    using namespace eirnn;
    using oracle::dual;
    model<Net, backend::serial<double>> m(seed{2}, options);
    model<Net, backend::serial<dual>> moving(seed{2}, options);
    const double loss = m.gradient(trials, {1, 4}, m.default_loss()).loss;
    const auto raw = m.raw();
    auto rest = moving.raw();
    for (std::size_t k = 0; k < raw.tensors.size(); ++k) rest.tensors[k].values.data = at_rest(raw.tensors[k].values.data);
    const auto given = at_rest(trials);
    run_request<dual> as_in_training;
    as_in_training.batch_statistics = as_in_training.dropout = true;
    return check_directions(m, [&](const array_direction& a) {
        auto moved = rest;
        for (std::size_t i = 0; i < a.of.size(); ++i) moved.tensors[a.array].values.data[i].d = a.of[i];
        moving.set_raw(moved);
        const auto seen = moving.run(given, {1, 4}, as_in_training);
        const moving_outputs outputs{m, trials, seen};
        CHECK(std::abs(outputs.loss(0) - loss) < 1e-12 * loss);
        double best = 1e300;
        for (const double share : {1., 0.03, 0.01}) {  // of a squared error every step is exact
            const double h = share * outputs.unit_of_time(), rounding = 1e-15 * loss / (h * a.scale);
            best = std::min(best, std::abs(outputs.slope(h) - a.slope) / a.scale / std::min(1e-12 + rounding, 1e-11));
        }
        return best;
    });
}
