// One stage of an area on a grid: the operations of a step up to the next point where the whole batch is needed. Forward and backward run
// the same functors as dense networks do (kernels/step.hpp); what is added here is how operands are gathered through kernels. Only what
// runs those functors is a template of the cell.
#pragma once
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/stage.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {

// The view of what a term reads, and of where its adjoint goes.
template <class B>
view<typename B::scalar> source_view(const map_area<B>& a, const gathered_term& t, const tile_place<typename B::scalar>& at) {
    if (t.what.source < 0) return a.flow(a.input(t.what.driver), at, false);
    return a.block(a[t.what.source].value, at, at.step - (t.previous ? 1 : 0));
}
template <class B>
view<typename B::scalar> source_adjoint(const map_area<B>& a, const gathered_term& t, const tile_place<typename B::scalar>& at) {
    if (t.what.source < 0) return a.flow(a.input(t.what.driver), at, true);
    if (t.previous && at.step == 1) return {};  // the state before the first step is 0 and is not trained
    return a.block(a[t.what.source].adjoint, at, at.step - (t.previous ? 1 : 0));
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
template <class B>
void gather(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
            const tile_place<typename B::scalar>& at, view<typename B::scalar> operand) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions(), skipped = operand_range(part, which).first;
    for (const auto& t : part.terms) {
        if (!takes(which, t)) continue;
        const view<T> from = source_view(a, t, at), to = operand.row(t.offset - skipped);
        const kernels::window w = a.windows[static_cast<std::size_t>(t.window)].forward();
        if (!from.data)
            b.each(columns, section{0l, t.operand_rows(), 0l, kernels::fill_rows<T>{to, T(0)}});
        else if (t.depthwise >= 0)
            convolve<false>(b, c, t, at.trials, w, from, to);
        else if (t.enlarges())
            b.for_index(columns * t.ld, kernels::enlarge<T>{from, to, t.rows, t.ld, a.enlarged(a.input(t.what.driver).grid)});
        else
            with_size(w, !w.strided_input, [&](auto n) {
                b.each(at.trials * w.height, section{0l, t.ld, 0l, kernels::gather_patches<T, n.value>{from, to, t.ld, w}});
            });
    }
    if (which != terms::other) b.each(columns, section{0l, 1l, 0l, kernels::fill_rows<T>{operand.row(part.one - skipped), T(1)}});
}

/// Adds the gradients of a part's weights for the adjoint `delta` of its weighted input, and hands adjoints on to its sources.
template <class B>
void scatter(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
             const tile_place<typename B::scalar>& at, view<typename B::scalar> delta) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const long columns = at.trials * a.positions(), ld = part.operand_ld(B::row_unit);
    const view<T> operand{c.first_operand(at.scratch), ld}, adjoint{c.second_operand(at.scratch), ld};
    gather(b, c, a, part, which, at, operand);
    b.accumulate(c.parameters.partial(at.group, part.block).column(begin), part.rows, delta, end - begin, operand, columns, true);
    bool wanted = false;
    for (const auto& t : part.terms)
        wanted = wanted || (takes(which, t) && (source_adjoint(a, t, at).data || (t.depthwise >= 0 && source_view(a, t, at).data)));
    if (!wanted) return;
    // rows of the transposed weights: the operand from its start, of which those from `begin` on are wanted
    b.product_map(columns, backend::product<typename B::packed, T>{c.parameters.backward()[part.block], 0, part.rows, delta},
                  section{begin, (std::min)(end, part.one), begin, kernels::store_rows<T>{adjoint}});
    for (const auto& t : part.terms) {
        if (!takes(which, t) || !source_view(a, t, at).data) continue;
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
        } else if (to.data && t.enlarges()) {
            const grid_entry smaller = a.input(t.what.driver).grid;
            b.for_index(at.trials * smaller.positions() * t.rows, kernels::add_covered<T>{arrived, to, t.rows, a.enlarged(smaller)});
        } else if (to.data) {
            with_size(backward, !backward.strided_input, [&](auto n) {
                b.each(at.trials * backward.height,
                       section{0l, t.ld, 0l, kernels::scatter_patches<T, n.value>{arrived, to, t.ld, backward}});
            });
        }
    }
}

