// How a trial that is described in milliseconds becomes steps: epochs, random durations, sweeps over conditions, and the batch itself.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/train/task.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// A part of a trial: the times t (ms) with begin < t <= end.
struct epoch {
    double begin = 0, end = 0;
};

/// Steps first .. last - 1.
struct step_range {
    long first = 0, last = 0;
};

namespace detail {
inline std::string text(double x) { return is_finite(x) ? std::to_string(x) : "not a finite number"; }

inline void require(bool good, const char* what, const std::string& where, const char* expected, double got, const char* repair) {
    if (!good) throw invalid_argument({what, where, expected, text(got), repair});
}
inline void require_positive(double ms, const std::string& where) {
    // The upper bound, with that on dt, keeps every number of steps inside a long.
    require(is_finite(ms) && ms > 0 && ms <= 1e9, "a duration makes no sense", where, "0 < duration <= 1e9 ms", ms,
            "set it to a positive number of ms");
}
inline void require_probability(double p, const std::string& where) {
    require(is_finite(p) && p >= 0 && p <= 1, "a probability lies between 0 and 1", where, "0 .. 1", p,
            "set it to a fraction, not a percentage");
}
}  // namespace detail

/// Steps of length dt that fit into `ms`. A millionth of a step is forgiven, which is rounding in ms / dt.
inline long whole_steps(double ms, double dt) { return static_cast<long>(std::floor(ms / dt + 1e-6)); }

/// `ms` cut to a multiple of dt.
inline double floor_to_step(double ms, double dt) { return static_cast<double>(whole_steps(ms, dt)) * dt; }

/// The steps that lie in an epoch: step k covers (k dt, (k+1) dt] and belongs to the epoch that holds (k+1) dt.
inline step_range steps_of(epoch e, double dt) { return {whole_steps(e.begin, dt), whole_steps(e.end, dt)}; }

/// Refuses a duration that dt does not divide, since the epochs would end where nobody asked.
inline void require_multiple(double ms, double dt, const std::string& where) {
    const double steps = ms / dt;
    detail::require(std::abs(steps - std::round(steps)) < 1e-6, "a duration is not a whole number of time steps", where,
                    ("a multiple of dt = " + std::to_string(dt) + " ms").c_str(), ms,
                    "choose a dt that divides it, or change the duration");
}

/// Exponentially distributed durations of the given mean, of which only those in [min, max) are kept (ms).
struct truncated_exponential {
    double mean = 0;  ///< ms, of the distribution before it is truncated
    double min = 0;   ///< ms, the shortest
    double max = 0;   ///< ms, longer than any

    /// Inverts the distribution function, so that one uniform makes one duration; redrawing until it fits has the same law.
    double draw(random_sequence& random) const {
        const double kept = -std::expm1(-(max - min) / mean);
        const double ms = min - mean * std::log1p(-random.uniform() * kept);
        return (std::min)(ms, std::nextafter(max, min));
    }
    void check(const std::string& where) const {
        detail::require_positive(mean, where + ".mean");
        detail::require_positive(min, where + ".min");
        detail::require_positive(max, where + ".max");
        detail::require(max > min, "a range of durations is empty", where + ".max", "more than min", max, "set max above min");
    }
};

/// The indices of a sweep over factors of the given sizes, the first factor varying fastest. Their product is the number of conditions.
inline std::vector<long> unravel(long index, std::span<const long> sizes) {
    std::vector<long> indices;
    for (const long size : sizes) {
        indices.push_back(index % size);
        index /= size;
    }
    return indices;
}

/// The random numbers of one trial: functions of the request's seed, purpose and iteration and of the trial's index, not of its batch or
/// dt.
inline random_sequence trial_random(const trial_request& request, long trial) {
    const random_stream s = request.purpose == purpose::training     ? random_stream::training_trials
                            : request.purpose == purpose::validation ? random_stream::validation_trials
                                                                     : random_stream::test_trials;
    return {key_of(request.seed, s), static_cast<std::uint32_t>(request.iteration), static_cast<std::uint32_t>(request.iteration >> 32),
            static_cast<std::uint32_t>(trial)};
}

/// Refuses a request that no task can serve.
inline void check(const trial_request& request) {
    const auto number = [](long n) { return std::to_string(n); };
    detail::require(is_finite(request.dt) && request.dt >= 1e-6, "a time step makes no sense", "trial_request.dt", "at least 1e-6 ms",
                    request.dt, "set dt, for example to a fifth of the time constant");
    if (request.trials < 1)
        throw invalid_argument(
            {"a batch needs trials", "trial_request.trials", "at least 1", number(request.trials), "ask for one trial or more"});
    constexpr long ids = 1L << 32;
    if (request.first < 0 || request.first > ids || request.trials > ids - request.first)
        throw invalid_argument({"a trial's index does not fit into 32 bits", "trial_request.first", "first >= 0 and first + trials <= 2^32",
                                number(request.first) + " + " + number(request.trials),
                                "make the sweep shorter, or change the seed for the rest"});
}

/// Writes `value` into one input channel of a trial during an epoch.
template <class T>
void set_input(trial_batch<T>& batch, long trial, epoch e, long channel, double value) {
    const auto [first, last] = steps_of(e, batch.dt);
    for (long t = first; t < last; ++t) batch.input_at(t, trial, channel) = static_cast<T>(value);
}

/// Asks one output of a trial to be `value` during an epoch, and makes its error count.
template <class T>
void set_target(trial_batch<T>& batch, long trial, epoch e, long output, double value) {
    const auto [first, last] = steps_of(e, batch.dt);
    for (long t = first; t < last; ++t) {
        batch.target_at(t, trial, output) = static_cast<T>(value);
        batch.mask_at(t, trial, output) = T{1};
    }
}

/// Makes the batch of a request. `describe(trial)` gives the condition of a trial, with its length in `trial_end` (ms);
/// `paint(batch, k, condition)` writes the k-th trial's inputs and targets. The batch is as long as its longest trial.
template <class T, class Describe, class Paint>
auto assemble(const trial_request& request, long inputs, long outputs, const Describe& describe, const Paint& paint) {
    using condition = decltype(describe(request.first));
    check(request);
    std::vector<condition> conditions;
    conditions.reserve(static_cast<std::size_t>(request.trials));
    double longest = 0;
    for (long k = 0; k < request.trials; ++k) {
        conditions.push_back(describe(request.first + k));
        longest = (std::max)(longest, conditions.back().trial_end);
    }
    // In doubles, since a count that does not fit is what this looks for.
    const double values = longest / request.dt * static_cast<double>(request.trials) * static_cast<double>((std::max)(inputs, outputs));
    detail::require(longest / request.dt < (std::numeric_limits<std::int32_t>::max)() && values < 4e18, "a batch of trials is too large",
                    "trial_request", "fewer than 2^31 steps", longest / request.dt, "use a larger dt or fewer trials");

    trial_batch<T> batch(request.trials, whole_steps(longest, request.dt), inputs, outputs, request.dt);
    for (long k = 0; k < request.trials; ++k) {
        const auto n = static_cast<std::size_t>(k);
        batch.length[n] = static_cast<std::int32_t>(whole_steps(conditions[n].trial_end, request.dt));
        batch.id[n] = static_cast<std::uint32_t>(request.first + k);
        paint(batch, k, conditions[n]);
    }
    return task_batch<T, condition>{std::move(batch), std::move(conditions)};
}

}  // namespace EIRNN_NAMESPACE::tasks
