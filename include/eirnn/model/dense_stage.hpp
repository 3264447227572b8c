// The stages of an area on one position: a step forward, a step back, weight gradients as outer products of chunks of steps.
#pragma once
#include <eirnn/model/dense_omega.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE {

namespace detail {

/// The sections of operation o, one functor per part, handed to f.
template <int o, class P, class Output, class B, class F>
void with_sections(const dense_area<P, Output, B>& a, const kernels::frame<P, typename B::scalar>& m, const F& f) {
    const auto& rows = a.rows.operation[o];
    [&]<int... q>(std::integer_sequence<int, q...>) {
        f(section{rows.part[q], rows.part[q] + a.rows.units, rows.part[q], kernels::compute<P, typename B::scalar, o, q>{m}}...);
    }(std::make_integer_sequence<int, P::plan.operations[o].parts.size>{});
}

/// An equation that is a sum or a mean over units: forward `from` are values, backward adjoints; the operation is its own transpose.
template <class P, class Output, class B>
void gather_units(B& b, const dense_area<P, Output, B>& a, equations::gathering how, const tile_place<typename B::scalar>& at,
                  view<typename B::scalar> from, view<typename B::scalar> to, bool add) {
    using T = typename B::scalar;
    for (const index_range& area : a.areas) {
        const T share = how == equations::gathering::mean ? T(1) / static_cast<T>(area.size) : T(1);
        b.for_index(at.columns, kernels::gather_rows<T>{from.row(area.begin), to.row(area.begin), area.size, share, add});
    }
}

/// An equation that looks what it reads up in the steps before.
template <int o, class P, class Output, class B>
void look_back(B& b, const dense_area<P, Output, B>& a, const kernels::frame<P, typename B::scalar>& m,
               const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr auto op = P::plan.operations[o];
    constexpr int e = op.parts[0].run[0];
    constexpr auto query = P::plan.variables[e].with[op.roles[0]];
    const view<T> q = query.kind == equations::leaf_kind::now ? m.value[query.index] : m.before[query.index];
    for (const index_range& area : a.areas)
        b.for_index(at.columns, kernels::recall<T, op.gathers>{q.row(area.begin), a.template past<e, op.roles[1]>(at, area.begin),
                                                               a.template past<e, op.roles[2]>(at, area.begin), m.value[e].row(area.begin),
                                                               area.size, at.step, static_cast<T>(op.decay)});
}
/// And back: its adjoint goes to the query and to all of them.
template <int o, class P, class Output, class B>
void return_to_past(B& b, const dense_area<P, Output, B>& a, const kernels::frame<P, typename B::scalar>& m,
                    const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr auto op = P::plan.operations[o];
    constexpr int e = op.parts[0].run[0];
    constexpr auto query = P::plan.variables[e].with[op.roles[0]];
    constexpr bool now = query.kind == equations::leaf_kind::now;
    const view<T> q = now ? m.value[query.index] : m.before[query.index], to = now ? m.adjoint[query.index] : m.adjoint_before[query.index];
    if (query.first) b.each(at.columns, section{0l, a.rows.units, 0l, kernels::fill_rows<T>{to, T(0)}});
    for (const index_range& area : a.areas) {
        const long r = area.begin;
        b.for_index(at.columns, kernels::recall_back<T, op.gathers>{
                                    {q.row(r), a.template past<e, op.roles[1]>(at, r), a.template past<e, op.roles[2]>(at, r),
                                     m.adjoint[e].row(r), area.size, at.step, static_cast<T>(op.decay)},
                                    to.row(r),
                                    a.template past_adjoint<e, op.roles[1]>(at, r),
                                    a.template past_adjoint<e, op.roles[2]>(at, r)});
    }
}

// After a segment of a step: sums over the trials of x and of x y per variable, for the statistics of what was normalised in segment
// `of`.
template <class P, class Output, class B>
void sum_for_norms(B& b, const dense_area<P, Output, B>& a, int of, const tile_place<typename B::scalar>& at,
                   const view<typename B::scalar>* x, const view<typename B::scalar>* y) {
    using T = typename B::scalar;
    for (int e = 0; e < P::plan.variables.size; ++e) {
        if (!P::plan.variables[e].normalised || P::plan.variables[e].segment != of) continue;
        b.each(1, section{0l, a.rows.units, 0l,
                          kernels::row_sums<T>{x[e], y[e], a.norms[e].statistics.block(at.base, 0, 1), at.trials, false}});
    }
}

// The rates of silent units become 0 wherever somebody reads them.
template <class P, class Output, class B>
void silence(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (const lesion& l : a.silent) {
        if (!l.holds(at.step)) continue;
        const auto m = a.frame(c.data, at, at.step);
        const auto clear = [&](view<T> v) { b.for_index(at.columns * l.units, kernels::clear_rows<T>{v.row(l.first), l.units}); };
        clear(m.value[P::plan.output()]);
        for (int o = 0; o < P::plan.operations.size; ++o)
            for (int k = 0; k < P::plan.operations[o].from.size; ++k)
                if (P::plan.operations[o].from[k].variable == P::plan.output()) clear(m.operand[o][k]);
    }
}

}  // namespace detail

