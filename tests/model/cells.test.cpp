// Cells that nobody built in: their equations are all there is. Gradients against central differences of the library's loss, states against
// a few lines written by hand.
#include <eirnn/backend/cpu/cpu.hpp>

#include "../catch.hpp"
#include "small_network.hpp"

using namespace eirnn;

namespace gated {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct f> f;
inline constexpr symbol<struct i> i;
inline constexpr symbol<struct o> o;
inline constexpr symbol<struct z> z;
inline constexpr symbol<struct q> q;
inline constexpr input_symbol<struct u> u;

struct lstm {
    static constexpr auto equations = system(
        f[h] = logistic(W(prev(h)) + W(u) + 1),
        i[h] = logistic(W(prev(h)) + W(u)),
        o[h] = logistic(W(prev(h)) + W(u)),
        c[h] = f * prev(c) + i * hyperbolic_tangent(W(prev(h)) + W(u)),
        h    = o * hyperbolic_tangent(c));
};
// A gate that acts before the projection: two products in a step, the second of what the first made.
struct gru {
    static constexpr auto equations = system(
        z[h] = logistic(W(prev(h)) + W(u)),
        q[h] = logistic(W(prev(h)) + W(u)) * prev(h),
        h    = (1 - z) * prev(h) + z * hyperbolic_tangent(W(q) + W(u)));
};
// Two states that project, and noise in the one that is not read through weights.
struct adapting {
    static constexpr auto equations = system(
        c[h] = 0.9 * prev(c) + 0.1 * prev(h) + noise,
        h    = relu(0.8 * prev(h) + 0.2 * (W(prev(h)) + W(u)) - 0.5 * c));
};
// A second product of what the step before left, without inputs.
struct two_products {
    static constexpr auto equations =
        system(c[h] = 0.8 * prev(c) + 0.2 * softplus(W(prev(c))), h = softplus(0.7 * prev(h) + 0.3 * (W(prev(h)) + W(u)) - 0.5 * c));
};
// Numbers per unit that are trained: a time constant between one and twenty steps, and a gain.
inline constexpr trainable<struct speed> speed;
inline constexpr trainable<struct gain> gain;
struct trained_numbers {
    static constexpr auto equations =
        system(c[h] = (1 - within<0.05, 1>(speed)) * prev(c) + within<0.05, 1>(speed) * (W(prev(h)) + W(u)) + noise,
               h = softplus(1.5 * c) * exp(gain));
};
// A leaky unit that spikes above 1, and is not reset.
struct spiking {
    static constexpr auto equations = system(
        c[h] = 0.9 * prev(c) + (W(prev(h)) + W(u)),
        h    = spike(c - 1));
};
// Layer normalisation before the rate, and division by what all units do: sums and means between passes over the units.
inline constexpr symbol<struct x> x;
inline constexpr symbol<struct m> m;
inline constexpr symbol<struct v> v;
struct pooling {
    static constexpr auto equations = system(x[h] = 0.6 * prev(x) + 0.4 * (W(prev(h)) + W(u)) + noise, m[h] = mean(x), q[h] = square(x - m),
                                             v[h] = mean(q), c[h] = softplus((x - m) / sqrt(v + 0.1)), o[h] = sum(c), h = c / (0.5 + o));
};
// Quotients of variables, by and of a constant; functions whose slope is told by their argument or by their value, alone and inside one
// another.
struct arithmetic {
    static constexpr auto equations = system(
        c[h] = 0.7 * prev(c) + square(W(prev(h)) + W(u)) / 4,
        i[h] = exp(-abs(prev(h) - c) / 3) / (1 + square(c)),
        o[h] = 2 / (1.5 + exp(W(prev(h)) + W(u))),
        h    = c / sqrt(1 + square(c)) - i * o + abs(o - i) / 3);
};
}  // namespace gated

