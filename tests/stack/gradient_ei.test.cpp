// Gradients of StandardEI and of stacks in which areas stand otherwise than in the small example; StandardEI is what the last variant of
// Standard comes to.
#include "gradient_check.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

using namespace stacks;
using namespace eirnn::multicell;

TEMPLATE_TEST_CASE("gradients of StandardEI", "", standard_ei, ei_curr_bn_i_curr_bn, standard_ei_inhibitory) {
    check_complete<TestType>({.steps = 3});
    check_complete<TestType>({.rule = sign_rule::rectify, .kernel = ordinary, .sum = true, .shared = true}, 2);
}
TEST_CASE("gradients of StandardEI on cpu") {
    check_complete<standard_ei, backend::cpu<double>>({.rule = sign_rule::free, .self = false, .steps = 4}, 3);
    check_complete<standard_ei, backend::cpu<double>>({.kernel = one_by_one, .steps = 3, .shared = true, .frames = 3}, 4);
}

TEST_CASE("gradients of two recurrent areas on an image, the upper one on an averaged map") {
    const variation v{.steps = 3};
    auto lower = make_area<standard_ei>(2, {5, 4}, {5, 3}, {3, 2}, v);
    auto upper = make_area<standard_ei>(5, {1, 1}, {3, 2}, {}, {.kernel = one_by_one});
    upper.averaged_input = true;
    for (const bool sum : {false, true})
        for (const long frames : {1l, 3l}) {
            auto l = make_layout({.steps = 3, .sum = sum}, {5, 4}, 2, {lower, upper, readout_map(upper, 3)});
            check_gradient<backend::serial<double>, standard_ei, standard_ei, readout_cell>(l, 3, frames);
        }
    upper = make_area<standard_ei>(5, {3, 2}, {3, 2}, {}, v);
    const auto l = make_layout(v, {5, 4}, 2, {lower, upper, readout_map(upper, 3)});
    check_gradient<backend::serial<double>, standard_ei, standard_ei, readout_cell>(l, 4);
}
TEST_CASE("gradients of feed-forward areas above a recurrent one") {
    for (const bool shared : {false, true}) {
        const variation v{.steps = 3, .sum = true, .shared = shared};
        const auto a = make_area<standard_ei>(2, {5, 4}, {5, 3}, {}, v);
        const auto b = convolution_map(5, {5, 4}, 4, every_second, {3, 1});
        check_gradient<backend::serial<double>, standard_ei, feed_forward, readout_cell>(
            make_layout(v, {5, 4}, 2, {a, b, readout_map(b, 3, false)}), 3);
    }
}
TEST_CASE("gradients of a stack of feed-forward areas") {
    const auto a = convolution_map(3, {7, 6}, 4, {kernel_form::ordinary, 5, 2}, {3, 1}),
               b = convolution_map(4, {4, 3}, 3, {kernel_form::separable, 3, 1}, {2, 2});
    for (const int steps : {1, 3})
        for (const bool sum : {false, true})
            for (const bool film : {false, true})
                check_gradient<backend::serial<double>, feed_forward, feed_forward, readout_cell>(
                    make_layout({.steps = steps, .sum = sum}, {7, 6}, 3, {a, b, readout_map(b, 3)}), 3, film ? steps : 1);
}

TEST_CASE("StandardEI is Standard without output gate, its input gate and forgetting in the current") {
    using last_variant = no_og_e_curr_bn_ssub_sfg_recurr_i;
    const variation v{.steps = 4, .sum = true};
    complete_stack<backend::serial<double>, standard_ei> a(complete_layout<standard_ei>(v), backend::serial<double>());
    complete_stack<backend::serial<double>, last_variant> b(complete_layout<last_variant>(v), backend::serial<double>());
    set_weights(a, 3);
    const auto raw = a.parameters().exported(&parameter_block<backend::serial<double>>::raw);
    REQUIRE(a.parameters().tensors().size() == b.parameters().tensors().size());
    for (std::size_t k = 0; k < raw.size(); ++k) {
        const auto &s = a.parameters().tensors()[k], &t = b.parameters().tensors()[k];
        REQUIRE(s.role == t.role);
        REQUIRE(s.shape == t.shape);
        REQUIRE(s.source == t.source);
        REQUIRE(s.sign == t.sign);
    }
    b.parameters().upload(raw, &parameter_block<backend::serial<double>>::raw);
    const auto batch = make_images<double>(a.structure(), 4);
    const auto close = [](const std::vector<double>& x, const std::vector<double>& y) {
        double off = 0, size = 0;
        for (std::size_t k = 0; k < x.size(); ++k) off = std::max(off, std::abs(x[k] - y[k])), size = std::max(size, std::abs(x[k]));
        return x.size() == y.size() && size > 0 && off <= 1e-12 * size;
    };
    CHECK(close(a.run(batch, {}, true).output, b.run(batch, {}, true).output));
    const double loss = a.gradient(batch, {1, 0}, categorical_cross_entropy).loss;
    CHECK(b.gradient(batch, {1, 0}, categorical_cross_entropy).loss == Approx(loss).epsilon(1e-12));
    const auto g = a.parameters().exported(&parameter_block<backend::serial<double>>::gradient),
               h = b.parameters().exported(&parameter_block<backend::serial<double>>::gradient);
    for (std::size_t k = 0; k < g.size(); ++k) {
        INFO("tensor " << k);
        if (idle<feed_forward, feed_forward, standard_ei, readout_cell>(a.structure(), a.parameters().tensors()[k])) continue;
        CHECK(close(g[k], h[k]));
    }
    CHECK(close(a.run(batch).output, b.run(batch).output));
}
