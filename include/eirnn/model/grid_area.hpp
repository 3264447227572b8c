// An area on a map of positions as the numerics see it: each weighted input gathers its operand through kernels. Which rows and columns
// operands have, where variables lie, windows and statistics. Numbers and pointers only; what is computed is in model/grid_stage.hpp.
// All but the last struct is the same for all cells, and is compiled once for them.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/cell/activation.hpp>
#include <eirnn/cell/plan_view.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/kernels/omega.hpp>
#include <eirnn/kernels/window.hpp>
#include <eirnn/layout/map.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/normalised.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/schedule.hpp>

#include <vector>

namespace EIRNN_NAMESPACE {

/// One term of a weighted input: rows `offset ..` of the operand of its part.
struct gathered_term {
    term_entry what;
    bool previous = false, negative = false;
    long rows = 0, ld = 0;           ///< channels of the source
    long offset = 0;                 ///< in the operand
    int window = 0, depthwise = -1;  ///< index of its window; parameter block of its depthwise kernel
    int number = 0;                  ///< among the terms of the area
    bool enlarges() const { return what.kernel.form == kernel_form::enlarged; }
    long operand_rows() const { return what.kernel.form == kernel_form::ordinary ? what.kernel.taps() * ld : ld; }
};
/// The weighted input of one equation: its own operand [terms from inside the area ; terms from below ; 1] and weights.
struct gathered_part {
    std::vector<gathered_term> terms;
    long rows = 0, ld = 0;
    long from_below = 0, one = 0;  ///< first row of the operand that comes from below; the row of ones, the last
    bool bias = true;
    signed char bias_sign = 1;
    int block = -1;  ///< parameter block
    long operands() const { return one + 1; }
    long operand_ld(long unit) const { return leading_dimension(one + 1, unit); }
};

/// Windows on a map, from its output and from its input.
struct window_pair {
    grid_entry in, out;
    int size, stride;

    window_pair(grid_entry g, int n, int by) : in(g), out(strided(g, by)), size(n), stride(by) {}
    kernels::window forward() const {
        kernels::window w{out.height, out.width, in.height, in.width, size, stride};
        w.top = padding_before(in.height, size, stride), w.left = padding_before(in.width, size, stride);
        return inside(w);
    }
    kernels::window backward() const {
        kernels::window w = forward();
        w.height = in.height, w.width = in.width, w.other_height = out.height, w.other_width = out.width;
        w.mirrored = stride == 1, w.strided_input = stride > 1;
        if (w.mirrored) w.top = size - 1 - w.top, w.left = size - 1 - w.left;
        return inside(w);
    }

private:
    static kernels::window inside(kernels::window w) {
        w.begin = w.end = 0;
        if (w.strided_input) return w;
        while (w.begin < w.width && w.column(w.begin, 0) < 0) ++w.begin;
        w.end = w.begin;
        while (w.end < w.width && w.column(w.end, 0) >= 0 && w.column(w.end, w.size - 1) >= 0) ++w.end;
        return w;
    }
};

/// A variable of an area: where its values, weighted inputs, adjoints lie, each where it has them.
template <class B>
struct map_variable {
    gathered_part part;
    trace value, sign, weighted_input, adjoint, delta, from_below, delta_sum, kept, noise;
    bool adjoint_passes = false;  ///< it is made and used while tiles do not meet (model/passing.hpp)
    int initial_block = -1;       ///< parameter block of its value at step 0 where that is trained
};

/// What a run does with an area: it keeps every step for the way back; somebody may look at any variable; Omega is wanted.
struct map_use {
    bool training, looked_at, omega;
};
/// An area whatever its cell: compiled once for all of them. area[e] is its variable e.
template <class B>
struct map_area {
    using T = typename B::scalar;
    static constexpr long slack = 64;

    equations::plan_view plan;
    map_entry shape;
    int index = 0;
    long steps = 1, rows[4]{}, ld[4]{};
    long first_number[4]{};           ///< of each shape in the device's arrays of numbers per unit
    bool hoists = false;              ///< what comes from below is the same in every step: its products are made once
    bool once = false;                ///< nothing changes from step to step: one step serves all
    bool last = false, sums = false;  ///< the readout: the last step only, on the sum over the steps
    std::vector<window_pair> windows;
    int pool = -1;
    trace pooled, winner, pooled_adjoint;
    bool pooled_adjoint_passes = false;
    std::vector<port> drivers;  ///< what comes in
    port received, above;       ///< of the readout: the same after averaging and summing; what goes out
    std::vector<port> placed;   ///< of the first area: the images, which it puts into the memory of a tile
    int delay = 0;              ///< the longest of those who read it late
    std::vector<lesion> silent;  ///< of this run; its own channels, population by population
    struct {
        trace state, arrived, flow, pulled;  ///< a number per channel and position (kernels/omega.hpp)
        trace columns, trials;               ///< three per column, two per trial
    } omega;                                 ///< where a run asks for it and the cell has it
    normalised_variables<B> norms;
    int trained_block[4]{};
    const T* trained[4]{};
    const T* initial[16]{};  ///< per variable: its trained value at step 0, one per channel
    const T* start[16]{};    ///< per variable, [trial][position][channel]: its value at step 0 where a run says so
    T* end[16]{};            ///< and where its last one goes; null: it is not wanted

