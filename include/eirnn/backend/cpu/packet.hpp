// Packets: as many scalars as a vector register of this build holds, on the compiler's vector extension. Intrinsics where g++ makes dozens
// of instructions of what the extension can say: the square root, the product of 32-bit words that Philox is made of, masks as bytes.
#pragma once
#include <eirnn/kernels/normal.hpp>

#include <cstring>
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace EIRNN_NAMESPACE {

/// Bytes of a vector register of this build, by the user's flags: AVX-512 64, AVX 32, else 16.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
inline constexpr const char* vector_name = "AVX-512";
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
inline constexpr const char* vector_name = "AVX";
#else
inline constexpr int vector_bytes = 16;
inline constexpr const char* vector_name = "128 bit";
#endif

namespace detail {
template <class T, int W>
struct raw_vector {
    typedef T type __attribute__((vector_size(W * static_cast<int>(sizeof(T)))));
};
template <class T>
struct same_size_integer {
    using type = std::int32_t;
};
template <>
struct same_size_integer<double> {
    using type = std::int64_t;
};
}  // namespace detail

template <class T>
struct packet;

/// The result of a comparison, lane by lane.
template <class T>
struct packet_mask {
    static constexpr int width = vector_bytes / static_cast<int>(sizeof(T));
    typename detail::raw_vector<typename detail::same_size_integer<T>::type, width>::type v;
    friend EIRNN_INLINE packet_mask operator&&(packet_mask a, packet_mask b) { return {a.v & b.v}; }
};

/// A class and not the bare vector type, so that argument-dependent lookup finds its functions.
template <class T>
struct packet {
    using scalar = T;
    using mask = packet_mask<T>;
    static constexpr int width = vector_bytes / static_cast<int>(sizeof(T));
    using vector = typename detail::raw_vector<T, width>::type;
    vector v;

    static EIRNN_INLINE packet load(const T* p) {
        packet r;
        __builtin_memcpy(&r.v, __builtin_assume_aligned(p, sizeof(vector)), sizeof(vector));
        return r;
    }
    EIRNN_INLINE void store(T* p) const { __builtin_memcpy(__builtin_assume_aligned(p, sizeof(vector)), &v, sizeof(vector)); }
    friend EIRNN_INLINE packet operator+(packet a, packet b) { return {a.v + b.v}; }
    friend EIRNN_INLINE packet operator-(packet a, packet b) { return {a.v - b.v}; }
    friend EIRNN_INLINE packet operator*(packet a, packet b) { return {a.v * b.v}; }
    friend EIRNN_INLINE packet operator/(packet a, packet b) { return {a.v / b.v}; }
    friend EIRNN_INLINE packet operator-(packet a) { return {-a.v}; }
    friend EIRNN_INLINE packet operator+(packet a, T c) { return {a.v + c}; }
    friend EIRNN_INLINE packet operator+(T c, packet a) { return {c + a.v}; }
    friend EIRNN_INLINE packet operator-(packet a, T c) { return {a.v - c}; }
    friend EIRNN_INLINE packet operator-(T c, packet a) { return {c - a.v}; }
    friend EIRNN_INLINE packet operator*(packet a, T c) { return {a.v * c}; }
    friend EIRNN_INLINE packet operator*(T c, packet a) { return {c * a.v}; }
    friend EIRNN_INLINE packet operator/(T c, packet a) { return {c / a.v}; }
    friend EIRNN_INLINE mask operator>(packet a, packet b) { return {a.v > b.v}; }
    friend EIRNN_INLINE mask operator>(packet a, T c) { return {a.v > (vector{} + c)}; }
    friend EIRNN_INLINE mask operator==(packet a, T c) { return {a.v == (vector{} + c)}; }
    friend EIRNN_INLINE mask operator<(packet a, T c) { return {a.v < (vector{} + c)}; }
    friend EIRNN_INLINE packet select(mask m, packet a, packet b) { return {m.v ? a.v : b.v}; }
};

/// A mask as bytes, 1 where it is set, and those as numbers.
template <class T>
EIRNN_INLINE void pack_signs(packet_mask<T> m, std::uint8_t* to) {
    for (int k = 0; k < packet<T>::width; ++k) to[k] = static_cast<std::uint8_t>(m.v[k] & 1);
}
template <class T>
EIRNN_INLINE packet<T> unpacked_signs(const std::uint8_t* from) {
    packet<T> p;
    for (int k = 0; k < packet<T>::width; ++k) p.v[k] = static_cast<T>(from[k]);
    return p;
}
#if defined(__AVX512F__)
template <>
EIRNN_INLINE void pack_signs(packet_mask<float> m, std::uint8_t* to) {
    _mm_storeu_si128((__m128i*)to, _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)(m.v & 1)));
}
template <>
EIRNN_INLINE packet<float> unpacked_signs(const std::uint8_t* from) {
    return {_mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128((const __m128i*)from)))};
}
#elif defined(__AVX2__)
template <>
EIRNN_INLINE void pack_signs(packet_mask<float> m, std::uint8_t* to) {
    const auto v = (__m256i)(m.v & 1);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i*)to, _mm_packs_epi16(words, words));
}
template <>
EIRNN_INLINE packet<float> unpacked_signs(const std::uint8_t* from) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)from)))};
}
#endif

