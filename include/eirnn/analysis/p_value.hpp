// The one door to Boost.Math: how likely a correlation is by chance.
#pragma once
#include <eirnn/core/error.hpp>

#include <boost/math/special_functions/beta.hpp>

#include <algorithm>
#include <string>

namespace EIRNN_NAMESPACE::analysis {

/// Two-sided p of a linear regression or a Pearson correlation over n >= 3 points, by the t distribution with n - 2 degrees of freedom.
/// `unexplained` is 1 - r^2, in 0 .. 1.
inline double p_of_correlation(double unexplained, long n) {
    if (n < 3 || !(unexplained >= 0 && unexplained <= 1))
        throw invalid_argument({"a correlation has no p value", "p_of_correlation", "three points or more, 1 - r^2 in 0 .. 1",
                                std::to_string(n) + " points, " + std::to_string(unexplained), "pass 1 - r^2 and the number of points"});
    // P(|t| > t0) is the incomplete beta function at df / (df + t0^2), and with t0^2 = df r^2 / (1 - r^2) that is 1 - r^2.
    return boost::math::ibeta(static_cast<double>(n - 2) / 2, 0.5, unexplained);
}

}  // namespace EIRNN_NAMESPACE::analysis
