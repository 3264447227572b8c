// The gradients of the rate network with rectified units: loss, penalties and Omega under every sign rule, against duals of an independent
// implementation (1e-12 per entry) and central differences of the library's own loss (1e-8). Builds with seeded errors must fail here
// (tests/mutations).
#include "gradient_check.hpp"

using namespace eirnn;
using oracle::all_penalties, oracle::check, oracle::serial_device;

TEST_CASE("gradients of the squared error under every sign rule, with every penalty") {
    for (const sign_rule rule : {sign_rule::free, sign_rule::rectify, sign_rule::absolute, sign_rule::soft_rectify}) {
        CAPTURE(static_cast<int>(rule));
        check<relu_t, identity_t, squared_error_t>(rule, {});
        check<relu_t, identity_t, squared_error_t>(rule, all_penalties());
    }
}
TEST_CASE("the gradient of Omega under every sign rule: only the explicit weights count") {
    for (const sign_rule rule : {sign_rule::free, sign_rule::rectify, sign_rule::absolute, sign_rule::soft_rectify}) {
        CAPTURE(static_cast<int>(rule));
        const auto p = oracle::make_problem(rule, 5);
        auto e = oracle::make_engine<relu_t, identity_t, serial_device>(p);
        objective o;
        o.omega = 1;
        std::vector<double> d;
        const auto report = e.gradient(p.batch, p.how, {}, squared_error, o, &p.noise, &d);
        const auto with = e.exported(&parameter_block<serial_device>::gradient);
        e.gradient(p.batch, p.how, {}, squared_error, {}, &p.noise);
        auto only = with;
        const auto without = e.exported(&parameter_block<serial_device>::gradient);
        for (std::size_t k = 0; k < only["W_rec"].data.size(); ++k) only["W_rec"].data[k] -= without["W_rec"].data[k];
        for (std::size_t k = 0; k < with["W_in"].data.size(); ++k)
            CHECK(with["W_in"].data[k] == Approx(without["W_in"].data[k]).epsilon(1e-12).margin(1e-15));
        for (std::size_t k = 0; k < with["x0"].data.size(); ++k)
            CHECK(with["x0"].data[k] == Approx(without["x0"].data[k]).epsilon(1e-12).margin(1e-15));

        // dL/dx by duals: a perturbation of the noise of a step is one of x
        const auto N = static_cast<std::size_t>(p.l.units), B = static_cast<std::size_t>(p.batch.trials);
        std::vector<double> expected_d;
        for (std::size_t k = 0; k < p.noise.size(); ++k) {
            const double h = 1e-6;
            auto n = p.noise;
            n[k] += h;
            const double up = oracle::rate<double>(relu, identity, squared_error, p.l, p.w, p.batch, p.alpha, n, .2).loss;
            n[k] -= 2 * h;
            const double down = oracle::rate<double>(relu, identity, squared_error, p.l, p.w, p.batch, p.alpha, n, .2).loss;
            expected_d.push_back((up - down) / (2 * h));
        }
        double largest = 0, worst = 0;
        for (double v : expected_d) largest = std::max(largest, std::abs(v));
        for (std::size_t k = 0; k < d.size(); ++k) worst = std::max(worst, std::abs(d[k] - expected_d[k]) / largest);
        CHECK(worst < 1e-8);

        const auto trace = oracle::rate<double>(relu, identity, squared_error, p.l, p.w, p.batch, p.alpha, p.noise, .2);
        const auto omega = [&](const auto& w) {
            using S = std::remove_cvref_t<decltype(w["b_out"].data[0])>;
            const auto W = oracle::effective<S>(p.l.recurrent, w["W_rec"]);
            S sum = 0;
            double count = 0;
            for (std::size_t s = 0; s < static_cast<std::size_t>(p.batch.steps); ++s)
                for (std::size_t n = 0; n < B; ++n) {
                    S flow = 0;
                    double square = 0;
                    for (std::size_t k = 0; k < N; ++k) square += d[(s * B + n) * N + k] * d[(s * B + n) * N + k];
                    for (std::size_t j = 0; j < N; ++j) {
                        const double x = trace.x[(s * B + n) * N + j], slope = x > 0;
                        S back = 0;
                        for (std::size_t k = 0; k < N; ++k) back += S(p.alpha[k] * d[(s * B + n) * N + k]) * W[k][j];
                        const S v = S((1 - p.alpha[j]) * d[(s * B + n) * N + j]) + back * S(slope);
                        flow += v * v;
                    }
                    if (square < 1e-20) continue;
                    const S term = flow / S(square) - S(1);
                    sum += term * term;
                    count += 1;
                }
            return sum / S(count);
        };
        CHECK(report.omega == Approx(omega(p.w)).epsilon(1e-12));
        const auto expected = oracle::gradient(p.w, omega);
        const std::size_t skip = p.w["W_in"].data.size();
        double top = 0, off = 0;
        for (std::size_t k = 0; k < N * N; ++k) top = std::max(top, std::abs(expected[skip + k]));
        for (std::size_t k = 0; k < N * N; ++k) off = std::max(off, std::abs(only["W_rec"].data[k] - expected[skip + k]) / top);
        CHECK(off < 1e-11);  // a difference of two gradients
    }
}

TEST_CASE("lengths and batches: one step, one trial, more trials than groups") {
    for (const auto& [steps, trials] : {std::pair{1l, 1l}, {2l, 1l}, {1l, 40l}, {25l, 2l}}) {
        CAPTURE(steps, trials);
        const auto p = oracle::make_problem(sign_rule::rectify, 3, 5, steps, trials);
        auto e = oracle::make_engine<relu_t, identity_t, serial_device>(p);
        e.gradient(p.batch, p.how, {}, squared_error, {}, &p.noise);
        const auto expected = oracle::gradient(p.w, [&](const auto& w) {
            using S = std::remove_cvref_t<decltype(w["b_out"].data[0])>;
            return oracle::rate<S>(relu, identity, squared_error, p.l, w, p.batch, p.alpha, p.noise, .2).loss;
        });
        CHECK(oracle::worst_entry(e.exported(&parameter_block<serial_device>::gradient), expected) < 1e-12);
    }
}
TEST_CASE("slopes at the kinks are 0") {
    CHECK(kernels::times_slope(sign_rule::rectify, 1., 0.) == 0);
    CHECK(kernels::times_slope(sign_rule::absolute, 1., 0.) == 0);
    CHECK_FALSE(relu_t::slope(0.).open);
    CHECK(relu_t::slope(1e-300).open);
}
