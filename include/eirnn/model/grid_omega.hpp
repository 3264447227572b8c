// Omega of an area on a map: a trial's dL/dx is that of all positions, and what flows back is what the area's own kernels bring. The step
// itself runs backward as without it.
#pragma once
#include <eirnn/model/grid_inputs.hpp>

namespace EIRNN_NAMESPACE::detail {

// The ends of an area's recurrent terms for Omega: first to see what arrives at the rates of the step before, with no gradient of weights;
// then for the gradient, whose operand is slope * p in place of those rates, and whose adjoint nobody wants.
template <class B>
struct omega_ends {
    using T = typename B::scalar;
    const parameter_set<B>& parameters;
    int group;
    view<T> read, arrived;
    view<T> source(const gathered_term&) const { return read; }
    view<T> adjoint(const gathered_term&) const { return arrived; }
    view<T> sums(int block) const { return arrived.data ? view<T>{} : parameters.omega(group, block); }
};

/// Before a step runs backward, while the adjoints of its rates are there.
template <class P, class B, class T = typename B::scalar>
void begin_omega(B& b, const map_area<B>& a, const tile_place<T>& at, const kernels::frame<P, T>& m) {
    if (at.step == a.steps) b.for_index(2 * at.trials, kernels::set_numbers<T>{a.block(a.omega.trials, at, 0).data, T(0)});
    b.each(at.trials * a.positions(),
           section{0l, a.rows[a.shape_of(0)], 0l, kernels::adjoint_of_state<P, T>{m, a.block(a.omega.state, at, 0)}});
}
/// After it, while the adjoint of its weighted input is there.
template <class P, class B, class T = typename B::scalar>
void end_omega(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<T>& at, kernels::frame<P, T> m) {
    const long positions = a.positions(), columns = at.trials * positions, rows = a.rows[a.shape_of(0)];
    const auto block = [&](const trace& t) { return a.block(t, at, 0); };
    const view<T> arrived = block(a.omega.arrived), flow = block(a.omega.flow), pulled = block(a.omega.pulled), delta = m.delta[0];
    T *const flow_squares = block(a.omega.columns).data, *const state_squares = flow_squares + columns;
    T *const factor = state_squares + columns, *const sum = block(a.omega.trials).data, *const count = sum + at.trials;
    b.each(columns, section{0l, a.ld[a.shape_of(0)], 0l, kernels::fill_rows<T>{arrived, T(0)}});
    scatter(b, c, a, a[0].part, terms::other, at, delta, omega_ends<B>{c.parameters, at.group, m.before[1], arrived});
    for (int e = 0; e < m.E; ++e) m.value[e] = m.before[e], m.adjoint[e] = m.adjoint_before[e];
    b.each(columns, section{0l, rows, 0l, kernels::flow_back<P, T>{m, arrived, flow, pulled}});
    b.column_squares(flow, rows, columns, flow_squares);
    b.column_squares(block(a.omega.state), rows, columns, state_squares);
    b.for_index(at.trials, kernels::omega_of_trials<T>{flow_squares, state_squares, factor, sum, count, false, positions});
    b.each(columns, section{0l, rows, 0l, kernels::scale_columns<T>{pulled, factor}});
    scatter(b, c, a, a[0].part, terms::other, at, delta, omega_ends<B>{c.parameters, at.group, pulled, {}});
    if (at.step == 1)
        c.omega[at.first / at.columns].add(b.sum(at.trials, kernels::number_at<T>{sum}), b.sum(at.trials, kernels::number_at<T>{count}));
}

}  // namespace EIRNN_NAMESPACE::detail
