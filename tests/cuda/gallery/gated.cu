// Gated units.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_gru {
#include "../../../examples/gallery/gru.cpp"
}
namespace EIRNN_TEST_SIDE::of_lstm {
#include "../../../examples/gallery/lstm.cpp"
}

EIRNN_GALLERY_NETWORK(gru, of_gru::gru, flip_flop{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(lstm, of_lstm::lstm, adding{}, plain_units(), 12, usual)
