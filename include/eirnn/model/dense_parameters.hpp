// The parameters of a dense network: which tensors its cell and its layout make, and the weight_set in which users see them.
#pragma once
#include <eirnn/core/owned_list.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameter_set.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// Host weights, `W[post][pre]`. A cell with several weighted equations (gates) has one entry of `input`, `recurrent` and `bias` for each,
/// in the order of its equations; `initial` has one vector per variable with an initial value of its own. The rate cell has one of each.
template <class T>
struct weight_set {
    owned_list<matrix<T>> input;              ///< [gate](unit, input)
    owned_list<matrix<T>> recurrent;          ///< [gate](unit, unit)
    owned_list<std::vector<T>> bias;          ///< [gate][unit]
    matrix<T> output;                         ///< (output, unit)
    std::vector<T> output_bias;               ///< [output]
    owned_list<std::vector<T>> initial;       ///< [variable][unit]
    friend bool operator==(const weight_set&, const weight_set&) = default;
};

}  // namespace EIRNN_SHARED_NAMESPACE

namespace EIRNN_NAMESPACE {

/// What else is trained beside the weights.
struct trainables {
    bool bias = false;             ///< biases of the units (0 and untrained in the networks of Song et al.)
    bool output_bias = false;      ///< biases of the outputs
    bool initial_state = true;     ///< the state before the first step, one number per unit
    friend bool operator==(trainables, trainables) = default;
};

namespace detail {

/// The equation of the tensors that belong to the readout.
inline constexpr int readout_equation = -1;

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

/// A weight_set for these tensors, all zero.
template <class T>
weight_set<T> empty_weights(const std::vector<parameter_tensor>& tensors, const layout& l) {
    weight_set<T> w;
    const auto units = static_cast<std::size_t>(l.units);
    for (const auto& t : tensors) {
        if (t.role == tensor_role::initial) w.initial.emplace_back(units);
        if (t.role != tensor_role::bias || t.equation == readout_equation) continue;
        const auto sources = std::count_if(tensors.begin(), tensors.end(), [&](const parameter_tensor& s) {
            return s.place == weight_place::recurrent && s.equation == t.equation;
        });
        w.input.emplace_back(l.units, l.inputs);
        w.recurrent.emplace_back(l.units, l.units * sources);
        w.bias.emplace_back(units);
    }
    w.output = matrix<T>(l.outputs, l.units);
    w.output_bias.resize(static_cast<std::size_t>(l.outputs));
    return w;
}

// f(tensor, element, number) for every number of a weight_set, const or not, that is an element of a tensor.
template <class Weights, class F>
void each_number(const std::vector<parameter_tensor>& tensors, Weights& w, const F& f) {
    for (std::size_t k = 0; k < tensors.size(); ++k) {
        const parameter_tensor& t = tensors[k];
        const auto n = static_cast<std::size_t>(t.number);
        if (t.role == tensor_role::weights) {
            auto& m = t.place == weight_place::input ? w.input[n] : t.place == weight_place::recurrent ? w.recurrent[n] : w.output;
            const long first = t.place == weight_place::recurrent ? t.term * t.shape[1] : 0;
            for (long i = 0; i < t.size(); ++i) f(k, static_cast<std::size_t>(i), m(i / t.shape[1], first + i % t.shape[1]));
        } else {
            auto& v = t.role == tensor_role::initial ? w.initial[n] : t.equation == readout_equation ? w.output_bias : w.bias[n];
            for (std::size_t i = 0; i < v.size(); ++i) f(k, i, v[i]);
        }
    }
}

/// The numbers of a weight_set by tensor. Throws invalid_argument if it has another shape than `empty`.
template <class T>
tensor_list<T> numbers_of(const std::vector<parameter_tensor>& tensors, const weight_set<T>& w, const weight_set<T>& empty) {
    const auto fits = [](const auto& a, const auto& b) { return a.rows == b.rows && a.cols == b.cols && a.data.size() == b.data.size(); };
    bool ok = w.input.size() == empty.input.size() && w.recurrent.size() == empty.recurrent.size() && w.bias.size() == empty.bias.size() &&
              w.initial.size() == empty.initial.size() && fits(w.output, empty.output) && w.output_bias.size() == empty.output_bias.size();
    for (std::size_t k = 0; ok && k < empty.bias.size(); ++k)
        ok = fits(w.input[k], empty.input[k]) && fits(w.recurrent[k], empty.recurrent[k]) && w.bias[k].size() == empty.bias[k].size();
    for (std::size_t k = 0; ok && k < empty.initial.size(); ++k) ok = w.initial[k].size() == empty.initial[k].size();
    require(ok, "weights have another shape than the network", "set_raw",
            std::to_string(empty.output.cols) + " units, " + std::to_string(empty.input.empty() ? 0 : empty.input.front().cols) +
                " inputs, " + std::to_string(empty.output.rows) + " outputs",
            "other sizes", "take a weight_set of this network, from raw(), and fill it");
    tensor_list<T> all;
    for (const auto& t : tensors) all.emplace_back(static_cast<std::size_t>(t.size()));
    each_number(tensors, w, [&](std::size_t tensor, std::size_t k, T x) { all[tensor][k] = x; });
    return all;
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
