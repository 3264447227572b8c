// Units that do not read each other, and a gain that is told.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_one_weight {
#include "../../../examples/gallery/one_weight.cpp"
}
namespace EIRNN_TEST_SIDE::of_gain {
#include "../../../examples/gallery/gain.cpp"
}

EIRNN_GALLERY_NETWORK(one_weight, of_one_weight::one_weight, noisy_evidence{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(gain, of_gain::gain, cued_feature{}, plain_units(), 12, usual)
