// Areas of different cells.
#include "check.hpp"

namespace of_two_cells {
#include "../../examples/gallery/two_cells.cpp"
}
namespace of_low_rank {
#include "../../examples/gallery/low_rank.cpp"
}

TEST_CASE("the gradient of two areas of different cells is that of forward derivatives") {
    check_network<of_two_cells::two_cells>(delayed_match<10>{}, plain_units());
}
TEST_CASE("the gradient of a network of rank one is that of forward derivatives") {
    check_network<of_low_rank::low_rank>(noisy_evidence{}, weakly_coupled(), 2);  // no weights inside of either area
}
