// Cells that look back at all steps before: fast Hebbian weights, soft attention.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/validation.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cells_that_look_back {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct a> a;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct k> k;
inline constexpr symbol<struct q> q;
inline constexpr symbol<struct v> v;
inline constexpr trainable<struct eta> eta;
inline constexpr input_symbol<struct u> u;
struct fast_weights {
    static constexpr auto equations = system(a[h] = hebbian(0.9, prev(h)), h = hyperbolic_tangent(W(prev(h)) + W(u) + eta * a));
};
struct attending {
    static constexpr auto equations =
        system(q[h] = W(prev(h)) + W(u), k[h] = hyperbolic_tangent(W(prev(h)) + W(u)), v[h] = W(prev(h)) + W(u),
               a[h] = attention(q, prev(k), prev(v)), h = hyperbolic_tangent(0.5 * prev(h) + a));
};
// Keys that are the state itself, which others read too, and a query of the step before.
struct itself {
    static constexpr auto equations = system(a[h] = attention(prev(h), prev(h), prev(h)), q[h] = hebbian(0.5, prev(h)),
                                             h = softplus(W(prev(h)) + W(u) + 0.2 * a - 0.1 * q));
};
}  // namespace cells

struct motion : input<2> {};
struct choice : output<2> {};
struct H : population<free_sign, 5, principal> {};
struct K : population<free_sign, 3, principal> {};
template <class Cell>
struct first : area<Cell, H> {};
template <class Cell>
struct second : area<Cell, K> {};
struct fast : area<cells::fast_weights, H> {};
struct attentive : area<cells::attending, H> {};
struct one : area<cells::itself, H> {};
struct other : area<cells::itself, K> {};

using hebbian_net = network<areas<fast>, inputs<project<motion, fast, unconstrained>>, outputs<project<H, choice>>>;
using attention_net = network<areas<attentive>, inputs<project<motion, attentive, unconstrained>>, outputs<project<H, choice>>>;
// areas of one cell are computed together, but each has its own past
using two_areas = network<areas<one, other>, inputs<project<motion, one>>, long_range<project<H, other>, project<K, one>>,
                          outputs<project<K, choice>, project<H, choice>>>;

model_options options() {
    model_options o;
    o.physics.unit_noise = 0;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
trial_batch<double> trials(long n, long steps = 9) {
    trial_batch<double> b(n, steps, 2, 2, 20);
    for (long t = 0; t < steps; ++t)
        for (long trial = 0; trial < n; ++trial) {
            random_sequence r({5, 3}, static_cast<std::uint32_t>(trial), static_cast<std::uint32_t>(t));
            for (long i = 0; i < 2; ++i) {
                b.input_at(t, trial, i) = r.uniform(0, 1);
                b.target_at(t, trial, i) = r.uniform(-1, 1), b.mask_at(t, trial, i) = t > 2;
            }
        }
    return b;
}
template <class Net>
void check_everywhere() {
    using device = backend::cpu<double>;
    model<Net, backend::serial<double>> m(seed{3}, options());
    check_gradient_of_model(m, trials(3));
    const auto b = trials(17);
    const double loss = m.gradient(b, {1, 4}, m.default_loss()).loss;
    // without gradients, memory is laid out otherwise
    tally sums(m.default_loss().recorded);
    sums.add(b, m.run(b, {1, 4}));
    CHECK(sums.loss() == Approx(loss).epsilon(1e-12));
    model<Net, device> x(seed{3}, options(), device(1)), y(seed{3}, options(), device(2));
    CHECK(x.gradient(b, {1, 4}, x.default_loss()).norm == Approx(m.gradient(b, {1, 4}, m.default_loss()).norm).epsilon(1e-10));
    y.gradient(b, {1, 4}, y.default_loss());
    CHECK(x.last_gradient() == y.last_gradient());
}

TEST_CASE("gradients through what is looked up in all steps before") {
    check_everywhere<hebbian_net>();
    check_everywhere<attention_net>();
    check_everywhere<two_areas>();
}

TEST_CASE("fast weights are those of Hebb's rule") {
    model<hebbian_net, backend::serial<double>> m(seed{3}, options());
    const auto seen = m.run(trials(4), {}, {.record = {"fast.a", "fast.h"}});
    const auto &a = seen.recorded[0].values.data, &h = seen.recorded[1].values.data;
    const auto initial = m.effective()["x0"];
    for (std::size_t trial = 0; trial < 4; ++trial) {
        std::vector<double> A(25), r(initial.data.begin(), initial.data.end());
        for (std::size_t t = 0; t < 9; ++t) {
            for (std::size_t i = 0; i < 5; ++i)
                for (std::size_t j = 0; j < 5; ++j) A[5 * i + j] = 0.9 * A[5 * i + j] + r[i] * r[j];
            for (std::size_t i = 0; i < 5; ++i) {
                double expected = 0;
                for (std::size_t j = 0; j < 5; ++j) expected += A[5 * i + j] * r[j];
                CHECK(a[(4 * t + trial) * 5 + i] == Approx(expected).epsilon(1e-12));
            }
            for (std::size_t i = 0; i < 5; ++i) r[i] = h[(4 * t + trial) * 5 + i];
        }
    }
}

TEST_CASE("attention is a softmax over the steps before, in each area") {
    model<two_areas, backend::serial<double>> m(seed{3}, options());
    const auto seen = m.run(trials(4), {}, {.record = {"other.a", "other.h"}});
    const auto &a = seen.recorded[0].values.data, &h = seen.recorded[1].values.data;
    const auto initial = m.effective()["x0"];
    for (std::size_t trial = 0; trial < 4; ++trial) {
        const auto state = [&](std::size_t step, std::size_t i) {
            return step == 0 ? initial.data[5 + i] : h[(4 * (step - 1) + trial) * 3 + i];
        };
        for (std::size_t t = 1; t <= 9; ++t) {
            double sum = 0, expected[3] = {};
            for (std::size_t s = 0; s < t; ++s) {
                double product = 0;
                for (std::size_t i = 0; i < 3; ++i) product += state(t - 1, i) * state(s, i);
                sum += std::exp(product);
                for (std::size_t i = 0; i < 3; ++i) expected[i] += std::exp(product) * state(s, i);
            }
            for (std::size_t i = 0; i < 3; ++i) CHECK(a[(4 * (t - 1) + trial) * 3 + i] == Approx(expected[i] / sum).epsilon(1e-12));
        }
    }
}

TEST_CASE("trials that look back do not go on from states alone") {
    model<hebbian_net, backend::serial<double>> m(seed{3}, options());
    auto b = trials(4);
    b.start = m.run(b, {}, {.end = true}).end;
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("cannot go on"));
}

}  // namespace cells_that_look_back
