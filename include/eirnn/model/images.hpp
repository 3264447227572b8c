// A batch of images as a stack of areas takes it, and what the stack did with it.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/layout/stack.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Images (or, with several frames, films) as a stack takes them.
template <class T>
struct image_batch {
    long images = 0, frames = 1, channels = 0;
    grid_entry grid;
    std::vector<T> pixels;          ///< [frame][image][row][column][channel]
    std::vector<T> target;          ///< [image][position of the output][output]; for gradients
    std::vector<std::uint32_t> id;  ///< [image]: what keys its dropout; empty: its place in the batch
};

/// What to keep of a variable during a run: its mean over the time steps at the centre of the map, (height / 2, width / 2), or all of it.
struct probe {
    int area = 0;        ///< index of the area, in the order of the network
    int variable = 0;    ///< index of the variable, in the order of the cell's equations
    bool centre = true;  ///< the mean over the steps at the centre of the map; false: every step at every position
};
template <class T>
struct stack_result {
    std::vector<T> output;              ///< [image][position][output]
    owned_list<std::vector<T>> probed;  ///< per probe: [image][unit], or [step][image][position][unit]
};

namespace detail {
/// Throws invalid_argument if a batch does not fit a network for such images, or holds a number that is not finite.
template <class T>
void check_images(const image_batch<T>& b, const stack_layout& l, long frames) {
    const auto size = [](grid_entry g, long channels, long n) {
        return std::to_string(g.height) + " x " + std::to_string(g.width) + " x " + std::to_string(channels) + ", " + std::to_string(n) +
               " frames";
    };
    if (b.images < 1) throw invalid_argument({"a batch needs images", "image_batch::images", ">= 1", std::to_string(b.images), "add some"});
    if (b.frames != frames || b.channels != l.image_channels || b.grid != l.image)
        throw invalid_argument({"images have another size than the network's", "image_batch", size(l.image, l.image_channels, frames),
                                size(b.grid, b.channels, b.frames), "scale or crop the images"});
    const auto images = static_cast<std::size_t>(b.images), numbers = static_cast<std::size_t>(frames * b.grid.positions() * b.channels);
    if (b.pixels.size() != images * numbers)
        throw invalid_argument({"pixels have the wrong size", "image_batch::pixels", std::to_string(images * numbers),
                                std::to_string(b.pixels.size()), "give one number per frame, image, position and channel"});
    if (!b.id.empty() && b.id.size() != images)
        throw invalid_argument({"ids have the wrong size", "image_batch::id", std::to_string(images) + ", or none",
                                std::to_string(b.id.size()), "give one per image"});
    if (const long k = first_not_finite(b.pixels); k >= 0)
        throw invalid_argument({"a pixel is not finite", "image_batch::pixels, number " + std::to_string(k), "finite numbers",
                                std::to_string(b.pixels[static_cast<std::size_t>(k)]), "correct the images before handing them in"});
}
}  // namespace detail

}  // namespace EIRNN_NAMESPACE

namespace EIRNN_SHARED_NAMESPACE {

/// Numbers with a name and a shape, the last index fastest.
template <class T>
struct named_values {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<T> values;
    friend bool operator==(const named_values&, const named_values&) = default;
};

/// Weights of a network on grids: its tensors, "area3.f<-X.depthwise" and so on (see parameter_tensor for their shapes), and beside the raw
/// weights the running statistics of batch norm, [step][mean, variance][unit], with the gradient steps that they have followed.
template <class T>
struct stack_weights {
    owned_list<named_values<T>> tensors, running;
    std::uint64_t running_steps = 0;
    friend bool operator==(const stack_weights&, const stack_weights&) = default;
};

/// What a network on grids made of a batch of images.
template <class T>
struct image_recording {
    long images = 0, outputs = 0;
    std::vector<T> output;              ///< [image][output]: logits
    owned_list<std::vector<T>> probed;  ///< per probe, see stack_result
};

}  // namespace EIRNN_SHARED_NAMESPACE
