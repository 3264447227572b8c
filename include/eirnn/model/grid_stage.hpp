// One stage of an area on a grid: the operations of a step up to the next point where the whole batch is needed. Forward and backward run
// the same functors as dense networks do (kernels/step.hpp); what is added here is how operands are gathered through kernels.
#pragma once
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/stage.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {

// The view of what a term reads, and of where its adjoint goes.
template <class P, class B>
view<typename B::scalar> source_view(const grid_area<P, B>& a, const gathered_term& t, const tile_place<typename B::scalar>& at) {
    if (t.what.source < 0) return a.input(at);
    return a.block(a.value[t.what.source], at, at.step - (t.previous ? 1 : 0));
}
template <class P, class B>
view<typename B::scalar> source_adjoint(const grid_area<P, B>& a, const gathered_term& t, const tile_place<typename B::scalar>& at) {
    if (t.what.source < 0) return a.input_adjoint(at);
    if (t.previous && at.step == 1) return {};  // the state before the first step is 0 and is not trained
    return a.block(a.adjoint[t.what.source], at, at.step - (t.previous ? 1 : 0));
}

// Rows of the operand of a part: all; those from below and that of ones (once per run where they do not change); the others; none.
enum class terms : unsigned char { all, from_below, other, none };
// States before the first step are 0: where the others read nothing else, the first step does without them.
inline terms needed(const gathered_part& part, bool hoisted, long step) {
    bool others = false;
    for (const auto& t : part.terms) others = others || (t.what.source >= 0 && !(t.previous && step == 1));
    if (hoisted) return others ? terms::other : terms::none;
    return others ? terms::all : terms::from_below;
}
constexpr bool takes(terms which, const gathered_term& t) {
    return which == terms::all || (which != terms::none && (which == terms::from_below) == (t.what.source < 0));
}
inline std::pair<long, long> operand_range(const gathered_part& part, terms which) {
    return {which == terms::from_below ? part.from_below : 0, which == terms::other ? part.from_below : part.operands()};
}

// The usual size of a kernel as a constant where the window is of the kind that a functor wants, else 0.
void with_size(const kernels::window& w, bool wanted, const auto& f) {
    if (w.size == 3 && wanted)
        f(equations::index_constant<3>{});
    else
        f(equations::index_constant<0>{});
}

template <bool add, class B>
void convolve(B& b, const stage_context<B>& c, const gathered_term& t, long images, const kernels::window& w, view<typename B::scalar> from,
              view<typename B::scalar> to) {
    using T = typename B::scalar;
    with_size(w, w.centred(), [&](auto n) {
        b.each(images * w.height,
               section{0l, t.ld, 0l, kernels::depthwise<T, add, n.value>{from, to, c.parameters.effective(t.depthwise), t.ld, w}});
    });
}

/// Rows of the operand of a part, counted from the first one.
template <class P, class B>
void gather(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const gathered_part& part, terms which,
            const tile_place<typename B::scalar>& at, view<typename B::scalar> operand) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions(), skipped = operand_range(part, which).first;
    for (const auto& t : part.terms) {
        if (!takes(which, t)) continue;
        const view<T> from = source_view(a, t, at), to = operand.row(t.offset - skipped);
        const kernels::window w = a.windows[static_cast<std::size_t>(t.window)].forward();
        if (t.depthwise >= 0)
            convolve<false>(b, c, t, at.trials, w, from, to);
        else
            with_size(w, !w.strided_input, [&](auto n) {
                b.each(at.trials * w.height, section{0l, t.ld, 0l, kernels::gather_patches<T, n.value>{from, to, t.ld, w}});
            });
    }
    if (which != terms::other) b.each(columns, section{0l, 1l, 0l, kernels::fill_rows<T>{operand.row(part.one - skipped), T(1)}});
}

