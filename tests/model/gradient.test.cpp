// Gradients of the other losses and activations, as in rate_gradient.test.cpp.
#include "gradient_check.hpp"

using namespace eirnn;
using oracle::all_penalties, oracle::check;

TEST_CASE("gradients of the other losses") {
    check<tanh_t, logistic_t, squared_error_t>(sign_rule::free, all_penalties());
    check<relu_t, logistic_t, binary_cross_entropy_t>(sign_rule::absolute, {});
    check<relu_t, softmax_t, categorical_cross_entropy_t>(sign_rule::rectify, all_penalties(), true);
}
TEST_CASE("gradients through the other activations") {
    check<softplus_t, identity_t, squared_error_t>(sign_rule::absolute, all_penalties());
    check<identity_t, identity_t, squared_error_t>(sign_rule::rectify, {});
    check<logistic_t, relu_t, squared_error_t>(sign_rule::rectify, {});
    check<rectified_tanh_t, identity_t, squared_error_t>(sign_rule::soft_rectify, {});
    check<rectified_square_t, rectified_square_t, squared_error_t>(sign_rule::absolute, {});
}