/// The values at step 0.
template <class P, class Output, class B>
void forward_start(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long N = a.rows.units;
    detail::clear_gaps(b, a, at);
    kernels::unroll<P::plan.variables.size>([&](auto e) {
        constexpr auto v = P::plan.variables[e.value];
        if constexpr (v.read_before && !v.computed_at_start) {
            const view<T> to = a.frame(c.data, at, 0).value[e.value];
            if (a.start[e.value])
                b.for_index(at.columns * N, kernels::load_states<T>{a.start[e.value], to, c.data.trials, N, at.first});
            else
                b.each(at.columns, section{0l, N, 0l, kernels::spread_rows<T>{to, a.initial[e.value]}});
        }
    });
    b.each(at.columns, section{0l, N, 0l, kernels::start<P, T>{a.frame(c.data, at, 0)}});
    detail::silence(b, c, a, at);
}

/// A segment of a step. The readout of the step before stands beside the weighted input of this one: they are one product.
template <class P, class Output, class B>
void forward_step(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, [[maybe_unused]] int segment,
                  const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr auto& plan = P::plan;
    const long s = at.step, columns = at.columns;
    const auto& main_rows = a.rows.operation[plan.main];
    const bool begins = segment == 0;
    if (begins && (s - 1) % noise_steps == 0) detail::place_noise_and_inputs(b, c, a, at);
    for (int e = 0; begins && e < plan.variables.size; ++e)
        if (const auto& v = plan.variables[e]; v.dropped)
            detail::draw_dropout(b, c, at, a.memory.kept[e].block(at.base, s, columns), a.rows.units, 1, columns, a.index * 16 + e, v.keep);
    const long begin = s > 1 ? main_rows.cells : 0, end = s > 1 ? main_rows.results : 0;
    const section readout{begin, end, begin, kernels::store_rows<T>{a.memory.result[plan.main].block(at.base, s, columns).row(begin)}};
    const auto m = a.frame(c.data, at, s);
    kernels::unroll<plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (P::plan.segments > 1)
            if (op.segment != segment) return;
        if constexpr (looks_back(op.gathers)) {
            detail::look_back<o.value>(b, a, m, at);
            return;
        } else if constexpr (op.gathers != equations::gathering::none) {
            constexpr int e = op.parts[0].run[0], from = P::plan.variables[e].with[0].index;
            detail::gather_units(b, a, op.gathers, at, m.value[from], m.value[e], false);
            return;
        } else
            detail::with_sections<o.value>(a, m, [&](auto... parts) {
                if constexpr (P::plan.operations[o.value].parts.size == 0)
                    if (begin == end) return;  // the readout alone, of which there is none
                if constexpr (P::plan.operations[o.value].weighted) {
                    const view<T> in = a.memory.operand[o.value].block(at.base, op.previous() ? s - 1 : s, columns);
                    const backend::product<typename B::packed, T> p{c.parameters.forward(s)[a.first_block + o.value], 0,
                                                                    a.rows.operation[o.value].operands, in};
                    if constexpr (o.value == plan.main)
                        b.product_map(columns, p, parts..., readout);
                    else
                        b.product_map(columns, p, parts...);
                } else {
                    b.each(columns, parts...);
                }
            });
    });
    detail::silence(b, c, a, at);
    if constexpr (P::plan.segments > 1)
        if (at.training) detail::sum_for_norms(b, a, segment, at, m.value, m.value);
}

