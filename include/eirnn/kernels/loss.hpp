// Losses of one column of the readout: their value, and dL/dz in place of z.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE {

/// sum of mask (f(z) - target)^2 / sum of mask, with f the output's activation (Song et al. 2016, equation 15; normalised as their code
/// does).
struct squared_error_t {};
/// Binary cross-entropy of the logits z: one number per output, logistic inside.
struct binary_cross_entropy_t {};
/// Categorical cross-entropy of the logits z: softmax over the outputs inside; averaged over the time points that are masked in.
struct categorical_cross_entropy_t {};
/// Nothing is asked of this output: it is not trained, whatever its targets.
struct no_loss_t {};
/// The losses of outputs that differ, one for each in their order.
template <class... Losses>
struct each_loss {};
inline constexpr squared_error_t squared_error{};
inline constexpr binary_cross_entropy_t binary_cross_entropy{};
inline constexpr categorical_cross_entropy_t categorical_cross_entropy{};
inline constexpr no_loss_t no_loss{};

/// Softmax over the outputs: an output activation only.
struct softmax_t {};
inline constexpr softmax_t softmax{};

/// The loss that goes with outputs: binary cross-entropy with logistic ones, categorical cross-entropy with softmax, else squared error.
template <class Activation>
using loss_of_activation =
    std::conditional_t<std::is_same_v<Activation, logistic_t>, binary_cross_entropy_t,
                       std::conditional_t<std::is_same_v<Activation, softmax_t>, categorical_cross_entropy_t, squared_error_t>>;

/// Rows of the readout that have an activation and a loss in common, and by what that loss is multiplied.
struct output_rows {
    long begin = 0, size = 0;
    double scale = 0;
};

namespace detail {
// The activations of a readout, or its losses, as a list.
template <class F>
struct list_of_outputs {
    using type = std::tuple<F>;
};
template <class... F>
struct list_of_outputs<each_output<F...>> {
    using type = std::tuple<F...>;
};
template <class... L>
struct list_of_outputs<each_loss<L...>> {
    using type = std::tuple<L...>;
};
template <class F, std::size_t k>
using one_output = std::tuple_element_t<k, typename list_of_outputs<F>::type>;
/// Parts of a readout: one, or one for each output.
template <class F>
inline constexpr std::size_t output_parts = std::tuple_size_v<typename list_of_outputs<F>::type>;
// One loss stands for all outputs.
template <class Loss, std::size_t k>
using loss_of_part = one_output<Loss, output_parts<Loss> == 1 ? 0 : k>;
}  // namespace detail

/// A loss of the recorded values of some outputs, whatever its type and theirs.
struct recorded_part {
    double (*of_column)(double* y, const double* target, const double* mask, long n);  ///< what stood in y is used up
    bool per_point;  ///< the mask counts once for all channels (categorical cross-entropy)
    bool reads_all;  ///< channels that the mask leaves out count for the others
    bool trained;    ///< whether it is a loss at all
    bool logits;     ///< the values are those before a softmax
};
/// The losses of all outputs: one of all channels, or one for each output.
struct recorded_loss {
    const recorded_part* part = nullptr;
    std::size_t parts = 0;
};

namespace kernels {

/// f(k) for each part of a readout, k a constant.
template <class Activation, class F>
EIRNN_INLINE void each_part(const F& f) {
    [&]<std::size_t... k>(std::index_sequence<k...>) { (f(std::integral_constant<std::size_t, k>{}), ...); }
    (std::make_index_sequence<detail::output_parts<Activation>>{});
}

/// The logarithms of the softmax of a column, in W. The largest z is taken off first and stays off: adding it to log(sum) would round
/// away the probability of the others where one output is nearly sure.
template <class W>
class log_softmax {
public:
    template <class T>
    EIRNN_INLINE log_softmax(const T* z, long n) : top_(W(z[0])) {
        W sum = 0;
        for (long o = 1; o < n; ++o) top_ = W(z[o]) > top_ ? W(z[o]) : top_;
        for (long o = 0; o < n; ++o) sum += exp_of(W(z[o]) - top_);
        log_sum_ = log_of(sum);
    }
    EIRNN_INLINE W operator()(W z) const { return (z - top_) - log_sum_; }

private:
    W top_, log_sum_;
};
/// The output's activation on a column.
template <class F, class T>
EIRNN_INLINE void activate_column(F, const T* z, T* y, long n) {
    if constexpr (std::is_same_v<F, softmax_t>) {
        const log_softmax<wide_t<T>> log_p(z, n);
        for (long o = 0; o < n; ++o) y[o] = static_cast<T>(exp_of(log_p(wide_t<T>(z[o]))));
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
    if constexpr (std::is_same_v<Loss, no_loss_t>) {
        for (long o = 0; o < n; ++o) z[o] = 0;
    } else if constexpr (std::is_same_v<Loss, squared_error_t> && !std::is_same_v<F, softmax_t>) {
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
        const log_softmax<double> log_p(z, n);
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
constexpr recorded_part record_part() {
    constexpr bool squared = std::is_same_v<Loss, squared_error_t> || std::is_same_v<Loss, no_loss_t>,
                   crossed = std::is_same_v<Loss, loss_of_activation<Activation>> && !squared;
    static_assert(crossed || std::is_same_v<Activation, identity_t> ||
                      !(std::is_same_v<Loss, binary_cross_entropy_t> || std::is_same_v<Loss, categorical_cross_entropy_t>),
                  "eirnn: a cross-entropy goes with its own output activation (logistic or softmax), or with a linear output");
    return {[](double* y, const double* target, const double* mask, long n) {
                if constexpr (crossed) back_to_logits<Activation>(y, n);
                return column_loss(Loss{}, identity_t{}, y, target, mask, n, 1.);
            },
            std::is_same_v<Loss, categorical_cross_entropy_t>, !squared, !std::is_same_v<Loss, no_loss_t>,
            std::is_same_v<Loss, categorical_cross_entropy_t> && !crossed};
}
template <class Loss, class Activation, class = std::make_index_sequence<detail::output_parts<Activation>>>
struct recorded_parts;
template <class Loss, class Activation, std::size_t... k>
struct recorded_parts<Loss, Activation, std::index_sequence<k...>> {
    static_assert(detail::output_parts<Loss> == 1 || detail::output_parts<Loss> == sizeof...(k),
                  "eirnn: there are not as many losses as outputs; give one for each output, in their order, or one for all");
    static constexpr recorded_part all[] = {record_part<detail::loss_of_part<Loss, k>, detail::one_output<Activation, k>>()...};
};
template <class Loss, class Activation>
recorded_loss record_loss() {
    return {recorded_parts<Loss, Activation>::all, detail::output_parts<Activation>};
}

}  // namespace kernels
}  // namespace EIRNN_NAMESPACE
