// Maps with feedback.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_conv_rnn {
#include "../../../examples/gallery/conv_rnn.cpp"
}

EIRNN_GALLERY_NETWORK(conv_rnn, of_conv_rnn::conv_rnn, gratings<4>{.frames = 6}, maps(6), 12, usual)
