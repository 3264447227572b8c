// Plain recurrent networks.
#include "check.hpp"

namespace of_elman {
#include "../../examples/gallery/elman.cpp"
}
namespace of_ctrnn {
#include "../../examples/gallery/ctrnn.cpp"
}

TEST_CASE("the gradient of an Elman network is that of forward derivatives") {
    check_network<of_elman::elman>(delayed_exclusive_or{}, plain_units());
}
TEST_CASE("the gradient of a CTRNN is that of forward derivatives, wherever it leaks") {
    check_network<of_ctrnn::leak_outside>(noisy_evidence{}, plain_units());
    check_network<of_ctrnn::leak_inside>(noisy_evidence{}, plain_units());
}
