// Running statistics with an answer by hand, on any backend.
#pragma once
#include "small_stack.hpp"

#include "../catch.hpp"

namespace stacks {

/// One channel that a feed-forward area reads as it is, from two images of two positions.
template <class B>
struct transparent_stack : stack_engine<B, feed_forward, readout_cell> {
    using T = typename B::scalar;
    transparent_stack() : stack_engine<B, feed_forward, readout_cell>(small_layout(), B()) {
        set_weights(*this, 1);
        auto raw = this->parameters().exported(&parameter_block<B>::raw);
        raw[0] = {1};
        this->parameters().upload(raw, &parameter_block<B>::raw);
    }
    static eirnn::layout small_layout() {
        const auto a = convolution_map(1, {1, 2}, 1, one_by_one);
        return make_layout({.steps = 2}, {1, 2}, 1, {a, readout_map(a, 2)});
    }
    /// One step of training on these four numbers; the weights stay.
    void follow(const std::vector<T>& pixels) {
        auto batch = make_images<T>(this->structure(), 2);
        batch.input = pixels;
        this->gradient(batch, {1, 0}, categorical_cross_entropy);
    }
    void check(double mean, double variance) {
        const auto now = this->running_statistics().at(0);
        REQUIRE(now.size() == 2);
        CHECK(double(now[0]) == Approx(mean).epsilon(1e-6));
        CHECK(double(now[1]) == Approx(variance).epsilon(1e-6));
    }
};

template <class B>
void check_plain_mean() {
    INFO(B::name());
    transparent_stack<B> e;
    e.check(0, 1);
    e.follow({1, 3, 1, 3});  // mean 2, variance 4/3 (the unbiased one)
    e.check(2, 4. / 3);
    e.follow({0, 0, 6, 6});  // 3, 12
    e.check(2.5, 20. / 3);
    e.follow({4, 4, 4, 4});  // 4, 0
    e.check(3, 40. / 9);
    CHECK(e.running_steps() == 3);

    // A share of 2/5 is reached with the third step: 1, 1/2, 2/5, 2/5.
    transparent_stack<B> quick;
    quick.set_running_share(0.4);
    quick.follow({1, 3, 1, 3}), quick.follow({0, 0, 6, 6});
    quick.check(2.5, 20. / 3);
    quick.follow({4, 4, 4, 4});
    quick.check(3.1, 4);
    quick.follow({0, 0, 6, 6});
    quick.check(3.06, 7.2);

    // In the long run 0.003, from step 334 on.
    const auto now = e.running_statistics();
    e.set_running_statistics(now, 199);
    e.follow({0, 2, 0, 2});  // mean 1, variance 4/3
    e.check(3 - 2. / 200, 40. / 9 - 28. / 9 / 200);
    for (const std::uint64_t n : {333u, 1000u, 4'000'000'000u}) {
        e.set_running_statistics(now, n);
        e.follow({0, 2, 0, 2});
        e.check(3 - 2 * 0.003, 40. / 9 - 28. / 9 * 0.003);
        CHECK(e.running_steps() == n + 1);
    }
}

}  // namespace stacks
