// Why a number stopped being finite: a step is replayed trial by trial, which its keyed noise makes exact, until the culprit has a name.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/model/any_model.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/weights.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// Where numbers that are not finite come from. Indices count from 0; -1 where there is none.
struct divergence {
    enum class stage : unsigned char {
        state,     ///< a unit's state overflowed on the way forward
        output,    ///< states are finite, an output is not
        gradient,  ///< outputs are finite, the gradient or its norm is not
    } where = stage::gradient;
    std::uint64_t iteration = 0;  ///< steps done before the one that failed
    long trial = -1, step = -1;   ///< the first trial of the batch that fails alone, and the time step in it
    double time = 0;              ///< of that step's end, ms
    long unit = -1;               ///< or output channel
    std::string tensor;           ///< "W_rec", "W_in", "W_out", "b_rec", "b_out", "x0"
    long post = -1, pre = -1;     ///< the entry with the largest share
    double value = 0;             ///< that entry: a weight, in stage `gradient` its derivative
    double loss = 0, norm = 0;    ///< of the whole batch
    std::uint64_t guarded = 0;    ///< steps just before, in which the optimiser's `guard` acted
};

/// `diverged` with its findings as numbers.
class diverged_at : public diverged {
public:
    EIRNN_COLD explicit diverged_at(divergence d) : diverged(describe(d)), found_(std::move(d)) {}
    const divergence& found() const& noexcept { return found_; }
    divergence found() && noexcept { return std::move(found_); }

private:
    EIRNN_COLD static error_text describe(const divergence& d) {
        const auto number = [](double x) { return is_finite(x) ? std::to_string(x) : std::string("not finite"); };
        std::string where = "step " + std::to_string(d.iteration);
        if (d.trial >= 0) where += ", trial " + std::to_string(d.trial);
        if (d.step >= 0) where += ", " + number(d.time) + " ms";
        if (d.unit >= 0) where += (d.where == divergence::stage::output ? ", output " : ", unit ") + std::to_string(d.unit);
        if (!d.tensor.empty())
            where += std::string(d.where == divergence::stage::gradient ? ", gradient by " : ", largest term through ") + d.tensor + " (" +
                     std::to_string(d.post) + ", " + std::to_string(d.pre) + ")";
        const char* const what = d.where == divergence::stage::state    ? "the state of a unit overflowed"
                                 : d.where == divergence::stage::output ? "an output overflowed"
                                                                        : "the gradient overflowed";
        std::string got = "loss " + number(d.loss) + ", gradient norm " + number(d.norm);
        if (d.guarded == 0)
            return {what, where, "finite numbers", got,
                    "lower the learning rate or clip the gradient; the weights are those before the step and can be saved"};
        got += ", after " + std::to_string(d.guarded) + " steps in a row in which the guard shrank the recurrent weights";
        const bool large = d.where == divergence::stage::gradient && is_finite(d.loss) && is_finite(d.norm);
        return {
            what, where, large ? "a gradient norm up to gradient_guard::largest_norm" : "finite numbers", got,
            "begin with a smaller spectral radius, or allow the guard more steps (gradient_guard::steps_in_a_row); the weights are those "
            "before the step and can be saved"};
    }
    divergence found_;
};

}  // namespace EIRNN_SHARED_NAMESPACE

