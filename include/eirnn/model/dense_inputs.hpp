// What comes into an area on one position and goes back: noise, inputs, maps, units of other cells.
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
            if (op.from.size == 1 && op.parts.size == 1 && a.others.empty()) return;
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
                    clear(a.memory.operand[o.value], g.other + a.others[k - 1].row + a.others[k - 1].columns.size,
                          g.other + a.others[k].row);
                clear(a.memory.operand[o.value], g.other + a.rows.others, g.input);
            }
            for (int q = 1; q < op.parts.size; ++q) clear(a.memory.result[o.value], g.part[q - 1] + a.rows.units, g.part[q]);
        }
    });
}

// Places the inputs of some steps of a block of noise, of which at.step is one, the constant 1 behind them.
template <class P, class Output, class B>
void place_inputs(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at, int count) {
    using T = typename B::scalar;
    const long s = at.step, columns = at.columns, of_block = (s - 1) % noise_steps;
    kernels::unroll<P::plan.operations.size>([&](auto o) {
        constexpr auto op = P::plan.operations[o.value];
        if constexpr (op.weighted) {
            const auto& r = a.rows.operation[o.value];
            kernels::place_inputs<T> place{c.data, {}, {}, r.input, op.input ? a.rows.inputs : 0, columns, at.first, s - 1};
            for (int j = 0; j < count; ++j) {
                place.to[j] = a.memory.operand[o.value].block(at.base, s + j - (op.previous() ? 1 : 0), columns);
                if (c.data.input_noise && op.input) place.noise[j] = a.memory.input_noise.block(at.base, of_block + j, columns);
            }
            b.for_index(count * columns, place);
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
        if (d.given_noise)
            for (int j = 0; j < count; ++j)
                b.for_index(columns * N, kernels::copy_noise<T>{d, to[j], N, a.units.begin, a.all_units, at.first, s - 1 + j});
        else if (d.unit_noise)
            b.normals(to, count, N, columns, block, d.id + at.first, d.iteration,
                      key_of_part(d.unit_key, static_cast<std::uint32_t>(a.index - a.maps)), d.unit_noise + a.first_number);
        else
            for (int j = 0; j < count; ++j) b.each(columns, section{0l, N, 0l, kernels::fill_rows<T>{to[j], T(0)}});
    }
    for (int j = 0; j < count; ++j) in[j] = a.memory.input_noise.block(at.base, j, columns);
    if (d.input_noise) b.normals(in, count, a.rows.inputs, columns, block, d.id + at.first, d.iteration, d.input_key, d.input_noise);
    place_inputs(b, c, a, at, count);
}
}  // namespace detail

/// Places what the area reads of others among the sources: units as they were in the step before, a map as it is in this one, averaged
/// or whole.
template <class P, class Output, class B>
void receive(B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!a.reads_others(o, at.step)) continue;
        const view<T> others = a.operand(at, o).row(a.rows.operation[o].other);
        for (const auto& x : a.others) {
            const view<T> to = others.row(x.row);
            const long channels = x.columns.size, read = !x.map ? at.columns : at.step <= a.steps ? at.trials : 0;
            if (!x.map) {
                b.each(read, section{0l, channels, 0l, kernels::copy_rows<T>{a.from_other(x, at, false), to}});
            } else if (read > 0) {
                const view<T> from = a.from_other(x, at, false);
                if (x.whole)
                    b.for_index(read * channels, kernels::flatten<T>{from, to, x.from.channels, x.from.grid.positions()});
                else
                    b.each(read, section{0l, channels, 0l, kernels::average_positions<T>{from, to, x.from.grid.positions(), false}});
            }
            if (read < at.columns) b.each(at.columns - read, section{0l, channels, 0l, kernels::fill_rows<T>{to.column(read), T(0)}});
        }
    }
}
/// Hands the adjoint of what was received at this step back: adds it to theirs.
template <class P, class Output, class B>
void hand_back(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (int o = 0; o < P::plan.operations.size; ++o) {
        if (!a.reads_others(o, at.step)) continue;
        const auto& g = a.rows.operation[o];
        const backend::product<typename B::packed, T> p{c.parameters.backward()[a.first_block + o], 0, g.results,
                                                        a.memory.result[o].block(at.base, at.step, at.columns)};
        for (const auto& x : a.others) {
            const view<T> to = x.map && at.step > a.steps ? view<T>{} : a.from_other(x, at, true);
            if (!to.data) continue;
            const long row = g.other + x.row, end = row + x.columns.size;
            if (!x.map) {
                b.product_map(at.columns, p, section{row, end, row, kernels::store_rows<T, true>{to}});
                continue;
            }
            const view<T> adjoint = a.received_adjoint.block(at.base, 0, at.columns);
            const long positions = x.from.grid.positions();
            b.product_map(at.columns, p, section{row, end, row, kernels::store_rows<T>{adjoint}});
            if (x.whole)
                b.for_index(at.trials * x.columns.size, kernels::add_flattened<T>{adjoint, to, x.from.channels, positions});
            else
                b.each(at.trials * positions, section{0l, x.columns.size, 0l, kernels::spread_average<T>{adjoint, to, positions}});
        }
    }
}

}  // namespace EIRNN_NAMESPACE
