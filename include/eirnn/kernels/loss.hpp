// Losses of one column of the readout: their value, and dL/dz in place of z.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cstdint>

namespace eirnn {

/// sum of mask (f(z) - target)^2 / sum of mask, with f the output's activation (Song et al. 2016, equation 15; normalised as their code
/// does).
struct squared_error_t {};
/// Binary cross-entropy of the logits z: one number per output, logistic inside.
struct binary_cross_entropy_t {};
/// Categorical cross-entropy of the logits z: softmax over the outputs inside; averaged over the time points that are masked in.
struct categorical_cross_entropy_t {};
inline constexpr squared_error_t squared_error{};
inline constexpr binary_cross_entropy_t binary_cross_entropy{};
inline constexpr categorical_cross_entropy_t categorical_cross_entropy{};

/// Softmax over the outputs: an output activation only.
struct softmax_t {};
inline constexpr softmax_t softmax{};

namespace kernels {

template <class T>
EIRNN_INLINE T log_of(T x) {
    if constexpr (sizeof(T) == 4) return ::logf(x);
    else return ::log(x);
}

/// log(sum exp z) of a column
template <class T>
EIRNN_INLINE T log_sum_exp(const T* z, long n) {
    T top = z[0], sum = 0;
    for (long o = 1; o < n; ++o) top = z[o] > top ? z[o] : top;
    for (long o = 0; o < n; ++o) sum += exp_of(z[o] - top);
    return top + log_of(sum);
}
/// The output's activation on a column.
template <class F, class T>
EIRNN_INLINE void activate_column(F, const T* z, T* y, long n) {
    if constexpr (std::is_same_v<F, softmax_t>) {
        const T norm = log_sum_exp(z, n);
        for (long o = 0; o < n; ++o) y[o] = exp_of(z[o] - norm);
    } else {
        for (long o = 0; o < n; ++o) y[o] = F::value(z[o]);
    }
}
template <class T>
EIRNN_INLINE T as_number(detail::one, T) {
    return 1;
}
template <class T>
EIRNN_INLINE T as_number(detail::gate<bool> g, T) {
    return g.open ? T(1) : T(0);
}
template <class T>
EIRNN_INLINE T as_number(T s, T) {
    return s;
}

/// The loss of one column, times `scale`; z becomes dL/dz.
template <class Loss, class F, class T>
EIRNN_INLINE double column_loss(Loss, F, T* z, const T* target, const T* mask, long n, T scale) {
    double loss = 0;
    if constexpr (std::is_same_v<Loss, squared_error_t> && !std::is_same_v<F, softmax_t>) {
        for (long o = 0; o < n; ++o) {
            const T y = F::value(z[o]), e = y - target[o], w = mask[o] * scale;
            loss += double(w) * double(e) * double(e);
            z[o] = 2 * w * e * as_number(F::slope(y), y);
        }
    } else if constexpr (std::is_same_v<Loss, binary_cross_entropy_t>) {
        for (long o = 0; o < n; ++o) {
            const T w = mask[o] * scale, p = logistic_t::value(z[o]);
            loss += double(w) * double(softplus_of(z[o]) - target[o] * z[o]);
            z[o] = w * (p - target[o]);
        }
    } else {
        static_assert(std::is_same_v<Loss, categorical_cross_entropy_t>,
                      "eirnn: squared error of a softmax output is not offered; use categorical_cross_entropy");
        const T norm = log_sum_exp(z, n);
        T total = 0;
        for (long o = 0; o < n; ++o) {
            loss -= double(mask[o] * scale * target[o]) * double(z[o] - norm);
            total += mask[o] * target[o];
        }
        for (long o = 0; o < n; ++o) z[o] = scale * (total * exp_of(z[o] - norm) - mask[o] * target[o]);
    }
    return loss;
}

}  // namespace kernels
}  // namespace eirnn
