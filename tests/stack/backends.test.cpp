// A stack on the backends of the host: they agree, and neither threads, nor the place of an image, nor what was computed before change a
// bit.
#include "outcome.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

#include <tbb/global_control.h>

using namespace stacks;

namespace {

template <class B>
struct busy_stack : complete_stack<B, busy> {
    busy_stack() : complete_stack<B, busy>(complete_layout<busy>({.steps = 3}), B(2)) { set_weights(*this, 9); }
};
template <class B>
tensor_list<typename B::scalar> gradient_of(busy_stack<B>& e, const trial_batch<typename B::scalar>& b) {
    e.gradient(b, {4, 1}, categorical_cross_entropy);
    return e.parameters().exported(&parameter_block<B>::gradient);
}
template <class T>
trial_batch<T> chosen(const trial_batch<T>& all, const std::vector<long>& images) {
    trial_batch<T> b = all;
    b.trials = static_cast<long>(images.size());
    b.input.clear(), b.target.clear(), b.id.clear();
    const auto take = [&](auto& to, const auto& from, long n) {
        const long per = static_cast<long>(from.size()) / all.trials;
        to.insert(to.end(), from.begin() + n * per, from.begin() + (n + 1) * per);
    };
    for (const long n : images) take(b.input, all.input, n), take(b.target, all.target, n), take(b.id, all.id, n);
    return b;
}
template <class B>
void check_places() {
    using T = typename B::scalar;
    busy_stack<B> e;
    const auto all = make_images<T>(e.structure(), 7);
    gradient_of(e, all);  // running statistics that are not the first ones
    const auto together = e.run(all).output;
    for (const std::vector<long>& images : {std::vector<long>{0}, {6}, {5, 2}, {6, 5, 4, 3, 2, 1, 0}, {3, 3, 3}}) {
        const auto output = e.run(chosen(all, images)).output;
        REQUIRE(output.size() == images.size() * 3);
        bool same = true;
        for (std::size_t k = 0; k < output.size(); ++k)
            same = same && output[k] == together[static_cast<std::size_t>(images[k / 3]) * 3 + k % 3];
        CHECK(same);
    }
}
template <class B>
void check_history() {
    using T = typename B::scalar;
    busy_stack<B> used;
    const auto five = make_images<T>(used.structure(), 5, 1, 1), three = make_images<T>(used.structure(), 3, 1, 2);
    const auto of_five = gradient_of(used, five), again = gradient_of(used, five);
    CHECK(again == of_five);
    busy_stack<B> fresh;
    const auto of_three = gradient_of(fresh, three);
    CHECK(gradient_of(used, three) == of_three);
    CHECK(gradient_of(used, five) == of_five);
    used.run(five);
    CHECK(gradient_of(used, five) == of_five);
    used.run(three, {}, true);
    CHECK(gradient_of(used, five) == of_five);
    CHECK(of_five != of_three);
}

}  // namespace

TEST_CASE("cpu agrees with serial where an outer product has few columns") {
    // Ordinary and pointwise kernels into a recurrent area, whose products from below are made once: operands of every width, the gradients
    // of which lie side by side.
    for (const kernel_entry kernel : {ordinary, one_by_one}) {
        const auto l = complete_layout<busy>({.kernel = kernel, .steps = 3});
        complete_stack<backend::serial<double>, busy> expected(l, backend::serial<double>());
        complete_stack<backend::cpu<double>, busy> e(l, backend::cpu<double>(1));
        set_weights(expected, 9), set_weights(e, 9);
        const auto images = make_images<double>(l, 4);
        expected.gradient(images, {4, 1}, categorical_cross_entropy), e.gradient(images, {4, 1}, categorical_cross_entropy);
        const auto a = expected.parameters().exported(&parameter_block<backend::serial<double>>::gradient);
        const auto b = e.parameters().exported(&parameter_block<backend::cpu<double>>::gradient);
        double largest = 0, difference = 0;
        for (std::size_t k = 0; k < a.size(); ++k)
            for (std::size_t i = 0; i < a[k].size(); ++i)
                largest = std::max(largest, std::abs(a[k][i])), difference = std::max(difference, std::abs(a[k][i] - b[k][i]));
        CHECK(largest > 1e-3);
        CHECK(difference < 1e-12 * std::max(largest, 1.));
    }
}
TEST_CASE("cpu agrees with serial on a stack") {
    const auto expected = outcome_of(backend::serial<double>(), 5, 3);
    CHECK(distance(outcome_of(backend::cpu<double>(2), 5, 3), expected) < 1e-12);
    CHECK(distance(outcome_of(backend::cpu<float>(2), 5, 3), expected) < 1e-5);
    CHECK(expected.loss[2] < expected.loss[0]);
    CHECK(distance(expected.trained, expected.evaluated) > 1e-2);
}
TEST_CASE("cpu gives a stack the same bits for any number of threads") {
    const tbb::global_control more_than_processors(tbb::global_control::max_allowed_parallelism, 8);
    const auto one = outcome_of(backend::cpu<float>(1), 70, 3);  // more images than partial sums
    for (const int threads : {2, 3, 8}) CHECK(outcome_of(backend::cpu<float>(threads), 70, 3) == one);
}
TEST_CASE("an image has the same bits wherever it lies in its batch") {
    check_places<backend::cpu<float>>();
    check_places<backend::serial<double>>();
}
TEST_CASE("what was computed before does not change a gradient") {
    check_history<backend::cpu<float>>();
    check_history<backend::serial<double>>();
}
