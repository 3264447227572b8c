// Quantiles of a sample.
#pragma once
#include <eirnn/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace EIRNN_NAMESPACE::analysis {

/// The value below which the fraction q of the sorted values lies, between order statistics linearly. There must be a value.
inline double quantile_of_sorted(std::span<const double> sorted, double q) {
    if (sorted.empty() || !(q >= 0 && q <= 1))
        throw invalid_argument({"there is no such quantile", "quantile_of_sorted", "one value or more, q in 0 .. 1",
                                std::to_string(sorted.size()) + " values, q = " + std::to_string(q), "pass a fraction, not percent"});
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place), above = (std::min)(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace EIRNN_NAMESPACE::analysis
