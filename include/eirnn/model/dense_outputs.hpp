// What comes out of an area on one position: the loss of a tile, and what a run keeps of a step.
#pragma once
#include <eirnn/kernels/image.hpp>
#include <eirnn/model/dense_area.hpp>
#include <eirnn/model/recorder.hpp>
#include <eirnn/model/stage.hpp>

namespace EIRNN_NAMESPACE {

/// The loss of a tile in all its steps; leaves its derivative where the way back begins.
template <class P, class Output, class B>
double take_loss(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at,
                 const loss_of_outputs<B>& loss, const loss_parts& parts) {
    using T = typename B::scalar;
    const view<T> z = a.readout(at, 1);
    a.each_summed([&](const kernels::summed_rows& rows) {
        b.for_index(at.columns, kernels::add_up_steps<T>{z, rows, at.columns, a.steps});
    });
    const double value = loss.of_columns(b, c.data, parts, z, c.data.steps * at.columns, at.columns, a.rows.outputs, at.first);
    a.each_summed([&](const kernels::summed_rows& rows) {
        b.for_index(at.columns, kernels::hand_back_steps<T>{z, rows, at.columns, a.steps});
    });
    return value;
}

/// The sum of squares of its rates in a step that is complete, over units and trials.
template <class P, class Output, class B>
double squares_of_rates(B& b, const run_data<typename B::scalar>& d, const dense_area<P, Output, B>& a,
                        const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    T* const squares = a.per_column(at);
    b.column_squares(a.frame(d, at, at.step).value[P::plan.output()], a.rows.units, at.columns, squares);
    return b.sum(at.columns, kernels::sum_rate_squares<T>{squares, d.live + at.first});
}

namespace detail {
// Variable e of a step as others read it. Of what is normalised that is a copy, which the next call replaces.
template <class P, class Output, class B>
view<typename B::scalar> as_read(B& b, const dense_area<P, Output, B>& a, const kernels::frame<P, typename B::scalar>& m,
                                 const tile_place<typename B::scalar>& at, int e) {
    using T = typename B::scalar;
    if constexpr (P::plan.segments > 1)
        if (P::plan.variables[e].normalised) {
            const view<T> to = a.seen.block(at.base, 0, at.columns);
            b.each(at.columns, section{0l, a.rows.units, 0l, kernels::read_normalised<T>{m.value[e], to, m.scale[e], m.shift[e]}});
            return to;
        }
    return m.value[e];
}
}  // namespace detail

/// Saves the states of the trials that end with a step that is complete, where somebody wants them.
template <class P, class Output, class B>
void save_end(B& b, const run_data<typename B::scalar>& d, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    a.each_state([&](int e) {
        if (a.end[e])
            b.for_index(at.columns, kernels::save_states<T>{d, detail::as_read(b, a, a.frame(d, at, at.step), at, e), a.end[e], at.step,
                                                            at.first, a.rows.units});
    });
}

/// What is added up over the steps gets that of one more.
template <class P, class Output, class B>
void add_up_step(B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    a.each_summed([&](const kernels::summed_rows& rows) {
        b.for_index(at.columns, kernels::add_step<T>{a.readout(at, at.step), a.sums.block(at.base, 0, at.columns), rows, at.step});
    });
}

/// The outputs of a step that is complete, [trial][output].
template <class P, class Output, class B>
void save_outputs(B& b, const run_data<typename B::scalar>& d, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at,
                  typename B::scalar* to) {
    using T = typename B::scalar;
    add_up_step(b, a, at);
    kernels::save_step<Output, T> save{d,
                                       {to, nullptr, nullptr, nullptr, at.step},
                                       a.readout(at, at.step),
                                       {},
                                       {},
                                       at.step,
                                       at.first,
                                       a.rows.units,
                                       a.units.begin,
                                       a.all_units,
                                       a.rows.outputs,
                                       {}};  // the only sample so far
    for (std::size_t k = 0; k < detail::output_parts<Output>; ++k) save.part[k] = {a.outputs[k].begin, a.outputs[k].size, 0};
    b.for_index(at.columns, save);
}

/// Before a run: memory for what will be kept of the area.
template <class P, class Output, class B>
void expect(recorder<B>& r, const dense_area<P, Output, B>& a) {
    using buffer = typename recorder<B>::buffer;
    const long samples = r.data.steps / r.ask.every * r.data.trials;
    if (a.rows.outputs > 0) r.output = buffer(samples * a.rows.outputs), r.final_output = buffer(r.data.trials * a.rows.outputs);
    if (a.units.begin == 0)  // the first area makes room for all units
        r.rate = buffer(r.ask.rates ? samples * a.all_units : 0), r.state = buffer(r.ask.states ? samples * a.all_units : 0);
    for (std::size_t k = 0; k < r.ask.probes.size(); ++k) {
        const probe& p = r.ask.probes[k];
        if (p.area != a.index) continue;
        r.require_stored(p.variable >= 0 && p.variable < P::plan.variables.size && P::plan.variables[p.variable].stored);
        const long units = p.units > 0 ? p.units : a.rows.units;
        detail::require(p.first >= 0 && p.first + units <= a.rows.units, "there are no such units", "probe::first",
                        "units of " + std::to_string(a.rows.units),
                        std::to_string(p.first) + " and " + std::to_string(units) + " from there",
                        "count the units of the areas that share the cell");
        r.make_room(k, p.centre ? r.data.trials : samples, units);
    }
}
/// Keeps what was asked for of a step that is complete.
template <class P, class Output, class B>
void keep(recorder<B>& r, B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const bool reads_out = a.rows.outputs > 0;
    add_up_step(b, a, at);
    const record_data<T> to{reads_out ? r.output.data() : nullptr, reads_out ? r.final_output.data() : nullptr,
                            r.ask.rates ? r.rate.data() : nullptr, r.ask.states ? r.state.data() : nullptr, r.ask.every};
    const auto m = a.frame(r.data, at, at.step);
    kernels::save_step<Output, T> save{r.data,
                                       to,
                                       a.readout(at, at.step),
                                       m.value[P::plan.output()],
                                       r.ask.states ? detail::as_read(b, a, m, at, 0) : view<T>{},
                                       at.step,
                                       at.first,
                                       a.rows.units,
                                       a.units.begin,
                                       a.all_units,
                                       a.rows.outputs,
                                       {}};
    for (std::size_t k = 0; k < detail::output_parts<Output>; ++k) save.part[k] = {a.outputs[k].begin, a.outputs[k].size, 0};
    b.for_index(at.columns, save);
    for (std::size_t k = 0; k < r.ask.probes.size(); ++k) {
        const probe& p = r.ask.probes[k];
        if (p.area != a.index || (!p.centre && at.step % r.ask.every != 0)) continue;
        const long units = p.units > 0 ? p.units : a.rows.units, sample = p.centre ? 0 : at.step / r.ask.every - 1;
        const T share = p.centre ? T(1) / static_cast<T>(r.data.steps) : T(1);
        b.for_index(at.trials * units, kernels::save_probe<T>{detail::as_read(b, a, m, at, p.variable).row(p.first), nullptr, nullptr,
                                                              r.probed[k].data() + (sample * r.data.trials + at.first) * units, units, 1,
                                                              -1, share, p.centre && at.step > 1});
    }
    save_end(b, r.data, a, at);
}

}  // namespace EIRNN_NAMESPACE