/// The lanes first .. first+width of a row counter, compared with a range.
template <class T>
EIRNN_INLINE packet_mask<T> lanes_within(long first, long begin, long end) {
    using integer = typename detail::same_size_integer<T>::type;
    typename detail::raw_vector<integer, packet<T>::width>::type lane{};
    for (int k = 0; k < packet<T>::width; ++k) lane[k] = k;
    return {(lane >= static_cast<integer>(begin - first)) & (lane < static_cast<integer>(end - first))};
}

// Keeps a packet in a register. Left to itself, g++ 12 loads what is used four times or fewer again for each use, and moves sums between
// registers and the stack.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__) && defined(__SSE2__)
template <class T>
EIRNN_INLINE packet<T> pin(packet<T> p) {
#ifdef __AVX512F__
    asm("" : "+v"(p.v));
#else
    asm("" : "+x"(p.v));
#endif
    return p;
}
#else
template <class T>
EIRNN_INLINE packet<T> pin(packet<T> p) {
    return p;
}
#endif

// ---- functions. Floats have polynomials; doubles, which serve checks, go lane by lane through the standard library.
template <class T, class F>
EIRNN_INLINE packet<T> by_lane(packet<T> a, F f) {
    for (int k = 0; k < packet<T>::width; ++k) a.v[k] = f(a.v[k]);
    return a;
}
EIRNN_INLINE packet<double> exp_of(packet<double> a) { return by_lane(a, [](double x) { return exp_of(x); }); }
EIRNN_INLINE packet<double> tanh_of(packet<double> a) { return by_lane(a, [](double x) { return tanh_of(x); }); }
EIRNN_INLINE packet<double> softplus_of(packet<double> a) { return by_lane(a, [](double x) { return softplus_of(x); }); }
EIRNN_INLINE packet<double> one_minus_exp(packet<double> a) { return by_lane(a, [](double x) { return one_minus_exp(x); }); }
// The masks of all lanes: of the plain AVX-512 functions g++ 12 warns that they start from something undefined.
EIRNN_INLINE packet<double> sqrt_of(packet<double> a) { return by_lane(a, [](double x) { return sqrt_of(x); }); }
EIRNN_INLINE packet<float> sqrt_of(packet<float> a) {
#if defined(__AVX512F__)
    return {_mm512_maskz_sqrt_ps(0xffff, a.v)};
#elif defined(__AVX__)
    return {_mm256_sqrt_ps(a.v)};
#elif defined(__SSE2__)
    return {_mm_sqrt_ps(a.v)};
#else
    return by_lane(a, [](float x) { return sqrt_of(x); });
#endif
}

/// e^x = 2^n times a polynomial (Cephes), 2 ulp between -87 and 88, clamped beyond.
EIRNN_INLINE packet<float> exp_of(packet<float> a) {
    using integer = detail::raw_vector<std::int32_t, packet<float>::width>::type;
    packet<float> x = select(a > 88.f, packet<float>{} + 88.f, a);
    x = select(x < -87.f, packet<float>{} - 87.f, x);
    const float magic = 12582912.f;  // 1.5 * 2^23: adding it rounds to an integer
    packet<float> n = x * 1.44269504f + magic;
    integer exponent;
    std::memcpy(&exponent, &n.v, sizeof exponent);
    exponent = exponent << 23;
    n = n - magic;
    packet<float> f = x - n * 0.693359375f;
    f = f - n * -2.12194440e-4f;
    packet<float> p = f * 1.9875691e-4f + 1.3981999e-3f;
    p = p * f + 8.3334519e-3f;
    p = p * f + 4.1665796e-2f;
    p = p * f + 1.6666666e-1f;
    p = p * f + .5f;
    p = p * (f * f) + f + 1.f;
    integer b;
    std::memcpy(&b, &p.v, sizeof b);
    b = b + exponent;
    std::memcpy(&p.v, &b, sizeof b);
    return p;
}
/// tanh x: odd polynomial below 0.625, (1 - e^-2|x|) / (1 + e^-2|x|) above.
EIRNN_INLINE packet<float> tanh_of(packet<float> a) {
    const packet<float> z = a * a;
    packet<float> p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z + -5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z + -3.33332819422e-1f;
    p = p * z * a + a;
    const packet<float> m = select(a < 0.f, -a, a), e = exp_of(m * -2.f), t = (1.f - e) / (e + 1.f);
    return select(m < .625f, p, select(a < 0.f, -t, t));
}
/// 1 - e^-y for y >= 0; a short series where the difference would lose digits.
EIRNN_INLINE packet<float> one_minus_exp(packet<float> y) {
    packet<float> p = y * -8.3333333e-3f + 4.1666667e-2f;
    p = p * y + -1.6666667e-1f;
    p = p * y + .5f;
    p = y - p * (y * y);
    return select(y < .25f, p, 1.f - exp_of(-y));
}

