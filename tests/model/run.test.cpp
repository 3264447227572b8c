// Running a network: noise as the discretisation says, inputs with baseline and rectification, samples, and arguments that make no sense.
#include <eirnn/backend/cpu/cpu.hpp>

#include "../catch.hpp"
#include "small_network.hpp"

using namespace eirnn;
using device_type = backend::cpu<float>;
namespace {
oracle::problem silent(long units, long steps, long trials) {
    auto p = oracle::make_problem(sign_rule::free, 1, units, steps, trials);
    oracle::each(p.w, [](double& x, const char*) { x = 0; });
    std::fill(p.l.recurrent.fixed.data.begin(), p.l.recurrent.fixed.data.end(), 0.);
    p.how = {};
    p.how.unit_noise = 0, p.how.input_noise = 0, p.how.baseline = 0;
    std::fill(p.batch.input.begin(), p.batch.input.end(), 0.);
    return p;
}
template <class T>
trial_batch<T> as_batch(const trial_batch<double>& b) {
    trial_batch<T> f(b.trials, b.steps, b.inputs, b.outputs, b.dt);
    f.input.assign(b.input.begin(), b.input.end());
    f.target.assign(b.target.begin(), b.target.end());
    f.mask.assign(b.mask.begin(), b.mask.end());
    f.length = b.length, f.id = b.id;
    return f;
}
}  // namespace

