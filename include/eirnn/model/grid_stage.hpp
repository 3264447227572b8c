// One stage of an area on a grid: the operations of a step up to the next point where the whole batch is needed. Forward and backward run
// the same functors as dense networks do (kernels/step.hpp). Only what runs those functors is a template of the cell.
#pragma once
#include <eirnn/model/grid_omega.hpp>
#include <eirnn/model/lesions.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {

/// After the equations of a segment: sums over what is normalised next, and maxima after the last one.
template <class B>
void end_forward(B& b, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    a.norms.each([&](int e) {
        if (!at.training || a.plan.variables[e].segment != segment) return;
        const view<T> values = a.block(a[e].value, at, at.step);
        b.each(1,
               section{0l, a.norms[e].rows, 0l,
                       kernels::row_sums<T>{values, values, a.norms[e].statistics.block(at.base, 0, 1), at.trials * a.positions(), false}});
    });
    if (a.pool < 0 || segment != a.plan.segments - 1) return;
    const kernels::window w = a.windows[static_cast<std::size_t>(a.pool)].forward();
    const int out = a.plan.output();
    const long outside = at.trials * a.above.grid.positions();
    const view<T> winner = at.training ? a.winner.block(at.base, at.step, outside) : view<T>{};
    with_size(w, !w.strided_input, [&](auto n) {
        const view<T> to = a.pooled.block(at.base, at.step, outside);
        b.each(at.trials * w.height,
               section{0l, a.rows[a.shape_of(out)], 0l, kernels::max_pool<T, n.value>{a.block(a[out].value, at, at.step), to, winner, w}});
    });
}

/// Before the equations of a segment run backward: adjoints of maxima go to the positions that won, a penalty on rates joins them, and the
/// adjoints of trained numbers begin at 0.
template <class B>
void begin_backward(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (a.pool >= 0 && segment == a.plan.segments - 1) {
        const kernels::window w = a.windows[static_cast<std::size_t>(a.pool)].forward();
        const int out = a.plan.output();
        const long outside = at.trials * a.above.grid.positions(), rows = a.rows[a.shape_of(out)];
        const view<T> from = a.pooled_adjoint.block(at.home(a.pooled_adjoint), at.step, outside);
        with_size(w, !w.strided_input, [&](auto n) {
            b.each(at.trials * w.other_height,
                   section{0l, rows, 0l,
                           kernels::max_pool_adjoint<T, n.value>{from, a.winner.block(at.base, at.step, outside),
                                                                 a.block(a[out].adjoint, at, at.step), w}});
        });
        b.each(outside, section{0l, rows, 0l, kernels::fill_rows<T>{from, T(0)}});
    }
    if (c.data.rate_penalty != 0 && !a.last && segment == a.plan.segments - 1) {
        const int out = a.plan.output();
        b.each(at.trials * a.positions(),
               section{0l, a.rows[a.shape_of(out)], 0l,
                       kernels::add_rows<T>{a.block(a[out].value, at, at.step), a.block(a[out].adjoint, at, at.step),
                                            c.data.rate_penalty * static_cast<T>(a.same_steps())}});
    }
    for (int k = 0; k < a.plan.trainables; ++k)
        b.each(at.trials * a.positions(),
               section{0l, a.rows[a.plan.trainable_shape[k]], 0l, kernels::fill_rows<T>{a.share(c.share(at.scratch), k, at), T(0)}});
}

/// The weighted input of variable e runs backward.
template <class B>
void weights_backward(B& b, const stage_context<B>& c, const map_area<B>& a, int e, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const view<T> delta = a.block(a[e].delta, at, at.step);
    const auto which = needed(a, e, at.step);
    const term_ends<B> ends{c, a, at};
    if (which != terms::none) scatter(b, c, a, a[e].part, which, at, delta, ends);
    if (a[e].from_below.offset < 0) return;
    const view<T> sum = a.block(a[e].delta_sum, at, 1);
    const long rows = a[e].part.rows, columns = at.trials * a.positions();
    if (at.step == a.steps)
        b.each(columns, section{0l, rows, 0l, kernels::copy_rows<T>{delta, sum}});
    else
        b.each(columns, section{0l, rows, 0l, kernels::add_rows<T>{delta, sum}});
    if (at.step == 1) scatter(b, c, a, a[e].part, terms::from_below, at, sum, ends);
}

