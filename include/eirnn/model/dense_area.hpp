// Units on one position that share a cell, of one area or of several, as the numerics see them. Their projections are matrices with masks.
// The sources of a product lie one behind the other in its operand, then the units of other cells, inputs and a row of ones; the readout of
// the network is a few more rows of the result of the last ones. Numbers and pointers only; what is computed is in model/dense_stage.hpp.
#pragma once
#include <eirnn/kernels/omega.hpp>
#include <eirnn/kernels/over_steps.hpp>
#include <eirnn/kernels/recall.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/loss_parts.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/normalised.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/schedule.hpp>

#include <algorithm>
#include <vector>

namespace EIRNN_NAMESPACE {

/// `Output`: the activation of its readout, or `each_output` of those of several outputs.
template <class P, class Output, class B>
struct dense_area {
    using T = typename B::scalar;
    using planned_type = P;
    using output_activation = Output;
    static constexpr auto& plan = P::plan;
    using plan_type = std::remove_cvref_t<decltype(plan)>;
    static constexpr bool gathers = false;  ///< sources lie in the operands
    static constexpr bool normalises = plan.segments > 1;
    static_assert(plan.shapes.size == 1, "eirnn: in a dense network every equation has one value per unit");
    static_assert(plan.coefficients.size == 0 ||
                      (plan.coefficients.size == 1 && plan.coefficients[0] == equations::identity_of_tag<struct notation::alpha>),
                  "eirnn: the only number per unit that a run supplies is notation::alpha, dt / tau");
    static constexpr bool has_omega = kernels::has_omega<P>;
    static constexpr bool timed() { return plan.coefficients.size > 0; }
    static constexpr bool noisy() { return noisy_variable >= 0; }
    static constexpr int noisy_variable = [] {
        for (int e = 0; e < plan.variables.size; ++e)
            if (plan.variables[e].noisy) return e;
        return -1;
    }();

    int index = 0, maps = 0;                  ///< its place among all areas; how many of them are maps
    index_range units;                        ///< its own among all units of the network
    std::vector<index_range> areas;           ///< its areas, as ranges of its own units
    long first_number = 0;                    ///< of its own in the device's arrays of numbers per unit
    long all_units = 0;                       ///< of the network
    std::vector<lesion> silent;               ///< of this run; its own units
    std::vector<detail::other_source> others;  ///< what it reads of other areas
    long delay = 1;                           ///< the longest of those who read its rates late
    int first_block = 0;  ///< parameter block of its first operation; the others follow
    std::vector<index_range> outputs;  ///< rows of its readout that share an activation
    std::vector<index_range> summed, averaged;  ///< rows of its readout that are added up over the steps so far
    trace sums;                                 ///< of a run: these rows so far
    geometry<plan_type> rows;
    tile_memory<plan_type> memory;
    trace received_adjoint;          ///< of what it reads of a map at one step
    normalised_variables<B> norms;
    trace seen;                      ///< one of these as others read it
    std::vector<int> initial_block;  ///< per variable: the parameter block of its value at step 0, -1: none
    const T* initial[16]{};          ///< per variable: that value, one per unit
    const T* start[16]{};            ///< per variable, [trial][unit]: the same where a run says otherwise
    T* end[16]{};                    ///< and where its last ones go; null: they are not wanted
    int trained_block[4]{};          ///< per trained number of the cell: its parameter block
    const T* trained[4]{};
    long steps = 0, chunk = 1;       ///< of a run; steps whose outer products are added at once

