// An area on a map of positions, as numbers: kernels, pooling, the terms of its cell's equations.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/vocabulary.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Height and width of a map of positions.
struct grid_entry {
    long height = 1, width = 1;
    constexpr long positions() const { return height * width; }
    friend constexpr bool operator==(grid_entry, grid_entry) = default;
};

/// How a projection reaches its targets on a grid: channel mixing at each position; one kernel per pair of channels; or one kernel per
/// source channel followed by channel mixing (Sun et al., appendix A). Enlarged: channel mixing of what a smaller map has where the target
/// lies; every target sees a source that has one position.
enum class kernel_form : unsigned char { pointwise, ordinary, separable, enlarged };
struct kernel_entry {
    kernel_form form = kernel_form::separable;
    int size = 3, stride = 1;  ///< of a square kernel; pointwise and enlarged: 1
    constexpr int taps() const { return size * size; }
    friend constexpr bool operator==(kernel_entry, kernel_entry) = default;
};

/// One term W(source) in one equation of an area's cell. The sign in front of it is the equation's.
struct term_entry {
    int equation = 0;  ///< index of the equation in the cell
    int source = -1;   ///< index of the variable that it reads; -1: what comes from a driver
    kernel_entry kernel;
    sign_rule rule = sign_rule::absolute;
    bool self = true;  ///< false: no channel connects to itself at the centre of the kernel
    int term = 0;      ///< index among the terms of the cell; W(X) of several drivers is one term of the cell
    int driver = 0;    ///< of what comes from a driver: its index
    long mask = -1;    ///< where among the area's masks that of its channels begins, [post][pre]; -1: all are connected
};

/// Maxima over `size` x `size` windows every `stride` positions, on what leaves an area; size 1: none.
struct pooling_entry {
    int size = 1, stride = 1;
    constexpr bool exists() const { return size > 1 || stride > 1; }
    friend constexpr bool operator==(pooling_entry, pooling_entry) = default;
};

/// The size of a map after windows every `stride` positions, padded so that stride 1 keeps it ("same" padding).
constexpr long strided(long n, int stride) { return (n + stride - 1) / stride; }
constexpr grid_entry strided(grid_entry g, int stride) { return {strided(g.height, stride), strided(g.width, stride)}; }
/// Positions of padding before the first one, as for n positions, windows of `size` every `stride`. The rest of it is behind.
constexpr long padding_before(long n, int size, int stride) { return std::max<long>((strided(n, stride) - 1) * stride + size - n, 0) / 2; }

/// What drives an area on a map: an image, what another map hands over, or units.
struct driver_entry {
    int area = -1;  ///< -1, -2, ...: the first image, the second; behind the maps, the units of each cell
    int delay = 0;  ///< time steps between its value and the step that reads it
    long channels = 0;
    grid_entry grid;  ///< of what it hands over
    long first = 0;   ///< of units: the first of them among those of their cell
    bool whole = false;  ///< read by units: each position has weights of its own, and is not averaged
    /// Which image it is, if the area is below 0.
    constexpr std::size_t image() const { return static_cast<std::size_t>(-1 - area); }
    constexpr long columns() const { return whole ? channels * grid.positions() : channels; }
    friend constexpr bool operator==(driver_entry, driver_entry) = default;
};

/// An area on a map of positions.
struct map_entry {
    std::vector<driver_entry> drivers;
    grid_entry grid;                ///< of the area: that of each driver, divided by the stride of the terms that read it
    bool averaged_input = false;    ///< its driver, of which there is one, is averaged over all positions first
    std::vector<long> channels;     ///< per shape of the cell
    std::vector<term_entry> terms;  ///< in the order of the equations, and in each as written
    std::vector<std::uint8_t> plastic;  ///< masks of terms: 1 where two channels have trained weights
    std::vector<double> fixed;          ///< beside each of these, the untrained weight at the only tap, or of the mixing; 0: none
    pooling_entry pooling;          ///< between this area and the next
    constexpr grid_entry output_grid() const { return strided(grid, pooling.stride); }
};

}  // namespace EIRNN_NAMESPACE
