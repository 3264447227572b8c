// Selectivity and sparseness of units: orientation selectivity, skewness, connection density, and the gratings that they are measured with
// (Sun et al., appendix B and equations 3-4). Silent units and constant units have no value; count them, never average them.
#pragma once
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Global orientation selectivity |sum r exp(2 i theta)| / sum r, in 0 .. 1, of one unit's responses at orientations theta (radians).
/// Empty for a silent unit. Throws invalid_argument if the lists differ in length.
inline std::optional<double> orientation_selectivity(const std::vector<double>& theta, const std::vector<double>& response) {
    if (theta.size() != response.size())
        throw invalid_argument({"one response per orientation is needed", "orientation_selectivity", std::to_string(theta.size()),
                                std::to_string(response.size()), "pass the responses to all orientations"});
    double cosine = 0, sine = 0, sum = 0;
    for (std::size_t k = 0; k < theta.size(); ++k) {
        cosine += response[k] * std::cos(2 * theta[k]);
        sine += response[k] * std::sin(2 * theta[k]);
        sum += response[k];
    }
    if (sum == 0) return std::nullopt;
    return std::hypot(cosine, sine) / sum;
}

/// Skewness of one unit's responses, with population moments. Empty for a unit that always responds alike.
inline std::optional<double> response_skewness(const std::vector<double>& response) {
    // by comparison: the deviation of equal numbers may round to more than 0
    if (std::adjacent_find(response.begin(), response.end(), std::not_equal_to{}) == response.end()) return std::nullopt;
    return moments_of(response).skewness;
}

/// The share of connections whose magnitude exceeds a threshold; weights of a population without Dale's law count by |w|.
inline double connection_density(const std::vector<double>& weights, double threshold) {
    if (weights.empty()) return 0;
    double above = 0;
    for (const double w : weights) above += std::abs(w) > threshold;
    return above / static_cast<double>(weights.size());
}
/// exp(-10), the threshold of Sun et al.: it isolates the strongest mode of the histogram of all log weights.
inline constexpr double weight_threshold = 4.5399929762484854e-05;

/// A square grating cos(k [-(x - x0) sin theta + (y - y0) cos theta] + phase) with k = 2 pi cycles / size, pixel coordinates, (x0, y0) the
/// centre of the image; `(row, column)` = (y, x). Orientation and phase in radians.
inline matrix<double> grating(long size, double cycles_per_image, double orientation, double phase) {
    if (size < 1)
        throw invalid_argument({"an image needs pixels", "grating", "size >= 1", std::to_string(size), "give the width of the image"});
    matrix<double> image(size, size);
    const double k = 2 * 3.14159265358979323846 * cycles_per_image / static_cast<double>(size), centre = static_cast<double>(size - 1) / 2;
    for (long y = 0; y < size; ++y)
        for (long x = 0; x < size; ++x)
            image(y, x) = std::cos(k * (-(static_cast<double>(x) - centre) * std::sin(orientation) +
                                        (static_cast<double>(y) - centre) * std::cos(orientation)) +
                                   phase);
    return image;
}

}  // namespace EIRNN_NAMESPACE::analysis
