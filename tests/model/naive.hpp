// The whole objective once more, slowly, on any scalar: with duals it is the oracle of every gradient.
#pragma once
#include "../dense_engine.hpp"
#include "dual.hpp"

#include <vector>

namespace oracle {
using std::exp, std::log, std::tanh;

template <class S>
S activate(eirnn::identity_t, S x) { return x; }
template <class S>
S activate(eirnn::relu_t, S x) { return x > 0 ? x : S(0); }
template <class S>
S activate(eirnn::rectified_square_t, S x) { return x > 0 ? x * x : S(0); }
template <class S>
S activate(eirnn::logistic_t, S x) { return S(1) / (S(1) + exp(-x)); }
template <class S>
S activate(eirnn::tanh_t, S x) { return tanh(x); }
template <class S>
S activate(eirnn::rectified_tanh_t, S x) { return x > 0 ? tanh(x) : S(0); }
template <class S>
S activate(eirnn::softplus_t, S x) { return log(S(1) + exp(x)); }

template <class S>
S magnitude(eirnn::sign_rule rule, S w) {
    switch (rule) {
        case eirnn::sign_rule::rectify: return w > 0 ? w : S(0);
        case eirnn::sign_rule::absolute: return w > 0 ? w : -w;
        case eirnn::sign_rule::soft_rectify: return log(S(1) + exp(w));
        default: return w;
    }
}
template <class S>
std::vector<std::vector<S>> effective(const eirnn::connectivity& c, const eirnn::matrix<S>& raw) {
    std::vector<std::vector<S>> w(static_cast<std::size_t>(c.posts()), std::vector<S>(static_cast<std::size_t>(c.pres())));
    for (long i = 0; i < c.posts(); ++i)
        for (long j = 0; j < c.pres(); ++j)
            w[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                (S(c.plastic(i, j) ? 1. : 0.) * magnitude(c.rule(i, j), raw(i, j)) + S(c.fixed(i, j))) * S(c.sign(i, j) < 0 ? -1. : 1.);
    return w;
}
template <class S>
S penalty(const eirnn::connectivity& c, const eirnn::matrix<S>& raw, double l1, double l2) {
    S sum = 0;
    for (long i = 0; i < c.posts(); ++i)
        for (long j = 0; j < c.pres(); ++j)
            if (c.plastic(i, j)) {
                const S w = raw(i, j);
                sum += S(l1) * (w > 0 ? w : -w) + S(l2) * w * w;
            }
    return sum / S(double(c.posts() * c.pres()));
}
/// The loss of one column of readouts, by its definition.
template <class S, class F>
S column(eirnn::squared_error_t, F f, const std::vector<S>& z, const double* target, const double* mask) {
    S sum = 0;
    for (std::size_t o = 0; o < z.size(); ++o) {
        const S e = activate(f, z[o]) - S(target[o]);
        sum += S(mask[o]) * e * e;
    }
    return sum;
}
template <class S, class F>
S column(eirnn::binary_cross_entropy_t, F, const std::vector<S>& z, const double* target, const double* mask) {
    S sum = 0;
    for (std::size_t o = 0; o < z.size(); ++o) {
        const S p = activate(eirnn::logistic, z[o]);
        sum += S(-mask[o]) * (S(target[o]) * log(p) + S(1 - target[o]) * log(S(1) - p));
    }
    return sum;
}
template <class S, class F>
S column(eirnn::categorical_cross_entropy_t, F, const std::vector<S>& z, const double* target, const double* mask) {
    S norm = 0, sum = 0;
    for (const S& v : z) norm += exp(v);
    for (std::size_t o = 0; o < z.size(); ++o) sum += S(-mask[o] * target[o]) * log(exp(z[o]) / norm);
    return sum / S(1. / double(z.size()));
}

template <class S>
struct rate_trace {
    std::vector<S> x, r;  ///< [step 0..][trial][unit]
    S loss = 0;
};
/// The rate network of Song et al., loops over everything. `noise` is [step][trial][unit].
template <class S, class Activation, class Output, class Loss>
rate_trace<S> rate(Activation f, Output out, Loss loss, const eirnn::layout& l, const eirnn::weight_set<S>& w,
                   const eirnn::trial_batch<double>& b, const std::vector<double>& alpha, const std::vector<double>& noise,
                   double baseline) {
    const auto N = static_cast<std::size_t>(l.units), I = static_cast<std::size_t>(l.inputs), O = static_cast<std::size_t>(l.outputs),
               B = static_cast<std::size_t>(b.trials);
    const auto rec = effective(l.recurrent, w["W_rec"]), in = effective(l.input, w["W_in"]), ro = effective(l.output, w["W_out"]);
    const auto &x0 = w["x0"].data, &b_rec = w["b_rec"].data, &b_out = w["b_out"].data;
    rate_trace<S> t;
    double weight = 0;
    for (double m : b.mask) weight += m;
    std::vector<S> x(B * N), r(B * N);
    for (std::size_t k = 0; k < B * N; ++k) x[k] = x0[k % N], r[k] = activate(f, x[k]);
    t.x = x, t.r = r;
    for (std::size_t s = 0; s < static_cast<std::size_t>(b.steps); ++s) {
        std::vector<S> next(B * N);
        for (std::size_t n = 0; n < B; ++n)
            for (std::size_t i = 0; i < N; ++i) {
                S sum = b_rec[i];
                for (std::size_t j = 0; j < N; ++j) sum += rec[i][j] * r[n * N + j];
                for (std::size_t j = 0; j < I; ++j) {
                    const double u = baseline + b.input[(s * B + n) * I + j];
                    sum += in[i][j] * S(u > 0 ? u : 0);
                }
                next[n * N + i] = S(1 - alpha[i]) * x[n * N + i] + S(alpha[i]) * sum + S(noise[(s * B + n) * N + i]);
            }
        x = next;
        for (std::size_t k = 0; k < B * N; ++k) r[k] = activate(f, x[k]);
        t.x.insert(t.x.end(), x.begin(), x.end());
        t.r.insert(t.r.end(), r.begin(), r.end());
        for (std::size_t n = 0; n < B; ++n) {
            std::vector<S> z(O);
            for (std::size_t o = 0; o < O; ++o) {
                z[o] = b_out[o];
                for (std::size_t j = 0; j < N; ++j) z[o] += ro[o][j] * r[n * N + j];
            }
            t.loss += column(loss, out, z, &b.target[(s * B + n) * O], &b.mask[(s * B + n) * O]);
        }
    }
    t.loss = t.loss / S(weight);
    return t;
}

/// The entries of a weight_set one after the other, the same order for any scalar.
template <class Set, class F>
void each(Set& w, F f) {
    for (auto& t : w.tensors)
        for (auto& x : t.values.data) f(x, t.name.c_str());
}
template <class S>
eirnn::weight_set<S> as(const eirnn::weight_set<double>& w) {
    eirnn::weight_set<S> s;
    for (const auto& t : w.tensors) s.tensors.emplace_back(t.name, t.shape, std::vector<S>(t.values.data.begin(), t.values.data.end()));
    return s;
}
/// The gradient of f(weights) by duals, entry by entry.
template <class F>
std::vector<double> gradient(const eirnn::weight_set<double>& w, F f) {
    std::vector<double> g;
    auto d = as<dual>(w);
    each(d, [&](dual& x, const char*) {
        x.d = 1;
        g.push_back(f(d).d);
        x.d = 0;
    });
    return g;
}
/// Largest difference of two gradients, entry by entry, relative to max(|expected|, 1e-3 of the largest).
inline double worst_entry(eirnn::weight_set<double> got, const std::vector<double>& expected) {
    double largest = 1e-300, worst = 0;
    for (double e : expected) largest = std::max(largest, std::abs(e));
    std::size_t k = 0;
    each(got, [&](double& g, const char*) {
        worst = std::max(worst, std::abs(g - expected[k]) / std::max(std::abs(expected[k]), 1e-3 * largest));
        ++k;
    });
    return k == expected.size() ? worst : 1e300;
}

}  // namespace oracle
