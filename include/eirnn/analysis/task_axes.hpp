// The axes of state space along which a population encodes the variables of a task (Mante et al. 2013; Song et al. 2016, Fig 4B, 4D).
#pragma once
#include <eirnn/analysis/principal_components.hpp>
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/decompose.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Coefficients [regressor][sample][unit] without what lies outside the span of the components [unit][component], which are orthonormal.
/// Fig 4 takes the first 12 components of the averages of all conditions over whole trials, found with pca_scaling::none.
inline unit_series denoise(const unit_series& beta, const matrix<double>& components) {
    const unit_series inside = project_on(beta, components);
    matrix<double> back(components.cols, components.rows);
    for (long u = 0; u < components.rows; ++u)
        for (long a = 0; a < components.cols; ++a) back(a, u) = components(u, a);
    return project_on(inside, back);
}

/// The sample at which the coefficients of a regressor, as a vector over units, are longest; the first one of equals.
inline long longest_sample(const unit_series& beta, long regressor) {
    const long wanted[] = {regressor};
    detail::require_indices(wanted, beta.series, "longest_sample", "regressor");
    long best = 0;
    double longest = -1;
    for (long k = 0; k < beta.samples; ++k) {
        double square = 0;
        for (long u = 0; u < beta.units; ++u) square += beta(regressor, k, u) * beta(regressor, k, u);
        if (square > longest) {
            longest = square;
            best = k;
        }
    }
    return best;
}

/// One axis per variable.
struct task_axes {
    matrix<double> axis;       ///< [unit][variable], orthonormal columns: the entries of a unit are its regression coefficients of Fig 4D
    std::vector<long> sample;  ///< [variable], at which its coefficients are longest
};

/// The axes of the first `variables` regressors: their coefficients at the sample where they are longest, made orthogonal in this order, so
/// that the first keeps its direction. Throws invalid_argument where a variable is not encoded apart from those before it.
inline task_axes find_task_axes(const unit_series& beta, long variables) {
    if (variables < 1 || variables > beta.series || beta.samples < 1)
        throw invalid_argument({"there are not so many regressors", "find_task_axes", "1 .. " + std::to_string(beta.series),
                                std::to_string(variables), "regress on more variables or ask for fewer axes"});
    task_axes out;
    matrix<double> longest(beta.units, variables);
    for (long v = 0; v < variables; ++v) {
        out.sample.push_back(longest_sample(beta, v));
        for (long u = 0; u < beta.units; ++u) longest(u, v) = beta(v, out.sample.back(), u);
    }
    out.axis = orthonormal_columns(longest);
    return out;
}

/// Subtracts at every sample the mean over the series: what all the conditions of a panel have in common.
inline unit_series minus_mean_over_series(unit_series x) {
    for (long k = 0; k < x.samples; ++k)
        for (long u = 0; u < x.units; ++u) {
            double mean = 0;
            for (long c = 0; c < x.series; ++c) mean += x(c, k, u) / static_cast<double>(x.series);
            for (long c = 0; c < x.series; ++c) x(c, k, u) -= mean;
        }
    return x;
}

}  // namespace EIRNN_NAMESPACE::analysis
