// Maps and units that read them.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_observer {
#include "../../../examples/gallery/observer.cpp"
}

namespace {
eirnn::model_options as_in_the_program() {
    eirnn::model_options o;
    o.frames = of_observer::gratings::steps;
    o.trained = {.bias = true, .output_bias = true};
    o.initial = {.spectral_radius = 1.2, .input_scale = 0.5};
    return o;
}
}  // namespace

EIRNN_GALLERY_NETWORK(observer, of_observer::observer, of_observer::gratings{}, as_in_the_program(), 6, noisy)
