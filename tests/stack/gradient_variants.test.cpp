// Gradients of the variants of the Standard cell that normalise or drop other variables.
#include "gradient_check.hpp"

using namespace stacks;
using namespace eirnn::multicell;

TEMPLATE_TEST_CASE("gradients of the variants of Standard", "", no_og_e_curr_bn, no_og_e_curr_bn_ssub, no_og_e_curr_bn_ssub_sfg_recurr_i,
                   no_pn_cell_bn, pn_cell_drpt, pn_cell_drpt_add_og_drpt, add_ig_curr_bn, add_og_curr_bn) {
    check_complete<TestType>({.steps = 3, .strength = 0.5});
    check_complete<TestType>({.rule = sign_rule::free, .kernel = ordinary, .steps = 2, .sum = true, .shared = true, .strength = 0.7}, 2);
}
