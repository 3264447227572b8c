// Confidence of a mean over a few trained networks.
#pragma once
#include <eirnn/analysis/quantile.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/core/vocabulary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// A mean and the interval that holds it.
struct mean_interval {
    double mean = 0, low = 0, high = 0;
};

/// The percentile bootstrap interval of a mean: the middle `confidence` of the means of `resamples` samples drawn with replacement, between
/// order statistics linearly. One value has the interval of that value. The same seed gives the same interval.
/// Throws invalid_argument without values, for a value that is not finite, or for a confidence outside (0, 1).
inline mean_interval bootstrap_interval(std::span<const double> values, seed s, double confidence = 0.95, long resamples = 10'000) {
    const auto n = values.size();
    if (n == 0 || n > (std::numeric_limits<std::uint32_t>::max)() ||
        !std::all_of(values.begin(), values.end(), [](double v) { return is_finite(v); }))
        throw invalid_argument({"a mean needs finite values", "bootstrap_interval", "one finite value or more",
                                std::to_string(n) + " values", "leave out networks without a value"});
    if (!(confidence > 0 && confidence < 1) || resamples < 1)
        throw invalid_argument({"an interval cannot be made", "bootstrap_interval", "0 < confidence < 1, resamples >= 1",
                                std::to_string(confidence) + ", " + std::to_string(resamples), "pass 0.95 and some thousand"});
    const auto mean_over = [&](const auto& pick) {
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += values[pick(k)];
        return sum / static_cast<double>(n);
    };
    random_sequence random(key_of(s.value, random_stream::analysis));
    std::vector<double> means(static_cast<std::size_t>(resamples));
    for (double& m : means) m = mean_over([&](std::size_t) { return std::size_t{random.below(static_cast<std::uint32_t>(n))}; });
    std::sort(means.begin(), means.end());
    return {mean_over([](std::size_t k) { return k; }), quantile_of_sorted(means, (1 - confidence) / 2),
            quantile_of_sorted(means, (1 + confidence) / 2)};
}

}  // namespace EIRNN_NAMESPACE::analysis