/// After the equations of a segment ran backward: gradients of trained numbers, and what batch norm needs before the segment below runs
/// backward; after the last segment of a step, of what that step leaves behind.
template <class B>
void end_backward(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions();
    for (int k = 0; k < a.plan.trainables; ++k)
        b.each(1, section{0l, a.rows[a.plan.trainable_shape[k]], 0l,
                          kernels::row_sums<T>{
                              a.share(c.share(at.scratch), k, at), {}, c.parameters.partial(at.group, a.trained_block[k]), columns, true}});
    for (int e = 0; e < a.plan.variables.size; ++e) {
        const auto& v = a.plan.variables[e];
        if (v.normalised && v.segment == segment - 1)
            b.each(1, section{0l, a.rows[v.shape], 0l,
                              kernels::row_sums<T>{a.block(a[e].adjoint, at, at.step), a.block(a[e].value, at, at.step),
                                                   a.norms[e].statistics.block(at.base, 0, 1), columns, false}});
        if (segment == 0 && at.step == 1 && v.read_before && a[e].adjoint.offset >= 0) {  // of the state before the first step
            const view<T> adjoint = a.block(a[e].adjoint, at, 0);
            if (a.initial[e] && !a.start[e])
                b.each(1, section{0l, a.rows[v.shape], 0l,
                                  kernels::row_sums<T>{adjoint, {}, c.parameters.partial(at.group, a[e].initial_block), columns, true}});
            b.each(columns, section{0l, a.ld[v.shape], 0l, kernels::fill_rows<T>{adjoint, T(0)}});
        }
    }
}

// What the equations read and write at a step.
template <class P, class B, class T = typename B::scalar>
[[gnu::noinline]] kernels::frame<P, T> frame_of(const stage_context<B>& c, const map_area<B>& a, const tile_place<T>& at) {
    kernels::frame<P, T> m;
    T* const shares = c.share(at.scratch);
    for (int k = 0; c.data.alpha && k < a.plan.shapes; ++k) m.alpha[k] = c.data.alpha + a.first_number[k];
    for (int e = 0; e < m.E; ++e) {
        const auto set = [&](view<T>& to, const trace& t, long s) {
            if (t.offset >= 0) to = a.block(t, at, s);
        };
        const map_variable<B>& v = a[e];
        set(m.value[e], v.value, at.step), set(m.before[e], v.value, at.step - 1);
        set(m.adjoint[e], v.adjoint, at.step), set(m.adjoint_before[e], v.adjoint, at.step - 1);
        set(m.weighted_input[e], v.weighted_input, at.step), set(m.delta[e], v.delta, at.step);
        if (v.sign.offset >= 0) m.sign[e] = v.sign.bytes(at.base, at.step, at.trials * a.positions());
        set(m.from_below[e], v.from_below, at.step), set(m.noise, v.noise, at.step - 1);
        if constexpr (P::plan.drops()) set(m.kept[e], v.kept, at.step);
    }
    a.norms.each([&](int e) { a.norms.enter(m, e, at.step); });
    if constexpr (P::plan.trainables.size > 0)
        for (int k = 0; k < a.plan.trainables; ++k) m.trained[k] = a.trained[k], m.share[k] = a.share(shares, k, at);
    return m;
}

