// Standard normals from counters, one text for scalars and packets. Counter = (unit, step / 4, trial, iteration): the four words of a
// counter serve four consecutive time steps. Every sum has one product, so that a compiler that contracts to fma has no choice to make, and
// scalar and packet code give the same bits.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>

#include <cstring>

namespace eirnn::kernels {

// How a float type names its integers. Packets specialise it.
template <class F>
struct integers;
template <>
struct integers<float> {
    using u32 = std::uint32_t;
    using i32 = std::int32_t;
};
template <class To, class From>
EIRNN_INLINE To bits_as(From f) {
    static_assert(sizeof(To) == sizeof(From));
    To t;
    memcpy(&t, &f, sizeof t);
    return t;
}
template <class F>
EIRNN_INLINE F to_float(std::uint32_t u) {
    return static_cast<F>(u);
}
template <class F>
EIRNN_INLINE F to_float(std::int32_t i) {
    return static_cast<F>(i);
}
EIRNN_INLINE void wide_multiply(std::uint32_t a, std::uint32_t m, std::uint32_t& hi, std::uint32_t& lo) {
    const std::uint64_t p = static_cast<std::uint64_t>(a) * m;
    hi = static_cast<std::uint32_t>(p >> 32);
    lo = static_cast<std::uint32_t>(p);
}
EIRNN_INLINE bool not_zero(std::uint32_t u) { return u != 0; }

template <int Rounds, class U>
EIRNN_INLINE void philox_rounds(U& c0, U& c1, U& c2, U& c3, random_key k) {
    EIRNN_UNROLL
    for (int r = 0; r < Rounds; ++r) {
        U h0, l0, h1, l1;
        wide_multiply(c0, 0xD2511F53u, h0, l0);
        wide_multiply(c2, 0xCD9E8D57u, h1, l1);
        c0 = h1 ^ c1 ^ k.lo;
        c2 = h0 ^ c3 ^ k.hi;
        c1 = l1;
        c3 = l0;
        k.lo += 0x9E3779B9u;
        k.hi += 0xBB67AE85u;
    }
}

// Polynomials of the Cephes library (S. Moshier), in Horner form.
template <class F>
EIRNN_INLINE F log_normalised(F x) {
    using integer = typename integers<F>::i32;
    const integer b = bits_as<integer>(x), e = (b - 0x3f400000) >> 23;
    const F f = bits_as<F>(b - (e << 23)) - 1.f, z = f * f;
    F p = f * 7.0376836292E-2f + -1.1514610310E-1f;
    p = p * f + 1.1676998740E-1f;
    p = p * f + -1.2420140846E-1f;
    p = p * f + 1.4249322787E-1f;
    p = p * f + -1.6668057665E-1f;
    p = p * f + 2.0000714765E-1f;
    p = p * f + -2.4999993993E-1f;
    p = p * f + 3.3333331174E-1f;
    p = p * f + -.5f;
    p = p * z + f;
    return to_float<F>(e) * 0.693147180559945f + p;
}
// Newton steps from a bit trick: a square root instruction would round differently in packets of some processors.
template <class F>
EIRNN_INLINE F root_normalised(F x) {
    using integer = typename integers<F>::i32;
    F y = bits_as<F>(0x5f375a86 - (bits_as<integer>(x) >> 1));
    const F h = x * .5f;
    EIRNN_UNROLL
    for (int k = 0; k < 3; ++k) {
        const F t = y * y;
        y = y * (1.5f - h * t);
    }
    return x * y;
}
/// Two normals from two words (Box-Muller).
template <class F, class U>
EIRNN_INLINE void normal_pair(U a, U b, F& n0, F& n1) {
    using integer = typename integers<F>::i32;
    const F u = to_float<F>(a) * 2.3283064e-10f + 1.1641532e-10f;
    const F q = log_normalised(u) * -2.f;
    const F radius = root_normalised(select(q > 1e-30f, q, q * 0.f + 1e-30f));
    const U quadrant = (b + (1u << 29)) >> 30;
    const F x = to_float<F>(bits_as<integer>(b - (quadrant << 30))) * 1.4629180792671596e-9f, z = x * x;
    F s = z * -1.9515295891E-4f + 8.3321608736E-3f;
    s = s * z + -1.6666654611E-1f;
    s = s * z;
    s = s * x + x;
    F c = z * 2.443315711809948E-5f + -1.388731625493765E-3f;
    c = c * z + 4.166664568298827E-2f;
    c = c * z + -.5f;
    c = c * z + 1.f;
    const auto swap = not_zero(quadrant & 1u);
    const F sine = select(swap, c, s), cosine = select(swap, s, c);
    n0 = radius * bits_as<F>(bits_as<U>(cosine) ^ (((quadrant + 1u) & 2u) << 30));
    n1 = radius * bits_as<F>(bits_as<U>(sine) ^ ((quadrant & 2u) << 30));
}
/// The normals of one unit (or a packet of units) at four consecutive steps.
template <class F, class U>
EIRNN_INLINE void four_normals(U unit, std::uint32_t step4, std::uint32_t trial, std::uint32_t iteration, random_key key, F (&n)[4]) {
    U c0 = unit, c1 = unit * 0u + step4, c2 = unit * 0u + trial, c3 = unit * 0u + iteration;
    philox_rounds<7>(c0, c1, c2, c3, key);
    normal_pair<F, U>(c0, c1, n[0], n[1]);
    normal_pair<F, U>(c2, c3, n[2], n[3]);
}

}  // namespace eirnn::kernels
