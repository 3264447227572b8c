// Cells that look back at all steps before, and units that do not read each other.
#include "check.hpp"

namespace of_hebbian {
#include "../../examples/gallery/hebbian.cpp"
}
namespace of_attention {
#include "../../examples/gallery/attention.cpp"
}
namespace of_one_weight {
#include "../../examples/gallery/one_weight.cpp"
}
namespace of_gain {
#include "../../examples/gallery/gain.cpp"
}
namespace of_predictive {
#include "../../examples/gallery/predictive.cpp"
}

// Values at step 0 that only the readout could read have no influence.
TEST_CASE("the gradient of fast Hebbian weights is that of forward derivatives") {
    check_network<of_hebbian::hebbian>(new_pairs{}, weakly_coupled());
}
TEST_CASE("the gradient of soft attention is that of forward derivatives") {
    check_network<of_attention::attention>(new_pairs{}, plain_units(), 1);
}
TEST_CASE("the gradient of units with one recurrent weight each is that of forward derivatives") {
    auto options = plain_units();
    options.initial.output_scale = 1e-4;  // what is recorded of a probability stops at 1e-10, which this network would pass before it is trained
    check_network<of_one_weight::one_weight>(noisy_evidence{}, options);
}
TEST_CASE("the gradient of an attentional gain is that of forward derivatives") { check_network<of_gain::gain>(cued_feature{}, plain_units()); }
TEST_CASE("the gradient of a predictive pair of areas is that of forward derivatives") {
    check_network<of_predictive::predictive>(noisy_wave{}, of_predictive::exact_feedback(), 2);  // two arrays are fixed
}
