// Elementary functions in equations: square(x), abs(x), exp(x), sqrt(x), spike(x), x / y, within<low, high>(x). They are found by the type
// of their argument, so that they stand beside those of <cmath>.
#pragma once
#include <eirnn/cell/expression.hpp>
#include <eirnn/core/math.hpp>

namespace EIRNN_NAMESPACE::equations {

/// A function whose slope is told by its argument and not by its value; the backward pass then keeps the argument.
struct slope_by_argument : elementary_function {
    static constexpr bool by_argument = true;
};
struct square_function : slope_by_argument {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return x * x; }
    template <Number V>
    EIRNN_INLINE static V slope(V x) { return x * scalar_t<V>(2); }
};
/// The slope at 0 is 0.
struct absolute_function : slope_by_argument {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return select(x > 0, x, -x); }
    template <Number V>
    EIRNN_INLINE static V slope(V x) {
        const V one = V{} + scalar_t<V>(1);
        return select(x > 0, one, select(x < 0, -one, V{}));
    }
};
struct exponential_function : elementary_function {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return exp_of(x); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return y; }
};
/// Of numbers above 0: the slope at 0 is infinite.
struct square_root_function : elementary_function {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return sqrt_of(x); }
    template <Number V>
    EIRNN_INLINE static V slope(V y) { return scalar_t<V>(0.5) / y; }
};

/// 1 above 0 and 0 below. The slope is that of a smooth function, 1 / (1 + 10 |x|)^2 (Zenke & Ganguli 2018, SuperSpike), so that spikes can
/// be learned: a gradient through it is none of the step itself.
struct spike_function : slope_by_argument {
    template <Number V>
    EIRNN_INLINE static V value(V x) { return select(x > 0, V{} + scalar_t<V>(1), V{}); }
    template <Number V>
    EIRNN_INLINE static V slope(V x) {
        const V one = V{} + scalar_t<V>(1), wide = one + absolute_function::value(x) * scalar_t<V>(10);
        return one / (wide * wide);
    }
};

template <Expression X>
constexpr call<spike_function, X> spike(X x) {
    return {{}, x};
}
template <Expression X>
constexpr call<square_function, X> square(X x) {
    return {{}, x};
}
template <Expression X>
constexpr call<absolute_function, X> abs(X x) {
    return {{}, x};
}
template <Expression X>
constexpr call<exponential_function, X> exp(X x) {
    return {{}, x};
}
template <Expression X>
constexpr call<square_root_function, X> sqrt(X x) {
    return {{}, x};
}
/// A trained number within a range, `within<0.05, 1>(leak)`, or any other term: Low + (High - Low) logistic(x). Where x is 0, as trained
/// numbers are on the average at first, that is its middle.
template <auto Low, auto High, Expression X>
constexpr auto within(X x) {
    static_assert(Low < High, "eirnn: within<low, high>(...) keeps a number between low and high; give them in this order");
    return static_cast<double>(Low) + (static_cast<double>(High) - static_cast<double>(Low)) * logistic(x);
}

}  // namespace EIRNN_NAMESPACE::equations
