// Plain recurrent networks.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_elman {
#include "../../../examples/gallery/elman.cpp"
}
namespace EIRNN_TEST_SIDE::of_ctrnn {
#include "../../../examples/gallery/ctrnn.cpp"
}

EIRNN_GALLERY_NETWORK(elman, of_elman::elman, delayed_exclusive_or{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(leak_outside, of_ctrnn::leak_outside, noisy_evidence{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(leak_inside, of_ctrnn::leak_inside, noisy_evidence{}, plain_units(), 12, usual)
