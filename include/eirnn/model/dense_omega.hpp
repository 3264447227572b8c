// Omega of an area on one position: its step back, with what the recurrence and what the readout bring kept apart.
#pragma once
#include <eirnn/model/dense_inputs.hpp>

namespace EIRNN_NAMESPACE::detail {

// The adjoint of the state at at.step for the task's loss, and Omega's gradient and value (Song et al. 2016, equations 22-26).
template <class P, class Output, class B>
void pull_back_with_omega(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using product = backend::product<typename B::packed, T>;
    const long s = at.step, columns = at.columns, N = a.rows.units;
    const auto& g = a.rows.operation[P::plan.main];
    const auto& back = c.parameters.backward()[a.first_block + P::plan.main];
    T *const flow_squares = a.per_column(at), *const state_squares = flow_squares + columns, *const factor = flow_squares + 2 * columns;
    const auto m = a.frame(c.data, at, s);
    const view<T> in = a.memory.result[P::plan.main].block(at.base, s + 1, columns), flow = a.memory.flow.block(at.base, 0, columns);
    const product recurrent{back, 0, g.cells, in}, readout{back, g.cells, g.results, in.row(g.cells)};
    if (s > 0)
        b.product_map(columns, recurrent, readout, section{0l, N, 0l, kernels::pull_back_omega<P, T, false>{m, flow}});
    else
        b.product_map(columns, recurrent, readout, section{0l, N, 0l, kernels::pull_back_omega<P, T, true>{m, flow}});
    b.column_squares(flow, N, columns, flow_squares);
    b.for_index(columns, kernels::omega_of_trials<T>{flow_squares, state_squares, factor, flow_squares + 3 * columns,
                                                     flow_squares + 4 * columns, s == a.steps});
    b.each(columns, section{0l, N, 0l, kernels::scale_columns<T>{m.slope, factor}});
    b.column_squares(m.state_adjoint, N, columns, state_squares);
    if (c.state_adjoints && s > 0)
        b.for_index(columns, kernels::save_adjoint<T>{m.state_adjoint, c.state_adjoints, c.data.trials, N, at.first, s});
    if (s == 0)
        c.omega[at.first / columns].add(b.sum(columns, kernels::number_at<T>{flow_squares + 3 * columns}),
                                        b.sum(columns, kernels::number_at<T>{flow_squares + 4 * columns}));
}

}  // namespace EIRNN_NAMESPACE::detail
