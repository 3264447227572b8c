// Elementary functions of scalars under names that packets share. Raw floats have no namespace, so these stand before every template
// that calls them.
#pragma once
#include <eirnn/config.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What an equation is evaluated with: a scalar, or a packet of scalars (a class that names its `scalar`).
template <class V>
concept Number = std::floating_point<V> || requires { typename V::scalar; };

namespace detail {
template <class V>
struct scalar_of {
    using type = typename V::scalar;
};
template <std::floating_point V>
struct scalar_of<V> {
    using type = V;
};
}  // namespace detail
template <Number V>
using scalar_t = typename detail::scalar_of<V>::type;
/// What sums over many scalars are kept in: double, or the scalar itself where it is neither float nor double.
template <Number T>
using wide_t = std::conditional_t<std::floating_point<T>, double, T>;

EIRNN_INLINE float select(bool m, float a, float b) { return m ? a : b; }
EIRNN_INLINE double select(bool m, double a, double b) { return m ? a : b; }
EIRNN_INLINE float exp_of(float x) { return ::expf(x); }
EIRNN_INLINE double exp_of(double x) { return ::exp(x); }
EIRNN_INLINE double log_of(double x) { return ::log(x); }
EIRNN_INLINE float tanh_of(float x) { return ::tanhf(x); }
EIRNN_INLINE double tanh_of(double x) { return ::tanh(x); }
EIRNN_INLINE float sqrt_of(float x) { return ::sqrtf(x); }
EIRNN_INLINE double sqrt_of(double x) { return ::sqrt(x); }
/// log(1 + e^x), without overflow. Above 20 it is x, as PyTorch has it: the two differ by 2e-9 there.
EIRNN_INLINE float softplus_of(float x) { return x > 20 ? x : (x > 0 ? x : 0.f) + ::log1pf(::expf(x > 0 ? -x : x)); }
EIRNN_INLINE double softplus_of(double x) { return x > 20 ? x : (x > 0 ? x : 0.) + ::log1p(::exp(x > 0 ? -x : x)); }
/// The x whose softplus is y, for y > 0.
inline double softplus_inverse(double y) { return y > 20 ? y : std::log(std::expm1(y)); }
/// 1 - e^-y, accurate for small y.
EIRNN_INLINE float one_minus_exp(float y) { return -::expm1f(-y); }
EIRNN_INLINE double one_minus_exp(double y) { return -::expm1(-y); }

/// Neither NaN nor infinite. Tests the bits: a build with -ffast-math makes std::isfinite always true.
EIRNN_INLINE bool is_finite(float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7f800000u) != 0x7f800000u; }
EIRNN_INLINE bool is_finite(double x) { return (std::bit_cast<std::uint64_t>(x) & 0x7ff0000000000000u) != 0x7ff0000000000000u; }

/// The first index of v whose number is not finite; -1 where all are.
template <Number T>
long first_not_finite(const std::vector<T>& v) {
    // No way out and no bool, so that g++ takes a packet at a time: batches are asked in every step.
    unsigned bad = 0;
    for (const T x : v) bad |= is_finite(x) ? 0u : 1u;
    if (!bad) return -1;
    return static_cast<long>(std::find_if_not(v.begin(), v.end(), [](T x) { return is_finite(x); }) - v.begin());
}

}  // namespace EIRNN_NAMESPACE
