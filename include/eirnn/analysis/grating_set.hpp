// The gratings of Sun et al. (appendix B) and the images that a network sees of them.
#pragma once
#include <eirnn/analysis/tuning.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// One grating: cycles per image width, orientation and phase in radians.
struct grating_parameters {
    double cycles = 1, orientation = 0, phase = 0;
    friend bool operator==(const grating_parameters&, const grating_parameters&) = default;
};

/// The 432 gratings: 6 spatial frequencies (1, 2, 3, 4, 6, 8 cycles per image) x 4 phases, 90 degrees apart, x 18 orientations, 10 degrees
/// apart. The orientation runs fastest, so the tuning curve of one frequency and phase lies together.
inline owned_list<grating_parameters> grating_set() {
    constexpr double pi = 3.14159265358979323846;
    std::vector<grating_parameters> set;
    for (const double cycles : {1., 2., 3., 4., 6., 8.})
        for (int phase = 0; phase < 4; ++phase)
            for (int orientation = 0; orientation < 18; ++orientation) set.push_back({cycles, orientation * pi / 18, phase * pi / 2});
    return set;
}

/// A grating of size x size positions as a network sees it: `[position][channel]`, positions row by row, the same grey value in every
/// channel, standardised as training images are: minus the mean of all n numbers, divided by max(standard deviation, 1 / sqrt(n)). Throws
/// invalid_argument without positions or channels.
template <class T>
std::vector<T> grating_image(long size, const grating_parameters& g, long channels = 3) {
    if (channels < 1)
        throw invalid_argument({"an image needs channels", "grating_image", "channels >= 1", std::to_string(channels),
                                "give the number of input channels of the network"});
    const matrix<double> grey = grating(size, g.cycles, g.orientation, g.phase);
    // Equal channels have the mean and the deviation of one.
    const moments m = moments_of(grey.data);
    const double scale = (std::max)(m.deviation, 1 / std::sqrt(static_cast<double>(size * size * channels)));
    std::vector<T> image;
    image.reserve(grey.data.size() * static_cast<std::size_t>(channels));
    for (const double value : grey.data)
        image.insert(image.end(), static_cast<std::size_t>(channels), static_cast<T>((value - m.mean) / scale));
    return image;
}

}  // namespace EIRNN_NAMESPACE::analysis
