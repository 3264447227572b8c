// Words that every room uses.
#pragma once
#include <eirnn/config.hpp>

#include <cstdint>

namespace EIRNN_SHARED_NAMESPACE {

/// The sign of everything a population sends. `free` populations send both signs (no Dale's law).
enum class polarity : signed char { inhibitory = -1, free = 0, excitatory = 1 };

/// How a trainable (raw) weight w~ becomes a magnitude: [w~]_+, |w~|, log(1 + e^w~), or w~ itself.
enum class sign_rule : unsigned char { free, rectify, absolute, soft_rectify };

/// What an output is of its readout: that of each step, or the sum or mean of those up to each step.
enum class over_steps : unsigned char { each, sum, mean };

/// The seed of everything random in a model or task.
struct seed {
    std::uint64_t value = 0;
    constexpr explicit seed(std::uint64_t v) : value(v) {}
};

}  // namespace EIRNN_SHARED_NAMESPACE