/// The readout of the last step, which no step follows.
template <class P, class Output, class B>
void read_out(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr int main = P::plan.main;
    const auto& g = a.rows.operation[main];
    kernels::unroll<P::plan.variables.size>([&](auto e) {
        if constexpr (P::plan.variables[e.value].cleared)
            if (const trace& adjoint = a.memory.adjoint[e.value]; adjoint.offset >= 0)
                for (long s = 0; s < adjoint.ring; ++s)  // before others and later steps add to it
                    b.each(at.columns, section{0l, a.rows.units, 0l, kernels::fill_rows<T>{adjoint.block(at.base, s, at.columns), T(0)}});
    });
    if (a.rows.outputs == 0) return;
    tile_place<T> behind = at;
    behind.step = a.steps + 1;
    receive(b, a, behind);
    const view<T> last = a.memory.operand[main].block(at.base, a.steps, at.columns);
    b.each(at.columns, section{g.input, g.one, 0l, kernels::fill_rows<T>{last, T(0)}},
           section{g.one, g.operands, 0l, kernels::fill_rows<T>{last, T(1)}});
    b.product_map(at.columns, backend::product<typename B::packed, T>{c.parameters.forward()[a.first_block + main], 0, g.operands, last},
                  section{g.cells, g.results, 0l,
                          kernels::store_rows<T>{a.memory.result[main].block(at.base, a.steps + 1, at.columns)}});
}

namespace detail {

// Before the last step backward. Nothing comes from beyond it, and the readout of step 0 is nobody's.
template <class P, class Output, class B>
void begin_backward(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.columns;
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!P::plan.operations[o].weighted || !P::plan.operations[o].previous()) continue;
        const auto& g = a.rows.operation[o];
        const trace& result = a.memory.result[o];
        b.each(columns, section{0l, g.cells, 0l, kernels::fill_rows<T>{result.block(at.base, a.steps + 1, columns), T(0)}},
               section{g.cells, g.results, 0l, kernels::fill_rows<T>{result.block(at.base, 1, columns), T(0)}});
        // What no step has read stands in outer products with these zeros.
        if (g.results == g.cells)
            b.each(columns,
                   section{g.other, g.operands, 0l, kernels::fill_rows<T>{a.memory.operand[o].block(at.base, a.steps, columns), T(0)}});
    }
    if (a.rows.outputs > 0 && !a.others.empty()) {
        tile_place<T> behind = at;
        behind.step = a.steps + 1;
        hand_back(b, c, a, behind);
    }
    kernels::unroll<P::plan.variables.size>([&](auto e) {
        if (P::plan.variables[e.value].cleared) return;  // others have added to it already
        if (const trace& adjoint = a.memory.adjoint[e.value]; adjoint.offset >= 0)
            b.each(columns, section{0l, a.rows.units, 0l, kernels::fill_rows<T>{adjoint.block(at.base, a.steps, columns), T(0)}});
    });
    for (int k = 0; k < P::plan.trainables.size; ++k)
        b.each(columns, section{0l, a.rows.units, 0l, kernels::fill_rows<T>{a.memory.share[k].block(at.base, 0, columns), T(0)}});
    if (c.omega) b.for_index(5 * columns, kernels::set_numbers<T>{a.per_column(at), T(0)});
}

