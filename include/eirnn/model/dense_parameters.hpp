// The parameters of a dense network: which tensors its cell and its layout make, and the arrays in which users see them.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {

/// Adds the parameters of a dense network whose cell has this plan. One block per operation, [cells ; readout] x [sources ; inputs ; 1],
/// then one per variable with a value at step 0 of its own. `driven`: the adjoints of its inputs are wanted. Returns the block of each
/// variable's value at step 0, -1 where it has none.
template <class Plan, class B>
std::vector<int> add_dense(parameter_set<B>& parameters, const Plan& plan, const geometry<Plan>& rows, const layout& l, trainables t,
                           int area = 0, bool driven = false) {
    const int first = static_cast<int>(parameters.blocks().size());
    for (int o = 0; o < plan.operations.size; ++o) {
        const auto& g = rows.operation[o];
        parameters.add_block(g.results, g.operands, plan.operations[o].weighted, driven ? g.one : g.input);
    }
    const auto matrix_at = [&](int block, long row, long column, int equation, int number, weight_place place, const connectivity& c,
                               int source = -1, int term = -1) {
        parameter_tensor w;
        w.place = place, w.equation = equation, w.source = source, w.term = term, w.number = number, w.shape = {c.posts(), c.pres()};
        w.area = area, w.block = first + block, w.row = row, w.column = column;
        parameters.add(w, c);
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
            const long row = g.part[v.section];
            if (op.input) matrix_at(v.product, row, g.input, e, gate, weight_place::input, l.input);
            for (int k = 0; k < op.from.size; ++k)
                matrix_at(v.product, row, g.source[k], e, gate, weight_place::recurrent, l.recurrent, op.from[k].variable, k);
            vector_at(first + v.product, row, g.one, e, gate++, tensor_role::bias, t.bias, l.units);
        }
        const bool has_initial = v.read_before && !v.computed_at_start;
        initial_block.push_back(has_initial ? parameters.add_block(l.units, 1) : -1);
        if (has_initial) vector_at(initial_block.back(), 0, 0, e, initial++, tensor_role::initial, t.initial_state, l.units);
    }
    const auto& g = rows.operation[plan.main];
    const long source = rows.source_row(plan, plan.main, plan.output());
    matrix_at(plan.main, g.cells, source, readout_equation, 0, weight_place::output, l.output, plan.output());
    vector_at(first + plan.main, g.cells, g.one, readout_equation, 0, tensor_role::bias, t.output_bias, l.outputs);
    return initial_block;
}

/// The arrays in which users see the tensors of a dense network: of each equation those of the input, recurrent, bias; then the readout,
/// then the initial values. What an equation reads of several variables stands side by side in one array. Every equation has all three,
/// of zeros where it does not read them.
inline weight_arrays arrays_of_dense(const std::vector<parameter_tensor>& tensors, const layout& l) {
    weight_arrays arrays;
    const int area = static_cast<int>(l.maps.size());
    int gates = 0, initials = 0;
    for (const auto& t : tensors) {
        if (t.area != area) continue;
        initials += t.role == tensor_role::initial;
        gates += t.role == tensor_role::bias && t.equation != readout_equation;
    }
    const auto name = [](const char* base, int number, int count) {
        return count == 1 ? std::string(base) : base + ("." + std::to_string(number));
    };
    const auto pieces = [&](weight_array& a, const auto& belongs) {
        long column = 0;
        for (std::size_t k = 0; k < tensors.size(); ++k)
            if (tensors[k].area == area && belongs(tensors[k]))
                a.tensors.push_back(k), a.columns.push_back(column), column += tensors[k].shape.back();
        return column;
    };
    const auto matrix_of = [&](const std::string& what, weight_place place, int number, long posts, long pres) {
        weight_array a{what, {static_cast<std::uint64_t>(posts), static_cast<std::uint64_t>(pres)}};
        const long columns = pieces(a, [&](const parameter_tensor& t) { return t.place == place && t.number == number; });
        if (place == weight_place::recurrent) a.shape[1] = static_cast<std::uint64_t>(columns);
        arrays.push_back(std::move(a));
    };
    const auto vector_of = [&](const std::string& what, tensor_role role, bool readout, int number, long size) {
        weight_array a{what, {static_cast<std::uint64_t>(size)}};
        pieces(a, [&](const parameter_tensor& t) {
            return t.role == role && (t.equation == readout_equation) == readout && t.number == number;
        });
        arrays.push_back(std::move(a));
    };
    for (int k = 0; k < gates; ++k) {
        matrix_of(name("W_in", k, gates), weight_place::input, k, l.units, l.inputs);
        matrix_of(name("W_rec", k, gates), weight_place::recurrent, k, l.units, l.units);
        vector_of(name("b_rec", k, gates), tensor_role::bias, false, k, l.units);
    }
    matrix_of("W_out", weight_place::output, 0, l.outputs, l.units);
    vector_of("b_out", tensor_role::bias, true, 0, l.outputs);
    for (int k = 0; k < initials; ++k) vector_of(name("x0", k, initials), tensor_role::initial, false, k, l.units);
    return arrays;
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
