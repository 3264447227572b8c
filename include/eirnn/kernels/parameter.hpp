// What happens to single weights: sign and mask, the chain rule back to the raw weight, penalties, and the optimisers' steps.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/linalg/matrix.hpp>

namespace EIRNN_NAMESPACE::kernels {

/// [w]_+, |w|, log(1 + e^w) or w (Song et al. 2016, equation 12), and the slope as partial by w. Slopes at 0: rectify 0, |.| 0. The rule is
/// the same for all weights of a call, so a branch costs nothing, and one function serves all.
template <Number V>
EIRNN_INLINE V magnitude(sign_rule rule, V w) {
    if (rule == sign_rule::rectify) return select(w > 0, w, V{});
    if (rule == sign_rule::absolute) return select(w > 0, w, -w);
    if (rule == sign_rule::soft_rectify) return softplus_of(w);
    return w;
}
template <Number V>
EIRNN_INLINE V sign_of(V w) {
    const V one = V{} + scalar_t<V>(1);
    return select(w > 0, one, select(w < 0, -one, V{}));
}
template <Number V>
EIRNN_INLINE V times_slope(sign_rule rule, V g, V w) {
    if (rule == sign_rule::rectify) return select(w > 0, g, V{});
    if (rule == sign_rule::absolute) return g * sign_of(w);
    if (rule == sign_rule::soft_rectify) return g * logistic_t::value(w);
    return g;
}

/// effective = magnitude(raw) * coefficient + fixed. The coefficient is mask times sign, the fixed part has its sign.
template <class T>
struct effective_weight {
    sign_rule rule;
    view<T> raw, coefficient, fixed, out;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(out, magnitude(rule, at.load(raw)) * at.load(coefficient) + at.load(fixed));
    }
};

/// Gradient by the raw weight: partial sums in their fixed order, the chain rule, and the penalties, which act on raw weights that are
/// trained.
template <class T>
struct raw_gradient {
    sign_rule rule;
    view<T> raw, coefficient, out;
    const view<T>* partial;        ///< [group]
    const view<T>* omega;          ///< [group] or null
    int groups;
    T omega_factor, l1, l2;
    view<T> effective{}, pinned_to{}, pull{};  ///< of soft pins; without data: none
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        auto g = at.load(partial[0]);
        for (int k = 1; k < groups; ++k) g = g + at.load(partial[k]);
        if (omega) {
            auto h = at.load(omega[0]);
            for (int k = 1; k < groups; ++k) h = h + at.load(omega[k]);
            g = g + h * omega_factor;
        }
        if (pull.data) {
            const auto strength = at.load(pull);
            g = g + (strength + strength) * (at.load(effective) - at.load(pinned_to));
        }
        const auto w = at.load(raw), c = at.load(coefficient);
        g = times_slope(rule, g * c, w);
        if (l1 != 0 || l2 != 0) {
            const auto trained = select(c * c > 0, decltype(w){} + T(1), decltype(w){});
            g = g + (sign_of(w) * l1 + w * l2) * trained;
        }
        at.store(out, g);
    }
};

/// A share of the raw weight in place of its gradient. Of a share of 0 it is +0, which leaves the sign of a raw weight of 0.
template <class T>
struct share_of_raw {
    view<T> raw, gradient;
    T share;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        auto g = decltype(at.load(raw)){};
        if (share != 0) g = at.load(raw) * share;
        at.store(gradient, g);
    }
};

/// Plain stochastic gradient descent, with momentum where `momentum` is not 0.
template <class T>
struct descend {
    view<T> raw, gradient, velocity;
    T rate, scale, momentum, weight_decay = 0;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        auto g = at.load(gradient) * scale;
        if (weight_decay != 0) g = g + at.load(raw) * weight_decay;
        if (momentum != 0) {
            g = at.load(velocity) * momentum + g;
            at.store(velocity, g);
        }
        at.store(raw, at.load(raw) - g * rate);
    }
};
/// Adam (Kingma & Ba 2015) with the bias corrections folded into `rate` and `root_correction`.
template <class T>
struct adam_step {
    view<T> raw, gradient, mean, square;
    T rate, scale, beta1, beta2, root_correction, epsilon;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        const auto g = at.load(gradient) * scale;
        const auto m = at.load(mean) * beta1 + g * (1 - beta1);
        const auto v = at.load(square) * beta2 + g * g * (1 - beta2);
        at.store(mean, m);
        at.store(square, v);
        at.store(raw, at.load(raw) - m * rate / (sqrt_of(v) * root_correction + epsilon));
    }
};
template <class T>
struct number_at {
    const T* p;
    EIRNN_INLINE double operator()(long k) const { return double(p[k]); }
};
/// The penalty of soft pins on the weights that are trained.
template <class T>
struct sum_of_pulls {
    view<T> effective, pinned_to, pull, coefficient;
    long rows;
    EIRNN_INLINE double operator()(long k) const {
        const long i = k % rows, j = k / rows;
        const double off = double(*effective.at(i, j)) - double(*pinned_to.at(i, j));
        return *coefficient.at(i, j) == T(0) ? 0. : double(*pull.at(i, j)) * off * off;
    }
};
template <class T>
struct absolute_sum {
    view<T> raw, coefficient;
    long rows;
    bool squares;
    EIRNN_INLINE double operator()(long k) const {
        const double w = double(*raw.at(k % rows, k / rows));
        return *coefficient.at(k % rows, k / rows) == T(0) ? 0. : squares ? w * w : w < 0 ? -w : w;
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