// Adds the outer products of the chunk of steps that begins at at.step.
template <bool Omega, class P, class Output, class B>
void add_gradients(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr auto& plan = P::plan;
    const long s = at.step, high = (std::min)(s + a.chunk - 1, a.steps), columns = at.columns;
    const bool add = !(at.fresh && high == a.steps);
    const auto& sums = c.parameters.partial(at.group);
    kernels::unroll<plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.weighted) {
            const long begin = op.previous() ? s : (s > 0 ? s : 1), shift = op.previous() ? 1 : 0;
            const view<T> adjoint = a.memory.result[o.value].block(at.base, begin + shift, columns),
                          operand = a.memory.operand[o.value].block(at.base, begin, columns);
            if (begin <= high)
                for (const patch& p : c.parameters.trained(a.first_block + o.value))
                    b.accumulate(sums.blocks[static_cast<std::size_t>(a.first_block + o.value)].row(p.row).column(p.column), p.rows, adjoint.row(p.row), p.columns,
                                 operand.row(p.column), (high - begin + 1) * columns, add);
        }
    });
    if constexpr (Omega) {
        const long N = a.rows.units;
        b.accumulate(sums.omega[static_cast<std::size_t>(a.first_block + plan.main)], N,
                     a.memory.result[plan.main].block(at.base, s + 1, columns), N, a.memory.slope.block(at.base, s, columns),
                     (high - s + 1) * columns, add);
    }
}

// Initial values and trained numbers are shared by all trials: sum over the columns.
template <class P, class Output, class B>
void add_initial_gradients(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    constexpr int main = P::plan.main;
    const view<T> ones = a.memory.operand[main].block(at.base, 0, at.columns).row(a.rows.operation[main].one);
    kernels::unroll<P::plan.variables.size>([&](auto e) {
        constexpr auto v = P::plan.variables[e.value];
        if constexpr (v.read_before && !v.computed_at_start) {
            const view<T> adjoint = a.memory.adjoint[e.value].block(at.base, 0, at.columns);
            if (a.start[e.value])  // nobody has read the network's own
                b.each(at.columns, section{0l, a.rows.units, 0l, kernels::fill_rows<T>{adjoint, T(0)}});
            b.accumulate(c.parameters.partial(at.group, a.initial_block[e.value]), a.rows.units, adjoint, 1, ones, at.columns, !at.fresh);
        }
    });
    for (int k = 0; k < P::plan.trainables.size; ++k)
        b.accumulate(c.parameters.partial(at.group, a.trained_block[k]), a.rows.units, a.memory.share[k].block(at.base, 0, at.columns), 1,
                     ones, at.columns, !at.fresh);
}

