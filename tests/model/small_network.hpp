// A small random network with everything that a gradient can go wrong in: two signs, a mask, fixed weights, biases, time constants per
// unit.
#pragma once
#include "naive.hpp"

#include <eirnn/backend/serial.hpp>

namespace oracle {

struct problem {
    eirnn::layout l;
    eirnn::weight_set<double> w;
    eirnn::trial_batch<double> batch;
    std::vector<double> alpha, noise;
    eirnn::dynamics how;
};
inline problem make_problem(eirnn::sign_rule rule, std::uint64_t seed, long units = 7, long steps = 9, long trials = 3,
                            bool one_hot = false) {
    using namespace eirnn;
    random_sequence r(key_of(seed, random_stream::analysis));
    const long I = 2, O = 3;
    const auto make = [&](long posts, long pres, double density, bool self, double fixed_density) {
        connectivity c{matrix<std::uint8_t>(posts, pres), matrix<double>(posts, pres), matrix<signed char>(posts, pres, 1),
                       matrix<sign_rule>(posts, pres, rule)};
        for (long i = 0; i < posts; ++i)
            for (long j = 0; j < pres; ++j) {
                if (!self && i == j) continue;
                if (r.bernoulli(fixed_density))
                    c.fixed(i, j) = r.uniform(0.1, 0.4);
                else
                    c.plastic(i, j) = r.bernoulli(density);
            }
        return c;
    };
    problem p;
    p.l.units = units, p.l.inputs = I, p.l.outputs = O;
    p.l.recurrent = make(units, units, 0.8, false, 0.1), p.l.input = make(units, I, 0.9, true, 0),
    p.l.output = make(O, units, 0.9, true, 0);
    if (rule != sign_rule::free)
        for (long j = units * 3 / 4; j < units; ++j) {
            for (long i = 0; i < units; ++i) p.l.recurrent.sign(i, j) = -1;
            for (long i = 0; i < O; ++i) p.l.output.sign(i, j) = -1;
        }
    const auto fill = [&](auto& v, double scale, double shift) { for (auto& x : v) x = shift + scale * r.normal(); };
    const auto N = static_cast<std::uint64_t>(units);
    p.w.tensors.assign({{"W_in", {N, I}}, {"W_rec", {N, N}}, {"b_rec", {N}}, {"W_out", {O, N}}, {"b_out", {O}}, {"x0", {N}}});
    fill(p.w["W_in"].data, .6, .1), fill(p.w["W_rec"].data, .5, .1), fill(p.w["b_rec"].data, .1, .05), fill(p.w["W_out"].data, .5, .1),
        fill(p.w["b_out"].data, .1, 0), fill(p.w["x0"].data, .3, .2);
    p.batch = trial_batch<double>(trials, steps, I, O, 20);
    fill(p.batch.input, .5, .2);
    for (std::size_t k = 0; k < p.batch.target.size(); ++k)
        p.batch.target[k] = one_hot ? double(k % 3 == (k / 3) % 3) : r.uniform(0.1, 0.9);
    for (std::size_t k = 0; k < p.batch.mask.size(); ++k)
        p.batch.mask[k] = one_hot && k % 3 ? p.batch.mask[k - k % 3] : double(r.bernoulli(.7));
    p.batch.mask[0] = p.batch.mask[1] = p.batch.mask[2] = 1;
    p.noise.resize(static_cast<std::size_t>(steps * trials * units));
    fill(p.noise, .1, 0);
    for (long i = 0; i < units; ++i) {
        p.how.tau_per_unit.push_back(r.uniform(40, 120));
        p.alpha.push_back(20 / p.how.tau_per_unit.back());
    }
    p.how.baseline = 0.2;
    return p;
}

/// Entries that a gradient is compared in: those that are trained; the others are 0 on both sides.
template <class Activation, class Output, class B>
using engine_of = eirnn::dense_engine<eirnn::rate<Activation{}>, Output, B>;

template <class Activation, class Output, class B>
engine_of<Activation, Output, B> make_engine(const problem& p, B device = B(1)) {
    engine_of<Activation, Output, B> e(p.l, {.bias = true, .output_bias = true, .initial_state = true}, std::move(device));
    eirnn::weight_set<typename B::scalar> w = as<typename B::scalar>(p.w);
    e.set_raw(w);
    return e;
}

}  // namespace oracle
