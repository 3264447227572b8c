// Whole weight matrices in a few numbers: how dense they are, and how far their colours reach in a figure (Song et al. 2016, Fig 3, 5).
#pragma once
#include <eirnn/analysis/quantile.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Shares of recurrent weights that are not 0.
struct recurrent_density {
    double all = 0;         ///< nonzero weights / units^2
    double excitatory = 0;  ///< positive weights / (units x excitatory units); x units where no unit has a sign
    double inhibitory = 0;  ///< negative weights, likewise
};

/// Of effective weights [post][pre].
template <class T>
recurrent_density density_of(const layout& net, const matrix<T>& recurrent) {
    if (recurrent.rows != net.units || recurrent.cols != net.units)
        throw invalid_argument({"a weight matrix does not fit the network", "density_of",
                                std::to_string(net.units) + " x " + std::to_string(net.units),
                                std::to_string(recurrent.rows) + " x " + std::to_string(recurrent.cols),
                                "pass the effective recurrent weights of this network, [post][pre]"});
    long positive = 0, negative = 0, excitatory = 0, inhibitory = 0;
    for (const T& w : recurrent.data) {
        if (w > T{0}) ++positive;
        if (w < T{0}) ++negative;
    }
    for (const auto& p : net.populations) {
        // A population of both signs can send either.
        if (p.sign != polarity::inhibitory) excitatory += p.size;
        if (p.sign != polarity::excitatory) inhibitory += p.size;
    }
    const auto over = [&](long count, long pres) {
        return pres > 0 ? static_cast<double>(count) / static_cast<double>(net.units * pres) : 0;
    };
    return {over(positive + negative, net.units), over(positive, excitatory), over(negative, inhibitory)};
}

/// Magnitudes at which the colours of positive and of negative weights are full; 0 where there are no such weights.
struct colour_limits {
    double positive = 0, negative = 0;
};

/// The quantile of all weights of one sign in the matrices of the networks that a figure compares, so that a few large weights do not leave
/// the others pale. The figures of the paper take 0.9.
template <class T>
colour_limits colour_limits_of(const std::vector<matrix<T>>& weights, double quantile = 0.9) {
    std::vector<double> positive, negative;
    for (const auto& m : weights)
        for (const T& w : m.data) {
            if (w > T{0}) positive.push_back(static_cast<double>(w));
            if (w < T{0}) negative.push_back(-static_cast<double>(w));
        }
    const auto limit = [&](std::vector<double>& magnitudes) {
        std::sort(magnitudes.begin(), magnitudes.end());
        return magnitudes.empty() ? 0 : quantile_of_sorted(magnitudes, quantile);
    };
    return {limit(positive), limit(negative)};
}

}  // namespace EIRNN_NAMESPACE::analysis
