// Sums over the units of an area, trained numbers, spikes.
#include "check.hpp"

namespace of_layer_norm {
#include "../../examples/gallery/layer_norm.cpp"
}
namespace of_spiking {
#include "../../examples/gallery/spiking.cpp"
}
namespace of_time_constants {
#include "../../examples/gallery/time_constants.cpp"
}
namespace of_divisive {
#include "../../examples/gallery/divisive.cpp"
}

TEST_CASE("the gradient of units with layer normalisation is that of forward derivatives") {
    check_network<of_layer_norm::layer_norm>(delayed_exclusive_or{}, plain_units());
}
TEST_CASE("the gradient of units that are divided by what all of them do is that of forward derivatives") {
    check_network<of_divisive::divisive>(delayed_match<20>{}, plain_units());
}
TEST_CASE("the gradient of trained time constants is that of forward derivatives") {
    check_network<of_time_constants::time_constants>(delayed_match<40>{}, plain_units());
}
// The slope of a spike is a stand-in, so that no derivative of the loss says anything.
TEST_CASE("the gradient of spiking units is that of the serial backend") {
    check_bits<of_spiking::spiking>(delayed_match<10>{}, plain_units());
}
