// Outputs that differ: each has an activation, a loss and a mask of its own.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/optimizer.hpp>
#include <eirnn/train/trainer.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>

namespace outputs_that_differ {
using namespace eirnn;

struct motion : input<2> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 3> {};
struct cortex : area<rate<softplus>, E, I> {};
struct choice : output<2, softmax> {};
struct rule : output<3, softmax> {};
struct confidence : output<1, logistic> {};
struct eye : output<dynamic, hyperbolic_tangent> {};
struct speed : output<1> {};
struct probe : output<1, identity, no_loss> {};
using wiring = inputs<project<motion, cortex>>;
using each = network<areas<cortex>, wiring,
                     outputs<project<E, choice>, project<E, rule>, project<E, confidence>, project<E, eye>, project<E, probe>>>;
using device = backend::serial<double>;

model_options options() {
    model_options o;
    o.sizes = sizes{}.of<eye>(2);
    o.physics.unit_noise = 0.05;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
// Targets that fit every kind of output; `outputs` of them, each asked for at other steps.
trial_batch<double> trials(long n, long outputs) {
    trial_batch<double> b(n, 9, 2, outputs, 20);
    for (long k = 0; k < n; ++k) {
        random_sequence r({7, 3}, static_cast<std::uint32_t>(k));
        for (long t = 0; t < 9; ++t) {
            for (long i = 0; i < 2; ++i) b.input_at(t, k, i) = r.uniform(0, 1);
            for (long o = 0; o < outputs; ++o) {
                b.target_at(t, k, o) = o == 0 || o == 3 || (o == 5 && t > 4);
                b.mask_at(t, k, o) = o < 2 ? t > 5 : o < 5 ? (t < 3 ? 0.5 : 0) : t > 2;
            }
        }
    }
    return b;
}

TEST_CASE("outputs with activations of their own have losses of their own") {
    STATIC_REQUIRE(
        std::is_same_v<network_traits<each>::output_activation, each_output<softmax_t, softmax_t, logistic_t, tanh_t, identity_t>>);
    model<each, device> m(seed{3}, options());
    const auto b = trials(4, 9);
    // all but what is read from E for the probe alone: its weights and its bias have no influence
    check_gradient_of_model(m, b);
    m.gradient(b, {1, 4}, m.default_loss());
    const auto g = m.last_gradient();
    for (std::size_t unit = 0; unit < 8; ++unit) CHECK(g["W_out"].data[8 * 11 + unit] == 0);
    CHECK(g["b_out"].data[8] == 0);

    const auto seen = m.run(b, {1, 4});
    double loss[4] = {}, weight[4] = {};
    for (long t = 0; t < 9; ++t)
        for (long k = 0; k < 4; ++k) {
            const auto y = [&](long o) { return seen.output_at(t, k, o); };
            const auto w = [&](long o) { return b.mask_at(t, k, o); };
            CHECK(y(0) + y(1) == Approx(1));
            CHECK(y(2) + y(3) + y(4) == Approx(1));
            loss[0] -= w(0) * std::log(y(0)), weight[0] += w(0);
            loss[1] -= w(3) * std::log(y(3)), weight[1] += w(3);
            const double target = b.target_at(t, k, 5);
            loss[2] -= w(5) * (target * std::log(y(5)) + (1 - target) * std::log(1 - y(5))), weight[2] += w(5);
            loss[3] += w(6) * y(6) * y(6) + w(7) * y(7) * y(7), weight[3] += w(6) + w(7);
        }
    double expected = 0;
    for (int p = 0; p < 4; ++p) expected += loss[p] / weight[p];
    CHECK(m.gradient(b, {1, 4}, m.default_loss()).loss == Approx(expected).epsilon(1e-12));
    tally sums(m.default_loss().recorded, m.identity().outputs);
    sums.add(b, seen);
    CHECK(sums.loss() == Approx(expected).epsilon(1e-9));
    for (long k = 0; k < 4; ++k)
        for (long o = 0; o < 9; ++o) CHECK(seen.final_at(k, o) == seen.output_at(8, k, o));
}

TEST_CASE("outputs that differ give the same bits on any number of threads, and agree between the backends") {
    const auto b = trials(23, 9);
    model<each, device> a(seed{3}, options());
    model<each, backend::cpu<double>> one(seed{3}, options(), backend::cpu<double>(1)), two(seed{3}, options(), backend::cpu<double>(2));
    const double expected = a.gradient(b, {1, 4}, a.default_loss()).norm;
    CHECK(one.gradient(b, {1, 4}, one.default_loss()).norm == Approx(expected).epsilon(1e-10));
    two.gradient(b, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
}

struct mean_choice : output<2, softmax, usual_loss{}, mean_of_steps> {};
struct total_speed : output<1, identity, usual_loss{}, sum_of_steps> {};
using over_time = network<areas<cortex>, wiring, outputs<project<E, mean_choice>, project<E, total_speed>, project<E, confidence>>>;
struct plain_choice : output<2> {};
struct plain_chance : output<1> {};
using plain_in_time = network<areas<cortex>, wiring, outputs<project<E, plain_choice>, project<E, speed>, project<E, plain_chance>>>;

TEST_CASE("an output sees the mean or the sum of its readout in the steps so far") {
    auto how = options();
    how.sizes = {};
    model<over_time, device> m(seed{3}, how);
    model<plain_in_time, device> z(seed{3}, how);
    auto b = trials(5, 4);
    b.length[2] = 6;
    const auto seen = m.run(b, {1, 4}), logits = z.run(b, {1, 4});
    for (long k = 0; k < 5; ++k) {
        double sum[3]{};
        for (long t = 0; t < 9; ++t) {
            for (long o = 0; o < 3; ++o) sum[o] += logits.output_at(t, k, o);
            const double d = (sum[0] - sum[1]) / double(t + 1), p = 1 / (1 + std::exp(-d));
            CHECK(seen.output_at(t, k, 0) == Approx(p).epsilon(1e-12));
            CHECK(seen.output_at(t, k, 2) == Approx(sum[2]).margin(1e-12));
            CHECK(seen.output_at(t, k, 3) == Approx(1 / (1 + std::exp(-logits.output_at(t, k, 3)))));
        }
        for (long o = 0; o < 4; ++o) CHECK(seen.final_at(k, o) == seen.output_at(b.length[static_cast<std::size_t>(k)] - 1, k, o));
    }
    check_gradient_of_model(m, b);
    tally t(m.default_loss().recorded, m.identity().outputs);
    t.add(b, seen);
    CHECK(t.loss() == Approx(m.gradient(b, {1, 4}, m.default_loss()).loss).epsilon(1e-9));
    CHECK(m.identity().parts.at("outputs") == "mean_choice 2 averaged, total_speed 1 summed, confidence 1");
    using threads = backend::cpu<double>;
    const auto many = trials(70, 4);
    model<over_time, threads> one(seed{3}, how, threads(1)), two(seed{3}, how, threads(2));
    one.gradient(many, {1, 4}, one.default_loss()), two.gradient(many, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
}

TEST_CASE("a part of the outputs that is never asked for does not count, and a batch without any is refused") {
    model<each, device> m(seed{3}, options());
    auto b = trials(3, 9);
    for (long t = 0; t < 9; ++t)
        for (long k = 0; k < 3; ++k)
            for (long o = 2; o < 8; ++o) b.mask_at(t, k, o) = 0;
    const auto report = m.gradient(b, {1, 4}, m.default_loss());
    CHECK(std::isfinite(report.norm));
    for (std::size_t unit = 0; unit < 8; ++unit) CHECK(m.last_gradient()["W_out"].data[5 * 11 + unit] == 0);
    tally sums(m.default_loss().recorded, m.identity().outputs);
    sums.add(b, m.run(b, {1, 4}));
    CHECK(sums.loss() == Approx(report.loss).epsilon(1e-9));
    for (long t = 0; t < 9; ++t)
        for (long k = 0; k < 3; ++k)
            for (long o = 0; o < 2; ++o) b.mask_at(t, k, o) = 0;
    // of the last output, which has no loss, the mask is not 0
    CHECK_THROWS_WITH(m.gradient(b, {1, 4}, m.default_loss()), Catch::Matchers::Contains("leaves nothing to learn from"));
}

TEST_CASE("one loss may be given for all outputs, or one for each") {
    using pair = network<areas<cortex>, wiring, outputs<project<E, eye>, project<E, confidence>>>;
    using same = network<areas<cortex>, wiring, outputs<project<E, speed>, project<E, probe>>>;
    using alike = network<areas<cortex>, wiring, outputs<project<E, speed>, project<E, choice>>>;
    STATIC_REQUIRE(std::is_same_v<network_traits<pair>::output_loss, usual_loss>);
    STATIC_REQUIRE(std::is_same_v<network_traits<same>::output_activation, each_output<identity_t, identity_t>>);
    STATIC_REQUIRE(std::is_same_v<network_traits<alike>::output_activation, each_output<identity_t, softmax_t>>);
    model<pair, device> m(seed{3}, options());
    const auto b = trials(3, 3);
    const double own = m.gradient(b, {1, 4}, m.default_loss()).loss, squared = m.gradient(b, {1, 4}, squared_error).loss,
                 mixed = m.gradient(b, {1, 4}, each_loss<squared_error_t, binary_cross_entropy_t>{}).loss;
    CHECK(mixed == own);
    CHECK(squared != own);
    CHECK(m.gradient(b, {1, 4}, each_loss<no_loss_t, squared_error_t>{}).loss < squared);
}

// Both outputs follow the inputs; the second one learns only where the loss is not switched off.
struct follow {
    long inputs() const { return 2; }
    long outputs() const { return 2; }
    long validation_trials() const { return 20; }
    double target_performance() const { return 101; }
    template <class T>
    task_batch<T, long> make(const trial_request& ask) const {
        task_batch<T, long> all;
        all.trials = trial_batch<T>(ask.trials, 10, 2, 2, ask.dt);
        for (long k = 0; k < ask.trials; ++k) {
            random_sequence r({static_cast<std::uint32_t>(ask.seed), static_cast<std::uint32_t>(ask.purpose)},
                              static_cast<std::uint32_t>(1000 * ask.iteration) + static_cast<std::uint32_t>(ask.first + k));
            const double value = r.uniform(0, 1);
            for (long t = 0; t < 10; ++t)
                for (long i = 0; i < 2; ++i) {
                    all.trials.input_at(t, k, i) = static_cast<T>(i == 0 ? value : 1 - value);
                    all.trials.target_at(t, k, i) = static_cast<T>(i == 0 ? value : value > 0.5);
                    all.trials.mask_at(t, k, i) = t > 6;
                }
        }
        all.conditions.assign(static_cast<std::size_t>(ask.trials), 0);
        return all;
    }
    template <class Batch, class T>
    double performance(const Batch&, const recording<T>&) const {
        return 0;
    }
};

TEST_CASE("a network learns outputs of two kinds at once") {
    using pair = network<areas<cortex>, wiring, outputs<project<E, speed>, project<E, confidence>>>;
    model_options o;
    o.physics.tau = 40, o.trained.output_bias = true;
    model<pair, backend::cpu<float>> m(seed{5}, o);
    training_options how;
    how.penalties.omega = 0;
    trainer t(m, follow{}, adam{.learning_rate = 0.02}, {}, how);
    const double before = t.validate().loss;
    for (int k = 0; k < 400; ++k) t.step();
    CHECK(t.validate().loss < 0.3 * before);
}

}  // namespace outputs_that_differ
