// What comes into an area on one position and goes back: noise, inputs, what the last map hands over, units of other cells.
#pragma once
#include <eirnn/core/random.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/model/dense_area.hpp>
#include <eirnn/model/stage.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE {

namespace detail {

// Rows between stacked sources or parts belong to nobody. Their weights are 0, but memory may hold what is not finite.
template <class P, class Output, class B>
void clear_gaps(B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    kernels::unroll<P::plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.weighted) {
            if (op.from.size == 1 && op.parts.size == 1 && !a.driven && a.others.empty()) return;
            const auto& g = a.rows.operation[o.value];
            const auto clear = [&](const trace& t, long from, long to) {
                for (long s = 0; s < t.ring; ++s)
                    if (from < to) b.each(at.columns, section{from, to, 0l, kernels::fill_rows<T>{t.block(at.base, s, at.columns), T(0)}});
            };
            for (int k = 1; k < op.from.size; ++k) clear(a.memory.operand[o.value], g.source[k - 1] + a.rows.units, g.source[k]);
            const long sources = op.from.size > 0 ? g.source[(std::max)(op.from.size, 1) - 1] + a.rows.units : 0;
            clear(a.memory.operand[o.value], sources, g.other);
            if (op.input) {
                for (std::size_t k = 1; k < a.others.size(); ++k)
                    clear(a.memory.operand[o.value], g.other + a.others[k - 1].row + a.others[k - 1].units.size, g.other + a.others[k].row);
                clear(a.memory.operand[o.value], g.other + a.rows.others, g.input);
            }
            for (int q = 1; q < op.parts.size; ++q) clear(a.memory.result[o.value], g.part[q - 1] + a.rows.units, g.part[q]);
        }
    });
}

// Draws the noise of the next steps and places their inputs; at.step is the first of them.
template <class P, class Output, class B>
void place_noise_and_inputs(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const auto& d = c.data;
    const long s = at.step, block = d.first_block + (s - 1) / noise_steps, columns = at.columns, N = a.rows.units;
    const int count = static_cast<int>((std::min)(a.steps - s + 1, long{noise_steps}));
    view<T> to[noise_steps], in[noise_steps];
    constexpr int noisy = dense_area<P, Output, B>::noisy_variable;
    if constexpr (noisy >= 0) {
        for (int j = 0; j < count; ++j) to[j] = a.template noise_block<(noisy < 0 ? 0 : noisy)>(at, s + j);
        if (d.unit_noise)
            b.normals(to, count, N, columns, block, d.id + at.first, d.iteration,
                      key_of_part(d.unit_key, static_cast<std::uint32_t>(a.index - a.maps)), d.unit_noise + a.first_number);
        else if (d.given_noise)
            for (int j = 0; j < count; ++j)
                b.for_index(columns * N, kernels::copy_noise<T>{d, to[j], N, a.units.begin, a.all_units, at.first, s - 1 + j});
        else
            for (int j = 0; j < count; ++j) b.each(columns, section{0l, N, 0l, kernels::fill_rows<T>{to[j], T(0)}});
    }
    for (int j = 0; j < count; ++j) in[j] = a.memory.input_noise.block(at.base, j, columns);
    if (d.input_noise && !a.driven)
        b.normals(in, count, a.rows.inputs, columns, block, d.id + at.first, d.iteration, d.input_key, d.input_noise);
    kernels::unroll<P::plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.weighted) {
            const auto& r = a.rows.operation[o.value];
            // The inputs of a driven area arrive step by step.
            const bool here = op.input && !a.driven;
            kernels::place_inputs<T> place{d, {}, {}, here ? r.input : r.one, here ? a.rows.inputs : 0, columns, at.first, s - 1};
            for (int j = 0; j < count; ++j) {
                place.to[j] = a.memory.operand[o.value].block(at.base, s + j - (op.previous() ? 1 : 0), columns);
                if (d.input_noise && here) place.noise[j] = in[j];
            }
            b.for_index(count * columns, place);
        }
    });
}
// What units of other cells did in the step before, into the operands of this step.
template <class P, class Output, class B>
void place_others(B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!a.reads_others(o, at.step)) continue;
        const view<T> to = a.operand(at, o).row(a.rows.operation[o].other);
        for (const auto& x : a.others)
            b.each(at.columns, section{0l, x.units.size, 0l, kernels::copy_rows<T>{a.from_other(x, at, false), to.row(x.row)}});
    }
}
// Adds what the results of this step say about them to their adjoints.
template <class P, class Output, class B>
void return_to_others(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!a.reads_others(o, at.step)) continue;
        const auto& g = a.rows.operation[o];
        const backend::product<typename B::packed, T> p{c.parameters.backward()[a.first_block + o], 0, g.results,
                                                        a.memory.result[o].block(at.base, at.step, at.columns)};
        for (const auto& x : a.others) {
            const long row = g.other + x.row;
            b.product_map(at.columns, p, section{row, row + x.units.size, row, kernels::store_rows<T, true>{a.from_other(x, at, true)}});
        }
    }
}

}  // namespace detail

/// Averages what the last map hands over at this step, and places it among the sources; so with the units of other cells.
template <class P, class Output, class B>
void receive(B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    detail::place_others(b, a, at);
    if (!a.driven) return;
    const view<T> from = a.from_below(at, false);
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!P::plan.operations[o].weighted || !P::plan.operations[o].input) continue;
        const view<T> to = a.operand(at, o).row(a.rows.operation[o].input);
        b.each(at.trials, section{0l, a.rows.inputs, 0l, kernels::average_positions<T>{from, to, a.below.grid.positions(), false}});
        if (at.trials < at.columns)
            b.each(at.columns - at.trials, section{0l, a.rows.inputs, 0l, kernels::fill_rows<T>{to.column(at.trials), T(0)}});
    }
}
/// Hands the adjoint of what was received at this step back.
template <class P, class Output, class B>
void hand_back(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    detail::return_to_others(b, c, a, at);
    const view<T> to = a.driven ? a.from_below(at, true) : view<T>{};
    if (!to.data) return;
    const view<T> adjoint = a.received_adjoint.block(at.base, 0, at.columns);
    const long per = a.below.grid.positions();
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!P::plan.operations[o].weighted || !P::plan.operations[o].input) continue;
        const auto& g = a.rows.operation[o];
        const view<T> delta = a.memory.result[o].block(at.base, at.step, at.columns);
        b.product_map(at.columns, backend::product<typename B::packed, T>{c.parameters.backward()[a.first_block + o], 0, g.cells, delta},
                      section{g.input, g.one, g.input, kernels::store_rows<T>{adjoint}});
        b.each(at.trials * per, section{0l, a.rows.inputs, 0l, kernels::spread_average<T>{adjoint, to, per}});
    }
}

}  // namespace EIRNN_NAMESPACE