namespace {

template <class Cell, class B>
dense_engine<Cell, identity_t, B> make(const oracle::problem& p, std::uint64_t seed) {
    using T = typename B::scalar;
    dense_engine<Cell, identity_t, B> e(p.l, {.bias = true, .output_bias = true, .initial_state = true}, B(2));
    auto w = e.empty();
    random_sequence r(key_of(seed, random_stream::analysis));
    oracle::each(w, [&](T& x, const char*) { x = static_cast<T>(0.4 * r.normal()); });
    e.set_raw(w);
    return e;
}
template <class Cell, class B>
void check_gradient(std::uint64_t seed, long units, const std::vector<index_range>& areas = {}) {
    auto p = oracle::make_problem(sign_rule::free, seed, units, 6, 7);
    if (!areas.empty()) p.l.areas = areas;
    auto e = make<Cell, B>(p, seed);
    const auto* noise = dense_area<planned<Cell>, identity_t, B>::noisy_variable >= 0 ? &p.noise : nullptr;
    p.how.input_noise = 0;
    objective o;
    o.l2_rate = 0.1;
    o.weights.l2_recurrent = 0.1;
    e.gradient(p.batch, p.how, {}, squared_error, o, noise);
    auto got = e.exported(&parameter_block<B>::gradient);
    auto w = e.raw();
    std::vector<double> differences;
    oracle::each(w, [&](double& x, const char*) {
        const double at = x, h = 1e-5;
        const auto value = [&](double v) {
            x = v;
            e.set_raw(w);
            const auto r = e.gradient(p.batch, p.how, {}, squared_error, o, noise);
            return r.loss + r.penalty;
        };
        const double up = value(at + h), down = value(at - h);
        differences.push_back((up - down) / (2 * h));
        x = at;
    });
    double largest = 0, worst = 0;
    const char* where = "";
    for (double d : differences) largest = std::max(largest, std::abs(d));
    std::size_t k = 0;
    oracle::each(got, [&](double& g, const char* name) {
        const double off = std::abs(g - differences[k++]) / largest;
        if (off > worst) worst = off, where = name;
    });
    INFO(where);
    CHECK(largest > 1e-3);
    CHECK(worst < 1e-8);
}
}  // namespace

TEST_CASE("gradients of cells given by their equations alone") {
    check_gradient<gated::lstm, backend::serial<double>>(1, 5);
    check_gradient<gated::lstm, backend::cpu<double>>(2, 6);  // rows that are no multiple of a packet, between stacked parts
    check_gradient<gated::gru, backend::serial<double>>(3, 5);
    check_gradient<gated::gru, backend::cpu<double>>(4, 7);
    check_gradient<gated::adapting, backend::serial<double>>(5, 5);
    check_gradient<gated::two_products, backend::serial<double>>(8, 5);
    check_gradient<gated::two_products, backend::cpu<double>>(9, 6);
    check_gradient<gated::trained_numbers, backend::serial<double>>(10, 5);
    check_gradient<gated::trained_numbers, backend::cpu<double>>(11, 6);
    check_gradient<gated::pooling, backend::serial<double>>(12, 5);
    check_gradient<gated::pooling, backend::cpu<double>>(13, 6, {{0, 1}, {1, 5}});
    check_gradient<gated::arithmetic, backend::serial<double>>(6, 5);
    check_gradient<gated::arithmetic, backend::cpu<double>>(7, 6);
}

TEST_CASE("quotients and elementary functions are those of <cmath>") {
    auto p = oracle::make_problem(sign_rule::free, 9, 3, 1, 1);
    p.how.input_noise = 0;
    auto e = make<gated::arithmetic, backend::serial<double>>(p, 9);
    run_request<double> ask;
    ask.rates = true;
    const auto r = e.run(p.batch, p.how, {}, ask);
    e.parameters().update_effective(e.device());
    const auto w = e.exported(&parameter_block<backend::serial<double>>::effective);
    for (std::size_t k = 0; k < 3; ++k) {
        double in[2];
        for (std::size_t g = 0; g < 2; ++g) {
            in[g] = w["b_rec." + std::to_string(g)].data[k];
            for (std::size_t j = 0; j < 3; ++j)
                in[g] += w["W_rec." + std::to_string(g)](static_cast<long>(k), static_cast<long>(j)) * w["x0.1"].data[j];
            for (long j = 0; j < 2; ++j)
                in[g] += w["W_in." + std::to_string(g)](static_cast<long>(k), j) * std::max(0., .2 + p.batch.input_at(0, 0, j));
        }
        const double c = 0.7 * w["x0.0"].data[k] + in[0] * in[0] / 4, i = std::exp(-std::abs(w["x0.1"].data[k] - c) / 3) / (1 + c * c),
                     o = 2 / (1.5 + std::exp(in[1]));
        CHECK(r.rate[k] == Approx(c / std::sqrt(1 + c * c) - i * o + std::abs(o - i) / 3).epsilon(1e-13));
    }
}

