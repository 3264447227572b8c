// From the layout of an area on a map to the area and its parameters: which operand has which rows, which tensor lies in which block.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/parameter_set.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {

// Whether the numbers of an area fit its cell and what drives it.
EIRNN_COLD inline void check_map(const equations::plan_view& plan, const map_entry& a, const std::vector<port>& drivers) {
    const auto equal = [](long expected, long got, const char* what, const char* repair) {
        require(expected == got, what, "map_entry", std::to_string(expected), std::to_string(got), repair);
    };
    long terms = 0;
    for (const auto& t : plan.terms) terms += t.source < 0 ? static_cast<long>(a.drivers.size()) : 1;
    equal(terms, static_cast<long>(a.terms.size()), "an area has another number of projections than its cell",
          "give one term per W(...) of the cell's equations, of W(X) one per driver");
    for (const term_entry& t : a.terms) {
        const bool known =
            t.term >= 0 && t.term < plan.terms.size && (t.source >= 0 || (t.driver >= 0 && t.driver < static_cast<int>(drivers.size())));
        require(known && plan.terms[t.term].equation == t.equation && plan.terms[t.term].source == t.source,
                "a projection is not one of the cell", "term_entry", "a term of the cell and a driver of the area", std::to_string(t.term),
                "lower the layout from the network of these cells");
    }
    equal(plan.shapes, static_cast<long>(a.channels.size()), "an area has another number of populations than its cell",
          "give the channels of each population");
    for (const long n : a.channels) require(n >= 1, "a population is empty", "map_entry", ">= 1", std::to_string(n), "give it channels");
    for (std::size_t d = 0; d < drivers.size(); ++d)
        equal(drivers[d].channels, a.drivers[d].channels, "an area reads another number of channels than come from its driver",
              "set them to those of the driver");
    require(a.pooling.size >= 1 && a.pooling.stride >= 1, "maxima need a size and a stride", "pooling_entry", ">= 1", "less",
            "use 1 for none");
    const auto size_of = [](grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); };
    for (const term_entry& t : a.terms) {
        require(t.kernel.size >= 1 && t.kernel.stride >= 1, "a kernel needs a size and a stride", "kernel_entry", ">= 1", "less",
                "use 1 for a point");
        const auto read = [&] { return a.averaged_input ? grid_entry{} : drivers[static_cast<std::size_t>(t.driver)].grid; };
        const grid_entry from = t.source >= 0 ? a.grid : read();
        const bool covers = t.kernel.form == kernel_form::enlarged && a.grid.height % from.height == 0 && a.grid.width % from.width == 0;
        const grid_entry to = covers ? a.grid : strided(from, t.kernel.stride);
        require(to == a.grid, "a projection reaches another map than its area's", "map_entry", size_of(a.grid), size_of(to),
                "divide the grid of the area by the stride of what it reads");
    }
}

template <class B>
int window_of(map_area<B>& a, grid_entry in, int size, int stride) {
    for (std::size_t k = 0; k < a.windows.size(); ++k)
        if (a.windows[k].in == in && a.windows[k].size == size && a.windows[k].stride == stride) return static_cast<int>(k);
    a.windows.emplace_back(in, size, stride);
    return static_cast<int>(a.windows.size()) - 1;
}

