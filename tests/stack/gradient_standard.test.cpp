// Gradients of the Standard cell: sign rules, kernels, steps, readouts, normalisation.
#include "gradient_check.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

using namespace stacks;
using eirnn::multicell::standard;

TEST_CASE("gradients of Standard with every sign rule") {
    for (const auto rule : {sign_rule::absolute, sign_rule::rectify, sign_rule::soft_rectify, sign_rule::free})
        check_complete<standard>({.rule = rule});
}
TEST_CASE("gradients of Standard over one, two and four steps, of the last step and of their sum") {
    for (const int steps : {1, 2, 4})
        for (const bool sum : {false, true}) check_complete<standard>({.steps = steps, .sum = sum}, 2);
}
TEST_CASE("gradients of Standard with one normalisation for all steps") {
    for (const bool sum : {false, true}) check_complete<standard>({.steps = 3, .sum = sum, .shared = true}, 3);
}
TEST_CASE("gradients of Standard with every form of kernel") {
    const kernel_entry wide{kernel_form::separable, 5, 1}, ordinary_wide{kernel_form::ordinary, 5, 1};
    for (const kernel_entry k : {ordinary, one_by_one, wide, ordinary_wide})
        check_complete<standard>({.kernel = k, .steps = 3}, 4);
    for (const kernel_entry k : {ordinary, one_by_one}) check_complete<standard>({.kernel = k, .self = false}, 5);
}
TEST_CASE("gradients of Standard on films") {
    check_complete<standard>({.steps = 3, .frames = 3}, 6);
    check_complete<standard>({.steps = 2, .sum = true, .shared = true, .frames = 2}, 6);
}
TEST_CASE("gradients of Standard on cpu") {
    check_complete<standard, backend::cpu<double>>({.steps = 3});
    check_complete<standard, backend::cpu<double>>({.rule = sign_rule::rectify, .kernel = ordinary, .sum = true, .frames = 2}, 2);
}
