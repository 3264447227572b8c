// Trained numbers, and spikes.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_time_constants {
#include "../../../examples/gallery/time_constants.cpp"
}
namespace EIRNN_TEST_SIDE::of_spiking {
#include "../../../examples/gallery/spiking.cpp"
}

EIRNN_GALLERY_NETWORK(time_constants, of_time_constants::time_constants, delayed_match<40>{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(spiking, of_spiking::spiking, delayed_match<10>{}, plain_units(), 12, spikes)