TEST_CASE("the gradient through a spike is that of its smooth stand-in") {
    auto p = oracle::make_problem(sign_rule::free, 14, 1, 1, 1);
    p.how.input_noise = 0, p.how.unit_noise = 0;
    auto e = make<gated::spiking, backend::serial<double>>(p, 14);
    const auto w = e.raw();
    const double x0 = w["x0"].data[0], before = x0 > 1 ? 1 : 0;
    double in = w["b_rec"].data[0] + w["W_rec"](0, 0) * before, u[2];
    for (long j = 0; j < 2; ++j) u[j] = std::max(0., .2 + p.batch.input_at(0, 0, j)), in += w["W_in"](0, j) * u[j];
    const double v = 0.9 * x0 + in, s = v > 1 ? 1 : 0;
    const auto r = e.run(p.batch, p.how, {}, {.rates = true});
    CHECK(r.rate[0] == s);
    double slope = 0;  // dL/ds
    double sum = 0;
    for (long o = 0; o < p.l.outputs; ++o) sum += p.batch.mask_at(0, 0, o);
    for (long o = 0; o < p.l.outputs; ++o) {
        const double z = w["b_out"].data[static_cast<std::size_t>(o)] + w["W_out"](o, 0) * s;
        slope += 2 * p.batch.mask_at(0, 0, o) * (z - p.batch.target_at(0, 0, o)) * w["W_out"](o, 0) / sum;
    }
    e.gradient(p.batch, p.how, {}, squared_error, {});
    const auto g = e.exported(&parameter_block<backend::serial<double>>::gradient);
    const auto slope_at = [](double x) { return 1 / ((1 + 10 * std::abs(x)) * (1 + 10 * std::abs(x))); };
    const double stand_in = slope * slope_at(v - 1);
    CHECK(std::abs(stand_in) > 1e-6);
    for (long j = 0; j < 2; ++j) CHECK(g["W_in"](0, j) == Approx(stand_in * u[j]).epsilon(1e-12));
    CHECK(g["x0"].data[0] == Approx(stand_in * (0.9 + w["W_rec"](0, 0) * slope_at(x0 - 1))).epsilon(1e-12));
}

TEST_CASE("sums and means are taken over the units of an area") {
    auto p = oracle::make_problem(sign_rule::free, 12, 6, 4, 2);
    p.how.input_noise = 0, p.how.unit_noise = 0;
    p.l.areas = {{0, 2}, {2, 4}};
    auto e = make<gated::pooling, backend::serial<double>>(p, 12);
    const auto r = e.run(p.batch, p.how, {}, {.rates = true, .states = true});
    for (std::size_t k = 0; k < 8; ++k)
        for (const auto& [begin, size] : p.l.areas) {
            const double* x = &r.state[k * 6 + static_cast<std::size_t>(begin)];
            const auto n = static_cast<std::size_t>(size);
            double mean = 0, variance = 0, sum = 0;
            std::vector<double> c(n);
            for (std::size_t i = 0; i < n; ++i) mean += x[i] / double(n);
            for (std::size_t i = 0; i < n; ++i) variance += (x[i] - mean) * (x[i] - mean) / double(n);
            for (std::size_t i = 0; i < n; ++i) sum += c[i] = std::log1p(std::exp((x[i] - mean) / std::sqrt(variance + 0.1)));
            for (std::size_t i = 0; i < n; ++i)
                CHECK(r.rate[k * 6 + static_cast<std::size_t>(begin) + i] == Approx(c[i] / (0.5 + sum)).epsilon(1e-12));
        }
}

TEST_CASE("the states of an LSTM are what its equations say") {
    auto p = oracle::make_problem(sign_rule::free, 8, 4, 5, 2);
    p.how.input_noise = 0;
    auto e = make<gated::lstm, backend::serial<double>>(p, 8);
    run_request<double> ask;
    ask.rates = true;
    const auto r = e.run(p.batch, p.how, {}, ask);
    const auto w = e.raw();
    e.parameters().update_effective(e.device());
    const auto eff = e.exported(&parameter_block<backend::serial<double>>::effective);
    const auto logistic_of = [](double x) { return 1 / (1 + std::exp(-x)); };
    for (std::size_t n = 0; n < 2; ++n) {
        // initial values in the order of the variables: c, h
        std::vector<double> c = w["x0.0"].data, h = w["x0.1"].data;
        for (std::size_t s = 0; s < 5; ++s) {
            std::vector<double> next_h(4);
            std::vector<double> next_c(4);
            for (long k = 0; k < 4; ++k) {
                double in[4];
                for (std::size_t g = 0; g < 4; ++g) {
                    const std::string number = "." + std::to_string(g);
                    in[g] = w["b_rec" + number].data[static_cast<std::size_t>(k)];
                    for (long j = 0; j < 4; ++j) in[g] += eff["W_rec" + number](k, j) * h[static_cast<std::size_t>(j)];
                    for (long j = 0; j < 2; ++j)
                        in[g] +=
                            eff["W_in" + number](k, j) * std::max(0., .2 + p.batch.input_at(static_cast<long>(s), static_cast<long>(n), j));
                }
                const auto i = static_cast<std::size_t>(k);
                next_c[i] = logistic_of(in[0] + 1) * c[i] + logistic_of(in[1]) * std::tanh(in[3]);
                next_h[i] = logistic_of(in[2]) * std::tanh(next_c[i]);
                CHECK(r.rate[(s * 2 + n) * 4 + i] == Approx(next_h[i]).epsilon(1e-13));
            }
            c = next_c, h = next_h;
        }
    }
}
