// The parameters of a dense network: which tensors its cell and its layout make, and the arrays in which users see them.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/weights.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {

/// What units read of another area: of units of another cell, which are read one step late, or of a map, which is averaged or read whole.
struct other_source {
    int area = 0;  ///< among all areas
    bool map = false, whole = false;
    index_range columns;  ///< theirs in the matrix of recurrent weights, of a map in that of the inputs
    long row = 0;         ///< their first one among the rows of others in its operands
    port from;            ///< where they lie in this run
};
/// What group k of the units reads of the others, its readout included if it is the last one; rows begin at multiples of `unit`.
inline std::vector<other_source> others_of(const layout& l, int k, long unit) {
    const auto groups = l.units_by_cell();
    const index_range own = groups[static_cast<std::size_t>(k)];
    const bool last = k + 1 == static_cast<int>(groups.size());
    std::vector<other_source> all;
    const auto add = [&](int area, bool map, index_range columns, bool whole) {
        all.push_back({area, map, whole, columns, all.empty() ? 0 : round_up(all.back().row + all.back().columns.size, unit), {}});
    };
    for (int j = 0; j < static_cast<int>(groups.size()); ++j) {
        const index_range from = groups[static_cast<std::size_t>(j)];
        if (j == k || !(l.recurrent.connects(own, from) || (last && l.output.connects({0, l.outputs}, from)))) continue;
        add(static_cast<int>(l.maps.size()) + j, false, from, false);
    }
    for (const driver_entry& m : l.read_maps)
        if (l.input.connects(own, {m.first, m.columns()})) add(m.area, true, {m.first, m.columns()}, m.whole);
    return all;
}

inline bool belongs(const block_entry& b, weight_place p) {
    return b.matrix == (p == weight_place::input    ? block_entry::where::input
                        : p == weight_place::output ? block_entry::where::output
                                                    : block_entry::where::recurrent);
}
/// Takes the connections of a projection out of a part of its matrix: the equation does not read it.
EIRNN_COLD inline void cut(connectivity& part, const block_entry& b, index_range post, index_range pre) {
    for (long r = (std::max)(b.post, post.begin); r < (std::min)(b.post + b.posts, post.end()); ++r)
        for (long c = (std::max)(b.pre, pre.begin); c < (std::min)(b.pre + b.pres, pre.end()); ++c)
            part.plastic(r - post.begin, c - pre.begin) = 0, part.fixed(r - post.begin, c - pre.begin) = 0;
}

