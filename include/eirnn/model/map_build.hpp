// From the layout of an area on a map to the area and its parameters: which operand has which rows, which tensor lies in which block.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/parameter_set.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {

// Whether the numbers of an area fit its cell and what drives it.
EIRNN_COLD inline void check_map(const equations::plan_view& plan, const map_entry& a, const port& below) {
    const auto equal = [](long expected, long got, const char* what, const char* repair) {
        require(expected == got, what, "map_entry", std::to_string(expected), std::to_string(got), repair);
    };
    equal(plan.terms.size, static_cast<long>(a.terms.size()), "an area has another number of projections than its cell",
          "give one term per W(...) of the cell's equations");
    equal(plan.shapes, static_cast<long>(a.channels.size()), "an area has another number of populations than its cell",
          "give the channels of each population");
    for (const long n : a.channels) require(n >= 1, "a population is empty", "map_entry", ">= 1", std::to_string(n), "give it channels");
    equal(below.channels, a.inputs, "an area reads another number of channels than come from below", "set inputs to the channels below");
    require(a.pooling.size >= 1 && a.pooling.stride >= 1, "maxima need a size and a stride", "pooling_entry", ">= 1", "less",
            "use 1 for none");
    const auto size_of = [](grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); };
    for (const term_entry& t : a.terms) {
        require(t.kernel.size >= 1 && t.kernel.stride >= 1, "a kernel needs a size and a stride", "kernel_entry", ">= 1", "less",
                "use 1 for a point");
        const grid_entry to = strided(t.source >= 0 ? a.grid : a.averaged_input ? grid_entry{} : below.grid, t.kernel.stride);
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
            for (int k = 0; k < terms.size; ++k) {
                if (terms[k].equation != e || (terms[k].source < 0) != below) continue;
                gathered_term t;
                t.what = a.shape.terms[static_cast<std::size_t>(k)];
                t.previous = terms[k].previous, t.negative = terms[k].negative;
                t.rows = below ? a.shape.inputs : a.rows[(std::max)(terms[k].source_shape, 0)];
                t.ld = round_up(t.rows, B::row_unit);
                t.offset = part.one;
                t.window = window_of(a, t.what.source < 0 ? a.received.grid : a.shape.grid, t.what.kernel.size, t.what.kernel.stride);
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
        for (int k = 0; k < terms.size; ++k)
            for (auto& t : part.terms) {
                if (terms[k].equation != e || terms[k].source != t.what.source || terms[k].previous != t.previous) continue;
                const long taps = t.what.kernel.taps(), side = t.what.kernel.size;
                parameter_tensor kernel;
                kernel.area = a.index, kernel.equation = e, kernel.source = t.what.source, kernel.term = k;
                kernel.rule = t.what.rule;
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
                parameters.add(kernel);
            }
        if (part.bias) {
            parameter_tensor bias;
            bias.role = tensor_role::bias, bias.area = a.index, bias.equation = e, bias.shape = {part.rows};
            bias.sign = part.bias_sign, bias.block = part.block, bias.column = part.one;
            parameters.add(bias);
        }
        a[e].part = std::move(part);
    }
}

/// Scales, shifts and trained numbers of an area as tensors, and memory for its statistics.
template <class B>
void build_rest(map_area<B>& a, parameter_set<B>& parameters) {
    using T = typename B::scalar;
    const auto& plan = a.plan;
    long widest = 0;
    for (int k = 0; k < plan.shapes; ++k) widest = (std::max)(widest, a.ld[k]);
    std::vector<T> identity(static_cast<std::size_t>(2 * widest + 32));
    std::fill(identity.begin(), identity.begin() + static_cast<long>(identity.size()) / 2, T(1));
    a.identity = typename B::template buffer<T>(static_cast<long>(identity.size()));
    a.identity.upload(identity.data(), static_cast<long>(identity.size()));
    parameter_tensor t;
    t.area = a.index;
    for (int e = 0; e < plan.variables.size; ++e) {
        if (!plan.variables[e].normalised) continue;
        const long n = a.rows[a.shape_of(e)], ld = a.ld[a.shape_of(e)];
        t.equation = e, t.shape = {a.norm_steps, n};
        t.role = tensor_role::scale, t.block = a[e].gamma_block = parameters.add_block(n, a.norm_steps), parameters.add(t);
        t.role = tensor_role::shift, t.block = a[e].beta_block = parameters.add_block(n, a.norm_steps), parameters.add(t);
        a[e].norm = typename B::template buffer<T>(7 * ld * (a.once ? 1 : a.steps) + 32);
        a[e].running = typename B::template buffer<T>(2 * ld * a.norm_steps + 32);
        std::vector<T> running(static_cast<std::size_t>(2 * ld * a.norm_steps));
        for (std::size_t k = 0; k < running.size(); ++k) running[k] = k / static_cast<std::size_t>(ld) % 2 == 1 ? T(1) : T(0);
        a[e].running.upload(running.data(), static_cast<long>(running.size()));
    }
    for (int k = 0; k < plan.trainables; ++k) {
        const long n = a.rows[plan.trainable_shape[k]];
        t.equation = k, t.role = tensor_role::trained, t.shape = {n};
        t.block = a.trained_block[k] = parameters.add_block(n, 1);
        parameters.add(t);
    }
}

}  // namespace detail

/// Builds area `index` of a network, which is the readout if it is the last one. `below`: what drives it; becomes what it hands over itself.
/// Throws invalid_argument if the layout does not fit the cell or what comes from below.
template <class B>
void build(map_area<B>& a, int index, const layout& l, port& below, parameter_set<B>& parameters, trainables) {
    a.index = index;
    a.shape = l.maps[static_cast<std::size_t>(index)];
    detail::check_map(a.plan, a.shape, below);
    a.steps = l.steps;
    a.last = l.units == 0 && index + 1 == static_cast<int>(l.maps.size());
    a.sums = a.last && l.sum_over_steps;
    a.once = !a.last && below.constant && !a.plan.recurrent;
    a.hoists = below.constant && a.plan.recurrent;
    a.norm_steps = a.once || l.shared_normalisation ? 1 : l.steps;
    for (int k = 0; k < a.plan.shapes; ++k) {
        a.rows[k] = a.shape.channels[static_cast<std::size_t>(k)];
        a.ld[k] = leading_dimension(a.rows[k], B::row_unit);
    }
    a.below = a.received = below;
    if (a.receives()) a.received.constant = false;
    if (a.shape.averaged_input) a.received.grid = {};
    if (a.shape.pooling.exists()) a.pool = detail::window_of(a, a.shape.grid, a.shape.pooling.size, a.shape.pooling.stride);
    detail::build_parts(a, parameters);
    detail::build_rest(a, parameters);
    below.grid = a.shape.output_grid(), below.channels = a.rows[a.shape_of(a.plan.output())], below.constant = a.once;
}

}  // namespace EIRNN_NAMESPACE
