// What a network's description becomes for the numerics: numbers only. `spec/lower.hpp` is the one door from types to this.
#pragma once
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/layout/map.hpp>
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
/// Consecutive units or channels.
struct index_range {
    long begin = 0, size = 0;
    long end() const { return begin + size; }
    friend bool operator==(index_range, index_range) = default;
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
    /// Rows and columns that follow each other.
    connectivity part(index_range post, index_range pre) const {
        const auto of = [&](const auto& m) { return m.part(post.begin, post.size, pre.begin, pre.size); };
        return {of(plastic), of(fixed), of(sign), of(rule)};
    }
    /// Whether there is a connection among them.
    bool connects(index_range post, index_range pre) const {
        for (long r = post.begin; r < post.end(); ++r)
            for (long c = pre.begin; c < pre.end(); ++c)
                if (plastic(r, c) != 0 || fixed(r, c) != 0) return true;
        return false;
    }
};

/// One declared projection: a rectangle of a weight matrix. The numerics read `connectivity`, and here which equations have such weights.
struct block_entry {
    enum class where : unsigned char { input, recurrent, output } matrix = where::recurrent;
    long post = 0, posts = 0, pre = 0, pres = 0;
    bool long_range = false;
    bool plastic = true;
    unsigned equations = ~0u;  ///< of the cell: a bit for each that reads it; all that read such a matrix unless some are stated
};

/// A network as numbers: areas on maps, driven by images, by each other and by units; then the units on one position, which read inputs
/// of their own and maps. A network has either or both. Without units the last map is the readout: pointwise, on one position.
struct layout {
    int steps = 0;                      ///< of the areas on maps; 0: none of these, and as many steps as the trials have
    bool sum_over_steps = false;        ///< a readout of maps sees the sum over the time steps, not the last one (Sun et al.: SumT, LastT)
    bool shared_normalisation = false;  ///< batch norm has one scale, shift and statistics for all time steps, not one for each
    std::vector<driver_entry> images;   ///< and films: channels on a map, which enter from outside
    std::vector<map_entry> maps;

    // Units on one position. `inputs`, the columns of their input matrix: `unit_inputs()` channels of inputs, then those of the maps that
    // they read, averaged over the positions or whole (`area`, the map; `first`, its first column).
    long units = 0, inputs = 0, outputs = 0;
    std::vector<driver_entry> read_maps;
    std::vector<index_range> areas;  ///< their units
    /// Units of consecutive areas that share a cell, which are computed together and read those of other cells one step late. Empty where
    /// all units have one cell.
    std::vector<index_range> groups;
    std::vector<population_entry> populations;
    std::vector<index_range> input_channels, output_channels;  ///< of each input (of an image: among the channels of all images) and output
    std::vector<index_range> summed_outputs, averaged_outputs;  ///< of units: what is added up over the steps so far, and then divided
    connectivity recurrent, input, output;
    std::vector<block_entry> blocks;

    /// Of the first images, all unless said otherwise.
    long image_channels(std::size_t count = ~std::size_t{0}) const {
        long n = 0;
        for (std::size_t k = 0; k < images.size() && k < count; ++k) n += images[k].channels;
        return n;
    }
    long unit_inputs() const {
        long n = inputs;
        for (const driver_entry& m : read_maps) n -= m.columns();
        return n;
    }
    /// The units of each cell.
    std::vector<index_range> units_by_cell() const {
        if (groups.empty() && units > 0) return {{0, units}};
        return groups;
    }
};

}  // namespace EIRNN_NAMESPACE
