// Smoothing along time.
#pragma once
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Convolves every unit of every series with a Gaussian along time, with its standard deviation in samples. The Gaussian is cut at four
/// standard deviations, and a series is continued beyond its ends by its mirror image, the last sample twice, as SciPy's gaussian_filter1d
/// does it. 0 changes nothing. What is missing makes everything near it missing.
inline unit_series smooth(const unit_series& x, double deviation) {
    if (!(deviation >= 0 && deviation <= 1e6))
        throw invalid_argument({"no Gaussian has this width", "smooth", "0 .. a million samples", std::to_string(deviation),
                                "divide the width in ms by the time between two samples"});
    if (deviation == 0 || x.samples == 0) return x;
    const auto radius = static_cast<long>(4 * deviation + 0.5);
    std::vector<double> weight;
    double sum = 0;
    for (long d = -radius; d <= radius; ++d) {
        weight.push_back(std::exp(-0.5 * static_cast<double>(d * d) / (deviation * deviation)));
        sum += weight.back();
    }
    for (double& w : weight) w /= sum;
    const auto mirrored = [n = x.samples](long k) {
        k = (k % (2 * n) + 2 * n) % (2 * n);
        return k < n ? k : 2 * n - 1 - k;
    };
    unit_series out(x.series, x.samples, x.units);
    for (long c = 0; c < x.series; ++c)
        for (long k = 0; k < x.samples; ++k)
            for (long d = -radius; d <= radius; ++d) {
                const double w = weight[static_cast<std::size_t>(d + radius)];
                const long from = mirrored(k + d);
                for (long u = 0; u < x.units; ++u) out(c, k, u) += w * x(c, from, u);
            }
    return out;
}

}  // namespace EIRNN_NAMESPACE::analysis
