// Standard normals from counters, one text for scalars and packets. Counter = (unit, step / 8, trial, iteration): each of the four words of
// a counter makes two normals, for eight consecutive time steps. Every sum has one product, so that a compiler that contracts to fma has no
// choice to make, and scalar and packet code give the same bits.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>

#include <cstring>

namespace EIRNN_NAMESPACE::kernels {

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
EIRNN_INLINE F to_float(std::int32_t i) {
    return static_cast<F>(i);
}
EIRNN_INLINE void wide_multiply(std::uint32_t a, std::uint32_t m, std::uint32_t& hi, std::uint32_t& lo) {
    const std::uint64_t p = static_cast<std::uint64_t>(a) * m;
    hi = static_cast<std::uint32_t>(p >> 32);
    lo = static_cast<std::uint32_t>(p);
}
EIRNN_INLINE bool top_bit(std::uint32_t u) { return static_cast<std::int32_t>(u) < 0; }

// Rounds of N counters side by side: each alone is a chain of multiplications that leaves most of a processor idle.
template <int Rounds, std::size_t N, class U>
EIRNN_INLINE void philox_rounds(U (&c)[N][4], random_key k) {
    EIRNN_UNROLL
    for (int r = 0; r < Rounds; ++r) {
        EIRNN_UNROLL
        for (std::size_t n = 0; n < N; ++n) {
            U h0, l0, h1, l1;
            wide_multiply(c[n][0], 0xD2511F53u, h0, l0);
            wide_multiply(c[n][2], 0xCD9E8D57u, h1, l1);
            c[n][0] = h1 ^ c[n][1] ^ k.lo;
            c[n][2] = h0 ^ c[n][3] ^ k.hi;
            c[n][1] = l1;
            c[n][3] = l0;
        }
        k.lo += 0x9E3779B9u;
        k.hi += 0xBB67AE85u;
    }
}

// Polynomials of the Cephes library (S. Moshier), the long one as a tree: its powers do not wait for each other.
template <class F>
EIRNN_INLINE F log_normalised(F x) {
    using integer = typename integers<F>::i32;
    const integer b = bits_as<integer>(x), e = (b - 0x3f400000) >> 23;
    const F f = bits_as<F>(b - (e << 23)) - 1.f, f2 = f * f, f4 = f2 * f2;
    F low = f * 3.3333331174E-1f + -.5f, high = f * 1.4249322787E-1f + -1.6668057665E-1f;
    low = (f * 2.0000714765E-1f + -2.4999993993E-1f) * f2 + low;
    high = (f * 1.1676998740E-1f + -1.2420140846E-1f) * f2 + high;
    high = (f * 7.0376836292E-2f + -1.1514610310E-1f) * f4 + high;
    low = high * f4 + low;
    return to_float<F>(e) * 0.693147180559945f + (low * f2 + f);
}
/// Two normals from one word (Box-Muller). The radius reads the word from its top bit down, the angle from its middle round to its middle:
/// they have 31 and 32 bits, and each of the 2^16 by 2^16 boxes of their square has exactly one word, so that together they are even too.
template <class F, class U>
EIRNN_INLINE void normal_pair(U word, F& n0, F& n1) {
    using integer = typename integers<F>::i32;
    const F u = to_float<F>(bits_as<integer>(word >> 1)) * 4.6566129e-10f + 2.3283064e-10f;  // without a sign: one instruction
    const U b = (word << 16) ^ (word >> 16);
    const F q = log_normalised(u) * -2.f;
    const F radius = sqrt_of(q);
    const U t = b + (1u << 29);  // the two top bits: the nearest multiple of a right angle
    const F x = to_float<F>(bits_as<integer>(b - (t & 0xc0000000u))) * 1.4629180792671596e-9f, z = x * x;
    F s = z * -1.9515295891E-4f + 8.3321608736E-3f;
    s = s * z + -1.6666654611E-1f;
    s = s * z;
    s = s * x + x;
    F c = z * 2.443315711809948E-5f + -1.388731625493765E-3f;
    c = c * z + 4.166664568298827E-2f;
    c = c * z + -.5f;
    c = c * z + 1.f;
    const auto swap = top_bit(t << 1);
    const F sine = select(swap, c, s), cosine = select(swap, s, c);
    n0 = radius * bits_as<F>(bits_as<U>(cosine) ^ ((t + (1u << 30)) & 0x80000000u));
    n1 = radius * bits_as<F>(bits_as<U>(sine) ^ (t & 0x80000000u));
}

/// The words of N units (or packets of units) for the `block`-th eight steps.
template <class U, std::size_t N>
EIRNN_INLINE void noise_words(const U (&unit)[N], std::uint32_t block, std::uint32_t trial, std::uint32_t iteration, random_key key,
                              U (*word)[4]) {
    U c[N][4];
    EIRNN_UNROLL
    for (std::size_t n = 0; n < N; ++n)
        c[n][0] = unit[n], c[n][1] = unit[n] * 0u + block, c[n][2] = unit[n] * 0u + trial, c[n][3] = unit[n] * 0u + iteration;
    philox_rounds<7>(c, key);
    EIRNN_UNROLL
    for (std::size_t n = 0; n < N; ++n)
        for (int k = 0; k < 4; ++k) word[n][k] = c[n][k];
}
/// The normals of one unit (or a packet of units) at the `block`-th eight steps.
template <class F, class U>
EIRNN_INLINE void noise_of(U unit, std::uint32_t block, std::uint32_t trial, std::uint32_t iteration, random_key key, F (&n)[noise_steps]) {
    U word[1][4];
    const U units[1] = {unit};
    noise_words(units, block, trial, iteration, key, word);
    EIRNN_UNROLL
    for (int k = 0; k < 4; ++k) normal_pair<F, U>(word[0][k], n[2 * k], n[2 * k + 1]);
}

}  // namespace EIRNN_NAMESPACE::kernels