    explicit map_area(const equations::plan_view& p) : plan(p), variables_(static_cast<std::size_t>(p.variables.size)) {}
    map_variable<B>& operator[](int e) { return variables_[static_cast<std::size_t>(e)]; }
    const map_variable<B>& operator[](int e) const { return variables_[static_cast<std::size_t>(e)]; }

    void find_parameters(const parameter_set<B>& parameters) {
        norms.find_parameters(parameters);
        for (int k = 0; k < plan.trainables; ++k) trained[k] = parameters.effective(trained_block[k]);
        each_state([&](int e) { initial[e] = (*this)[e].initial_block < 0 ? nullptr : parameters.effective((*this)[e].initial_block); });
    }
    long positions() const { return shape.grid.positions(); }
    /// f(variable) for each that the next step reads.
    template <class F>
    void each_state(const F& f) const {
        for (int e = 0; e < plan.variables.size; ++e)
            if (plan.variables[e].read_before) f(e);
    }
    long state_size(int e) const { return rows[shape_of(e)] * positions(); }
    /// What others read late is no state, but for the rates of units in the step before; and batch norm that has statistics for each step
    /// counts from the first.
    bool goes_on_from_states() const {
        bool all = delay == 0 && (plan.segments == 1 || norms.own_steps() == 1);
        for (const port& p : drivers) all = all && p.delay <= (p.of_units ? 1 : 0);
        return all;
    }
    /// Whether the value of variable e at step 0 is other than 0.
    bool begins(int e) const { return start[e] || (*this)[e].initial_block >= 0; }
    kernels::enlargement enlarged(grid_entry from) const { return {shape.grid.height, shape.grid.width, from.height, from.width}; }
    /// Channels of the populations before this one.
    long rows_before(int k) const {
        long n = 0;
        while (k > 0) n += rows[--k];
        return n;
    }
    bool timed() const { return plan.timed; }
    bool noisy() const { return plan.noisy >= 0; }
    int shape_of(int e) const { return plan.variables[e].shape; }
    bool receives() const { return shape.averaged_input || sums; }
    /// Steps for which one of its own stands.
    long same_steps() const { return once ? steps : 1; }
    /// The parameter blocks whose weights Omega depends on join `to`.
    void add_omega_blocks(std::vector<std::size_t>& to) const {
        to.push_back(static_cast<std::size_t>((*this)[0].part.block));
        for (const gathered_term& t : (*this)[0].part.terms)
            if (t.what.source >= 0 && t.depthwise >= 0) to.push_back(static_cast<std::size_t>(t.depthwise));
    }
    /// Rates of a trial in a step.
    long rates() const { return last ? 0 : rows[shape_of(plan.output())] * positions(); }
    area_timing timing() const {
        area_timing t;
        t.normalised.resize(static_cast<std::size_t>(plan.segments));
        norms.each([&](int e) { t.normalised[static_cast<std::size_t>(plan.variables[e].segment)] = true; });
        t.enters.resize(t.normalised.size());
        for (int e = 0; e < plan.variables.size; ++e)
            for (const auto& term : (*this)[e].part.terms)
                if (term.what.source < 0 && !receives()) t.enters[static_cast<std::size_t>(plan.variables[e].segment)] = true;
        for (const driver_entry& d : shape.drivers)
            if (d.area >= 0) t.reads.push_back(d.area);
        t.receives = receives(), t.once = once, t.last_step_only = last, t.sums = sums;
        return t;
    }
    /// Scalars of scratch: what stays inside a stage; the largest operand, twice; the adjoints of trained numbers.
    long local_scratch() const { return local_; }
    long operand_scratch(long images) const {
        long most = 0;
        for (const auto& v : variables_)
            if (!v.part.terms.empty()) most = (std::max)(most, v.part.operand_ld(B::row_unit) * (images * positions() + 8) + slack);
        return most;
    }
    long share_scratch(long images) const {
        long most = 0;
        for (int k = 0; k < plan.trainables; ++k) most += ld[plan.trainable_shape[k]] * images * positions() + slack;
        return most;
    }

    view<T> block(const trace& t, const tile_place<T>& at, long s) const {
        return t.block(at.home(t), s, at.trials * positions());
    }
    const port& input(int driver) const { return receives() ? received : drivers[static_cast<std::size_t>(driver)]; }
    view<T> flow(const port& p, const tile_place<T>& at, bool backward) const {
        const trace& t = backward ? p.adjoint : p.value;
        if (t.offset < 0 || p.is_absent(at.step)) return {};
        return t.block(at.home(t), p.read_at(at.step), p.of_units ? at.columns : at.trials * p.grid.positions());
    }