    void find_parameters(const parameter_set<B>& parameters) {
        for (std::size_t e = 0; e < initial_block.size(); ++e)
            initial[e] = initial_block[e] < 0 ? nullptr : parameters.effective(initial_block[e]);
        for (int k = 0; k < plan.trainables.size; ++k) trained[k] = parameters.effective(trained_block[k]);
        norms.find_parameters(parameters);
    }
    area_timing timing() const {
        area_timing t;
        t.normalised.resize(plan.segments), t.enters.resize(plan.segments, true), t.starts = t.trails = true, t.receives = !others.empty();
        for (const auto& x : others) t.reads.push_back(x.area);
        norms.each([&](int e) { t.normalised[static_cast<std::size_t>(plan.variables[e].segment)] = true; });
        return t;
    }
    /// The parameter blocks whose weights Omega depends on join `to`.
    void add_omega_blocks(std::vector<std::size_t>& to) const { to.push_back(static_cast<std::size_t>(first_block + plan.main)); }
    /// Rates of a trial in a step.
    long rates() const { return rows.units; }
    /// Weights of the largest product.
    long weights() const {
        long most = 0;
        for (int o = 0; o < plan.operations.size; ++o) most = (std::max)(most, rows.operation[o].results * rows.operation[o].operands);
        return most;
    }
    /// Where everything of a tile lies, from `begin` on; returns the end.
    long place(long begin, long columns, long steps_of_run, bool training, bool omega, long steps_per_chunk) {
        steps = steps_of_run, chunk = steps_per_chunk;
        memory = {plan, rows, B::row_unit, begin, columns, steps, training, omega, chunk, delay};
        long widest = 0;
        for (const auto& x : others) widest = (std::max)(widest, x.map ? x.columns.size : 0);
        if (!summed.empty() || !averaged.empty()) {
            sums = {memory.size, round_up(rows.outputs, B::row_unit), 1};
            memory.size += round_up(sums.ld * (columns + 8), 64);
        }
        if (widest > 0 && training) {
            received_adjoint = {memory.size, round_up(widest, B::row_unit), 1};
            memory.size += round_up(received_adjoint.ld * (columns + 8), 64);
        }
        if constexpr (normalises) {
            const auto take = [&](long n, long blocks, long of_columns) {
                const trace t{memory.size, n, blocks};
                memory.size += round_up(n * blocks * of_columns + 16, 64);
                return t;
            };
            norms.place(training ? steps : 1, take);  // running statistics serve all steps
            seen = take(round_up(rows.units, B::row_unit), 1, columns);
        }
        return memory.size;
    }
    /// f(variable) for each that has values at step 0 of its own.
    template <class F>
    void each_state(const F& f) const {
        for (int e = 0; e < plan.variables.size; ++e)
            if (initial_block[static_cast<std::size_t>(e)] >= 0) f(e);
    }
    long state_size(int) const { return rows.units; }
    long positions() const { return 1; }
    bool goes_on_from_states() const { return !plan.looks_back; }
    /// What units of another cell did in the step before, or a map in this one, or its adjoint.
    view<T> from_other(const detail::other_source& x, const tile_place<T>& at, bool adjoint) const {
        const trace& t = adjoint ? x.from.adjoint : x.from.value;
        if (t.offset < 0) return {};
        if (x.map) return t.block(at.base, x.from.constant ? 1 : at.step, at.trials * x.from.grid.positions());
        return t.block(at.base, at.step - 1, at.columns);
    }
    /// Whether operation o reads other areas in this step. Behind the last one there is the readout alone, which reads units.
    bool reads_others(int o, long step) const {
        return plan.operations[o].weighted && plan.operations[o].input && (step <= steps || o == plan.main);
    }
    /// The operand that operation o reads in this step.
    view<T> operand(const tile_place<T>& at, int o) const {
        return memory.operand[o].block(at.base, at.step - (plan.operations[o].previous() ? 1 : 0), at.columns);
    }
    /// Its rates, as areas of other cells read them.
    port handed_over() const {
        constexpr int out = plan.output(), home = plan.variables[out].operand;
        port p{memory.operand[home], memory.adjoint[out], {}, rows.units};
        p.of_units = true;
        if (p.value.offset >= 0) p.value.offset += source_row<out>(home);
        return p;
    }
    /// The readout rows of step s.
    view<T> readout(const tile_place<T>& at, long s) const {
        return memory.result[plan.main].block(at.base, s + 1, at.columns).row(rows.operation[plan.main].cells);
    }
    /// f(rows) for each range of rows of the readout that is added up.
    template <class F>
    void each_summed(const F& f) const {
        for (const bool mean : {false, true})
            for (const index_range& r : mean ? averaged : summed) f(kernels::summed_rows{r.begin, r.size, mean});
    }
    /// Small arrays with one number per column.
    T* per_column(const tile_place<T>& at) const { return at.base + memory.columns_offset; }

