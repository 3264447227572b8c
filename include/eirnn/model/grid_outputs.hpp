// What comes out of an area on a map: the loss of a tile, and what a run keeps of a step.
#pragma once
#include <eirnn/kernels/image.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/recorder.hpp>
#include <eirnn/model/stage.hpp>

namespace EIRNN_NAMESPACE {

/// The loss of a tile at its readout, whose columns are as many trials of one step; leaves its derivative where the way back begins.
template <class B>
double take_loss(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at,
                 const loss_of_outputs<B>& loss, const loss_parts& parts) {
    using T = typename B::scalar;
    const int out = a.plan.output();
    const long outputs = a.rows[a.shape_of(out)], columns = at.trials * a.positions(), first = at.first * a.positions();
    const view<T> z = a.block(a[out].value, at, at.step), to = a.block(a[out].adjoint, at, at.step);
    b.each(columns, section{0l, outputs, 0l, kernels::copy_rows<T>{z, to}});
    run_data<T> d = c.data;
    d.trials *= a.positions(), d.steps = 1;
    return loss.of_columns(b, d, parts, to, columns, columns, outputs, first);
}
/// The outputs of a tile whose largest is that of the largest target, while the derivative has not taken their place.
template <class B>
double count_hits(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const int out = a.plan.output();
    const long outputs = a.rows[a.shape_of(out)], first = at.first * a.positions();
    return b.sum(at.trials * a.positions(),
                 kernels::hits_of_columns<T>{a.block(a[out].value, at, at.step), c.data.target + first * outputs, outputs});
}

/// Saves the states of the trials that end with a step that is complete, where somebody wants them.
template <class B>
void save_end(B& b, const run_data<typename B::scalar>& d, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    a.each_state([&](int e) {
        if (!a.end[e]) return;
        kernels::save_map_states<T> save{d,
                                         a.block(a[e].value, at, at.step),
                                         nullptr,
                                         nullptr,
                                         a.end[e],
                                         at.step,
                                         a.steps,
                                         at.first,
                                         a.positions(),
                                         a.rows[a.shape_of(e)]};
        if (a.plan.variables[e].normalised) save.scale = a.norms.read(e, at.step).scale, save.shift = a.norms.read(e, at.step).shift;
        b.for_index(at.trials * a.state_size(e), save);
    });
}

/// The sum of squares of its rates in a step that is complete, over channels, positions and trials.
template <class B>
double squares_of_rates(B& b, const run_data<typename B::scalar>&, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (a.last) return 0;
    const int out = a.plan.output();
    const long rows = a.rows[a.shape_of(out)];
    return static_cast<double>(a.same_steps()) *
           b.sum(at.trials * a.positions() * rows, kernels::square_of_rate<T>{a.block(a[out].value, at, at.step), rows});
}

namespace detail {
// The steps of which a probe of the area has numbers of their own.
template <class B>
long probed_steps(const map_area<B>& a) {
    return a.once || a.last ? 1 : a.steps;
}
}  // namespace detail

/// Before a run: memory for what will be kept of the area.
template <class B>
void expect(recorder<B>& r, const map_area<B>& a) {
    using buffer = typename recorder<B>::buffer;
    const auto& plan = a.plan;
    if (a.last) r.output = buffer(r.data.trials * a.positions() * a.rows[a.shape_of(plan.output())]);
    for (std::size_t k = 0; k < r.ask.probes.size(); ++k) {
        const probe& p = r.ask.probes[k];
        if (p.area != a.index) continue;
        r.require_stored(p.variable >= 0 && p.variable < plan.variables.size && plan.variables[p.variable].stored);
        r.make_room(k, r.data.trials * (p.centre ? 1 : a.positions() * detail::probed_steps(a)), a.rows[a.shape_of(p.variable)]);
    }
}
/// Keeps what was asked for of a step that is complete.
template <class B>
void keep(recorder<B>& r, B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const auto& plan = a.plan;
    if (a.last) {
        const long outputs = a.rows[a.shape_of(plan.output())], per_trial = a.positions() * outputs;
        b.for_index(at.trials * per_trial,
                    kernels::save_probe<T>{a.block(a[plan.output()].value, at, at.step), nullptr, nullptr,
                                           r.output.data() + at.first * per_trial, outputs, a.positions(), -1, T(1), false});
    }
    save_end(b, r.data, a, at);
    const auto& g = a.shape.grid;
    for (std::size_t k = 0; k < r.ask.probes.size(); ++k) {
        const probe& p = r.ask.probes[k];
        if (p.area != a.index) continue;
        const auto& v = plan.variables[p.variable];
        const long units = a.rows[v.shape], per = p.centre ? 1 : a.positions(), count = detail::probed_steps(a);
        const long step = p.centre || count == 1 ? 0 : at.step - 1;
        kernels::save_probe<T> f{a.block(a[p.variable].value, at, at.step),
                                 nullptr,
                                 nullptr,
                                 r.probed[k].data() + (step * r.data.trials + at.first) * per * units,
                                 units,
                                 a.positions(),
                                 p.centre ? g.height / 2 * g.width + g.width / 2 : -1,
                                 p.centre ? T(1) / static_cast<T>(count) : T(1),
                                 p.centre && at.step > 1 && count > 1};
        if (v.normalised) f.scale = a.norms.read(p.variable, at.step).scale, f.shift = a.norms.read(p.variable, at.step).shift;
        b.for_index(at.trials * per * units, f);
    }
}
template <class P, class Output, class B>
void keep(recorder<B>& r, B& b, const grid_area<P, B, Output>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const map_area<B>& area = a;
    keep(r, b, area, at);
    if constexpr (!std::is_same_v<Output, identity_t>) {
        if (!a.last) return;
        const long outputs = a.rows[a.shape_of(a.plan.output())], columns = at.trials * a.positions();
        b.for_index(columns, kernels::activate_outputs<Output, T>{r.output.data() + at.first * a.positions() * outputs, outputs});
    }
}

}  // namespace EIRNN_NAMESPACE
