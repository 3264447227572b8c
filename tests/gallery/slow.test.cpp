// Units that are slowed by what they did.
#include "check.hpp"

namespace of_adaptation {
#include "../../examples/gallery/adaptation.cpp"
}
namespace of_depression {
#include "../../examples/gallery/depression.cpp"
}

TEST_CASE("the gradient of adapting units is that of forward derivatives") {
    check_network<of_adaptation::adaptation>(delayed_match<80>{}, plain_units());
}
TEST_CASE("the gradient of units with short-term plasticity is that of forward derivatives") {
    check_network<of_depression::depression>(delayed_match<20>{}, plain_units());
}
