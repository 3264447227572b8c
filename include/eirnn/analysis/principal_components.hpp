// Principal components of the activity of all units.
#pragma once
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/decompose.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// What is done to every unit before: nothing (the denoising of Fig 4), its mean is subtracted, or it is divided by its standard deviation
/// too (Fig 8).
enum class pca_scaling { none, centred, standardized };

/// Directions of largest variance.
struct principal_components {
    std::vector<double> mean, deviation;  ///< [unit], what is subtracted and divided by: 0 and 1 where nothing is
    matrix<double> component;             ///< [unit][component], orthonormal columns; the largest entry of each is positive
    std::vector<double> variance;         ///< of every component; without centring: the mean square
    std::vector<double> explained;        ///< the same as a fraction of the total over all units
};

/// Of x, with every sample of every series an observation: the first `count` components, all of them where count is 0. Variances are
/// population variances. Throws invalid_argument for what is missing, and for a unit that never changes where it should be standardised.
inline principal_components find_principal_components(const unit_series& x, pca_scaling scaling, long count = 0) {
    const long rows = x.series * x.samples, most = (std::min)(rows, x.units);
    if (count < 0 || count > most || most < 1)
        throw invalid_argument({"there are not so many principal components", "find_principal_components", "1 .. " + std::to_string(most),
                                std::to_string(count), "ask for fewer"});
    if (count == 0) count = most;
    principal_components out;
    out.mean.assign(static_cast<std::size_t>(x.units), 0);
    out.deviation.assign(static_cast<std::size_t>(x.units), 1);
    matrix<double> data(rows, x.units);
    data.data = x.values;
    eirnn::detail::require_numbers(data, "find_principal_components");
    for (long u = 0; u < x.units && scaling != pca_scaling::none; ++u) {
        running_moments m;
        for (long row = 0; row < rows; ++row) m.add(data(row, u));
        const auto unit = static_cast<std::size_t>(u);
        out.mean[unit] = m.mean;
        if (scaling == pca_scaling::standardized) out.deviation[unit] = m.deviation();
        if (!(out.deviation[unit] > 0))
            throw invalid_argument({"a unit that never changes cannot be standardised",
                                    "find_principal_components, unit " + std::to_string(u), "a standard deviation above 0", "0",
                                    "select active_units before"});
        for (long row = 0; row < rows; ++row) data(row, u) = (data(row, u) - m.mean) / out.deviation[unit];
    }
    const right_singular_vectors svd = decompose_singular(data);
    double total = 0;
    for (const double s : svd.value) total += s * s;
    out.component = matrix<double>(x.units, count);
    for (long k = 0; k < count; ++k) {
        // No solver promises a sign.
        long largest = 0;
        for (long u = 1; u < x.units; ++u)
            if (std::abs(svd.right(u, k)) > std::abs(svd.right(largest, k))) largest = u;
        const double sign = svd.right(largest, k) < 0 ? -1 : 1;
        for (long u = 0; u < x.units; ++u) out.component(u, k) = sign * svd.right(u, k);
        const double square = svd.value[static_cast<std::size_t>(k)] * svd.value[static_cast<std::size_t>(k)];
        out.variance.push_back(square / static_cast<double>(rows));
        out.explained.push_back(total > 0 ? square / total : 0);
    }
    return out;
}

/// Projections of rates on axes [unit][axis]: [series][sample][axis].
inline unit_series project_on(const unit_series& x, const matrix<double>& axes) {
    if (axes.rows != x.units)
        throw invalid_argument({"axes do not fit the rates", "project_on", std::to_string(x.units) + " units", std::to_string(axes.rows),
                                "project the units that the axes were found with"});
    unit_series out(x.series, x.samples, axes.cols);
    for (long row = 0; row < x.series * x.samples; ++row) {
        const double* rate = x.values.data() + row * x.units;
        double* place = out.values.data() + row * axes.cols;
        for (long u = 0; u < x.units; ++u)
            for (long a = 0; a < axes.cols; ++a) place[a] += rate[u] * axes(u, a);
    }
    return out;
}

/// The trajectories of x in the space of the components: [series][sample][component], scaled as the components were found.
inline unit_series trajectories(unit_series x, const principal_components& pca) {
    if (pca.mean.size() != static_cast<std::size_t>(x.units))
        throw invalid_argument({"components do not fit the rates", "trajectories", std::to_string(pca.mean.size()) + " units",
                                std::to_string(x.units), "select the units that the components were found with"});
    for (std::size_t k = 0; k < x.values.size(); ++k) {
        const std::size_t u = k % pca.mean.size();
        x.values[k] = (x.values[k] - pca.mean[u]) / pca.deviation[u];
    }
    return project_on(x, pca.component);
}

}  // namespace EIRNN_NAMESPACE::analysis
