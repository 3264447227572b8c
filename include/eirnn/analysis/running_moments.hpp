// Mean and variance of numbers that come one by one, or group by group, without keeping them.
#pragma once
#include <eirnn/config.hpp>

#include <cmath>

namespace EIRNN_NAMESPACE::analysis {

/// Population moments by Welford's update, which loses no digits over thousands of trials.
struct running_moments {
    long count = 0;
    double mean = 0, squares = 0;  ///< squares: the sum of squared deviations from the mean

    void add(double x) {
        const double before = x - mean;
        ++count;
        mean += before / static_cast<double>(count);
        squares += before * (x - mean);
    }
    /// Takes another group in (Chan et al. 1979).
    void add(const running_moments& other) {
        if (other.count == 0) return;
        const auto n = static_cast<double>(count), m = static_cast<double>(other.count);
        const double difference = other.mean - mean;
        mean += difference * m / (n + m);
        squares += other.squares + difference * difference * n * m / (n + m);
        count += other.count;
    }
    double variance() const { return count > 0 ? squares / static_cast<double>(count) : 0; }
    double deviation() const { return std::sqrt(variance()); }
};

}  // namespace EIRNN_NAMESPACE::analysis
