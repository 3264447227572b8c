// Forward duals in double: the oracle's derivative. Nothing of the library is used.
#pragma once
#include <cmath>
#include <concepts>

namespace oracle {

struct dual {
    using scalar = dual;
    double v = 0, d = 0;
    constexpr dual() = default;
    constexpr dual(double value, double slope = 0) : v(value), d(slope) {}
    template <std::integral I>
    constexpr dual(I value) : v(static_cast<double>(value)) {}
    explicit constexpr operator double() const { return v; }
    explicit constexpr operator float() const { return static_cast<float>(v); }
    friend dual operator+(dual a, dual b) { return {a.v + b.v, a.d + b.d}; }
    friend dual operator-(dual a, dual b) { return {a.v - b.v, a.d - b.d}; }
    friend dual operator-(dual a) { return {-a.v, -a.d}; }
    friend dual operator*(dual a, dual b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
    friend dual operator/(dual a, dual b) { return {a.v / b.v, (a.d * b.v - a.v * b.d) / (b.v * b.v)}; }
    dual& operator+=(dual b) { return *this = *this + b; }
    dual& operator*=(dual b) { return *this = *this * b; }
    friend bool operator<(dual a, dual b) { return a.v < b.v; }
    friend bool operator>(dual a, dual b) { return a.v > b.v; }
    friend bool operator<=(dual a, dual b) { return a.v <= b.v; }
    friend bool operator>=(dual a, dual b) { return a.v >= b.v; }
    friend bool operator==(dual a, dual b) { return a.v == b.v && a.d == b.d; }
};
inline dual exp(dual a) { return {std::exp(a.v), std::exp(a.v) * a.d}; }
inline dual log(dual a) { return {std::log(a.v), a.d / a.v}; }
inline dual sqrt(dual a) { const double s = std::sqrt(a.v); return {s, a.d / (2 * s)}; }
inline dual tanh(dual a) { const double t = std::tanh(a.v); return {t, (1 - t * t) * a.d}; }
inline dual expm1(dual a) { return {std::expm1(a.v), std::exp(a.v) * a.d}; }
inline double value(double x) { return x; }
inline double value(dual x) { return x.v; }

}  // namespace oracle
