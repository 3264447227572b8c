// A random network under Dale's law with everything switched on, and all numbers that come out of it on a backend. No test framework here:
// CUDA programs include it.
#pragma once
#include "../dense_engine.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace example {
using namespace eirnn;

inline constexpr long excitatory = 56, inhibitory = 14, units = excitatory + inhibitory, inputs = 3, outputs = 2, trials = 7, steps = 13;

inline layout make_layout() {
    random_sequence random({1, 1});
    const auto make = [&](long posts, long pres, sign_rule rule, bool from_units) {
        connectivity c{matrix<std::uint8_t>(posts, pres), matrix<double>(posts, pres), matrix<signed char>(posts, pres, 1),
                       matrix<sign_rule>(posts, pres, rule)};
        for (long i = 0; i < posts; ++i)
            for (long j = 0; j < pres; ++j) {
                c.plastic(i, j) = random.bernoulli(0.8);
                if (!c.plastic(i, j) && random.bernoulli(0.3)) c.fixed(i, j) = 0.05 * random.uniform();
                if (from_units && j >= excitatory) c.sign(i, j) = -1;
                if (from_units && i >= 16 && i < 48 && j >= 20 && j < 52) c.plastic(i, j) = 0, c.fixed(i, j) = 0;  // an empty block
            }
        return c;
    };
    layout l;
    l.units = units, l.inputs = inputs, l.outputs = outputs;
    l.populations = {{0, excitatory, 0, polarity::excitatory, false}, {excitatory, inhibitory, 0, polarity::inhibitory, true}};
    l.recurrent = make(units, units, sign_rule::rectify, true);
    l.input = make(units, inputs, sign_rule::absolute, false);
    l.output = make(outputs, units, sign_rule::soft_rectify, true);
    return l;
}
template <class T>
weight_set<T> make_weights(weight_set<T> w) {
    random_sequence random({2, 2});
    const auto fill = [&](auto& all, double low, double high) {
        for (auto& one : all) one = static_cast<T>(random.uniform(low, high));
    };
    fill(w["W_rec"].data, -0.02, 0.05), fill(w["W_in"].data, -0.5, 0.5), fill(w["W_out"].data, -4, -2);
    fill(w["b_rec"].data, -0.1, 0.3), fill(w["b_out"].data, -0.1, 0.1), fill(w["x0"].data, -0.2, 0.6);
    return w;
}
/// The trials `which`, each with its own numbers and noise wherever it lies.
template <class T>
trial_batch<T> make_batch(const std::vector<long>& which) {
    trial_batch<T> b(static_cast<long>(which.size()), steps, inputs, outputs, 20);
    for (long n = 0; n < b.trials; ++n) {
        const auto own = static_cast<std::uint32_t>(which[static_cast<std::size_t>(n)]);
        random_sequence random({3, 3}, own);
        b.id[static_cast<std::size_t>(n)] = 1000 + own;
        b.length[static_cast<std::size_t>(n)] = static_cast<std::int32_t>(steps - random.below(5));
        for (long t = 0; t < steps; ++t) {
            for (long i = 0; i < inputs; ++i) b.input_at(t, n, i) = static_cast<T>(random.uniform(0, 1));
            for (long o = 0; o < outputs; ++o) {
                b.target_at(t, n, o) = static_cast<T>(random.uniform(0, 1));
                b.mask_at(t, n, o) = t < b.length[static_cast<std::size_t>(n)] && random.bernoulli(0.7) ? T(1) : T(0);
            }
        }
    }
    return b;
}
inline std::vector<long> all_trials() { return {0, 1, 2, 3, 4, 5, 6}; }
inline dynamics make_dynamics() {
    dynamics d;
    d.unit_noise = 0.3;
    d.input_noise = 0.05;
    return d;
}
inline objective make_objective() {
    objective o;
    o.omega = 0.7;
    o.l2_rate = 0.02;
    o.weights = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    return o;
}
template <class T>
void append(std::vector<double>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}
template <class T>
std::vector<double> flat(const weight_set<T>& w) {
    std::vector<double> all;
    append(all, w["W_rec"].data), append(all, w["W_in"].data), append(all, w["W_out"].data);
    append(all, w["b_rec"].data), append(all, w["b_out"].data), append(all, w["x0"].data);
    return all;
}

/// The rate network with relu and a linear readout on backend B.
template <class B>
struct network {
    using T = typename B::scalar;
    dense_engine<rate<relu>, identity_t, B> numerics;

