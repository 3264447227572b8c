// How rates depend on one number of the stimulus, and for how long they remember it (Romo et al. 1999; Song et al. 2016, Fig 7).
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/p_value.hpp>
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// r(t) = a0(t) + a1(t) f per unit; all [sample][unit].
struct linear_tuning {
    matrix<double> intercept, slope;  ///< a0, a1
    matrix<double> p;                 ///< two-sided, of a1 = 0; 1 for a unit that does not depend on f at all
};

/// Least squares over the averages of conditions in which the stimulus was `f` [series]; three conditions or more, that are not all alike.
inline linear_tuning fit_linear_tuning(const unit_series& averages, std::span<const double> f) {
    const auto n = static_cast<double>(f.size());
    double mean_f = 0, squares_f = 0;
    for (const double x : f) mean_f += x / n;
    for (const double x : f) squares_f += (x - mean_f) * (x - mean_f);
    if (static_cast<long>(f.size()) != averages.series || f.size() < 3 || !(squares_f > 0))
        throw invalid_argument({"a tuning cannot be fitted", "fit_linear_tuning",
                                std::to_string(averages.series) + " stimuli, three or more, not all alike",
                                std::to_string(f.size()) + " stimuli", "pass the stimulus of every condition"});
    for (const double v : averages.values)
        if (!is_finite(v))
            throw invalid_argument({"an average is not a finite number", "fit_linear_tuning", "a trial or more of every condition",
                                    "NaN or infinity", "leave out conditions without trials"});
    linear_tuning out{matrix<double>(averages.samples, averages.units), matrix<double>(averages.samples, averages.units),
                      matrix<double>(averages.samples, averages.units)};
    for (long k = 0; k < averages.samples; ++k)
        for (long u = 0; u < averages.units; ++u) {
            double mean = 0, product = 0, squares = 0, residual = 0;
            for (long c = 0; c < averages.series; ++c) mean += averages(c, k, u) / n;
            for (long c = 0; c < averages.series; ++c) {
                const double r = averages(c, k, u) - mean;
                product += (f[static_cast<std::size_t>(c)] - mean_f) * r;
                squares += r * r;
            }
            const double slope = product / squares_f;
            for (long c = 0; c < averages.series; ++c) {
                const double miss = averages(c, k, u) - mean - slope * (f[static_cast<std::size_t>(c)] - mean_f);
                residual += miss * miss;
            }
            out.slope(k, u) = slope;
            out.intercept(k, u) = mean - slope * mean_f;
            out.p(k, u) = squares > 0 ? p_of_correlation((std::min)(residual / squares, 1.0), averages.series) : 1;
        }
    return out;
}

/// Pearson correlation; NaN where one of the two never changes, or for fewer than two numbers.
inline double pearson(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size())
        throw invalid_argument(
            {"a correlation needs pairs", "pearson", std::to_string(a.size()), std::to_string(b.size()), "pass arrays of one length"});
    const auto n = static_cast<double>(a.size());
    double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    for (std::size_t k = 0; k < a.size(); ++k) mean_a += a[k] / n, mean_b += b[k] / n;
    for (std::size_t k = 0; k < a.size(); ++k) {
        aa += (a[k] - mean_a) * (a[k] - mean_a);
        bb += (b[k] - mean_b) * (b[k] - mean_b);
        ab += (a[k] - mean_a) * (b[k] - mean_b);
    }
    return aa > 0 && bb > 0 ? std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0) : missing;
}

/// The correlation over units of a1 at every sample with a1 at the reference sample; `slope` is [sample][unit].
inline std::vector<double> tuning_correlation(const matrix<double>& slope, long reference) {
    const long wanted[] = {reference};
    detail::require_indices(wanted, slope.rows, "tuning_correlation", "sample");
    const auto at = [&](long k) {
        return std::span<const double>(slope.data).subspan(static_cast<std::size_t>(k * slope.cols), static_cast<std::size_t>(slope.cols));
    };
    std::vector<double> r;
    for (long k = 0; k < slope.rows; ++k) r.push_back(pearson(at(k), at(reference)));
    return r;
}

/// The fraction of units that are tuned at every sample: those with p below `level`, of `p` [sample][unit].
inline std::vector<double> fraction_significant(const matrix<double>& p, double level = 0.05) {
    std::vector<double> fraction;
    for (long k = 0; k < p.rows; ++k) {
        long tuned = 0;
        for (long u = 0; u < p.cols; ++u) tuned += p(k, u) < level ? 1 : 0;
        fraction.push_back(p.cols > 0 ? static_cast<double>(tuned) / static_cast<double>(p.cols) : 0);
    }
    return fraction;
}

/// slope, intercept, p [sample][unit]; fraction_significant [sample], at p < 0.05.
inline owned_list<named_array> arrays_of(const linear_tuning& t) {
    return {array_of("slope", t.slope), array_of("intercept", t.intercept), array_of("p", t.p),
            array_of("fraction_significant", fraction_significant(t.p))};
}

}  // namespace EIRNN_NAMESPACE::analysis