/// The operands of an area's weighted inputs, and their kernels and biases as tensors.
template <class B>
void build_parts(map_area<B>& a, parameter_set<B>& parameters) {
    const auto& plan = a.plan;
    const auto& terms = plan.terms;
    for (int e = 0; e < plan.variables.size; ++e) {
        const auto& v = plan.variables[e];
        if (!v.weighted) continue;
        gathered_part part;
        part.rows = a.rows[v.shape], part.ld = a.ld[v.shape];
        bool all_negative = true, any_previous = false;
        for (const bool below : {false, true})
            for (std::size_t k = 0; k < a.shape.terms.size(); ++k) {
                const term_entry& what = a.shape.terms[k];
                const auto& term = terms[what.term];
                if (what.equation != e || (what.source < 0) != below) continue;
                gathered_term t;
                t.what = what, t.number = static_cast<int>(k);
                t.previous = term.previous, t.negative = term.negative;
                t.rows = below ? a.input(what.driver).channels : a.rows[(std::max)(term.source_shape, 0)];
                t.ld = round_up(t.rows, B::row_unit);
                t.offset = part.one;
                t.window =
                    window_of(a, below && !t.enlarges() ? a.input(what.driver).grid : a.shape.grid, what.kernel.size, what.kernel.stride);
                part.one += t.operand_rows();
                if (!below) part.from_below = part.one;
                if (t.previous) any_previous = true, all_negative = all_negative && t.negative;
                part.terms.push_back(t);
            }
        // A bias belongs to what comes from the step before, and sits behind its minus (the authors' code). In front of the batch norm of
        // a feed-forward area there is none.
        part.bias = plan.recurrent || !v.normalised;
        part.bias_sign = any_previous && all_negative ? -1 : 1;
        part.block = parameters.add_block(part.rows, part.operands(), true, part.operands());
        const auto add_kernels = [&](gathered_term& t) {
            const long taps = t.what.kernel.taps(), side = t.what.kernel.size;
            parameter_tensor kernel;
            kernel.area = a.index, kernel.equation = e, kernel.source = t.what.source, kernel.term = t.number;
            kernel.rule = t.what.rule, kernel.place = a.last ? weight_place::output : weight_place::kernel;
            if (t.what.kernel.form == kernel_form::separable) {
                kernel.role = tensor_role::depthwise;
                kernel.shape = {t.rows, side, side};
                kernel.block = t.depthwise = parameters.add_block(t.rows, taps);
                parameters.add(kernel);
            }
            kernel.role = tensor_role::weights;
            kernel.shape = {part.rows, t.rows};
            if (t.what.kernel.form == kernel_form::ordinary) kernel.shape.insert(kernel.shape.end(), {side, side});
            kernel.block = part.block, kernel.column = t.offset, kernel.ld = t.ld;
            kernel.sign = t.negative ? -1 : 1;
            kernel.self = t.what.self || t.rows != part.rows;
            const long mask = t.what.mask;
            parameters.add(kernel, mask < 0 ? nullptr : a.shape.plastic.data() + mask, mask < 0 ? nullptr : a.shape.fixed.data() + mask);
        };
        // In the order of the equations; in the operand, what comes from drivers stands behind the rest.
        for (int k = 0; k < static_cast<int>(a.shape.terms.size()); ++k)
            for (auto& t : part.terms)
                if (t.number == k) add_kernels(t);
        if (part.bias) {
            parameter_tensor bias;
            bias.role = tensor_role::bias, bias.area = a.index, bias.equation = e, bias.shape = {part.rows};
            bias.sign = part.bias_sign, bias.block = part.block, bias.column = part.one;
            parameters.add(bias);
        }
        a[e].part = std::move(part);
    }
}

/// Initial values, scales, shifts and trained numbers of an area as tensors.
template <class B>
void build_rest(map_area<B>& a, parameter_set<B>& parameters, bool initial_states, bool shared_normalisation) {
    const auto& plan = a.plan;
    parameter_tensor t;
    t.area = a.index;
    for (int e = 0; initial_states && e < plan.variables.size; ++e) {
        if (!plan.variables[e].read_before) continue;
        t.equation = e, t.shape = {a.rows[a.shape_of(e)]};
        t.role = tensor_role::initial, t.block = a[e].initial_block = parameters.add_block(t.shape[0], 1), parameters.add(t);
    }
    a.norms.build(plan, parameters, a.index, a.rows, a.ld, shared_normalisation ? 1 : a.steps);
    for (int k = 0; k < plan.trainables; ++k) a.trained_block[k] = add_trained(parameters, a.index, k, a.rows[plan.trainable_shape[k]]);
}

}  // namespace detail