template <class B>
void multiply_into(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
                   const tile_place<typename B::scalar>& at, const auto& section_of_part) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const view<T> operand{c.first_operand(at.scratch), part.operand_ld(B::row_unit)};
    gather(b, c, a, part, which, at, operand);
    b.product_map(at.trials * a.positions(), backend::product<typename B::packed, T>{c.parameters.forward()[part.block], begin, end, operand},
                  section_of_part);
}

// Of the input, which lies in the batch's memory, what this tile needs at this step.
template <class B>
void place_input(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long positions = a.image.grid.positions(), ld = a.image.value.ld, frame = a.image.constant ? 0 : at.step - 1;
    const view<T> from{const_cast<T*>(c.data.image) + (frame * c.data.trials + at.first) * positions * ld, ld};
    b.each(at.trials * positions, section{0l, ld, 0l, kernels::copy_rows<T>{from, a.flow(a.image, at, false)}});
}

// Before the first segment: what comes in is averaged, summed, or multiplied once for all steps; states before the first step are 0.
template <class B>
void enter_step(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions();
    if (at.step == 1)
        for (int e = 0; e < a.plan.variables.size; ++e)
            if (a.plan.variables[e].read_before)
                b.each(columns, section{0l, a.ld[a.shape_of(e)], 0l, kernels::fill_rows<T>{a.block(a[e].value, at, 0), T(0)}});
    if (a.hoists && at.step == 1)
        for (int e = 0; e < a.plan.variables.size; ++e)
            if (a[e].from_below.offset >= 0)
                multiply_into(b, c, a, a[e].part, terms::from_below, at,
                              section{0l, a[e].part.rows, 0l, kernels::store_rows<T>{a.block(a[e].from_below, at, 1)}});
    for (int e = 0; e < a.plan.variables.size; ++e) {
        const auto& v = a.plan.variables[e];
        if (!v.dropped) continue;
        const view<T> kept = a.block(a[e].kept, at, at.step);
        if (at.training)
            b.for_index(
                a.rows[v.shape] * columns,
                kernels::draw_kept<T>{kept, a.rows[v.shape], a.positions(), c.data.id + at.first, static_cast<std::uint32_t>(at.step),
                                      c.data.iteration, static_cast<std::uint32_t>(a.index * 16 + e), c.data.dropout_key, v.keep});
        else
            b.each(columns, section{0l, a.rows[v.shape], 0l, kernels::fill_rows<T>{kept, T(1)}});
    }
}

// Before the last segment of a step runs backward: what comes in has been read by nobody.
template <class B>
void clear_received(B& b, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (a.receives() && segment == a.plan.segments - 1)
        b.each(at.trials * a.received.grid.positions(),
               section{0l, a.received.adjoint.ld, 0l, kernels::fill_rows<T>{a.flow(a.received, at, true), T(0)}});
}

}  // namespace detail

/// Averages, and sums over the steps, what comes into an area that wants that.
template <class B>
void receive(B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const port& below = a.drivers.front();
    const long per = a.shape.averaged_input ? below.grid.positions() : 1;
    b.each(at.trials * a.received.grid.positions(),
           section{0l, below.channels, 0l,
                   kernels::average_positions<T>{a.flow(below, at, false), a.flow(a.received, at, false), per, a.sums && at.step > 1}});
}
/// Hands the adjoint of what was received back to the area below, at one step.
template <class B>
void hand_back(B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const port& below = a.drivers.front();
    const view<T> to = a.flow(below, at, true);
    const long per = a.shape.averaged_input ? below.grid.positions() : 1;
    if (to.data)
        b.each(at.trials * below.grid.positions(),
               section{0l, below.channels, 0l, kernels::spread_average<T>{a.flow(a.received, at, true), to, per}});
}

