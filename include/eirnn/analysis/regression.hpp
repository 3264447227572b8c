// How rates depend on the variables of a task: linear regression per unit and time (Mante et al. 2013; Song et al. 2016, Fig 4).
#pragma once
#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/preference.hpp>
#include <eirnn/analysis/rates.hpp>
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/decompose.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// The values of a variable divided by the largest magnitude among them, as coherences enter a regression.
inline std::vector<double> over_largest(std::vector<double> values) {
    double largest = 0;
    for (const double v : values) largest = (std::max)(largest, std::abs(v));
    if (largest > 0)
        for (double& v : values) v /= largest;
    return values;
}

/// The regressors of variables [trial][variable]: the variables themselves, a constant, and the products of each two of them. Four
/// variables a, b, c, d give the eleven columns a, b, c, d, 1, ab, ac, ad, bc, bd, cd.
inline matrix<double> with_interactions(const matrix<double>& variables) {
    const long n = variables.cols;
    matrix<double> design(variables.rows, n + 1 + n * (n - 1) / 2);
    for (long k = 0; k < variables.rows; ++k) {
        for (long v = 0; v < n; ++v) design(k, v) = variables(k, v);
        long column = n;
        design(k, column++) = 1;
        for (long v = 0; v < n; ++v)
            for (long w = v + 1; w < n; ++w) design(k, column++) = variables(k, v) * variables(k, w);
    }
    return design;
}

/// Ordinary least squares of rates [sample][trial][unit] on a design [trial][regressor], for every unit and sample; gives
/// [regressor][sample][unit]. Throws invalid_argument where regressors depend linearly on each other.
template <class T>
unit_series regress(const matrix<double>& design, const trial_rates<T>& rates) {
    if (design.rows != rates.trials)
        throw invalid_argument({"a design does not fit the rates", "regress", std::to_string(rates.trials) + " trials",
                                std::to_string(design.rows), "pass one row per trial"});
    const least_squares solver(design);
    unit_series beta(design.cols, rates.samples, rates.units);
    matrix<double> target(rates.trials, rates.units);
    for (long k = 0; k < rates.samples; ++k) {
        const auto from = rates.values.begin() + k * rates.trials * rates.units;
        std::transform(from, from + rates.trials * rates.units, target.data.begin(), [](T r) { return static_cast<double>(r); });
        const matrix<double> b = solver.solve(target);
        for (long r = 0; r < b.rows; ++r)
            for (long u = 0; u < b.cols; ++u) beta(r, k, u) = b(r, u);
    }
    return beta;
}

/// The same from averages: the regression on all trials behind them, where the trials of a condition agree in every regressor.
/// `design` is [condition][regressor]. Every unit must have been averaged over the same trials.
inline unit_series regress(const matrix<double>& design, const condition_averages& rates) {
    const long units = rates.mean.units;
    if (design.rows != rates.mean.series)
        throw invalid_argument({"a design does not fit the averages", "regress", std::to_string(rates.mean.series) + " conditions",
                                std::to_string(design.rows), "pass one row per condition"});
    unit_series beta(design.cols, rates.mean.samples, units);
    for (long k = 0; k < rates.mean.samples; ++k) {
        std::vector<long> there;
        for (long c = 0; c < design.rows; ++c) {
            for (long u = 1; u < units; ++u)
                if (rates.trials_at(c, k, u) != rates.trials_at(c, k, 0))
                    throw invalid_argument({"units were averaged over different trials", "regress, condition " + std::to_string(c),
                                            std::to_string(rates.trials_at(c, k, 0)), std::to_string(rates.trials_at(c, k, u)),
                                            "regress before sorting by preference"});
            if (rates.trials_at(c, k, 0) > 0) there.push_back(c);
        }
        const auto rows = static_cast<long>(there.size());
        matrix<double> weighted(rows, design.cols), target(rows, units);
        for (long row = 0; row < rows; ++row) {
            const long c = there[static_cast<std::size_t>(row)];
            const double weight = std::sqrt(static_cast<double>(rates.trials_at(c, k, 0)));
            for (long r = 0; r < design.cols; ++r) weighted(row, r) = weight * design(c, r);
            for (long u = 0; u < units; ++u) target(row, u) = weight * rates.mean(c, k, u);
        }
        const matrix<double> b = least_squares(weighted).solve(target);
        for (long r = 0; r < b.rows; ++r)
            for (long u = 0; u < units; ++u) beta(r, k, u) = b(r, u);
    }
    return beta;
}

/// Coefficients of a regression on `with_interactions` of some variables, as units see them that prefer the other choice: what it would
/// have given with the sign of the variables turned that go `by_preference` [variable], and with it the sign of their products.
inline unit_series turned_to_preference(unit_series beta, std::span<const int> preferred, const std::vector<bool>& by_preference) {
    detail::require_preferences(preferred, beta.units, "turned_to_preference");
    matrix<double> turned(1, static_cast<long>(by_preference.size()), 1);
    for (std::size_t v = 0; v < by_preference.size(); ++v)
        if (by_preference[v]) turned.data[v] = -1;
    // A turned column of the design turns its coefficient; which columns turn is what the design makes of the signs.
    const matrix<double> sign = with_interactions(turned);
    if (sign.cols != beta.series)
        throw invalid_argument({"coefficients are not those of these variables", "turned_to_preference",
                                std::to_string(sign.cols) + " regressors of " + std::to_string(by_preference.size()) + " variables",
                                std::to_string(beta.series), "regress on with_interactions of the same variables"});
    for (long r = 0; r < beta.series; ++r)
        for (long k = 0; k < beta.samples; ++k)
            for (long u = 0; u < beta.units; ++u)
                if (preferred[static_cast<std::size_t>(u)] < 0) beta(r, k, u) *= sign(0, r);
    return beta;
}

}  // namespace EIRNN_NAMESPACE::analysis
