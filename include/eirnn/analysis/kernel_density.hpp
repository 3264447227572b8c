// How densely populations of channels are connected (Sun et al., section 5): convolution kernels as weights between channels.
#pragma once
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/tuning.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// The magnitudes of one projection's kernels, or of several that are pooled.
struct kernel_weights {
    std::vector<double> connections;  ///< [post][pre], the mean over the taps of a kernel
    std::vector<double> taps;         ///< [post][pre][tap]
};

/// Kernels of any form: `kernel` is `[post][pre][tap]`, with `taps` numbers per kernel. The magnitudes are taken before the mean, so that
/// the signs of an unconstrained kernel do not cancel.
template <class T>
kernel_weights weights_of_kernels(std::span<const T> kernel, long taps) {
    if (taps < 1 || kernel.size() % static_cast<std::size_t>(taps) != 0)
        throw invalid_argument({"kernels do not have the same number of taps", "weights_of_kernels",
                                "a multiple of " + std::to_string(taps) + " weights", std::to_string(kernel.size()),
                                "pass whole kernels, [post][pre][tap]"});
    kernel_weights w;
    w.taps.reserve(kernel.size());
    for (const T& x : kernel) w.taps.push_back(std::abs(static_cast<double>(x)));
    const auto n = static_cast<std::size_t>(taps);
    for (std::size_t k = 0; k < w.taps.size(); k += n) {
        double sum = 0;
        for (std::size_t tap = 0; tap < n; ++tap) sum += w.taps[k + tap];
        w.connections.push_back(sum / static_cast<double>(taps));
    }
    return w;
}

/// Separable kernels K[post][pre][tap] = depthwise[pre][tap] * pointwise[post][pre], from the effective values of both.
template <class T>
kernel_weights weights_of_separable(const matrix<T>& depthwise, const matrix<T>& pointwise) {
    if (depthwise.rows != pointwise.cols)
        throw invalid_argument({"the two parts of a separable kernel do not fit", "weights_of_separable",
                                std::to_string(depthwise.rows) + " columns, one per row of the depthwise part",
                                std::to_string(pointwise.cols), "pass depthwise [pre][tap] and pointwise [post][pre] of one projection"});
    std::vector<double> kernel;
    kernel.reserve(pointwise.data.size() * static_cast<std::size_t>(depthwise.cols));
    for (long post = 0; post < pointwise.rows; ++post)
        for (long pre = 0; pre < pointwise.cols; ++pre)
            for (long tap = 0; tap < depthwise.cols; ++tap)
                kernel.push_back(static_cast<double>(depthwise(pre, tap)) * static_cast<double>(pointwise(post, pre)));
    return weights_of_kernels(std::span<const double>(kernel), depthwise.cols);
}

/// The weights of several projections as one list, for example those of all interneurons, or of all recurrent projections of an area.
inline kernel_weights pooled(std::span<const kernel_weights> parts) {
    kernel_weights all;
    for (const auto& part : parts) {
        all.connections.insert(all.connections.end(), part.connections.begin(), part.connections.end());
        all.taps.insert(all.taps.end(), part.taps.begin(), part.taps.end());
    }
    return all;
}

/// How dense a projection is, and the histogram behind it.
struct density_measures {
    double density = 0;          ///< share of connections (means over taps) above the threshold
    double density_of_taps = 0;  ///< share of single taps above it
    histogram log_weights;       ///< natural logarithms of the connections that are not 0
    long zero = 0;               ///< connections that are 0 and so not in the histogram
};

/// With the default width, an edge of the histogram lies on the logarithm of the default threshold, -10.
/// Throws invalid_argument for a bin width that is not positive.
inline density_measures measure_density(const kernel_weights& w, double threshold = weight_threshold, double bin_width = 0.5) {
    std::vector<double> logarithms;
    for (const double x : w.connections)
        if (x > 0) logarithms.push_back(std::log(x));
    return {connection_density(w.connections, threshold), connection_density(w.taps, threshold), histogram_of_width(logarithms, bin_width),
            static_cast<long>(w.connections.size() - logarithms.size())};
}

/// PREFIX.log_weight_histogram [bin], .log_weight_edges [bin + 1], .zero_weights, .density, .density_of_taps.
inline owned_list<named_array> arrays_of(const std::string& prefix, const density_measures& m) {
    return {array_of(prefix + ".log_weight_histogram", m.log_weights.counts), array_of(prefix + ".log_weight_edges", m.log_weights.edges),
            array_of(prefix + ".zero_weights", static_cast<double>(m.zero)), array_of(prefix + ".density", m.density),
            array_of(prefix + ".density_of_taps", m.density_of_taps)};
}

}  // namespace EIRNN_NAMESPACE::analysis