namespace detail {

/// After the equations of a segment: sums over what is normalised next, and maxima after the last one.
template <class B>
void end_forward(B& b, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (int e = 0; e < a.plan.variables.size; ++e) {
        const auto& v = a.plan.variables[e];
        if (!at.training || !v.normalised || v.segment != segment) continue;
        const view<T> values = a.block(a[e].value, at, at.step);
        b.each(1, section{0l, a.rows[v.shape], 0l,
                          kernels::row_sums<T>{values, values, a[e].statistics.block(at.base, 0, 1), at.trials * a.positions(), false}});
    }
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

/// Before the equations of a segment run backward: adjoints of maxima go to the positions that won, those of trained numbers begin at 0.
template <class B>
void begin_backward(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (a.pool >= 0 && segment == a.plan.segments - 1) {
        const kernels::window w = a.windows[static_cast<std::size_t>(a.pool)].forward();
        const int out = a.plan.output();
        const long outside = at.trials * a.above.grid.positions(), rows = a.rows[a.shape_of(out)];
        const view<T> from = a.pooled_adjoint.block(at.base, at.step, outside);
        with_size(w, !w.strided_input, [&](auto n) {
            b.each(at.trials * w.other_height,
                   section{0l, rows, 0l,
                           kernels::max_pool_adjoint<T, n.value>{from, a.winner.block(at.base, at.step, outside),
                                                                 a.block(a[out].adjoint, at, at.step), w}});
        });
        b.each(outside, section{0l, rows, 0l, kernels::fill_rows<T>{from, T(0)}});
    }
    for (int k = 0; k < a.plan.trainables; ++k)
        b.each(at.trials * a.positions(),
               section{0l, a.rows[a.plan.trainable_shape[k]], 0l, kernels::fill_rows<T>{a.share(c.share(at.scratch), k, at), T(0)}});
}

/// The weighted input of variable e runs backward.
template <class B>
void weights_backward(B& b, const stage_context<B>& c, const map_area<B>& a, int e, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const bool hoisted = a[e].from_below.offset >= 0;
    const view<T> delta = a.block(a[e].delta, at, at.step);
    const auto which = needed(a[e].part, hoisted, at.step);
    if (which != terms::none) scatter(b, c, a, a[e].part, which, at, delta);
    if (!hoisted) return;
    const view<T> sum = a.block(a[e].delta_sum, at, 1);
    const long rows = a[e].part.rows, columns = at.trials * a.positions();
    if (at.step == a.steps)
        b.each(columns, section{0l, rows, 0l, kernels::copy_rows<T>{delta, sum}});
    else
        b.each(columns, section{0l, rows, 0l, kernels::add_rows<T>{delta, sum}});
    if (at.step == 1) scatter(b, c, a, a[e].part, terms::from_below, at, sum);
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
                                                   a[e].statistics.block(at.base, 0, 1), columns, false}});
        if (segment == 0 && at.step == 1 && v.read_before && a[e].adjoint.offset >= 0)  // of the state before the first step: nobody's
            b.each(columns, section{0l, a.ld[v.shape], 0l, kernels::fill_rows<T>{a.block(a[e].adjoint, at, 0), T(0)}});
    }
}