namespace kernels {
template <>
struct integers<packet<float>> {
    struct u32 {
        using vector = detail::raw_vector<std::uint32_t, packet<float>::width>::type;
        vector v;
        friend EIRNN_INLINE u32 operator+(u32 a, std::uint32_t c) { return {a.v + c}; }
        friend EIRNN_INLINE u32 operator-(u32 a, u32 b) { return {a.v - b.v}; }
        friend EIRNN_INLINE u32 operator*(u32 a, std::uint32_t c) { return {a.v * c}; }
        friend EIRNN_INLINE u32 operator^(u32 a, u32 b) { return {a.v ^ b.v}; }
        friend EIRNN_INLINE u32 operator^(u32 a, std::uint32_t c) { return {a.v ^ c}; }
        friend EIRNN_INLINE u32 operator&(u32 a, std::uint32_t c) { return {a.v & c}; }
        friend EIRNN_INLINE u32 operator<<(u32 a, int n) { return {a.v << n}; }
        friend EIRNN_INLINE u32 operator>>(u32 a, int n) { return {a.v >> n}; }
    };
    struct i32 {
        using vector = detail::raw_vector<std::int32_t, packet<float>::width>::type;
        vector v;
        friend EIRNN_INLINE i32 operator-(i32 a, std::int32_t c) { return {a.v - c}; }
        friend EIRNN_INLINE i32 operator-(std::int32_t c, i32 a) { return {c - a.v}; }
        friend EIRNN_INLINE i32 operator-(i32 a, i32 b) { return {a.v - b.v}; }
        friend EIRNN_INLINE i32 operator<<(i32 a, int n) { return {a.v << n}; }
        friend EIRNN_INLINE i32 operator>>(i32 a, int n) { return {a.v >> n}; }
    };
};
using packet_u32 = integers<packet<float>>::u32;
using packet_i32 = integers<packet<float>>::i32;
template <class F>
EIRNN_INLINE F to_float(packet_i32 i) {
    return {__builtin_convertvector(i.v, typename F::vector)};
}
// Two products, of even and of odd lanes: the 32 x 32 -> 64 bit multiplication that every vector unit has.
using wide_lanes = detail::raw_vector<std::uint64_t, packet<float>::width / 2>::type;
EIRNN_INLINE wide_lanes multiply_low_halves(wide_lanes a, wide_lanes b) {
#if defined(__AVX512F__)
    return (wide_lanes)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (wide_lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__) && !defined(__AVX__)
    return (wide_lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}
EIRNN_INLINE void wide_multiply(packet_u32 a, std::uint32_t m, packet_u32& hi, packet_u32& lo) {
    using words = packet_u32::vector;
    words odd_lane{};
    for (int k = 1; k < packet<float>::width; k += 2) odd_lane[k] = ~0u;
    const auto wide = (wide_lanes)a.v, factor = (wide_lanes)(words{} + m);
    const wide_lanes even = multiply_low_halves(wide, factor), odd = multiply_low_halves(wide >> 32, factor);
    hi.v = odd_lane ? (words)odd : (words)(even >> 32);
    lo.v = odd_lane ? (words)(odd << 32) : (words)even;
}
EIRNN_INLINE packet_u32 rows_from(long row) {
    packet_u32 u;
    for (int k = 0; k < packet<float>::width; ++k) u.v[k] = static_cast<std::uint32_t>(k);
    return u + static_cast<std::uint32_t>(row);
}
EIRNN_INLINE packet_mask<float> top_bit(packet_u32 u) { return {(packet_i32::vector)u.v < 0}; }
}  // namespace kernels

/// log(1 + e^x), x above 20.
EIRNN_INLINE packet<float> softplus_of(packet<float> a) {
    const packet<float> e = exp_of(select(a > 0.f, -a, a));  // in (0, 1]
    packet<float> p = e * 2.0e-1f + -.25f;                   // log(1 + e) near 0, where 1 + e would lose digits
    p = p * e + 3.3333333e-1f;
    p = p * e + -.5f;
    p = e + p * (e * e);
    const packet<float> sum = select(e < .03f, p, kernels::log_normalised(e + 1.f)) + select(a > 0.f, a, packet<float>{});
    return select(a > 20.f, a, sum);
}

}  // namespace EIRNN_NAMESPACE
