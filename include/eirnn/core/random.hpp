// Counter-based random numbers (Philox4x32; Salmon et al. 2011). A number is a function of (seed, stream, counter) and of nothing else:
// not of a thread, a tile, a batch or of what was drawn before. The streams and their numbers are part of the library's contract.
#pragma once
#include <eirnn/config.hpp>

#include <array>
#include <cmath>
#include <cstdint>

namespace EIRNN_NAMESPACE {

/// What random numbers are for. Two streams of one seed are independent.
enum class random_stream : std::uint32_t {
    weights = 1,          ///< initial weights
    masks = 2,            ///< random connectivity
    unit_noise = 3,       ///< noise of the units
    input_noise = 4,      ///< noise of the inputs
    training_trials = 5,  ///< conditions and durations of training trials
    validation_trials = 6,
    test_trials = 7,
    analysis = 8,      ///< bootstrap and the like
    image_order = 9,   ///< the order of the images in an epoch
    image_crops = 10,  ///< how training images are shifted and mirrored
    made_images = 11,  ///< images that the library makes
    dropout = 12,      ///< what dropout keeps
};

/// The two words that key a generator.
struct random_key {
    std::uint32_t lo = 0, hi = 0;
    friend constexpr bool operator==(random_key, random_key) = default;
};

using philox_block = std::array<std::uint32_t, 4>;

/// Consecutive time steps whose noise comes from one block: two normals from each of its words.
inline constexpr int noise_steps = 8;

namespace detail {
constexpr std::uint32_t high_word(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}
}  // namespace detail

/// Philox4x32 with `Rounds` rounds. Ten are the authors' default; seven are the fewest that pass BigCrush and serve the noise in the
/// kernels.
template <int Rounds = 10>
constexpr philox_block philox(philox_block c, random_key k) {
    for (int r = 0; r < Rounds; ++r) {
        const std::uint32_t h0 = detail::high_word(0xD2511F53u, c[0]), l0 = 0xD2511F53u * c[0];
        const std::uint32_t h1 = detail::high_word(0xCD9E8D57u, c[2]), l1 = 0xCD9E8D57u * c[2];
        c = {h1 ^ c[1] ^ k.lo, l1, h0 ^ c[3] ^ k.hi, l0};
        k.lo += 0x9E3779B9u;
        k.hi += 0xBB67AE85u;
    }
    return c;
}

/// The key of one stream of a seed.
constexpr random_key key_of(std::uint64_t seed, random_stream s) {
    const auto b = philox<10>({static_cast<std::uint32_t>(s), 0x65697272u, 0x6e6e0001u, 0},
                              {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    return {b[0], b[1]};
}

/// The key of part k of a stream, of which part 0 is what a stream without parts is.
constexpr random_key key_of_part(random_key stream, std::uint32_t k) {
    if (k == 0) return stream;
    const auto b = philox<10>({k, 0x65697272u, 0x6e6e0002u, 0}, stream);
    return {b[0], b[1]};
}

/// A sequence of numbers addressed by (key, a, b, c): the n-th draw is a function of those and n.
/// Copying it copies the place; nothing else is state.
class random_sequence {
public:
    constexpr random_sequence(random_key key, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0)
        : key_(key), address_{a, b, c} {}

    constexpr std::uint32_t word() {
        if (used_ == 4) {
            block_ = philox<10>({next_++, address_[0], address_[1], address_[2]}, key_);
            used_ = 0;
        }
        return block_[static_cast<std::size_t>(used_++)];
    }
    /// Uniform in [0, 1), 53 bits.
    constexpr double uniform() {
        const std::uint64_t hi = word() >> 5, lo = word() >> 6;
        return static_cast<double>(hi * 67108864u + lo) * (1.0 / 9007199254740992.0);
    }
    constexpr double uniform(double a, double b) { return a + (b - a) * uniform(); }
    /// Uniform in 0 .. n-1 (n > 0), without bias.
    constexpr std::uint32_t below(std::uint32_t n) {
        const std::uint32_t reject = (0u - n) % n;
        for (;;) {
            const std::uint64_t p = static_cast<std::uint64_t>(word()) * n;
            if (static_cast<std::uint32_t>(p) >= reject) return static_cast<std::uint32_t>(p >> 32);
        }
    }
    constexpr bool bernoulli(double p) { return uniform() < p; }
    /// Standard normal (Box-Muller, always two uniforms).
    double normal() {
        const double u = 1.0 - uniform(), v = uniform();
        return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v);
    }
    /// Exponential with the given mean.
    double exponential(double mean) { return -mean * std::log(1.0 - uniform()); }
    /// Gamma with shape k >= 1 and the given scale (Marsaglia and Tsang 2000).
    double gamma(double shape, double scale) {
        const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
        for (;;) {
            const double x = normal(), t = 1.0 + c * x;
            if (t <= 0) continue;
            const double v = t * t * t, u = 1.0 - uniform();
            if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v * scale;
        }
    }

private:
    random_key key_;
    std::array<std::uint32_t, 3> address_;
    std::uint32_t next_ = 0;
    int used_ = 4;
    philox_block block_{};
};

// Known answers of the Random123 distribution (kat_vectors), checked wherever the library is compiled.
static_assert(philox<10>({0, 0, 0, 0}, {0, 0}) == philox_block{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
static_assert(philox<7>({0, 0, 0, 0}, {0, 0}) == philox_block{0x5f6fb709u, 0x0d893f64u, 0x4f121f81u, 0x4f730a48u});
static_assert(philox<10>({0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}, {0xffffffffu, 0xffffffffu}) ==
              philox_block{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});

}  // namespace EIRNN_NAMESPACE