/// Adds the gradients of a part's weights for the adjoint `delta` of its weighted input, and hands adjoints on to its sources.
template <class P, class B>
void scatter(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const gathered_part& part, terms which,
             const tile_place<typename B::scalar>& at, view<typename B::scalar> delta) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const long columns = at.trials * a.positions(), ld = part.operand_ld(B::row_unit);
    const view<T> operand{c.first_operand(at.scratch), ld}, adjoint{c.second_operand(at.scratch), ld};
    gather(b, c, a, part, which, at, operand);
    b.accumulate(c.parameters.partial(at.group, part.block).column(begin), part.rows, delta, end - begin, operand, columns, true);
    bool wanted = false;
    for (const auto& t : part.terms) wanted = wanted || (takes(which, t) && (t.depthwise >= 0 || source_adjoint(a, t, at).data));
    if (!wanted) return;
    // rows of the transposed weights: the operand from its start, of which those from `begin` on are wanted
    b.product_map(columns, backend::product<typename B::packed, T>{c.parameters.backward()[part.block], 0, part.rows, delta},
                  section{begin, (std::min)(end, part.one), begin, kernels::store_rows<T>{adjoint}});
    for (const auto& t : part.terms) {
        if (!takes(which, t)) continue;
        const auto& windows = a.windows[static_cast<std::size_t>(t.window)];
        const kernels::window forward = windows.forward(), backward = windows.backward();
        const view<T> arrived = adjoint.row(t.offset - begin), to = source_adjoint(a, t, at);
        if (t.depthwise >= 0) {
            with_size(forward, forward.centred(), [&](auto n) {
                b.each(1, section{0l, t.ld, 0l,
                                  kernels::depthwise_gradient<T, n.value>{source_view(a, t, at), arrived,
                                                                          c.parameters.partial(at.group, t.depthwise),
                                                                          at.trials * forward.height, forward}});
            });
            if (to.data) convolve<true>(b, c, t, at.trials, backward, arrived, to);
        } else if (to.data) {
            with_size(backward, !backward.strided_input, [&](auto n) {
                b.each(at.trials * backward.height,
                       section{0l, t.ld, 0l, kernels::scatter_patches<T, n.value>{arrived, to, t.ld, backward}});
            });
        }
    }
}

template <class P, class B>
void multiply_into(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const gathered_part& part, terms which,
                   const tile_place<typename B::scalar>& at, const auto& section_of_part) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const view<T> operand{c.first_operand(at.scratch), part.operand_ld(B::row_unit)};
    gather(b, c, a, part, which, at, operand);
    b.product_map(at.trials * a.positions(), backend::product<typename B::packed, T>{c.parameters.forward()[part.block], begin, end, operand},
                  section_of_part);
}

// Of the input, which lies in the batch's memory, what this tile needs at this step.
template <class P, class B>
void place_input(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long positions = a.below.grid.positions(), ld = a.below.value.ld, frame = a.below.constant ? 0 : at.step - 1;
    const view<T> from{const_cast<T*>(c.data.input) + (frame * c.data.trials + at.first) * positions * ld, ld};
    b.each(at.trials * positions, section{0l, ld, 0l, kernels::copy_rows<T>{from, a.flow(a.below, at, false)}});
}

// Before the first segment: what comes in is averaged, summed, or multiplied once for all steps; states before the first step are 0.
template <class P, class B>
void enter_step(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions();
    if (at.step == 1)
        for (int e = 0; e < a.E; ++e)
            if (a.plan.variables[e].read_before)
                b.each(columns,
                       section{0l, a.ld[a.shape_of(e)], 0l, kernels::fill_rows<T>{a.block(a.value[e], at, 0), T(0)}});
    if (a.hoists && at.step == 1)
        for (int e = 0; e < a.E; ++e)
            if (a.from_below[e].offset >= 0)
                multiply_into(b, c, a, a.part[e], terms::from_below, at,
                              section{0l, a.part[e].rows, 0l, kernels::store_rows<T>{a.block(a.from_below[e], at, 1)}});
    for (int e = 0; e < a.E; ++e) {
        const auto& v = a.plan.variables[e];
        if (!v.dropped) continue;
        const view<T> kept = a.block(a.kept[e], at, at.step);
        if (at.training)
            b.for_index(
                a.rows[v.shape] * columns,
                kernels::draw_kept<T>{kept, a.rows[v.shape], a.positions(), c.data.id + at.first, static_cast<std::uint32_t>(at.step),
                                      c.data.iteration, static_cast<std::uint32_t>(a.index * 16 + e), c.data.dropout_key, v.keep});
        else
            b.each(columns, section{0l, a.rows[v.shape], 0l, kernels::fill_rows<T>{kept, T(1)}});
    }
}

}  // namespace detail

