// A task of trials that were made elsewhere: recorded, or written by another program, with whatever inputs, targets, masks and lengths.
#pragma once
#include <eirnn/task/trial_parts.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// How recorded trials are scored, in percent.
enum class scoring : unsigned char {
    choice,     ///< of the trials with a target, those whose largest output is where the largest target is, at the last step that counts
    explained,  ///< of the variance of the targets that count, what the outputs explain: 100 (1 - squared error / variance), at least 0
};

/// Which trial of its set one is, to look up what else is known about it.
struct recorded_trial {
    long index = 0;
    double trial_end = 0;  ///< ms
};

/// Two sets of recorded trials. Training draws from the first one, every trial as likely as any other and with replacement, by (seed,
/// iteration, trial); validation and test take the second one in its order. A batch is as long as its longest trial. Reading them from
/// files: <eirnn/io/trial_file.hpp>.
class recorded_trials {
public:
    struct settings {
        scoring score = scoring::choice;  ///< what the performance is
        double target_performance = 90;   ///< percent, at which training has reached its goal
    };

    /// Throws invalid_argument if a set is empty or its arrays do not fit its sizes, or if the two differ in channels or time step.
    recorded_trials(trial_batch<float> training, trial_batch<float> validation, const settings& how)
        : training_(std::make_shared<const trial_batch<float>>(std::move(training))),
          validation_(std::make_shared<const trial_batch<float>>(std::move(validation))),
          how_(how) {
        check(*training_, "training"), check(*validation_, "validation");
        detail::require_percent(how_.target_performance, "recorded_trials::settings::target_performance");
        const auto text = [](const trial_batch<float>& b) {
            return std::to_string(b.inputs) + " inputs, " + std::to_string(b.outputs) + " outputs, dt " + std::to_string(b.dt) + " ms";
        };
        if (text(*training_) != text(*validation_))
            throw invalid_argument({"training and validation trials differ in kind", "recorded_trials", text(*training_),
                                    text(*validation_), "make both in the same way"});
    }
    recorded_trials(trial_batch<float> training, trial_batch<float> validation)
        : recorded_trials(std::move(training), std::move(validation), settings{}) {}

    const trial_batch<float>& training_trials() const& { return *training_; }
    trial_batch<float> training_trials() && { return *training_; }  // of a temporary: a copy that stays
    long inputs() const { return training_->inputs; }
    long outputs() const { return training_->outputs; }
    long validation_trials() const { return validation_->trials; }
    double target_performance() const { return how_.target_performance; }
    double dt() const { return training_->dt; }  ///< ms; what training_options::dt must be

    /// Throws invalid_argument for another time step than that of the arrays, or for trials that the set does not have.
    template <class T>
    task_batch<T, recorded_trial> make(const trial_request& r) const {
        const trial_batch<float>& from = r.purpose == purpose::training ? *training_ : *validation_;
        detail::require(std::abs(r.dt - from.dt) <= 1e-9 * from.dt, "recorded trials have a time step of their own", "training_options::dt",
                        (std::to_string(from.dt) + " ms").c_str(), r.dt, "set it to task.dt()");
        return assemble<T>(
            r, from.inputs, from.outputs, [&](long trial) { return chosen(r, from, trial); },
            [&](trial_batch<T>& batch, long k, const recorded_trial& which) { copy(from, which.index, batch, k); });
    }

    /// Percent, see `scoring`. Throws invalid_argument if the recording is not of these trials, or if nothing can be scored.
    template <class T>
    double performance(const task_batch<T, recorded_trial>& batch, const recording<T>& what_happened) const {
        const trial_batch<T>& b = batch.trials;
        require_recording_of(what_happened, static_cast<std::size_t>(b.trials), b.outputs);
        if (what_happened.every != 1 || what_happened.steps != b.steps)
            throw invalid_argument({"scoring looks at every step", "recording.every", "1", std::to_string(what_happened.every),
                                    "run the trials with the default run_request"});
        return how_.score == scoring::choice ? percent_chosen(b, what_happened) : percent_explained(b, what_happened);
    }

private:
    static void check(const trial_batch<float>& b, const char* which) {
        const std::string where = std::string("recorded_trials, ") + which;
        const auto need = [&](bool good, const char* what, const std::string& expected, const std::string& got) {
            if (!good) throw invalid_argument({what, where, expected, got, "give arrays as trial_batch describes them"});
        };
        need(b.trials > 0 && b.steps > 0 && b.outputs > 0 && b.inputs >= 0, "a set of trials is empty", "trials, steps and outputs",
             std::to_string(b.trials) + ", " + std::to_string(b.steps) + " and " + std::to_string(b.outputs));
        need(is_finite(b.dt) && b.dt > 0, "trials need a time step", "dt > 0 ms", detail::text(b.dt));
        const auto fits = [&](const char* what, std::size_t size, long width) {
            const auto expected = static_cast<std::size_t>(b.steps * b.trials * width);
            need(size == expected, what, std::to_string(expected) + " numbers", std::to_string(size));
        };
        fits("the inputs do not fit the trials", b.input.size(), b.inputs);
        fits("the targets do not fit the trials", b.target.size(), b.outputs);
        fits("the masks do not fit the trials", b.mask.size(), b.outputs);
        need(b.length.size() == static_cast<std::size_t>(b.trials), "the lengths do not fit the trials", std::to_string(b.trials),
             std::to_string(b.length.size()));
        for (const std::int32_t n : b.length)
            need(n >= 1 && n <= b.steps, "a trial has an impossible length", "1 .. " + std::to_string(b.steps), std::to_string(n));
    }