    [[gnu::noinline]] kernels::frame<P, T> frame(const run_data<T>& data, const tile_place<T>& at, long s) const {
        kernels::frame<P, T> m;
        T* const base = at.base;
        const long columns = at.columns;
        kernels::unroll<plan.variables.size>([&](auto e) {
            constexpr auto v = P::plan.variables[e.value];
            const trace& home = v.operand < 0 ? memory.own[e.value] : memory.operand[v.operand < 0 ? 0 : v.operand];
            const long row = source_row<e.value>(v.operand);
            if (home.offset >= 0) {
                m.value[e.value] = home.block(base, s, columns).row(row);
                if (s > 0) m.before[e.value] = home.block(base, s - 1, columns).row(row);
            }
            const trace& a = memory.adjoint[e.value];
            if (a.offset >= 0) {
                m.adjoint[e.value] = a.block(base, s, columns);
                if (s > 0) m.adjoint_before[e.value] = a.block(base, s - 1, columns);
            }
            if (memory.weighted_input[e.value].offset >= 0)
                m.weighted_input[e.value] = memory.weighted_input[e.value].block(base, s, columns);
            if constexpr (v.weighted)
                m.delta[e.value] = memory.result[v.product].block(base, s, columns).row(rows.operation[v.product].part[v.section]);
            if constexpr (v.noisy) m.noise = noise_block<e.value>(at, s);
        });
        kernels::unroll<plan.operations.size>([&](auto o) {
            kernels::unroll<plan.operations[o.value].from.size>([&](auto k) {
                m.operand[o.value][k.value] = memory.operand[o.value].block(base, s, columns).row(rows.operation[o.value].source[k.value]);
            });
        });
        if constexpr (plan.drops())
            for (std::size_t e = 0; e < m.variables; ++e)
                if (memory.kept[e].offset >= 0) m.kept[e] = memory.kept[e].block(base, s, columns);
        if constexpr (normalises) norms.each([&](int e) { norms.enter(m, e, s); });
        if (data.alpha) m.alpha[0] = data.alpha + first_number;
        if constexpr (plan.trainables.size > 0)
            for (int k = 0; k < plan.trainables.size; ++k) {
                m.trained[k] = trained[k];
                if (memory.share[k].offset >= 0) m.share[k] = memory.share[k].block(base, 0, columns);
            }
        m.live = data.live + at.first;
        m.rate_penalty = data.rate_penalty;
        if (memory.slope.offset >= 0) {
            m.slope = memory.slope.block(base, s, columns);
            m.state_adjoint = memory.state_adjoint.block(base, s, columns);
        }
        return m;
    }
    /// Where the noise of variable e waits for step s.
    template <int e>
    view<T> noise_block(const tile_place<T>& at, long s) const {
        constexpr int home = plan.variables[e].noise_home, operand = plan.variables[home].operand;
        if constexpr (operand < 0) return memory.own[home].block(at.base, s, at.columns);
        else return memory.operand[operand].block(at.base, s, at.columns).row(source_row<home>(operand));
    }