/// Averages, and sums over the steps, what comes into an area that wants that.
template <class P, class B>
void receive(B& b, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long per = a.shape.averaged_input ? a.below.grid.positions() : 1;
    b.each(at.trials * a.received.grid.positions(),
           section{0l, a.below.channels, 0l,
                   kernels::average_positions<T>{a.flow(a.below, at, false), a.input(at), per, a.sums && at.step > 1}});
}
/// Hands the adjoint of what was received back to the area below, at one step.
template <class P, class B>
void hand_back(B& b, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const view<T> to = a.flow(a.below, at, true);
    const long per = a.shape.averaged_input ? a.below.grid.positions() : 1;
    if (to.data)
        b.each(at.trials * a.below.grid.positions(),
               section{0l, a.below.channels, 0l, kernels::spread_average<T>{a.input_adjoint(at), to, per}});
}

template <int segment, class P, class B>
void forward_stage(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    constexpr auto& plan = P::plan;
    const long columns = at.trials * a.positions();
    if constexpr (segment == 0) detail::enter_step(b, c, a, at);
    const auto m = a.frame(at, c.share(at.scratch));
    unroll<plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.segment == segment)
            unroll<op.parts.size>([&](auto q) {
                constexpr auto part = P::plan.operations[o.value].parts[q.value];
                const section run{0l, a.rows[part.shape], 0l, kernels::compute<P, T, o.value, q.value>{m}};
                if constexpr (op.weighted) {
                    const auto which = detail::needed(a.part[part.target], a.from_below[part.target].offset >= 0, at.step);
                    if (which == detail::terms::none)
                        b.each(columns, run);
                    else
                        detail::multiply_into(b, c, a, a.part[part.target], which, at, run);
                } else {
                    b.each(columns, run);
                }
            });
    });
    unroll<plan.variables.size>([&](auto e) {
        constexpr auto v = P::plan.variables[e.value];
        if constexpr (v.normalised && v.segment == segment)
            if (at.training)
                b.each(1, section{0l, a.rows[v.shape], 0l,
                                  kernels::row_sums<T>{m.value[e.value], m.value[e.value], a.statistics[e.value].block(at.base, 0, 1),
                                                       columns, false}});
    });
    if constexpr (segment == plan.segments - 1)
        if (a.pool >= 0) {
            const kernels::window w = a.windows[static_cast<std::size_t>(a.pool)].forward();
            const long outside = at.trials * a.above.grid.positions();
            const view<T> winner = at.training ? a.winner.block(at.base, at.step, outside) : view<T>{};
            detail::with_size(w, !w.strided_input, [&](auto n) {
                const view<T> to = a.pooled.block(at.base, at.step, outside);
                b.each(at.trials * w.height, section{0l, a.rows[a.shape_of(plan.output())], 0l,
                                                     kernels::max_pool<T, n.value>{m.value[plan.output()], to, winner, w}});
            });
        }
}

