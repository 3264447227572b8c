// Rates of many trials as an analysis takes them in, and which samples of a recording lie between two times.
#pragma once
#include <eirnn/analysis/running_moments.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/model/recording.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Rates [sample][trial][unit] that somebody else owns.
template <class T>
struct trial_rates {
    std::span<const T> values;
    long samples = 0, trials = 0, units = 0;
    const T& operator()(long k, long trial, long u) const { return values[static_cast<std::size_t>((k * trials + trial) * units + u)]; }
};

/// A view of an array. Throws invalid_argument where its length is not samples x trials x units.
template <class T>
trial_rates<T> rates_of(std::span<const T> values, long samples, long trials, long units) {
    if (samples < 0 || trials < 0 || units < 0 || values.size() != static_cast<std::size_t>(samples * trials * units))
        throw invalid_argument(
            {"an array of rates does not have the size that its shape says", "rates_of",
             std::to_string(samples) + " samples x " + std::to_string(trials) + " trials x " + std::to_string(units) + " units",
             std::to_string(values.size()) + " numbers", "pass [sample][trial][unit]"});
    return {values, samples, trials, units};
}
/// The rates of a recording, which must hold some.
template <class T>
trial_rates<T> rates_of(const recording<T>& r) {
    if (r.rate.empty() && r.samples() * r.trials > 0)
        throw invalid_argument(
            {"a recording has no rates", "recording.rate", "[sample][trial][unit]", "nothing", "ask for rates when recording"});
    return rates_of(std::span<const T>(r.rate), r.samples(), r.trials, r.units);
}

/// Samples [begin, end).
struct sample_range {
    long begin = 0, end = 0;
    friend bool operator==(const sample_range&, const sample_range&) = default;
};

/// The samples at times t (ms from the start of the trial) with from < t <= to.
template <class T>
sample_range samples_between(const recording<T>& r, double from, double to) {
    const double step = static_cast<double>(r.every) * r.dt, rounding = 1e-6 * r.dt;
    const auto up_to = [&](double t) { return std::clamp(static_cast<long>(std::floor((t + rounding) / step)), 0L, r.samples()); };
    return {up_to(from), (std::max)(up_to(from), up_to(to))};
}

/// The first sample at t (ms) or later; the number of samples where the recording ends before it.
template <class T>
long sample_at(const recording<T>& r, double t) {
    const double step = static_cast<double>(r.every) * r.dt, rounding = 1e-6 * r.dt;
    return std::clamp(static_cast<long>(std::ceil((t - rounding) / step)) - 1, 0L, r.samples());
}

/// Per unit, the sum of a trial's rates over some samples: what d' is taken of.
template <class T>
std::vector<double> sums_over(const trial_rates<T>& rates, long trial, sample_range range) {
    if (trial < 0 || trial >= rates.trials || range.begin < 0 || range.begin > range.end || range.end > rates.samples)
        throw invalid_argument(
            {"there are no such samples", "sums_over",
             std::to_string(rates.trials) + " trials of " + std::to_string(rates.samples) + " samples",
             "samples " + std::to_string(range.begin) + " .. " + std::to_string(range.end) + " of trial " + std::to_string(trial),
             "choose among what was recorded"});
    std::vector<double> sums(static_cast<std::size_t>(rates.units));
    for (long k = range.begin; k < range.end; ++k)
        for (long u = 0; u < rates.units; ++u) sums[static_cast<std::size_t>(u)] += static_cast<double>(rates(k, trial, u));
    return sums;
}

/// Rates minus the mean of their unit over all trials and samples, over its (population) standard deviation; [sample][trial][unit].
/// A unit that never changes becomes 0.
template <class T>
std::vector<double> standardized(const trial_rates<T>& rates) {
    std::vector<double> out(rates.values.size());
    const auto rows = static_cast<std::size_t>(rates.samples * rates.trials), units = static_cast<std::size_t>(rates.units);
    for (std::size_t u = 0; u < units; ++u) {
        running_moments m;
        for (std::size_t row = 0; row < rows; ++row) m.add(static_cast<double>(rates.values[row * units + u]));
        const double deviation = m.deviation();
        for (std::size_t row = 0; row < rows; ++row)
            out[row * units + u] = deviation > 0 ? (static_cast<double>(rates.values[row * units + u]) - m.mean) / deviation : 0;
    }
    return out;
}

}  // namespace EIRNN_NAMESPACE::analysis