/// Adds the parameters of the units of one cell, which has this plan. One block per operation, [cells ; readout] x [sources ; others ;
/// inputs ; 1], then one per variable with a value at step 0 of its own. Returns the block of each variable's value at step 0, -1 where it
/// has none.
template <class Plan, class B>
std::vector<int> add_dense(parameter_set<B>& parameters, const Plan& plan, const geometry<Plan>& rows, const layout& l, index_range own,
                           const std::vector<other_source>& others, trainables t, int area) {
    const int first = static_cast<int>(parameters.blocks().size());
    const index_range inputs{0, rows.inputs}, outputs{0, rows.outputs};
    for (int o = 0; o < plan.operations.size; ++o) {
        const auto& g = rows.operation[o];
        parameters.add_block(g.results, g.operands, plan.operations[o].weighted, g.input);
    }
    parameter_tensor w;
    w.area = area;
    const auto matrix_at = [&](int block, long row, long column, const connectivity& c, index_range post, index_range pre) {
        w.post = post.begin, w.pre = pre.begin, w.shape = {post.size, pre.size};
        w.block = first + block, w.row = row, w.column = column;
        auto part = c.part(post, pre);
        for (const block_entry& b : l.blocks)
            if (w.equation >= 0 && (b.equations >> w.equation & 1u) == 0 && belongs(b, w.place)) cut(part, b, post, pre);
        parameters.add(w, part, c.posts() * c.pres());
    };
    const auto vector_at = [&](int block, long row, long column, int equation, int number, tensor_role role, bool is_trained, long size) {
        parameter_tensor v;
        v.role = role, v.equation = equation, v.number = number, v.is_trained = is_trained, v.shape = {size};
        v.area = area, v.block = block, v.row = row, v.column = column;
        parameters.add(v);
    };
    std::vector<int> initial_block;
    int gate = 0, initial = 0;
    for (int e = 0; e < plan.variables.size; ++e) {
        const auto& v = plan.variables[e];
        if (v.weighted) {
            const auto& g = rows.operation[v.product];
            const auto& op = plan.operations[v.product];
            const auto& part = op.parts[v.section];
            const long row = g.part[v.section];
            w.equation = e, w.number = gate;
            w.place = weight_place::input, w.sign = part.input;
            const bool has_inputs =
                inputs.size > 0 || (l.inputs == 0 && l.units_by_cell().size() == 1);  // maybe none, but an array of them
            if (part.input != 0 && has_inputs) matrix_at(v.product, row, g.input, l.input, own, inputs);
            for (const other_source& x : others)
                if (part.input != 0 && x.map) matrix_at(v.product, row, g.other + x.row, l.input, own, x.columns);
            w.place = weight_place::recurrent;
            w.term = 0;
            for (const auto& read : part.reads) {
                w.source = op.from[read.source].variable, w.sign = read.negative ? -1 : 1;
                matrix_at(v.product, row, g.source[read.source], l.recurrent, own, own);
                ++w.term;
            }
            w.source = w.term = -1, w.sign = part.input;
            for (const other_source& x : others)
                if (part.input != 0 && !x.map) matrix_at(v.product, row, g.other + x.row, l.recurrent, own, x.columns);
            vector_at(first + v.product, row, g.one, e, gate++, tensor_role::bias, t.bias, own.size);
        }
        const bool has_initial = v.read_before && !v.computed_at_start;
        initial_block.push_back(has_initial ? parameters.add_block(own.size, 1) : -1);
        if (has_initial) vector_at(initial_block.back(), 0, 0, e, initial++, tensor_role::initial, t.initial_state, own.size);
    }
    if (rows.outputs == 0) return initial_block;
    const auto& g = rows.operation[plan.main];
    w.sign = 1, w.place = weight_place::output, w.equation = readout_equation, w.number = 0, w.source = plan.output();
    matrix_at(plan.main, g.cells, rows.source_row(plan, plan.main, plan.output()), l.output, outputs, own);
    w.source = -1;
    for (const other_source& x : others)
        if (!x.map) matrix_at(plan.main, g.cells, g.other + x.row, l.output, outputs, x.columns);
    vector_at(first + plan.main, g.cells, g.one, readout_equation, 0, tensor_role::bias, t.output_bias, l.outputs);
    return initial_block;
}

