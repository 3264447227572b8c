// What a network's description becomes for the numerics: numbers only. `spec/lower.hpp` is the one door from types to this.
#pragma once
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cstdint>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Consecutive units of one kind.
struct population_entry {
    long begin = 0, size = 0;
    int area = 0;
    polarity sign = polarity::free;
    bool interneuron = false;
};
/// Consecutive populations.
struct area_entry {
    long begin = 0, size = 0;  ///< units
};
/// Consecutive channels of one input or output.
struct channel_entry {
    long begin = 0, size = 0;
};

/// One weight matrix of the network, `[post][pre]`: recurrent (units x units), input (units x inputs) or output (outputs x units).
/// Effective weight = (plastic * positive(raw) + fixed) * sign, with `positive` given by `rule`.
struct connectivity {
    matrix<std::uint8_t> plastic;  ///< 1 where a trainable weight exists
    matrix<double> fixed;          ///< magnitude of an untrained weight (>= 0 where the sign is not free); 0 where there is none
    matrix<signed char> sign;      ///< +1 or -1
    matrix<sign_rule> rule;
    long posts() const { return plastic.rows; }
    long pres() const { return plastic.cols; }
};

/// One declared projection: a rectangle of a weight matrix. For reports; the numerics read `connectivity`.
struct block_entry {
    enum class where : unsigned char { input, recurrent, output } matrix = where::recurrent;
    long post = 0, posts = 0, pre = 0, pres = 0;
    bool long_range = false;
    bool plastic = true;
};

/// A network as numbers.
struct layout {
    long units = 0, inputs = 0, outputs = 0;
    std::vector<area_entry> areas;
    std::vector<population_entry> populations;
    std::vector<channel_entry> input_channels, output_channels;
    connectivity recurrent, input, output;
    std::vector<block_entry> blocks;
};

}  // namespace EIRNN_NAMESPACE
