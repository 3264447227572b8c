// A predictive pair of areas.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_predictive {
#include "../../../examples/gallery/predictive.cpp"
}

EIRNN_GALLERY_NETWORK(predictive, of_predictive::predictive, noisy_wave{}, of_predictive::exact_feedback(), 12, usual)
