// Areas of different cells.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_two_cells {
#include "../../../examples/gallery/two_cells.cpp"
}
namespace EIRNN_TEST_SIDE::of_low_rank {
#include "../../../examples/gallery/low_rank.cpp"
}

EIRNN_GALLERY_NETWORK(two_cells, of_two_cells::two_cells, delayed_match<10>{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(low_rank, of_low_rank::low_rank, noisy_evidence{}, weakly_coupled(), 12, usual)
