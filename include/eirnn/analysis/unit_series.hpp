// Numbers per unit over time: rates averaged by condition, regression coefficients, projections.
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/running_moments.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// What stands where there is no trial to average over: NaN. `is_finite` tells it from numbers under every compiler flag.
inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// [series][sample][unit]. A series is a condition, a regressor, a sequence; a unit may also be an axis that rates are projected on.
struct unit_series {
    long series = 0, samples = 0, units = 0;
    std::vector<double> values;

    unit_series() = default;
    unit_series(long n_series, long n_samples, long n_units, double value = 0)
        : series(n_series), samples(n_samples), units(n_units), values(static_cast<std::size_t>(n_series * n_samples * n_units), value) {}
    double& operator()(long c, long k, long u) { return values[static_cast<std::size_t>((c * samples + k) * units + u)]; }
    const double& operator()(long c, long k, long u) const { return values[static_cast<std::size_t>((c * samples + k) * units + u)]; }
    friend bool operator==(const unit_series&, const unit_series&) = default;
};

inline named_array array_of(std::string name, const unit_series& x) { return {std::move(name), {x.series, x.samples, x.units}, x.values}; }

namespace detail {
// The entries of a list of indices, or an error that names the first one out of range.
inline void require_indices(std::span<const long> chosen, long n, const char* where, const char* what) {
    for (const long k : chosen)
        if (k < 0 || k >= n)
            throw invalid_argument({std::string("there is no such ") + what, where, "0 .. " + std::to_string(n - 1), std::to_string(k),
                                    "choose among what was recorded"});
}
}  // namespace detail

/// Some of the series, in the given order.
inline unit_series select_series(const unit_series& x, std::span<const long> chosen) {
    detail::require_indices(chosen, x.series, "select_series", "series");
    unit_series out(static_cast<long>(chosen.size()), x.samples, x.units);
    const long block = x.samples * x.units;
    for (std::size_t c = 0; c < chosen.size(); ++c)
        std::copy_n(x.values.begin() + chosen[c] * block, block, out.values.begin() + static_cast<long>(c) * block);
    return out;
}

/// Some of the units, in the given order.
inline unit_series select_units(const unit_series& x, std::span<const long> chosen) {
    detail::require_indices(chosen, x.units, "select_units", "unit");
    unit_series out(x.series, x.samples, static_cast<long>(chosen.size()));
    for (long c = 0; c < x.series; ++c)
        for (long k = 0; k < x.samples; ++k)
            for (std::size_t u = 0; u < chosen.size(); ++u) out(c, k, static_cast<long>(u)) = x(c, k, chosen[u]);
    return out;
}

/// Every `step`-th sample of [begin, end).
inline unit_series select_samples(const unit_series& x, long begin, long end, long step = 1) {
    if (begin < 0 || begin > end || end > x.samples || step < 1)
        throw invalid_argument(
            {"there are no such samples", "select_samples", "0 <= begin <= end <= " + std::to_string(x.samples) + ", step >= 1",
             std::to_string(begin) + " .. " + std::to_string(end) + " by " + std::to_string(step), "choose among what was recorded"});
    unit_series out(x.series, (end - begin + step - 1) / step, x.units);
    for (long c = 0; c < x.series; ++c)
        for (long k = 0; k < out.samples; ++k)
            for (long u = 0; u < x.units; ++u) out(c, k, u) = x(c, begin + k * step, u);
    return out;
}

/// The series that have a number for every unit and sample, for analyses that need all of them.
inline std::vector<long> complete_series(const unit_series& x) {
    std::vector<long> complete;
    const long block = x.samples * x.units;
    for (long c = 0; c < x.series; ++c)
        if (std::all_of(x.values.begin() + c * block, x.values.begin() + (c + 1) * block, [](double v) { return is_finite(v); }))
            complete.push_back(c);
    return complete;
}

/// A number in the place of what is missing. The code of Song et al. averages no trials to a rate of 0.
inline unit_series with_missing(unit_series x, double value) {
    for (double& v : x.values)
        if (!is_finite(v)) v = value;
    return x;
}

/// Subtracts from every unit its mean over all series and samples and divides by its (population) standard deviation. What is missing
/// counts for neither and stays missing. A unit that never changes becomes 0.
inline unit_series standardized(unit_series x) {
    const long rows = x.series * x.samples;
    for (long u = 0; u < x.units; ++u) {
        const auto at = [&](long row) -> double& { return x.values[static_cast<std::size_t>(row * x.units + u)]; };
        running_moments m;
        for (long row = 0; row < rows; ++row)
            if (is_finite(at(row))) m.add(at(row));
        const double deviation = m.deviation();
        for (long row = 0; row < rows; ++row)
            if (is_finite(at(row))) at(row) = deviation > 0 ? (at(row) - m.mean) / deviation : 0;
    }
    return x;
}

/// Whether a unit has to change within one series, or over all of them taken together.
enum class activity_over { one_series, all_series };

/// The units whose (population) standard deviation over time exceeds the threshold (Song et al. 2016: 0.1, with two modalities 0.05; the
/// state of a network that runs sequences is judged over all of them). What is missing does not count.
inline std::vector<long> active_units(const unit_series& x, double threshold = 0.1, activity_over over = activity_over::one_series) {
    std::vector<long> active;
    const long parts = over == activity_over::one_series ? x.series : 1, rows = parts > 0 ? x.series * x.samples / parts : 0;
    for (long u = 0; u < x.units; ++u)
        for (long part = 0; part < parts; ++part) {
            running_moments m;
            for (long row = part * rows; row < (part + 1) * rows; ++row)
                if (const double v = x.values[static_cast<std::size_t>(row * x.units + u)]; is_finite(v)) m.add(v);
            if (m.deviation() > threshold) {
                active.push_back(u);
                break;
            }
        }
    return active;
}

}  // namespace EIRNN_NAMESPACE::analysis