namespace EIRNN_NAMESPACE {

namespace detail {

/// Keeps the entry with the largest modulus that it is shown; one that is not finite beats all, the first of them.
class largest_entry {
public:
    explicit largest_entry(divergence& d) : d_(d) {}
    EIRNN_COLD void look(const std::string& tensor, long post, long pre, double value, double share) {
        if (found_ && (!is_finite(size_) || (is_finite(share) && std::abs(share) <= size_))) return;
        found_ = true;
        size_ = std::abs(share);
        d_.tensor = tensor, d_.post = post, d_.pre = pre, d_.value = value;
    }

private:
    divergence& d_;
    double size_ = 0;
    bool found_ = false;
};

/// Names the largest term of the sum that a unit, or output, of a dense network formed in `step` of a trial.
template <backend::Backend B, class T = typename B::scalar>
EIRNN_COLD [[noreturn]] void throw_term(divergence d, any_model<B>& model, const trial_batch<T>& one, const recording<T>& seen) {
    const weight_set<T> w = model.effective();
    const bool of_output = d.where == divergence::stage::output;
    const long N = seen.units, i = d.unit;
    largest_entry largest(d);
    const std::vector<T>* initial = nullptr;
    for (const auto& t : w.tensors)
        if (!initial && t.name.starts_with("x0")) initial = &t.values.data;
    const auto sender = [&](long unit, long step) {  // step -1: the initial values stand for the rates
        return step >= 0 ? double(seen.rate_at(step, 0, unit))
               : initial ? double((*initial)[static_cast<std::size_t>(unit)])
                         : 0;
    };
    const auto signal = [&](const std::string& name, long pre) {
        if (name == "W_out") return sender(pre, d.step);
        if (name.starts_with("W_rec")) return sender(pre % N, d.step - 1);
        if (name.starts_with("W_in") && !(one.grid == grid_entry{})) return 1.;  // of a map, whose values nobody has kept
        // without the noise of the input, which does not overflow
        if (name.starts_with("W_in")) return model.physics().baseline + double(one.input_at(d.step, 0, pre));
        return name.starts_with("x0") && d.step > 0 ? 0. : 1.;
    };
    for (const auto& [name, shape, values] : w.tensors)
        if (name.ends_with("_out") == of_output)
            for (long j = 0; j < values.cols; ++j) {
                const double weight = double(values(i, j));
                largest.look(name, i, j, weight, weight == 0 ? 0 : weight * signal(name, j));
            }
    throw diverged_at(std::move(d));
}

template <class T>
EIRNN_COLD [[noreturn]] void throw_gradient(divergence d, const weight_set<T>& g) {
    largest_entry largest(d);
    for (const auto& [name, shape, values] : g.tensors)
        for (long i = 0; i < values.rows; ++i)
            for (long j = 0; j < values.cols; ++j) largest.look(name, i, j, double(values(i, j)), double(values(i, j)));
    throw diverged_at(std::move(d));
}

/// Throws if a trial fails alone.
template <backend::Backend B, class T, class Gradient>
EIRNN_COLD void blame_trial(const divergence& d, any_model<B>& model, const trial_batch<T>& batch, noise_key key, const Gradient& gradient) {
    const auto found = [&](const trial_batch<T>& one, long trial, divergence::stage stage, long step, long unit) {
        divergence e = d;
        e.where = stage, e.trial = trial, e.step = step, e.unit = unit;
        e.time = static_cast<double>(step + 1) * one.dt;
        return e;
    };
    run_request<T> ask;
    ask.rates = ask.states = !model.identity().units.empty();
    for (long n = 0; n < batch.trials; ++n) {
        const trial_batch<T> one = batch.part(n, 1);
        const auto r = model.run(one, key, ask);
        const long N = r.units, state = first_not_finite(r.state), output = first_not_finite(r.output);
        if (state >= 0 && (output < 0 || state / N <= output / one.outputs))
            throw_term(found(one, n, divergence::stage::state, state / N, state % N), model, one, r);
        if (output >= 0) throw_term(found(one, n, divergence::stage::output, output / one.outputs, output % one.outputs), model, one, r);
        double largest = 0;
        long at = -1;
        for (long t = 0; t < one.steps; ++t)
            for (long c = 0; c < one.outputs; ++c) {
                const std::size_t k = static_cast<std::size_t>(t * one.outputs + c);
                const double e = double(one.mask[k]) * std::abs(double(r.output[k]) - double(one.target[k]));
                if (e > largest) largest = e, at = t;
            }
        if (at < 0) continue;  // no error, or nothing that counts: no gradient comes from this trial
        const gradient_report g = gradient(one);
        if (is_finite(g.loss) && is_finite(g.norm)) continue;
        throw_gradient(found(one, n, divergence::stage::gradient, at, -1), model.last_gradient());  // the time of the largest error
    }
}

/// Throws if an image has an output that is not finite; batch norm ties images together, so none is replayed alone.
template <backend::Backend B, class T>
EIRNN_COLD void blame_image(divergence d, any_model<B>& model, const trial_batch<T>& batch, noise_key key) {
    const auto r = model.run(batch, key, {.batch_statistics = true});
    const long k = first_not_finite(r.output);
    if (k < 0) return;
    d.where = divergence::stage::output, d.trial = k / r.outputs, d.unit = k % r.outputs;
    throw diverged_at(std::move(d));
}

/// Replays a batch whose loss or gradient norm is not finite, and throws diverged_at. Weights and moments stay as they are.
template <backend::Backend B, class T = typename B::scalar>
EIRNN_COLD [[noreturn]] void explain(any_model<B>& model, const trial_batch<T>& batch, noise_key key, const loss_of_outputs<B>& loss,
                                     const objective& o, divergence d) {
    const auto gradient = [&](const trial_batch<T>& of) { return model.gradient(of, key, loss, o); };
    if (model.identity().units.empty())
        blame_image(d, model, batch, key);
    else
        blame_trial(d, model, batch, key, gradient);
    gradient(batch);  // nothing fails alone: the sum of the gradients does
    throw_gradient(std::move(d), model.last_gradient());
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