// Equation e is a sum or a mean over the channels of a position; the operation is its own transpose.
template <class P, int e, bool Backward, class B, class T = typename B::scalar>
void gather_channels(B& b, const map_area<B>& a, equations::gathering how, const kernels::frame<P, T>& m, long columns) {
    constexpr auto v = P::plan.variables[e];
    constexpr auto from = v.with[0];
    const long rows = a.rows[v.shape];
    const T share = how == equations::gathering::mean ? T(1) / static_cast<T>(rows) : T(1);
    if constexpr (!Backward) {
        b.for_index(columns, kernels::gather_rows<T>{m.value[from.index], m.value[e], rows, share, false});
    } else {
        b.for_index(columns, kernels::gather_rows<T>{m.adjoint[e], m.adjoint[from.index], rows, share, !from.first});
        if constexpr (v.cleared) b.each(columns, section{0l, rows, 0l, kernels::fill_rows<T>{m.adjoint[e], T(0)}});
    }
}

}  // namespace detail

template <class P, class B>
void forward_stage(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    const long columns = at.trials * a.positions();
    if (segment == 0) detail::enter_step(b, c, a, at);
    const auto m = detail::frame_of<P>(c, a, at);
    unroll<P::plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.gathers != equations::gathering::none) {
            if (op.segment == segment) detail::gather_channels<P, op.parts[0].run[0], false>(b, a, op.gathers, m, columns);
            return;
        } else if (op.segment == segment)
            unroll<op.parts.size>([&](auto q) {
                constexpr auto part = P::plan.operations[o.value].parts[q.value];
                const section run{0l, a.rows[part.shape], 0l, kernels::compute<P, T, o.value, q.value>{m}};
                if constexpr (P::plan.operations[o.value].weighted) {
                    const auto which = detail::needed(a, part.target, at.step);
                    if (which == detail::terms::none)
                        b.each(columns, run);
                    else
                        detail::multiply_into(b, c, a, a[part.target].part, which, at, run);
                } else {
                    b.each(columns, run);
                }
            });
        if (!a.silent.empty()) detail::silence(b, a, at);
    });
    detail::end_forward(b, a, segment, at);
}

template <class P, class B>
void backward_stage(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    constexpr int operations = P::plan.operations.size;
    const auto m = detail::frame_of<P>(c, a, at);
    detail::begin_backward(b, c, a, segment, at);
    if constexpr (kernels::has_omega<P>)
        if (c.omega) detail::begin_omega<P>(b, a, at, m);
    unroll<operations>([&](auto back) {
        constexpr int o = operations - 1 - back.value;
        constexpr auto op = P::plan.operations[o];
        if (op.segment != segment) return;
        if constexpr (op.gathers != equations::gathering::none) {
            detail::gather_channels<P, op.parts[0].run[0], true>(b, a, op.gathers, m, at.trials * a.positions());
            return;
        }
        unroll<op.parts.size>([&](auto back_part) {
            constexpr int q = P::plan.operations[o].parts.size - 1 - back_part.value;
            constexpr auto part = P::plan.operations[o].parts[q];
            if constexpr (part.run.size > 0)
                b.each(at.trials * a.positions(), section{0l, a.rows[part.shape], 0l, kernels::pull_back<P, T, o, q>{m}});
        });
        if constexpr (op.weighted)
            for (const auto& part : P::plan.operations[o].parts) detail::weights_backward(b, c, a, part.target, at);
    });
    if constexpr (kernels::has_omega<P>)
        if (c.omega) detail::end_omega<P>(b, c, a, at, m);
    detail::end_backward(b, c, a, segment, at);
}

/// What an area does in a stage of a run.
template <bool Backward, class P, class Output, class B>
void run_stage(B& b, const stage_context<B>& c, const grid_area<P, B, Output>& a, const stage& s,
               const tile_place<typename B::scalar>& at) {
    const map_area<B>& area = a;
    if (s.what == doing::receive) return receive(b, area, at);
    if constexpr (Backward) {
        if (s.what == doing::hand_back) return hand_back(b, area, at);
        if (s.what == doing::backward) {
            detail::clear_received(b, area, s.segment, at);
            return backward_stage<P>(b, c, area, s.segment, at);
        }
    }
    if (s.step == 1 && s.segment == 0 && a.index == 0) detail::place_images(b, c, area, at);
    forward_stage<P>(b, c, area, s.segment, at);
}

}  // namespace EIRNN_NAMESPACE
