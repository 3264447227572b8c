// Sums over the units of an area.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_layer_norm {
#include "../../../examples/gallery/layer_norm.cpp"
}
namespace EIRNN_TEST_SIDE::of_divisive {
#include "../../../examples/gallery/divisive.cpp"
}

EIRNN_GALLERY_NETWORK(layer_norm, of_layer_norm::layer_norm, delayed_exclusive_or{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(divisive, of_divisive::divisive, delayed_match<20>{}, plain_units(), 12, usual)
