// Cells that look back at all steps before.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_hebbian {
#include "../../../examples/gallery/hebbian.cpp"
}
namespace EIRNN_TEST_SIDE::of_attention {
#include "../../../examples/gallery/attention.cpp"
}

EIRNN_GALLERY_NETWORK(hebbian, of_hebbian::hebbian, new_pairs{}, weakly_coupled(), 12, usual)
EIRNN_GALLERY_NETWORK(attention, of_attention::attention, new_pairs{}, plain_units(), 12, usual)