// Adjoints of a segment of a step, by the plan.
template <class P, class Output, class B>
void pull_back(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, [[maybe_unused]] int segment,
               const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    using product = backend::product<typename B::packed, T>;
    using kernels::unroll;
    constexpr auto& plan = P::plan;
    constexpr int main = plan.main, last = plan.operations.size - 1, last_part = plan.operations[last].parts.size - 1;
    constexpr bool arrives = plan.variables[plan.output()].arrives;
    const long s = at.step, columns = at.columns, N = a.rows.units;
    const auto& g = a.rows.operation[main];
    const auto m = a.frame(c.data, at, s);
    // brings the adjoint of the sources at this step
    const product arrival{c.parameters.backward()[a.first_block + main], 0, g.results, a.memory.result[main].block(at.base, s + 1, columns)};
    unroll<plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (P::plan.segments > 1)
            if (segment + 1 != plan.segments && s > 0) return;  // once, before the last segment
        if constexpr (op.weighted && op.previous() && !(o.value == main && arrives))
            unroll<op.from.size>([&](auto k) {
                constexpr auto source = P::plan.operations[o.value].from[k.value];
                const auto& rows = a.rows.operation[o.value];
                const product next{c.parameters.backward()[a.first_block + o.value], 0, rows.results,
                                   a.memory.result[o.value].block(at.base, s + 1, columns)};
                const long row = rows.source[k.value];
                b.product_map(columns, next, section{row, row + N, row, kernels::store_rows<T, !source.first>{m.adjoint[source.variable]}});
            });
    });
    if (s == 0) {
        const section begin{0l, N, 0l, kernels::pull_start<P, T, arrives>{m}};
        if constexpr (arrives) {
            if (g.results > 0)
                b.product_map(columns, arrival, begin);
            else
                b.each(columns, section{0l, N, 0l, kernels::pull_start<P, T, false>{m}});
        } else {
            b.each(columns, begin);
        }
        return;
    }
    unroll<plan.operations.size>([&](auto back) {
        constexpr int o = last - back.value;
        constexpr auto op = P::plan.operations[o];
        if constexpr (P::plan.segments > 1)
            if (op.segment != segment) return;
        if constexpr (looks_back(op.gathers)) {
            return_to_past<o>(b, a, m, at);
            return;
        } else if constexpr (op.gathers != equations::gathering::none) {
            constexpr int e = op.parts[0].run[0];
            constexpr auto from = P::plan.variables[e].with[0];
            gather_units(b, a, op.gathers, at, m.adjoint[e], m.adjoint[from.index], !from.first);
            return;
        } else
            unroll<op.parts.size>([&](auto back_part) {
                constexpr int q = P::plan.operations[o].parts.size - 1 - back_part.value;
                const section part{0l, N, 0l, kernels::pull_back<P, T, o, q>{m}};
                if constexpr (arrives && o == last && q == last_part) {
                    if (g.results > 0)
                        b.product_map(columns, arrival, part);
                    else
                        b.each(columns, part);
                } else {
                    b.each(columns, part);
                }
            });
        if constexpr (op.weighted && !op.previous())
            unroll<op.from.size>([&](auto k) {
                constexpr auto source = P::plan.operations[o].from[k.value];
                const long row = a.rows.operation[o].source[k.value];
                const product p{c.parameters.backward()[a.first_block + o], 0, a.rows.operation[o].results,
                                a.memory.result[o].block(at.base, s, columns)};
                b.product_map(columns, p, section{row, row + N, row, kernels::store_rows<T, !source.first>{m.adjoint[source.variable]}});
            });
    });
}

}  // namespace detail

/// A segment of a step back. Expects dL/dz in the readout rows of the results. With Omega, also leaves its gradient and its value.
template <class P, class Output, class B>
void backward_step(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, int segment,
                   const tile_place<typename B::scalar>& at) {
    if (at.step == a.steps && segment + 1 == P::plan.segments) detail::begin_backward(b, c, a, at);
    const bool ends_chunk = segment == 0 && at.step % a.chunk == 0;
    if constexpr (kernels::has_omega<P>)
        if (c.omega) {
            detail::pull_back_with_omega(b, c, a, at);
            if (ends_chunk) detail::add_gradients<true>(b, c, a, at);
        }
    if (!c.omega || !kernels::has_omega<P>) {
        detail::pull_back(b, c, a, segment, at);
        if constexpr (P::plan.segments > 1) {
            const auto m = a.frame(c.data, at, at.step);
            detail::sum_for_norms(b, a, segment - 1, at, m.adjoint, m.value);
        }
        if (ends_chunk) detail::add_gradients<false>(b, c, a, at);
    }
    if (at.step == 0) detail::add_initial_gradients(b, c, a, at);
}

/// What an area does in a stage of a run.
template <bool Backward, class P, class Output, class B>
void run_stage(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const stage& s, const tile_place<typename B::scalar>& at) {
    if (s.what == doing::forward) return s.step == 0 ? forward_start(b, c, a, at) : forward_step(b, c, a, s.segment, at);
    if (s.what == doing::read_out) return read_out(b, c, a, at);
    if (s.what == doing::receive) return receive(b, a, at);
    if constexpr (Backward) {
        if (s.what == doing::backward) backward_step(b, c, a, s.segment, at);
        if (s.what == doing::hand_back) hand_back(b, c, a, at);
    }
}

}  // namespace EIRNN_NAMESPACE