/// Builds area `index` of a network, which is the readout if it is the last one. `handed_over`: what images and the areas before hand
/// over, to which it adds its own. Throws invalid_argument if the layout does not fit the cell or what drives it.
template <class B>
void build(map_area<B>& a, int index, const layout& l, ports& handed_over, parameter_set<B>& parameters, trainables trained) {
    a.index = index;
    a.shape = l.maps[static_cast<std::size_t>(index)];
    const auto areas = static_cast<int>(l.maps.size() + l.units_by_cell().size()), images = static_cast<int>(l.images.size());
    for (const driver_entry& d : a.shape.drivers) {
        const bool later = d.area >= index;
        detail::require(d.area >= -images && d.area < areas && d.delay >= 0 && (!later || d.delay > 0),
                        "an area is driven by one that runs after it", "driver_entry", "an image, an area before it, or a delay",
                        std::to_string(d.area) + ", delay " + std::to_string(d.delay), "lower the layout from a declared network");
        port from{{}, {}, d.grid, d.channels};  // of an area that is built later, the promise, which `link` checks
        if (!later) from = handed_over[d];
        from.delay = d.delay;
        a.drivers.push_back(from);
    }
    detail::require(!a.drivers.empty(), "an area has no driver", "map_entry::drivers", "one at least", "none", "give it one");
    for (const map_entry& reader : l.maps)
        for (const driver_entry& d : reader.drivers)
            if (d.area == index) a.delay = (std::max)(a.delay, d.delay);
    a.steps = l.steps;
    a.last = l.units == 0 && index + 1 == static_cast<int>(l.maps.size());
    a.sums = a.last && l.sum_over_steps;
    a.received = a.drivers.front();
    a.received.constant = false, a.received.delay = 0;
    if (a.shape.averaged_input) a.received.grid = {};
    detail::require(!a.receives() || a.drivers.size() == 1, "a readout has several drivers", "map_entry::drivers", "1",
                    std::to_string(a.drivers.size()), "give it one");
    detail::check_map(a.plan, a.shape, a.drivers);
    bool still = true;
    for (const port& p : a.drivers) still = still && p.reads_constant();
    const bool changes = a.plan.recurrent || a.plan.noisy >= 0;  // from step to step
    a.once = !a.last && still && !changes;
    a.hoists = still && changes;
    for (int k = 0; k < a.plan.shapes; ++k) {
        a.rows[k] = a.shape.channels[static_cast<std::size_t>(k)];
        a.ld[k] = leading_dimension(a.rows[k], B::row_unit);
    }
    if (a.shape.pooling.exists()) a.pool = detail::window_of(a, a.shape.grid, a.shape.pooling.size, a.shape.pooling.stride);
    detail::build_parts(a, parameters);
    detail::build_rest(a, parameters, trained.map_initial_state, a.once || l.shared_normalisation);
    handed_over.areas.push_back({{}, {}, a.shape.output_grid(), a.rows[a.shape_of(a.plan.output())], a.once});
}

/// Tells an area what drives it, and where that lies in this run. Throws invalid_argument if a later area hands over something else than
/// the layout says.
template <class B>
void link(map_area<B>& a, const ports& handed_over) {
    for (std::size_t k = 0; k < a.drivers.size(); ++k) {
        port from = handed_over[a.shape.drivers[k]];
        from.delay = a.drivers[k].delay;
        if (const long first = a.shape.drivers[k].first; from.of_units && first + a.drivers[k].channels <= from.channels) {
            from.channels = a.drivers[k].channels;  // some of them
            if (from.value.offset >= 0) from.value.offset += first;
            if (from.adjoint.offset >= 0) from.adjoint.offset += first;
        }
        detail::require(from.channels == a.drivers[k].channels && from.grid == a.drivers[k].grid, "an area is driven by something else",
                        "driver_entry", std::to_string(a.drivers[k].channels) + " channels", std::to_string(from.channels),
                        "set channels and grid to those of the driver");
        a.drivers[k] = from;
    }
}

}  // namespace EIRNN_NAMESPACE
