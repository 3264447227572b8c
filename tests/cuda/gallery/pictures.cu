// Networks that learn pictures.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_mlp {
#include "../../../examples/gallery/mlp.cpp"
}
namespace EIRNN_TEST_SIDE::of_conv_net {
#include "../../../examples/gallery/conv_net.cpp"
}

EIRNN_GALLERY_NETWORK(mlp, of_mlp::mlp, (gallery::noise_pictures<1, 1, 784, 10>{}), maps(), 12, usual)
EIRNN_GALLERY_NETWORK(conv_net, of_conv_net::conv_net, (gallery::noise_pictures<28, 28, 1, 10>{}), maps(), 4, usual)
