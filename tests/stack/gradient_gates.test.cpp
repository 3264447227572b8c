// Gradients of the Standard cell with its gates exchanged or left out.
#include "gradient_check.hpp"

using namespace stacks;
using namespace eirnn::multicell;

TEMPLATE_TEST_CASE("gradients of Standard with other gates", "", standard_inhibitory, (standard_gates<gate::multiply, gate::multiply>),
                   (standard_gates<gate::subtract, gate::multiply>), (standard_gates<gate::subtract, gate::subtract>),
                   (standard_gates<gate::multiply, gate::none>), (standard_gates<gate::subtract, gate::none>)) {
    check_complete<TestType>({.steps = 3, .strength = 0.7});
    check_complete<TestType>({.rule = sign_rule::free, .kernel = one_by_one, .steps = 2, .sum = true, .shared = true}, 2);
}
