// What areas on maps that are read out ask of a batch of images.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/model/trials.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {
/// Throws invalid_argument if a batch does not fit a network for such images, or holds a number that is not finite.
template <class T>
void check_images(const trial_batch<T>& b, grid_entry map, long channels, long frames) {
    const auto size = [](grid_entry g, long depth, long n) {
        return std::to_string(g.height) + " x " + std::to_string(g.width) + " x " + std::to_string(depth) + ", " + std::to_string(n) +
               " frames";
    };
    if (b.trials < 1) throw invalid_argument({"a batch needs images", "trial_batch::trials", ">= 1", std::to_string(b.trials), "add some"});
    if (!b.has_images())
        throw invalid_argument({"a network with its own number of steps takes images", "trial_batch::steps", "0", std::to_string(b.steps),
                                "make the batch with trial_batch::of_images"});
    if (b.frames != frames || b.inputs != channels || b.grid != map)
        throw invalid_argument({"images have another size than the network's", "trial_batch", size(map, channels, frames),
                                size(b.grid, b.inputs, b.frames), "scale or crop the images"});
    const auto images = static_cast<std::size_t>(b.trials), numbers = static_cast<std::size_t>(frames * b.grid.positions() * b.inputs);
    if (b.input.size() != images * numbers)
        throw invalid_argument({"pixels have the wrong size", "trial_batch::input", std::to_string(images * numbers),
                                std::to_string(b.input.size()), "give one number per frame, image, position and channel"});
    if (!b.id.empty() && b.id.size() != images)
        throw invalid_argument({"ids have the wrong size", "trial_batch::id", std::to_string(images) + ", or none",
                                std::to_string(b.id.size()), "give one per image"});
    if (const long k = first_not_finite(b.input); k >= 0)
        throw invalid_argument({"a pixel is not finite", "trial_batch::input, number " + std::to_string(k), "finite numbers",
                                std::to_string(b.input[static_cast<std::size_t>(k)]), "correct the images before handing them in"});
}
}  // namespace detail

}  // namespace EIRNN_NAMESPACE