    /// The adjoint of a trained number at each position, in memory from `shares` on.
    view<T> share(T* shares, int k, const tile_place<T>& at) const {
        for (int before = 0; shares && before < k; ++before) shares += ld[plan.trainable_shape[before]] * at.trials * positions() + slack;
        return {shares, ld[plan.trainable_shape[k]]};
    }

    /// Where everything of a tile lies, from `size` on; returns the end. `passing`: the end of what areas have in the worker's memory.
    long place(long size, long images, long steps_of_run, const map_use& use, long& passing) {
        const bool training = use.training;
        steps = steps_of_run;
        const auto take = [&](long n, long ring, long columns) {
            const trace t{size, n, ring};
            size += round_up(n * (ring * columns + 8) + slack, 16);
            return t;
        };
        const auto take_inside = [&](long n, long columns) {
            const trace t{local_, n, 1, true};
            local_ += round_up(n * (columns + 8) + slack, 16);
            return t;
        };
        const auto take_adjoint = [&](bool passes, long n, long ring, long count) {
            if (!passes) return take(n, ring, count);
            const trace t{passing, n, ring, false, true};
            passing += round_up(n * (ring * count + 8) + slack, 16);
            return t;
        };
        local_ = 0;
        const long columns = images * positions(), most = once ? 1 : steps, kept_steps = training ? most : 1;
        if (receives()) {
            const long ring = last ? 1 : kept_steps;  // the readout runs once, on the last step or on the sum
            received.value = take(round_up(received.channels, B::row_unit), ring, images * received.grid.positions());
            if (training) received.adjoint = take(received.value.ld, 1, images * received.grid.positions());
        }
        for (int e = 0; e < plan.variables.size; ++e) {
            const auto& v = plan.variables[e];
            const long late = e == plan.output() ? delay : 0, before = (std::max)(v.read_before ? 1l : 0l, late);  // blocks of steps before
            const long n = ld[v.shape];
            map_variable<B>& to = (*this)[e];
            to.value = to.sign = to.weighted_input = to.adjoint = to.delta = to.from_below = to.delta_sum = to.kept = to.noise = trace{};
            if (v.stored && !(v.sign_kept && training && !use.looked_at))
                to.value = take(n, v.traced ? kept_steps + before : 1 + before, columns);
            if (v.input_stored) to.weighted_input = take(n, kept_steps, columns);
            if (v.dropped) to.kept = take(n, kept_steps, columns);
            if (v.noisy) to.noise = take(n, noise_steps, columns);  // of as many steps as are drawn at once
            if (v.weighted && hoists && to.part.from_below < to.part.one) to.from_below = take(n, 1, columns);
            if (!training) continue;
            if (v.sign_kept) {
                constexpr long bytes = static_cast<long>(sizeof(T));
                to.sign = take((n + bytes - 1) / bytes, kept_steps, columns);
                to.sign.ld = n;
            }
            if (v.adjoint) to.adjoint = v.short_lived ? take_inside(n, columns) : take_adjoint(to.adjoint_passes, n, 1 + before, columns);
            if (v.weighted) to.delta = take_inside(n, columns);
            if (to.from_below.offset >= 0) to.delta_sum = take(n, 1, columns);
        }
        norms.place(most, take);
        if (use.omega) {
            const long n = ld[shape_of(0)];
            omega = {take_inside(n, columns), take_inside(n, columns),     take_inside(n, columns),
                     take_inside(n, columns), take_inside(1, 3 * columns), take(1, 2, images)};
        }
        const int out = plan.output();
        const map_variable<B>& output = (*this)[out];
        above = {output.value, output.adjoint, shape.grid, rows[shape_of(out)], once};
        if (pool >= 0) {
            const long n = ld[shape_of(out)], outside = images * shape.output_grid().positions();
            pooled = take(n, kept_steps + delay, outside);
            if (training)
                winner = take(n, kept_steps, outside), pooled_adjoint = take_adjoint(pooled_adjoint_passes, n, 1 + delay, outside);
            above.value = pooled, above.adjoint = pooled_adjoint, above.grid = shape.output_grid();
        }
        return size;
    }

private:
    std::vector<map_variable<B>> variables_;
    long local_ = 0;
};

/// An area of cells whose equations P plans. `Output`: the activation of the readout, if that is on a map.
template <class P, class B, class Output = identity_t>
struct grid_area : map_area<B> {
    static constexpr bool gathers = true;  ///< operands are gathered through kernels
    static constexpr bool normalises = P::plan.segments > 1;
    static constexpr bool has_omega = kernels::has_omega<P>;
    using output_activation = Output;
    grid_area() : map_area<B>(equations::plan_view_of<P>()) {}
    map_area<B>& as_map() { return *this; }
};

}  // namespace EIRNN_NAMESPACE
