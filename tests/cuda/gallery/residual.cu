// Maps with shortcuts.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_residual_net {
#include "../../../examples/gallery/residual_net.cpp"
}

EIRNN_GALLERY_NETWORK(residual_net, of_residual_net::residual_net, gratings<4>{}, maps(), 12, usual)
