// A tile of trials backward through time: adjoints by the plan, weight gradients as outer products of chunks of steps.
#pragma once
#include <eirnn/model/forward.hpp>
#include <eirnn/model/parameters.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {
template <class Cell, class T, int o>
struct backward_part {
    template <int q>
    struct of {
        using type = kernels::pull_back<planned<Cell>, T, o, q>;
    };
};
}  // namespace detail

/// Expects dL/dz in the readout rows of the results. With `Omega`, also leaves its gradient and the sums of its value:
/// per column, the sum of (q - 1)^2 and their number.
template <bool Omega, class Cell, class B>
void trial_backward(B& b, const run_context<Cell, B>& c, const backend::tile& t, typename B::scalar* base,
                    const partial_sums<typename B::scalar>& sums, long chunk, typename B::scalar* state_adjoints = nullptr) {
    using T = typename B::scalar;
    using product = backend::product<typename B::packed, T>;
    using kernels::unroll;
    constexpr auto& plan = planned<Cell>::plan;
    constexpr int main = plan.main, last = plan.operations.size - 1, last_part = plan.operations[last].parts.size - 1;
    constexpr bool arrives = plan.variables[plan.output()].arrives;
    const long columns = t.columns, N = c.rows.units, steps = c.data.steps;
    const auto& g = c.rows.operation[main];
    T* const per_column = base + c.memory.columns_offset;
    T *const flow_squares = per_column, *const state_squares = per_column + columns, *const factor = per_column + 2 * columns;

    // Nothing comes from beyond the last step, and the readout of step 0 is nobody's.
    b.each(columns, section{0l, g.cells, 0l, kernels::fill_rows<T>{c.memory.result[main].block(base, steps + 1, columns), T(0)}},
           section{g.cells, g.results, 0l, kernels::fill_rows<T>{c.memory.result[main].block(base, 1, columns), T(0)}});
    unroll<plan.variables.size>([&](auto e) {
        if (c.memory.adjoint[e.value].offset >= 0)
            b.each(columns, section{0l, N, 0l, kernels::fill_rows<T>{c.memory.adjoint[e.value].block(base, steps, columns), T(0)}});
    });
    if constexpr (Omega) b.for_index(5 * columns, kernels::set_numbers<T>{per_column, T(0)});

    const auto arrival = [&](long s, const auto& f) {  // the product that brings the adjoint of the sources at step s
        const view<T> in = c.memory.result[main].block(base, s + 1, columns);
        f(product{c.backward[main], 0, g.results, in});
    };
    bool fresh = t.fresh;
    long high = steps;
    const auto flush = [&](long s) {  // pairs s .. high of an adjoint and the operand that it multiplied
        unroll<plan.operations.size>([&](auto o) {
            constexpr auto op = planned<Cell>::plan.operations[o.value];
            if constexpr (op.weighted) {
                const long begin = op.previous() ? s : (s > 0 ? s : 1), shift = op.previous() ? 1 : 0;
                const view<T> adjoint = c.memory.result[o.value].block(base, begin + shift, columns),
                              operand = c.memory.operand[o.value].block(base, begin, columns);
                if (begin <= high)
                    for (const patch& p : c.trained[o.value])
                        b.accumulate(sums.blocks[o.value].row(p.row).column(p.column), p.rows, adjoint.row(p.row), p.columns,
                                     operand.row(p.column), (high - begin + 1) * columns, !fresh);
            }
        });
        if constexpr (Omega)
            b.accumulate(sums.omega, N, c.memory.result[main].block(base, s + 1, columns), N, c.memory.slope.block(base, s, columns),
                         (high - s + 1) * columns, !fresh);
        fresh = false;
        high = s - 1;
    };

    for (long s = steps; s >= 0; --s) {
        const auto m = c.frame(base, columns, t, s);
        if constexpr (Omega) {
            const view<T> in = c.memory.result[main].block(base, s + 1, columns), flow = c.memory.flow.block(base, 0, columns);
            const product recurrent{c.backward[main], 0, g.cells, in}, readout{c.backward[main], g.cells, g.results, in.row(g.cells)};
            if (s > 0)
                b.product_map(columns, recurrent, readout, section{0l, N, 0l, kernels::pull_back_omega<planned<Cell>, T, false>{m, flow}});
            else b.product_map(columns, recurrent, readout, section{0l, N, 0l, kernels::pull_back_omega<planned<Cell>, T, true>{m, flow}});
            b.column_squares(flow, N, columns, flow_squares);
            b.for_index(columns, kernels::omega_columns<T>{flow_squares, state_squares, factor, per_column + 3 * columns,
                                                           per_column + 4 * columns, s == steps});
            b.each(columns, section{0l, N, 0l, kernels::scale_columns<T>{m.slope, factor}});
            b.column_squares(m.state_adjoint, N, columns, state_squares);
            if (state_adjoints && s > 0)
                b.for_index(columns, kernels::save_adjoint<T>{m.state_adjoint, state_adjoints, c.data.trials, N, t.first, s});
        } else {
            if constexpr (!arrives)
                unroll<plan.operations[main].from.size>([&](auto k) {
                    constexpr auto source = planned<Cell>::plan.operations[planned<Cell>::plan.main].from[k.value];
                    const long row = g.source[k.value];
                    arrival(s, [&](const product& p) {
                        b.product_map(columns, p,
                                      section{row, row + N, row, kernels::store_rows<T, !source.first>{m.adjoint[source.variable]}});
                    });
                });
            if (s > 0) {
                unroll<plan.operations.size>([&](auto back) {
                    constexpr int o = last - back.value;
                    constexpr auto op = planned<Cell>::plan.operations[o];
                    unroll<op.parts.size>([&](auto back_part) {
                        constexpr int q = planned<Cell>::plan.operations[o].parts.size - 1 - back_part.value;
                        const section part{0l, N, 0l, kernels::pull_back<planned<Cell>, T, o, q>{m}};
                        if constexpr (arrives && o == last && q == last_part)
                            arrival(s, [&](const product& p) { b.product_map(columns, p, part); });
                        else b.each(columns, part);
                    });
                    if constexpr (op.weighted && !op.previous())
                        unroll<op.from.size>([&](auto k) {
                            constexpr auto source = planned<Cell>::plan.operations[o].from[k.value];
                            const long row = c.rows.operation[o].source[k.value];
                            b.product_map(
                                columns, product{c.backward[o], 0, c.rows.operation[o].results, c.memory.result[o].block(base, s, columns)},
                                section{row, row + N, row, kernels::store_rows<T, !source.first>{m.adjoint[source.variable]}});
                        });
                });
            } else {
                const section begin{0l, N, 0l, kernels::pull_start<planned<Cell>, T, arrives>{m}};
                if constexpr (arrives) arrival(0, [&](const product& p) { b.product_map(columns, p, begin); });
                else b.each(columns, begin);
            }
        }
        if (s % chunk == 0) flush(s);
    }
    // The initial values are shared by all trials: sum over the columns.
    const view<T> ones = c.memory.operand[main].block(base, 0, columns).row(g.one);
    unroll<plan.variables.size>([&](auto e) {
        constexpr auto v = planned<Cell>::plan.variables[e.value];
        if constexpr (v.read_before && !v.computed_at_start)
            b.accumulate(sums.blocks[static_cast<std::size_t>(c.initial_block[e.value])], N, c.memory.adjoint[e.value].block(base, 0, columns), 1, ones, columns, !t.fresh);
    });
}

}  // namespace EIRNN_NAMESPACE
