// Sine wave: an oscillation without any input (a demonstration in the code of Song et al. 2016).
#pragma once
#include <eirnn/task/trial_parts.hpp>
#include <eirnn/train/stopping.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// All trials are alike; times in ms from the start of the trial.
struct wave_condition {
    double trial_end = 0;

    static constexpr std::array column_names{"trial_end"};
    /// One row of `table_of`.
    std::array<double, 1> row() const { return {trial_end}; }
    friend bool operator==(const wave_condition&, const wave_condition&) = default;
};

/// No input; one output with the target a sin(2 pi t / period) at all times. It is meant to be trained with biases.
///
/// The published network runs on from trial to trial; here trials begin as the network does, unless their `start` or the trainer's
/// `training_options::carry` says otherwise (see `sequence_execution`). A trial is a whole number of periods, so that the next one can
/// begin where it ended.
struct sine_wave {
    static constexpr bool continuous = true;

    double period = 800;                   ///< ms
    double amplitude = 0.9;                ///< in units of the output
    long periods = 2;                      ///< that a trial lasts
    long test_periods = 20;                ///< that a trial of the test lasts
    double least_error = 0.05;             ///< RMSE of a validation at which training may stop
    long validations = 50;                 ///< trials of a validation: `validation_trials()`

    long inputs() const { return 0; }
    long outputs() const { return 1; }
    long validation_trials() const { return validations; }
    /// Not exceeded by any performance: the error ends training.
    double target_performance() const { return 100; }
    /// When training ends: the RMSE of a validation is small enough.
    until stopping() const { return {.performance = target_performance(), .rmse = least_error}; }
    long conditions() const { return 1; }

    /// The trials of a request. Throws invalid_argument where a number of the task or of the request makes no sense.
    template <class T>
    task_batch<T, wave_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        const double end = period * static_cast<double>(request.purpose == purpose::test ? test_periods : periods);
        return assemble<T>(
            request, inputs(), outputs(), [&](long) { return wave_condition{end}; },
            [&](trial_batch<T>& batch, long k, const wave_condition&) {
                for (long t = 0; t < batch.steps; ++t) {
                    batch.target_at(t, k, 0) = static_cast<T>(wave_at(static_cast<double>(t + 1) * batch.dt));
                    batch.mask_at(t, k, 0) = T{1};
                }
            });
    }

    /// The target at a time in ms.
    double wave_at(double ms) const { return amplitude * std::sin(2 * 3.14159265358979323846 * ms / period); }

    /// Percent of the variance of the target that the output explains, at least 0. It ends no training, since the error does.
    template <class T>
    double performance(const task_batch<T, wave_condition>& batch, const recording<T>& what_happened) const {
        require_recording_of(what_happened, batch.conditions.size(), outputs());
        double missed = 0, all = 0, sum = 0, count = 0;
        for (long s = 0; s < what_happened.samples(); ++s)
            for (long k = 0; k < what_happened.trials; ++k) {
                const double wanted = wave_at(what_happened.time(s)), error = double(what_happened.output_at(s, k, 0)) - wanted;
                missed += error * error, all += wanted * wanted, sum += wanted, ++count;
            }
        all -= sum * sum / count;
        // One sample, or samples of one phase, leave rounding only.
        if (!(all > 1e-9 * amplitude * amplitude * count))
            throw invalid_argument({"the target does not vary where the output was recorded", "recording.every", "several samples a period",
                                    std::to_string(what_happened.samples()) + " samples", "record more often"});
        return 100 * (std::max)(0., 1 - missed / all);
    }

private:
    void check(double dt) const {
        const std::string here = "sine_wave.";
        detail::require_positive(period, here + "period");
        require_multiple(period, dt, here + "period");
        detail::require(period >= 4 * dt, "a period is too short for its time steps", here + "period", "at least four steps", period,
                        "use a smaller dt or a longer period");
        detail::require(is_finite(amplitude) && amplitude > 0, "an amplitude is a positive number", here + "amplitude", "more than 0",
                        amplitude, "set it in units of the output");
        const auto require_count = [&](long n, const char* name, const char* what) {
            if (n < 1) throw invalid_argument({what, here + name, "at least 1", std::to_string(n), "set it to 1 or more"});
        };
        require_count(periods, "periods", "a trial needs a period");
        require_count(test_periods, "test_periods", "a trial needs a period");
        require_count(validations, "validations", "a validation needs trials");
        detail::require(is_finite(least_error) && least_error >= 0, "an RMSE is not negative", here + "least_error", "0 or more",
                        least_error, "set the RMSE that is good enough");
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
