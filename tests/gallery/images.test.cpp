// The programs of the gallery that learn a data set, and the observer of films.
#include "../../examples/gallery/learn_images.hpp"
#include "check.hpp"

#include <eirnn/task/trial_parts.hpp>

#include <cstdint>
#include <numbers>
#include <string_view>

namespace of_mlp {
#include "../../examples/gallery/mlp.cpp"
}
namespace of_conv_net {
#include "../../examples/gallery/conv_net.cpp"
}
namespace of_observer {
#include "../../examples/gallery/observer.cpp"
}

/// Noise of the size of Fashion-MNIST's images.
eirnn::image_set noise_images() {
    eirnn::image_set set{28, 28, 1, 10, {}, {}};
    eirnn::random_sequence r({3, 3});
    for (int k = 0; k < 20; ++k) {
        set.labels.push_back(static_cast<std::uint8_t>(k % 10));
        for (int i = 0; i < 28 * 28; ++i) set.pixels.push_back(static_cast<std::uint8_t>(r.uniform(0, 255)));
    }
    return set;
}

TEST_CASE("the gradient of a multilayer perceptron is that of forward derivatives") {
    check_network<of_mlp::mlp>(of_mlp::flat(noise_images()), {});
}
TEST_CASE("the gradient of a convolutional network is that of forward derivatives") {
    check_network<of_conv_net::conv_net>(noise_images(), {});
}
TEST_CASE("the gradient of an observer of films is that of forward derivatives") {
    eirnn::model_options options;
    options.frames = of_observer::gratings::steps;
    options.trained = {.bias = true, .output_bias = true};
    options.initial = {.spectral_radius = 1.2, .input_scale = 0.5};
    check_network<of_observer::observer>(of_observer::gratings{}, options, 1);  // a bias in front of batch norm
}
