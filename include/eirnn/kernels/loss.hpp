// Losses of one column of the readout: their value, and dL/dz in place of z.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <type_traits>

namespace EIRNN_NAMESPACE {

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

/// The loss that goes with outputs: binary cross-entropy with logistic ones, categorical cross-entropy with softmax, else squared error.
template <class Activation>
using loss_of_activation =
    std::conditional_t<std::is_same_v<Activation, logistic_t>, binary_cross_entropy_t,
                       std::conditional_t<std::is_same_v<Activation, softmax_t>, categorical_cross_entropy_t, squared_error_t>>;

/// A loss of recorded outputs, whatever its type and theirs.
struct recorded_loss {
    double (*of_column)(double* y, const double* target, const double* mask, long n);  ///< what stood in y is used up
    bool per_point;  ///< the mask counts once for all outputs (categorical cross-entropy)
    bool reads_all;  ///< outputs that the mask leaves out count for the others
};

namespace kernels {

/// The logarithms of the softmax of a column, in double. The largest z is taken off first and stays off: adding it to log(sum) would round
/// away the probability of the others where one output is nearly sure.
class log_softmax {
public:
    template <class T>
    EIRNN_INLINE log_softmax(const T* z, long n) : top_(double(z[0])) {
        double sum = 0;
        for (long o = 1; o < n; ++o) top_ = double(z[o]) > top_ ? double(z[o]) : top_;
        for (long o = 0; o < n; ++o) sum += ::exp(double(z[o]) - top_);
        log_sum_ = ::log(sum);
    }
    EIRNN_INLINE double operator()(double z) const { return (z - top_) - log_sum_; }

private:
    double top_, log_sum_;
};
/// The output's activation on a column.
template <class F, class T>
EIRNN_INLINE void activate_column(F, const T* z, T* y, long n) {
    if constexpr (std::is_same_v<F, softmax_t>) {
        const log_softmax log_p(z, n);
        for (long o = 0; o < n; ++o) y[o] = static_cast<T>(::exp(log_p(double(z[o]))));
    } else {
        for (long o = 0; o < n; ++o) y[o] = F::value(z[o]);
    }
}
EIRNN_INLINE double as_number(detail::one) { return 1; }
EIRNN_INLINE double as_number(detail::gate<bool> g) { return g.open ? 1 : 0; }
EIRNN_INLINE double as_number(double s) { return s; }

/// The loss of one column, times `scale`; z becomes dL/dz. In double: where an output is almost right, dL/dz is the small difference of two
/// numbers, and Omega weighs its direction as much as that of a large one.
template <class Loss, class F, class T>
EIRNN_INLINE double column_loss(Loss, F, T* z, const T* target, const T* mask, long n, double scale) {
    double loss = 0;
    if constexpr (std::is_same_v<Loss, squared_error_t> && !std::is_same_v<F, softmax_t>) {
        for (long o = 0; o < n; ++o) {
            const double y = F::value(double(z[o])), e = y - double(target[o]), w = double(mask[o]) * scale;
            loss += w * e * e;
            z[o] = static_cast<T>(2 * w * e * as_number(F::slope(y)));
        }
    } else if constexpr (std::is_same_v<Loss, binary_cross_entropy_t>) {
        for (long o = 0; o < n; ++o) {
            const double x = double(z[o]), t = double(target[o]), w = double(mask[o]) * scale;
            loss += w * (softplus_of(x) - t * x);
            z[o] = static_cast<T>(w * (logistic_t::value(x) - t));
        }
    } else {
        static_assert(std::is_same_v<Loss, categorical_cross_entropy_t>,
                      "eirnn: squared error of a softmax output is not offered; use categorical_cross_entropy");
        const log_softmax log_p(z, n);
        double total = 0;
        for (long o = 0; o < n; ++o) {
            loss -= double(mask[o]) * scale * double(target[o]) * log_p(double(z[o]));
            total += double(mask[o]) * double(target[o]);
        }
        for (long o = 0; o < n; ++o)
            z[o] = static_cast<T>(scale * (total * ::exp(log_p(double(z[o]))) - double(mask[o]) * double(target[o])));
    }
    return loss;
}

// Recordings hold what the activation made of the logits. Probabilities of 0 and 1 are moved by 1e-10, as in the code of Song et al.
template <class Activation>
void back_to_logits(double* y, long n) {
    constexpr double least = 1e-10;
    for (double* p = y; p != y + n; ++p) {
        const double q = ::log((std::max)(*p, least));
        *p = std::is_same_v<Activation, logistic_t> ? q - ::log((std::max)(1 - *p, least)) : q;
    }
}
template <class Loss, class Activation>
recorded_loss record_loss() {
    constexpr bool squared = std::is_same_v<Loss, squared_error_t>,
                   crossed = std::is_same_v<Loss, loss_of_activation<Activation>> && !squared;
    static_assert(crossed || std::is_same_v<Activation, identity_t> ||
                      !(std::is_same_v<Loss, binary_cross_entropy_t> || std::is_same_v<Loss, categorical_cross_entropy_t>),
                  "eirnn: a cross-entropy goes with its own output activation (logistic or softmax), or with a linear output");
    return {[](double* y, const double* target, const double* mask, long n) {
                if constexpr (crossed) back_to_logits<Activation>(y, n);
                return column_loss(Loss{}, identity_t{}, y, target, mask, n, 1.);
            },
            std::is_same_v<Loss, categorical_cross_entropy_t>, !squared};
}

}  // namespace kernels
}  // namespace EIRNN_NAMESPACE
