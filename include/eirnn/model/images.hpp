// A batch of images as a stack of areas takes it, and what the stack did with it.
#pragma once
#include <eirnn/layout/stack.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace eirnn {

/// Images (or, with several frames, films) as a stack takes them.
template <class T>
struct image_batch {
    long images = 0, frames = 1, channels = 0;
    grid_entry grid;
    std::vector<T> pixels;          ///< [frame][image][row][column][channel]
    std::vector<T> target;          ///< [image][position of the output][output]; for gradients
    std::vector<std::uint32_t> id;  ///< [image]: what keys its dropout
};

/// What to keep of a variable during a run: its mean over the time steps at the centre of the map, (height / 2, width / 2), or all of it.
struct probe {
    int area = 0, variable = 0;
    bool centre = true;
};
template <class T>
struct stack_result {
    std::vector<T> output;               ///< [image][position][output]
    std::vector<std::vector<T>> probed;  ///< per probe: [image][unit], or [step][image][position][unit]
};

/// Numbers with a name and a shape, the last index fastest.
template <class T>
struct named_values {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<T> values;
    friend bool operator==(const named_values&, const named_values&) = default;
};

/// Weights of a network on grids: its tensors, "area3.f<-X.depthwise" and so on (see stack_tensor for their shapes), and beside the raw
/// weights the running statistics of batch norm, [step][mean, variance][unit].
template <class T>
struct stack_weights {
    std::vector<named_values<T>> tensors, running;
    friend bool operator==(const stack_weights&, const stack_weights&) = default;
};

/// What a network on grids made of a batch of images.
template <class T>
struct image_recording {
    long images = 0, outputs = 0;
    std::vector<T> output;               ///< [image][output]: logits
    std::vector<std::vector<T>> probed;  ///< per probe, see stack_result
};

}  // namespace eirnn
