// Maps with shortcuts, and with feedback.
#include "check.hpp"

namespace of_residual_net {
#include "../../examples/gallery/residual_net.cpp"
}
namespace of_conv_rnn {
#include "../../examples/gallery/conv_rnn.cpp"
}

TEST_CASE("the gradient of a residual network is that of forward derivatives") {
    check_network<of_residual_net::residual_net>(gratings<4>{}, maps());
}
TEST_CASE("the gradient of a convolutional recurrent network is that of forward derivatives") {
    check_network<of_conv_rnn::conv_rnn>(gratings<4>{.frames = 6}, maps(6), 2);  // biases in front of batch norm
}