/// The arrays in which users see the tensors of units: of each cell and each of its equations those of the input, recurrent, from units of
/// other cells, bias, then the initial values, the trained numbers, scales and shifts; before those of the last cell the readout. What an
/// equation reads of several variables stands side by side in one array, and so does what the readout reads. Every equation has an array of
/// inputs, recurrence and bias, of zeros where it does not read them. `areas`: the names of the areas of each cell; with one cell names
/// have none in front.
inline weight_arrays arrays_of_dense(const std::vector<parameter_tensor>& tensors, const layout& l, const std::vector<std::string>& areas) {
    weight_arrays arrays;
    const auto groups = l.units_by_cell();
    std::string in_front;
    int area = 0;
    const auto numbered = [](const char* base, int number, int count) {
        return count == 1 ? std::string(base) : base + ("." + std::to_string(number));
    };
    const auto add = [&](std::string name, std::vector<long> shape, const auto& belongs, const auto& column_of) {
        weight_array a{std::move(name), {shape.begin(), shape.end()}};
        for (std::size_t k = 0; k < tensors.size(); ++k)
            if (tensors[k].area == area && belongs(tensors[k])) a.tensors.push_back(k), a.columns.push_back(column_of(tensors[k]));
        arrays.push_back(std::move(a));
    };
    const auto matrix = [&](const std::string& name, weight_place place, int number, index_range post, index_range pre, long sources = 1) {
        add(
            in_front + name, {post.size, pre.size * sources},
            [&](const parameter_tensor& t) { return t.place == place && t.number == number && t.pre == pre.begin; },
            [&](const parameter_tensor& t) { return (std::max)(t.term, 0) * pre.size; });
    };
    const auto vector = [&](const std::string& name, tensor_role role, int number, long size) {
        add(
            in_front + name, {size},
            [&](const parameter_tensor& t) { return t.role == role && t.equation != readout_equation && t.number == number; },
            [](const parameter_tensor&) { return 0l; });
    };
    const auto reads = [&](int number, index_range pre) {
        for (const parameter_tensor& t : tensors)
            if (t.area == area && t.place == weight_place::recurrent && t.number == number && t.pre == pre.begin) return true;
        return false;
    };
    for (std::size_t k = 0; k < groups.size(); ++k) {
        area = static_cast<int>(l.maps.size() + k);
        in_front = groups.size() > 1 ? areas[k] + "." : "";
        int gates = 0, initials = 0, numbers = 0, norms = 0;
        std::vector<long> sources;
        bool reads_input = groups.size() == 1, recurrent = false;
        for (const parameter_tensor& t : tensors) {
            if (t.area != area || t.equation == readout_equation) continue;
            initials += t.role == tensor_role::initial;
            gates += t.role == tensor_role::bias;
            numbers += t.role == tensor_role::trained;
            norms += t.role == tensor_role::scale;
            sources.resize((std::max)(sources.size(), static_cast<std::size_t>(t.number) + 1));
            reads_input = reads_input || t.place == weight_place::input;
            if (t.place == weight_place::recurrent && t.source >= 0) ++sources[static_cast<std::size_t>(t.number)], recurrent = true;
        }
        for (int g = 0; g < gates; ++g) {
            if (reads_input)
                add(
                    in_front + numbered("W_in", g, gates), {groups[k].size, l.inputs},
                    [&](const parameter_tensor& t) { return t.place == weight_place::input && t.number == g; },
                    [](const parameter_tensor& t) { return t.pre; });
            if (recurrent)
                matrix(numbered("W_rec", g, gates), weight_place::recurrent, g, groups[k], groups[k], sources[static_cast<std::size_t>(g)]);
            for (std::size_t j = 0; j < groups.size(); ++j)
                if (j != k && reads(g, groups[j]))
                    matrix(numbered("W_rec", g, gates) + "<-" + areas[j], weight_place::recurrent, g, groups[k], groups[j]);
            vector(numbered("b_rec", g, gates), tensor_role::bias, g, groups[k].size);
        }
        if (k + 1 == groups.size()) {
            const auto of_readout = [](const parameter_tensor& t) { return t.equation == readout_equation; };
            add(
                "W_out", {l.outputs, l.units}, [&](const parameter_tensor& t) { return of_readout(t) && t.is_weight(); },
                [](const parameter_tensor& t) { return t.pre; });
            add(
                "b_out", {l.outputs}, [&](const parameter_tensor& t) { return of_readout(t) && !t.is_weight(); },
                [](const parameter_tensor&) { return 0l; });
        }
        for (int g = 0; g < initials; ++g) vector(numbered("x0", g, initials), tensor_role::initial, g, groups[k].size);
        for (int g = 0; g < numbers; ++g) vector("trained." + std::to_string(g), tensor_role::trained, g, groups[k].size);
        for (int g = 0; g < norms; ++g) {
            vector(numbered("scale", g, norms), tensor_role::scale, g, groups[k].size);
            vector(numbered("shift", g, norms), tensor_role::shift, g, groups[k].size);
        }
    }
    return arrays;
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