    static recorded_trial chosen(const trial_request& r, const trial_batch<float>& from, long trial) {
        long index = trial;
        if (r.purpose == purpose::training) {
            random_sequence random = trial_random(r, trial);
            index = static_cast<long>(random.below(static_cast<std::uint32_t>(from.trials)));
        }
        if (index >= from.trials)
            throw invalid_argument({"there is no such recorded trial", "trial_request", "0 .. " + std::to_string(from.trials - 1),
                                    std::to_string(index), "ask for trials of the set"});
        return {index, from.length[static_cast<std::size_t>(index)] * r.dt};
    }
    template <class T>
    static void copy(const trial_batch<float>& from, long index, trial_batch<T>& to, long k) {
        for (long t = 0; t < from.length[static_cast<std::size_t>(index)]; ++t) {
            for (long i = 0; i < from.inputs; ++i) to.input_at(t, k, i) = static_cast<T>(from.input_at(t, index, i));
            for (long o = 0; o < from.outputs; ++o) {
                to.target_at(t, k, o) = static_cast<T>(from.target_at(t, index, o));
                to.mask_at(t, k, o) = static_cast<T>(from.mask_at(t, index, o));
            }
        }
    }

    template <class T>
    static double percent_chosen(const trial_batch<T>& b, const recording<T>& seen) {
        long scored = 0, right = 0;
        for (long k = 0; k < b.trials; ++k)
            for (long t = b.length[static_cast<std::size_t>(k)]; t-- > 0;) {
                bool counts = false;
                for (long o = 0; o < b.outputs; ++o) counts = counts || b.mask_at(t, k, o) > 0;
                if (!counts) continue;
                ++scored;
                right += index_of_largest(b.outputs, [&](long o) { return seen.output_at(t, k, o); }) ==
                         index_of_largest(b.outputs, [&](long o) { return b.target_at(t, k, o); });
                break;
            }
        if (scored == 0)
            throw invalid_argument(
                {"no trial of this batch has a target", "performance", "masks above 0", "none", "give some steps a mask"});
        return 100 * static_cast<double>(right) / static_cast<double>(scored);
    }
    template <class T>
    static double percent_explained(const trial_batch<T>& b, const recording<T>& seen) {
        const auto each = [&](const auto& visit) {
            for (long t = 0; t < b.steps; ++t)
                for (long k = 0; k < b.trials; ++k)
                    for (long o = 0; o < b.outputs; ++o)
                        if (b.mask_at(t, k, o) > 0) visit(t, k, static_cast<std::size_t>(o), double(b.target_at(t, k, o)));
        };
        std::vector<double> mean(static_cast<std::size_t>(b.outputs)), count(mean.size());
        each([&](long, long, std::size_t o, double target) { mean[o] += target, count[o] += 1; });
        for (std::size_t o = 0; o < mean.size(); ++o)
            if (count[o] > 0) mean[o] /= count[o];
        double error = 0, variance = 0;
        each([&](long t, long k, std::size_t o, double target) {
            const double e = double(seen.output_at(t, k, static_cast<long>(o))) - target, v = target - mean[o];
            error += e * e, variance += v * v;
        });
        if (variance <= 0)
            throw invalid_argument({"targets that never change have no variance to explain", "performance", "targets that differ", "none",
                                    "score choices, or use more validation trials"});
        return 100 * (std::max)(0., 1 - error / variance);
    }

    std::shared_ptr<const trial_batch<float>> training_, validation_;
    settings how_;
};

}  // namespace EIRNN_NAMESPACE::tasks