    /// All steps of argument k of equation e, from unit `row` on, or their adjoints.
    template <int e, int k>
    kernels::past<T> past(const tile_place<T>& at, long row) const {
        constexpr int of = plan.variables[e].with[k].index, home = plan.variables[of].operand;
        const trace& t = home < 0 ? memory.own[of] : memory.operand[home < 0 ? 0 : home];
        return {t.block(at.base, 0, at.columns).row(source_row<of>(home) + row), t.ld * at.columns};
    }
    template <int e, int k>
    kernels::past<T> past_adjoint(const tile_place<T>& at, long row) const {
        const trace& t = memory.adjoint[plan.variables[e].with[k].index];
        return {t.block(at.base, 0, at.columns).row(row), t.ld * at.columns};
    }

private:
    template <int e>
    long source_row(int o) const {
        return o < 0 ? 0 : rows.source_row(plan, o, e);
    }
};

/// Builds area `index` of a network, units of one cell. `handed_over`: see map_build.hpp. Throws invalid_argument if the layout does not
/// fit what the last map hands over, or the cell what it would read.
template <class P, class Output, class B>
void build(dense_area<P, Output, B>& a, int index, const layout& l, ports& handed_over, parameter_set<B>& parameters, trainables t) {
    const auto groups = l.units_by_cell();
    a.maps = static_cast<int>(l.maps.size());
    const int group = index - a.maps;
    const bool last = group + 1 == static_cast<int>(groups.size()), alone = groups.size() == 1;
    a.index = index;
    a.units = groups[static_cast<std::size_t>(group)], a.all_units = l.units;
    for (const index_range& area : l.areas)
        if (area.begin >= a.units.begin && area.begin < a.units.end()) a.areas.push_back({area.begin - a.units.begin, area.size});
    if (a.areas.empty()) a.areas.push_back({0, a.units.size});
    a.others = detail::others_of(l, group, B::row_unit);
    const long inputs = alone || l.input.connects(a.units, {0, l.unit_inputs()}) ? l.unit_inputs() : 0;
    bool reads_units = false;
    for (const auto& x : a.others) {
        reads_units = reads_units || !x.map;
        if (!x.map) continue;
        const port& from = handed_over.areas[static_cast<std::size_t>(x.area)];
        detail::require(from.channels * (x.whole ? from.grid.positions() : 1) == x.columns.size,
                        "units read another number of channels than a map hands over", "layout::read_maps", std::to_string(from.channels),
                        std::to_string(x.columns.size), "set channels to those of the map");
    }
    detail::require(!reads_units || !last || a.plan.operations[a.plan.main].input,
                    "units of the last area are read out together with others of another cell, and its own cell has no place for these",
                    "layout::groups", "W(u) beside W(prev(...)) of the last variable", "none", "add W(u) to that equation");
    const long others = a.others.empty() ? 0 : a.others.back().row + a.others.back().columns.size;
    a.rows = {a.plan, {a.units.size, inputs, last ? l.outputs : 0, others}, B::row_unit};
    a.outputs.resize(detail::output_parts<Output>);
    if (last) a.outputs = detail::rows_of_outputs(a.outputs.size(), l.output_channels, l.outputs);
    if (last) a.summed = l.summed_outputs, a.averaged = l.averaged_outputs;
    a.first_block = static_cast<int>(parameters.blocks().size());
    a.initial_block = detail::add_dense(parameters, a.plan, a.rows, l, a.units, a.others, t, index);
    for (int k = 0; k < a.plan.trainables.size; ++k) a.trained_block[k] = detail::add_trained(parameters, index, k, a.units.size);
    if constexpr (P::plan.segments > 1) {
        const long ld = round_up(a.units.size, B::row_unit);
        a.norms.build(equations::plan_view_of<P>(), parameters, index, &a.units.size, &ld, 1);
    }
    for (const map_entry& reader : l.maps)
        for (const driver_entry& d : reader.drivers)
            if (d.area == index) a.delay = (std::max)(a.delay, static_cast<long>(d.delay));
    handed_over.areas.push_back(a.handed_over());
}
/// Tells the area what drives it, and where that lies in this run.
template <class P, class Output, class B>
void link(dense_area<P, Output, B>& a, const ports& handed_over) {
    for (auto& x : a.others) x.from = handed_over.areas[static_cast<std::size_t>(x.area)];
}

}  // namespace EIRNN_NAMESPACE