// What the equations read and write at a step.
template <class P, class B, class T = typename B::scalar>
[[gnu::noinline]] kernels::frame<P, T> frame_of(const map_area<B>& a, const tile_place<T>& at, T* shares) {
    kernels::frame<P, T> m;
    for (int e = 0; e < m.E; ++e) {
        const auto set = [&](view<T>& to, const trace& t, long s) {
            if (t.offset >= 0) to = a.block(t, at, s);
        };
        const map_variable<B>& v = a[e];
        set(m.value[e], v.value, at.step), set(m.before[e], v.value, at.step - 1);
        set(m.adjoint[e], v.adjoint, at.step), set(m.adjoint_before[e], v.adjoint, at.step - 1);
        set(m.weighted_input[e], v.weighted_input, at.step), set(m.delta[e], v.delta, at.step);
        set(m.from_below[e], v.from_below, at.step), set(m.kept[e], v.kept, at.step);
        if (!P::plan.variables[e].normalised) continue;
        const auto now = a.normalised(e, at.step);
        m.scale[e] = now.scale, m.shift[e] = now.shift;
        m.from_adjoint[e] = now.from_adjoint, m.from_value[e] = now.from_value, m.constant[e] = now.constant;
        if (at.step > 1) {
            const auto before = a.normalised(e, at.step - 1);
            m.scale_before[e] = before.scale, m.shift_before[e] = before.shift;
        } else {
            m.scale_before[e] = a.identity.data(), m.shift_before[e] = a.identity.data() + a.identity.size() / 2;
        }
    }
    if constexpr (P::plan.trainables.size > 0)
        for (int k = 0; k < a.plan.trainables; ++k) m.trained[k] = a.trained[k], m.share[k] = a.share(shares, k, at);
    return m;
}

}  // namespace detail

template <class P, class B>
void forward_stage(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    const long columns = at.trials * a.positions();
    if (segment == 0) detail::enter_step(b, c, a, at);
    const auto m = detail::frame_of<P>(a, at, c.share(at.scratch));
    unroll<P::plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if (op.segment == segment)
            unroll<op.parts.size>([&](auto q) {
                constexpr auto part = P::plan.operations[o.value].parts[q.value];
                const section run{0l, a.rows[part.shape], 0l, kernels::compute<P, T, o.value, q.value>{m}};
                if constexpr (op.weighted) {
                    const auto which = detail::needed(a[part.target].part, a[part.target].from_below.offset >= 0, at.step);
                    if (which == detail::terms::none)
                        b.each(columns, run);
                    else
                        detail::multiply_into(b, c, a, a[part.target].part, which, at, run);
                } else {
                    b.each(columns, run);
                }
            });
    });
    detail::end_forward(b, a, segment, at);
}

template <class P, class B>
void backward_stage(B& b, const stage_context<B>& c, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using kernels::unroll;
    constexpr int operations = P::plan.operations.size;
    const auto m = detail::frame_of<P>(a, at, c.share(at.scratch));
    detail::begin_backward(b, c, a, segment, at);
    unroll<operations>([&](auto back) {
        constexpr int o = operations - 1 - back.value;
        constexpr auto op = P::plan.operations[o];
        if (op.segment != segment) return;
        unroll<op.parts.size>([&](auto back_part) {
            constexpr int q = P::plan.operations[o].parts.size - 1 - back_part.value;
            constexpr auto part = P::plan.operations[o].parts[q];
            if constexpr (part.run.size > 0)
                b.each(at.trials * a.positions(), section{0l, a.rows[part.shape], 0l, kernels::pull_back<P, T, o, q>{m}});
        });
        if constexpr (op.weighted)
            for (const auto& part : P::plan.operations[o].parts) detail::weights_backward(b, c, a, part.target, at);
    });
    detail::end_backward(b, c, a, segment, at);
}

/// What an area does in a stage of a run.
template <bool Backward, class P, class B>
void run_stage(B& b, const stage_context<B>& c, const grid_area<P, B>& a, const stage& s, const tile_place<typename B::scalar>& at) {
    const map_area<B>& area = a;
    if (s.what == doing::receive) return receive(b, area, at);
    if constexpr (Backward) {
        if (s.what == doing::hand_back) return hand_back(b, area, at);
        if (s.what == doing::backward) {
            detail::clear_received(b, area, s.segment, at);
            return backward_stage<P>(b, c, area, s.segment, at);
        }
    }
    if (s.segment == 0 && a.index == 0) detail::place_input(b, c, area, at);
    forward_stage<P>(b, c, area, s.segment, at);
}

}  // namespace EIRNN_NAMESPACE
