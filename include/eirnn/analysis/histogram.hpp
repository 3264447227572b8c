// Histograms with the bin rules of the paper's figures.
#pragma once
#include <eirnn/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Counts between edges: bin k is [edge k, edge k+1), the last one closed.
struct histogram {
    std::vector<double> edges;  ///< one more than counts
    std::vector<long> counts;
};

/// Mean, standard deviation and skewness of a sample, all with division by n (population moments). Zero where undefined.
struct moments {
    double mean = 0, deviation = 0, skewness = 0;
};

inline moments moments_of(std::span<const double> values) {
    moments m;
    if (values.empty()) return m;
    const auto n = static_cast<double>(values.size());
    for (const double v : values) m.mean += v / n;
    double second = 0, third = 0;
    for (const double v : values) {
        const double d = v - m.mean;
        second += d * d / n;
        third += d * d * d / n;
    }
    m.deviation = std::sqrt(second);
    if (m.deviation > 0) m.skewness = third / (second * m.deviation);
    return m;
}

/// `bins` equal bins from the smallest to the largest value.
inline histogram histogram_with_bins(std::span<const double> values, long bins) {
    histogram h;
    if (values.empty() || bins < 1) return h;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double from = *low, width = *high > *low ? (*high - *low) / static_cast<double>(bins) : 1;
    for (long k = 0; k <= bins; ++k) h.edges.push_back(from + static_cast<double>(k) * width);
    h.counts.assign(static_cast<std::size_t>(bins), 0);
    for (const double v : values) ++h.counts[static_cast<std::size_t>((std::min)(bins - 1, static_cast<long>((v - from) / width)))];
    return h;
}

/// Bins by Sturges' rule for fewer than 200 values, else by Scott's (width 3.5 s / n^(1/3)).
inline histogram histogram_of(std::span<const double> values) {
    if (values.empty()) return {};
    const auto n = static_cast<double>(values.size());
    if (values.size() < 200) return histogram_with_bins(values, static_cast<long>(std::ceil(std::log2(n) + 1)));
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double width = 3.5 * moments_of(values).deviation / std::cbrt(n);
    // Values that agree but for a few far ones would ask for more bins than there are values.
    const double bins = width > 0 ? (std::min)(std::ceil((*high - *low) / width), n) : 1;
    return histogram_with_bins(values, static_cast<long>((std::max)(bins, 1.0)));
}

/// Bins of a given width whose edges are multiples of it. For values that come in steps: a width of whole steps keeps the bins alike.
inline histogram histogram_of_width(std::span<const double> values, double width) {
    if (values.empty()) return {};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (!(width > 0) || (*high - *low) / width > 1e6)
        throw invalid_argument({"a histogram with these bins cannot be made", "histogram width", "positive, and at most a million bins",
                                std::to_string(width), "choose a larger width"});
    const double first = std::floor(*low / width);
    histogram h;
    h.counts.assign(static_cast<std::size_t>(std::floor(*high / width) - first) + 1, 0);
    for (std::size_t k = 0; k <= h.counts.size(); ++k) h.edges.push_back((first + static_cast<double>(k)) * width);
    for (const double v : values) ++h.counts[static_cast<std::size_t>(std::floor(v / width) - first)];
    return h;
}

}  // namespace EIRNN_NAMESPACE::analysis
