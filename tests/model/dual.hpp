// Forward duals in double: the oracle's derivative. Nothing of the library is used.
#pragma once
#include <cmath>

namespace oracle {

struct dual {
    double v = 0, d = 0;
    dual() = default;
    dual(double value, double slope = 0) : v(value), d(slope) {}
    friend dual operator+(dual a, dual b) { return {a.v + b.v, a.d + b.d}; }
    friend dual operator-(dual a, dual b) { return {a.v - b.v, a.d - b.d}; }
    friend dual operator-(dual a) { return {-a.v, -a.d}; }
    friend dual operator*(dual a, dual b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
    friend dual operator/(dual a, dual b) { return {a.v / b.v, (a.d * b.v - a.v * b.d) / (b.v * b.v)}; }
    dual& operator+=(dual b) { return *this = *this + b; }
    friend bool operator>(dual a, double b) { return a.v > b; }
    friend bool operator<(dual a, double b) { return a.v < b; }
};
inline dual exp(dual a) { return {std::exp(a.v), std::exp(a.v) * a.d}; }
inline dual log(dual a) { return {std::log(a.v), a.d / a.v}; }
inline dual tanh(dual a) { const double t = std::tanh(a.v); return {t, (1 - t * t) * a.d}; }
inline double value(double x) { return x; }
inline double value(dual x) { return x.v; }

}  // namespace oracle
