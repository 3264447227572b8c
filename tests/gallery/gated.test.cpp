// Gated units.
#include "check.hpp"

namespace of_gru {
#include "../../examples/gallery/gru.cpp"
}
namespace of_lstm {
#include "../../examples/gallery/lstm.cpp"
}

TEST_CASE("the gradient of a GRU is that of forward derivatives") { check_network<of_gru::gru>(flip_flop{}, plain_units()); }
TEST_CASE("the gradient of an LSTM is that of forward derivatives") { check_network<of_lstm::lstm>(adding{}, plain_units()); }
