// Activations (Song et al. 2016, code: hidden and output units). Each is an empty object usable as a template argument, `rate<relu>`, and
// in an equation, `relu(x)`. It gives its value and its slope, the slope in terms of the value so that only the value needs to be stored.
#pragma once
#include <eirnn/core/math.hpp>

namespace EIRNN_NAMESPACE {

namespace equations {
template <class F, class A>
struct call;
}

namespace detail {
// A slope that is 0 or 1: kept as a mask, so that nothing is multiplied by it.
template <class Mask>
struct gate {
    Mask open;
};
template <class Mask>
gate(Mask) -> gate<Mask>;
struct one {};
}  // namespace detail

/// The activations of outputs that differ, one for each in their order.
template <class... Activations>
struct each_output {};

/// What an activation must offer: a value, and its slope as a function of that value.
template <class F>
concept Activation = requires(F f, double x) {
    { F::value(x) } -> std::convertible_to<double>;
    F::slope(x);
};

/// Base of the activations: what makes `relu(x)` a term of an equation.
template <class F>
struct activation {
    struct nothing {};
    template <class A = nothing>
    constexpr equations::call<F, A> operator()(A a = {}) const {
        return {{}, a};
    }
};

struct identity_t : activation<identity_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return x; }
    template <Number V>
    EIRNN_INLINE static detail::one slope(V) { return {}; }
};
/// [x]_+; the slope at 0 is 0.
struct relu_t : activation<relu_t> {
    static constexpr bool by_sign = true;  ///< its slope needs no more of the value than whether it is above 0
    template <Number V>
    EIRNN_INLINE static V value(V x) { return select(x > 0, x, V{}); }
    template <Number V>
    EIRNN_INLINE static auto slope(V y) { return detail::gate{y > 0}; }
};
/// [x]_+ squared (`rectify_power` with n = 2).
struct rectified_square_t : activation<rectified_square_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return select(x > 0, x * x, V{}); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return sqrt_of(y) * scalar_t<V>(2); }
};
/// 1 / (1 + e^-x).
struct logistic_t : activation<logistic_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return scalar_t<V>(1) / (exp_of(-x) + scalar_t<V>(1)); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return y - y * y; }
};
struct tanh_t : activation<tanh_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return tanh_of(x); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return scalar_t<V>(1) - y * y; }
};
/// [tanh x]_+.
struct rectified_tanh_t : activation<rectified_tanh_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return tanh_of(select(x > 0, x, V{})); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return select(y > 0, scalar_t<V>(1) - y * y, V{}); }
};
/// log(1 + e^x), x above 20.
struct softplus_t : activation<softplus_t> {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return softplus_of(x); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return select(y > 20, V{} + scalar_t<V>(1), one_minus_exp(y)); }
};

inline constexpr identity_t identity{};
inline constexpr relu_t relu{};
inline constexpr rectified_square_t rectified_square{};
inline constexpr logistic_t logistic{};
inline constexpr tanh_t hyperbolic_tangent{};
inline constexpr rectified_tanh_t rectified_tanh{};
inline constexpr softplus_t softplus{};

}  // namespace EIRNN_NAMESPACE