template <int segment, class P, class B>
void backward_stage(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    constexpr auto& plan = P::plan;
    constexpr int operations = plan.operations.size, out = plan.output();
    const long columns = at.trials * a.positions();
    const auto m = a.frame(at, c.share(at.scratch));
    if constexpr (segment == plan.segments - 1)
        if (a.pool >= 0) {
            const kernels::window w = a.windows[static_cast<std::size_t>(a.pool)].forward();
            const long outside = at.trials * a.above.grid.positions(), rows = a.rows[a.shape_of(out)];
            const view<T> from = a.pooled_adjoint.block(at.base, at.step, outside);
            detail::with_size(w, !w.strided_input, [&](auto n) {
                b.each(at.trials * w.other_height,
                       section{0l, rows, 0l,
                               kernels::max_pool_adjoint<T, n.value>{from, a.winner.block(at.base, at.step, outside), m.adjoint[out], w}});
            });
            b.each(outside, section{0l, rows, 0l, kernels::fill_rows<T>{from, T(0)}});
        }
    unroll<plan.trainables.size>([&](auto k) {
        b.each(columns, section{0l, a.rows[P::plan.trainable_shape[k.value]], 0l, kernels::fill_rows<T>{m.share[k.value], T(0)}});
    });
    unroll<operations>([&](auto back) {
        constexpr int o = operations - 1 - back.value;
        constexpr auto op = P::plan.operations[o];
        if constexpr (op.segment == segment) {
            unroll<op.parts.size>([&](auto back_part) {
                constexpr int q = P::plan.operations[o].parts.size - 1 - back_part.value;
                constexpr auto part = P::plan.operations[o].parts[q];
                if constexpr (part.run.size > 0) b.each(columns, section{0l, a.rows[part.shape], 0l, kernels::pull_back<P, T, o, q>{m}});
            });
            if constexpr (op.weighted)
                unroll<op.parts.size>([&](auto q) {
                    constexpr int e = P::plan.operations[o].parts[q.value].target;
                    const bool hoisted = a.from_below[e].offset >= 0;
                    const auto which = detail::needed(a.part[e], hoisted, at.step);
                    if (which != detail::terms::none) detail::scatter(b, c, a, a.part[e], which, at, m.delta[e]);
                    if (hoisted) {
                        const view<T> sum = a.block(a.delta_sum[e], at, 1);
                        const long rows = a.part[e].rows;
                        if (at.step == a.steps)
                            b.each(columns, section{0l, rows, 0l, kernels::copy_rows<T>{m.delta[e], sum}});
                        else
                            b.each(columns, section{0l, rows, 0l, kernels::add_rows<T>{m.delta[e], sum}});
                        if (at.step == 1) detail::scatter(b, c, a, a.part[e], detail::terms::from_below, at, sum);
                    }
                });
        }
    });
    unroll<plan.trainables.size>([&](auto k) {
        b.each(1, section{
                      0l, a.rows[P::plan.trainable_shape[k.value]], 0l,
                      kernels::row_sums<T>{m.share[k.value], {}, c.parameters.partial(at.group, a.trained_block[k.value]), columns, true}});
    });
    // What batch norm needs before the segment below runs backward; after the last segment of a step, of what that step leaves behind.
    unroll<plan.variables.size>([&](auto e) {
        constexpr auto v = P::plan.variables[e.value];
        if constexpr (v.normalised && v.segment == segment - 1)
            b.each(1, section{0l, a.rows[v.shape], 0l,
                              kernels::row_sums<T>{m.adjoint[e.value], m.value[e.value], a.statistics[e.value].block(at.base, 0, 1),
                                                   columns, false}});
    });
    if constexpr (segment == 0)
        if (at.step == 1)  // adjoints of the state before the first step: nobody's
            for (int e = 0; e < a.E; ++e)
                if (plan.variables[e].read_before && a.adjoint[e].offset >= 0)
                    b.each(columns,
                           section{0l, a.ld[a.shape_of(e)], 0l, kernels::fill_rows<T>{a.block(a.adjoint[e], at, 0), T(0)}});
}

/// What an area does in a stage of a run.
template <bool Backward, class P, class B>
void run_stage(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const stage& s, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (s.what == doing::receive) return receive(b, a, at);
    if (s.what == doing::forward && s.segment == 0 && a.index == 0) detail::place_input(b, c, a, at);
    if constexpr (Backward) {
        if (s.what == doing::hand_back) return hand_back(b, a, at);
        if (s.what == doing::backward && s.segment == a.last_segment && a.receives())
            b.each(at.trials * a.received.grid.positions(),
                   section{0l, a.received.adjoint.ld, 0l, kernels::fill_rows<T>{a.input_adjoint(at), T(0)}});
    }
    kernels::unroll<P::plan.segments>([&](auto g) {
        if (g.value != s.segment) return;
        if (s.what == doing::forward) forward_stage<g.value>(b, c, a, at);
        else if constexpr (Backward) backward_stage<g.value>(b, c, a, at);
    });
}

}  // namespace EIRNN_NAMESPACE