TEST_CASE("without weights a unit is an Ornstein-Uhlenbeck process of the stated variance, at any time step") {
    for (const double dt : {20., 2.}) {
        const long steps = static_cast<long>(2000 / dt);
        auto p = silent(13, steps, 60);
        p.how.unit_noise = 0.15;
        auto e = oracle::make_engine<identity_t, identity_t, device_type>(p);
        auto b = as_batch<float>(p.batch);
        b.dt = dt;
        run_request<float> ask;
        ask.states = true;
        const auto r = e.run(b, p.how, {3, 1}, ask);
        double square = 0, lagged = 0, n = 0;
        const auto at = [&](long s, long k) { return double(r.state[static_cast<std::size_t>(s * 60 * 13 + k)]); };
        const long lag = static_cast<long>(100 / dt);
        for (long s = steps / 2; s < steps; ++s)
            for (long k = 0; k < 60 * 13; ++k) square += at(s, k) * at(s, k), lagged += at(s, k) * at(s - lag, k), n += 1;
        const double alpha = dt / 100;
        CHECK(square / n == Approx(0.15 * 0.15 / (1 - alpha / 2)).epsilon(0.05));
        CHECK(lagged / square == Approx(std::pow(1 - alpha, double(lag))).epsilon(0.1));  // e^-1 in the limit
    }
}
TEST_CASE("inputs get baseline and noise, then are rectified") {
    auto p = silent(5, 400, 20);
    p.w["W_in"](0, 0) = 1;
    p.l.input.plastic(0, 0) = 1;
    p.how.baseline = 0.2;
    p.how.tau = 20;  // alpha = 1: the state is the input
    auto e = oracle::make_engine<identity_t, identity_t, device_type>(p);
    auto b = as_batch<float>(p.batch);
    for (long s = 0; s < 400; ++s)
        for (long n = 0; n < 20; ++n) b.input_at(s, n, 0) = s % 2 ? 0.3f : -0.5f;
    run_request<float> ask;
    ask.states = true;
    const auto quiet = e.run(b, p.how, {1, 1}, ask);
    CHECK(quiet.state[5] == 0.f);                                           // trial 1, step 0: [0.2 - 0.5]_+
    CHECK(quiet.state[(20 + 1) * 5] == Approx(0.5f));
    p.how.input_noise = 0.01;
    const auto noisy = e.run(b, p.how, {1, 1}, ask);
    double mean = 0, square = 0;
    for (long s = 1; s < 400; s += 2)
        for (long n = 0; n < 20; ++n) {
            const double u = double(noisy.state[static_cast<std::size_t>((s * 20 + n) * 5)]) - 0.5;
            mean += u / 4000, square += u * u / 4000;
        }
    CHECK(std::abs(mean) < 0.002);
    CHECK(std::sqrt(square) == Approx(std::sqrt(2 * 100 / 20.) * 0.01).epsilon(0.05));
}
TEST_CASE("samples are states of their steps, the final output that of the trial's own last step") {
    auto p = oracle::make_problem(sign_rule::rectify, 2, 9, 24, 7);
    auto e = oracle::make_engine<relu_t, identity_t, device_type>(p);
    auto b = as_batch<float>(p.batch);
    for (std::size_t k = 0; k < 7; ++k) b.length[k] = static_cast<std::int32_t>(10 + 2 * k);
    p.how.unit_noise = 0.1;
    run_request<float> ask;
    ask.rates = true;
    const auto all = e.run(b, p.how, {1, 2}, ask);
    ask.every = 4;
    const auto some = e.run(b, p.how, {1, 2}, ask);
    for (long k = 0; k < 6; ++k)
        for (long j = 0; j < 7 * 9; ++j)
            REQUIRE(some.rate[static_cast<std::size_t>(k * 63 + j)] == all.rate[static_cast<std::size_t>((4 * k + 3) * 63 + j)]);
    for (long n = 0; n < 7; ++n)
        for (long o = 0; o < 3; ++o)
            REQUIRE(all.final_output[static_cast<std::size_t>(n * 3 + o)] ==
                    all.output[static_cast<std::size_t>(((b.length[static_cast<std::size_t>(n)] - 1) * 7 + n) * 3 + o)]);
}
TEST_CASE("training and inference compute the same states") {
    auto p = oracle::make_problem(sign_rule::rectify, 2, 9, 11, 7);
    auto e = oracle::make_engine<relu_t, identity_t, device_type>(p);
    const auto b = as_batch<float>(p.batch);
    const auto r = e.run(b, p.how, {1, 2});
    double loss = 0, weight = 0;
    for (std::size_t k = 0; k < b.mask.size(); ++k)
        loss += double(b.mask[k]) * std::pow(double(r.output[k]) - double(b.target[k]), 2), weight += double(b.mask[k]);
    CHECK(e.gradient(b, p.how, {1, 2}, squared_error, {}).loss == Approx(loss / weight).epsilon(1e-6));
}
TEST_CASE("arguments that make no sense are refused, by name") {
    auto p = oracle::make_problem(sign_rule::rectify, 2, 5, 4, 3);
    auto e = oracle::make_engine<relu_t, identity_t, device_type>(p);
    const auto good = as_batch<float>(p.batch);
    const auto refused = [&](auto change, const char* where) {
        auto b = good;
        auto how = p.how;
        change(b, how);
        INFO(where);
        try {
            e.run(b, how, {});
            FAIL("accepted");
        } catch (const invalid_argument& x) {
            CHECK(x.text().where.find(where) != std::string::npos);
            CHECK_FALSE(x.text().repair.empty());
        }
    };
    using batch = trial_batch<float>;
    refused([](batch& b, dynamics&) { b = batch(0, 4, 2, 3, 20); }, "trial_batch::trials");
    refused([](batch& b, dynamics&) { b = batch(3, 0, 2, 3, 20); }, "trial_batch::steps");
    refused([](batch& b, dynamics&) { b = batch(3, 4, 1, 3, 20); }, "trial_batch::inputs");
    refused([](batch& b, dynamics&) { b = batch(3, 4, 2, 1, 20); }, "trial_batch::outputs");
    refused([](batch& b, dynamics&) { b.input.pop_back(); }, "trial_batch::input");
    refused([](batch& b, dynamics&) { b.length[1] = 9; }, "trial_batch::length");
    refused([](batch& b, dynamics&) { b.input[3] = std::numeric_limits<float>::quiet_NaN(); }, "trial_batch::input");
    refused([](batch& b, dynamics&) { b.target[3] = std::numeric_limits<float>::infinity(); }, "trial_batch::target");
    refused([](batch& b, dynamics&) { b.dt = 0; }, "dt");
    refused([](batch&, dynamics& d) { d.tau_per_unit = {1, 2}; }, "tau_per_unit");
    refused([](batch&, dynamics& d) { d.tau_per_unit.clear(), d.tau = 10; }, "tau");
    refused([](batch&, dynamics& d) { d.input_noise = -1; }, "input_noise");
    auto b = good;
    std::fill(b.mask.begin(), b.mask.end(), 0.f);
    CHECK_THROWS_AS(e.gradient(b, p.how, {}, squared_error, {}), invalid_argument);
    auto w = e.raw();
    w["W_rec"](1, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(e.set_raw(w), invalid_argument);
    w["W_rec"] = matrix<float>(2, 2);
    CHECK_THROWS_AS(e.set_raw(w), invalid_argument);
}