    explicit network(B b = B()) : numerics(make_layout(), {.bias = true, .output_bias = true, .initial_state = true}, std::move(b)) {
        numerics.set_raw(make_weights(numerics.empty()));
    }
    /// Outputs, rates and states of some trials.
    recording<T> run(const std::vector<long>& which) {
        run_request<T> ask;
        ask.rates = ask.states = true;
        return numerics.run(make_batch<T>(which), make_dynamics(), {.seed = 5, .iteration = 9}, ask);
    }
    gradient_report gradient(std::uint32_t iteration, std::vector<T>* adjoints = nullptr) {
        return numerics.gradient(make_batch<T>(all_trials()), make_dynamics(), {.seed = 5, .iteration = iteration}, squared_error,
                                 make_objective(), nullptr, adjoints);
    }
    weight_set<T> gradient_of_weights() const { return numerics.exported(&parameter_block<B>::gradient); }
    /// One step of plain gradient descent.
    void descend(double rate) {
        for (auto& p : numerics.parameters().blocks())
            numerics.device().map(
                0, p.columns,
                backend::section{0l, p.rows, 0l, kernels::descend<T>{p.of(p.raw), p.of(p.gradient), {}, static_cast<T>(rate), T(1), T(0)}});
    }
};

/// Every number that a forward and a backward pass give.
struct outcome {
    std::vector<double> output, final_output, rate, state, adjoint, gradient, weights;
    double loss = 0, omega = 0, penalty = 0, norm = 0;
    friend bool operator==(const outcome&, const outcome&) = default;
};
/// `descents`: steps of gradient descent after the first gradient, each with noise of its own.
template <class B>
outcome outcome_of(B b, int descents = 0) {
    using T = typename B::scalar;
    network<B> net(std::move(b));
    outcome all;
    const auto r = net.run(all_trials());
    append(all.output, r.output), append(all.final_output, r.final_output), append(all.rate, r.rate), append(all.state, r.state);
    std::vector<T> adjoint;
    const auto g = net.gradient(1, &adjoint);
    append(all.adjoint, adjoint);
    all.gradient = flat(net.gradient_of_weights());
    all.loss = g.loss, all.omega = g.omega, all.penalty = g.penalty, all.norm = g.norm;
    for (int k = 0; k < descents; ++k) {
        net.descend(0.01);
        all.loss = net.gradient(static_cast<std::uint32_t>(k + 2)).loss;
    }
    all.weights = flat(net.numerics.raw());
    return all;
}
/// |a - b| / |b|
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return 1e300;
    double d = 0, s = 1e-300;
    for (std::size_t k = 0; k < a.size(); ++k) d += (a[k] - b[k]) * (a[k] - b[k]), s += b[k] * b[k];
    return std::sqrt(d / s);
}
/// The distances of all parts together; a number that is not finite anywhere makes it not finite.
inline double distance(const outcome& a, const outcome& b) {
    double sum = 0;
    for (const auto part : {&outcome::output, &outcome::final_output, &outcome::rate, &outcome::state, &outcome::adjoint,
                            &outcome::gradient, &outcome::weights})
        sum += distance(a.*part, b.*part);
    for (const auto part : {&outcome::loss, &outcome::omega, &outcome::penalty, &outcome::norm})
        sum += std::abs(a.*part - b.*part) / std::abs(b.*part);
    return sum;
}
/// Trials of `alone`, run together, against the same trials inside the batch of all.
template <class B>
bool same_bits_anywhere(const std::vector<long>& alone) {
    using T = typename B::scalar;
    const auto all = network<B>().run(all_trials()), some = network<B>().run(alone);
    const auto equal = [&](const std::vector<T>& a, const std::vector<T>& b, long rows, long width) {
        const long n = static_cast<long>(alone.size());
        for (long t = 0; t < rows; ++t)
            for (long k = 0; k < n; ++k)
                for (long i = 0; i < width; ++i)
                    if (a[static_cast<std::size_t>((t * n + k) * width + i)] !=
                        b[static_cast<std::size_t>((t * trials + alone[static_cast<std::size_t>(k)]) * width + i)])
                        return false;
        return true;
    };
    return equal(some.output, all.output, steps, outputs) && equal(some.final_output, all.final_output, 1, outputs) &&
           equal(some.rate, all.rate, steps, units) && equal(some.state, all.state, steps, units);
}

}  // namespace example
