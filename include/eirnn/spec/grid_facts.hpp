// What a declaration says about areas on grids, as constant values: maps of positions, kernels, pooling, terms of cells, time steps.
#pragma once
#include <eirnn/cell/cell.hpp>

#include <span>
#include <string_view>

namespace EIRNN_NAMESPACE {

/// The map of positions on which an input's channels lie.
struct map_facts {
    bool given = false;
    int height = 0, width = 0;

    friend constexpr bool operator==(map_facts, map_facts) = default;
    /// What windows every `stride` positions leave of it, padded so that stride 1 keeps it.
    constexpr map_facts every(int stride) const { return {given, (height + stride - 1) / stride, (width + stride - 1) / stride}; }
};

/// How a projection reaches its targets on a grid.
struct kernel_facts {
    enum class form : unsigned char { none, pointwise, ordinary, separable, enlarged, whole };
    form kind = form::none;
    int size = 1, stride = 1;  ///< enlarged: by how much

    constexpr bool given() const { return kind != form::none; }
    /// The same kernel inside an area, where targets lie on the grid of their sources.
    constexpr kernel_facts inside() const { return {kind, size, 1}; }
    /// The map that it reaches from one.
    constexpr map_facts reached(map_facts from) const {
        return kind == form::enlarged ? map_facts{from.given, from.height * stride, from.width * stride} : from.every(stride);
    }
};

/// Maxima over windows on what leaves an area.
struct pooling_facts {
    int size = 1, stride = 1;
};

/// What the equations of a cell say about wiring. A shape is a kind of unit: populations bind to the shapes in order.
struct cell_facts {
    bool fine = true;                             ///< false: the equations are wrong, which the cell itself reports
    int output = 0;                               ///< the shape of the last variable, which leaves the area
    std::span<const equations::term> terms;       ///< in the order of the equations
    std::span<const std::string_view> variables;  ///< names, per equation
    std::span<const std::string_view> shapes;     ///< names
    bool given = true;                            ///< false: what stands in the place of the cell has no equations
    bool dense = true;                            ///< false: wrong, or not possible without grids
    std::span<const type_identity> tags = {};     ///< without grids, of the variables, per equation
    unsigned input_equations = ~0u;               ///< without grids, a bit for each equation that reads W(u)
    bool feeds_back = true;                       ///< without grids, whether one reads W(prev(...)) of the last variable
    bool subtracts_units = false, subtracts_input = false;  ///< without grids, whether a minus stands in front of a W of either
};

/// What concerns all areas of a network on grids.
struct stack_facts {
    int steps = 1;
    bool sum_over_steps = false, shared_normalisation = false;
};

}  // namespace EIRNN_NAMESPACE
