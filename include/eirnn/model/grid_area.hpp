// An area on a map of positions as the numerics see it: each weighted input gathers its operand through kernels. Which rows and columns
// operands have, where variables lie, windows and statistics. Numbers and pointers only; what is computed is in model/grid_stage.hpp.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/cell/activation.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/kernels/window.hpp>
#include <eirnn/layout/stack.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/port.hpp>
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

template <class P, class B>
struct grid_area {
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    using planned_type = P;
    static constexpr auto& plan = P::plan;
    static constexpr int E = plan.variables.size, last_segment = plan.segments - 1;
    static constexpr long slack = 64;
    static constexpr bool gathers = true;  ///< operands are gathered through kernels
    static constexpr bool has_omega = false;
    using output_activation = identity_t;  ///< of the readout: logits

    stacked_area shape;
    int index = 0;
    long steps = 1, rows[4]{}, ld[4]{};
    bool hoists = false;              ///< what comes from below is the same in every step: its products are made once
    bool once = false;                ///< nothing changes from step to step: one step serves all
    bool last = false, sums = false;  ///< the readout: the last step only, on the sum over the steps
    gathered_part part[static_cast<std::size_t>(E)];
    std::vector<window_pair> windows;
    int pool = -1;
    trace value[static_cast<std::size_t>(E)], weighted_input[static_cast<std::size_t>(E)], adjoint[static_cast<std::size_t>(E)],
        delta[static_cast<std::size_t>(E)], from_below[static_cast<std::size_t>(E)], delta_sum[static_cast<std::size_t>(E)],
        kept[static_cast<std::size_t>(E)], statistics[static_cast<std::size_t>(E)];
    trace pooled, winner, pooled_adjoint;
    port below, received, above;  ///< what comes in; the same after averaging and summing; what goes out
    // batch norm: [variable] arrays of [step][7][ld], also where the steps share what is trained: the way back needs those of each step;
    // running statistics [step][2][ld]
    buffer norm[static_cast<std::size_t>(E)], running[static_cast<std::size_t>(E)];
    int gamma_block[static_cast<std::size_t>(E)]{}, beta_block[static_cast<std::size_t>(E)]{}, trained_block[4]{};
    long norm_steps = 1;
    const T *gamma[static_cast<std::size_t>(E)]{}, *beta[static_cast<std::size_t>(E)]{}, *trained[4]{};
    buffer identity;  ///< ones, then zeros: scale and shift of the state before the first step

    template <class Parameters>
    void find_parameters(const Parameters& parameters) {
        for (int e = 0; e < E; ++e)
            if (plan.variables[e].normalised) gamma[e] = parameters.effective(gamma_block[e]), beta[e] = parameters.effective(beta_block[e]);
        for (int k = 0; k < plan.trainables.size; ++k) trained[k] = parameters.effective(trained_block[k]);
    }
    long positions() const { return shape.grid.positions(); }
    int shape_of(int e) const { return plan.variables[e].shape; }
    bool receives() const { return shape.averaged_input || sums; }
    area_timing timing() const {
        area_timing t;
        t.normalised.resize(static_cast<std::size_t>(plan.segments));
        for (const auto& v : plan.variables)
            if (v.normalised) t.normalised[static_cast<std::size_t>(v.segment)] = true;
        t.receives = receives(), t.once = once, t.last_step_only = last, t.sums = sums;
        return t;
    }
    long norm_step(long s) const { return norm_steps == 1 ? 0 : s - 1; }
    /// Scalars of scratch: what stays inside a stage; the largest operand, twice; the adjoints of trained numbers.
    long local_scratch() const { return local_; }
    long operand_scratch(long images) const {
        long most = 0;
        for (int e = 0; e < E; ++e)
            if (plan.variables[e].weighted) most = (std::max)(most, part[e].operand_ld(B::row_unit) * (images * positions() + 8) + slack);
        return most;
    }
    long share_scratch(long images) const {
        long most = 0;
        for (int k = 0; k < plan.trainables.size; ++k) most += ld[plan.trainable_shape[k]] * images * positions() + slack;
        return most;
    }

    kernels::normalisation<T> normalised(int e, long s) const {
        const long n = ld[shape_of(e)], k = norm_step(s), own = once ? 0 : s - 1;
        T* p = const_cast<T*>(norm[e].data()) + own * 7 * n;
        T* r = const_cast<T*>(running[e].data()) + k * 2 * n;
        return {p, p + n, p + 2 * n, p + 3 * n, p + 4 * n, p + 5 * n, p + 6 * n, gamma[e] + k * n, beta[e] + k * n, r, r + n};
    }
    view<T> block(const trace& t, const tile_place<T>& at, long s) const {
        return t.block(t.in_scratch ? at.scratch : at.base, s, at.trials * positions());
    }
    view<T> input(const tile_place<T>& at) const { return flow(receives() ? received : below, at, false); }
    view<T> input_adjoint(const tile_place<T>& at) const { return flow(receives() ? received : below, at, true); }
    view<T> flow(const port& p, const tile_place<T>& at, bool backward) const {
        const trace& t = backward ? p.adjoint : p.value;
        if (t.offset < 0) return {};
        return t.block(at.base, p.constant ? 1 : at.step, at.trials * p.grid.positions());
    }

    [[gnu::noinline]] kernels::frame<P, T> frame(const tile_place<T>& at, T* share) const {
        kernels::frame<P, T> m;
        for (int e = 0; e < E; ++e) {
            const auto& v = plan.variables[e];
            const auto set = [&](view<T>& to, const trace& t, long s) {
                if (t.offset >= 0) to = block(t, at, s);
            };
            set(m.value[e], value[e], at.step), set(m.before[e], value[e], at.step - 1);
            set(m.adjoint[e], adjoint[e], at.step), set(m.adjoint_before[e], adjoint[e], at.step - 1);
            set(m.weighted_input[e], weighted_input[e], at.step), set(m.delta[e], delta[e], at.step);
            set(m.from_below[e], from_below[e], at.step), set(m.kept[e], kept[e], at.step);
            if (v.normalised) {
                const auto now = normalised(e, at.step);
                m.scale[e] = now.scale, m.shift[e] = now.shift;
                m.from_adjoint[e] = now.from_adjoint, m.from_value[e] = now.from_value, m.constant[e] = now.constant;
                if (at.step > 1) {
                    const auto before = normalised(e, at.step - 1);
                    m.scale_before[e] = before.scale, m.shift_before[e] = before.shift;
                } else {
                    m.scale_before[e] = identity.data(), m.shift_before[e] = identity.data() + identity.size() / 2;
                }
            }
        }
        for (int k = 0; k < plan.trainables.size; ++k) {
            m.trained[k] = trained[k];
            m.share[k] = {share, ld[plan.trainable_shape[k]]};
            if (share) share += m.share[k].ld * at.trials * positions() + slack;
        }
        return m;
    }

    /// Where everything of a tile lies, from `size` on; returns the end.
    long place(long size, long images, bool training) {
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
        local_ = 0;
        const long columns = images * positions(), most = once ? 1 : steps, kept_steps = training ? most : 1;
        if (receives()) {
            const long ring = last ? 1 : kept_steps;  // the readout runs once, on the last step or on the sum
            received.value = take(round_up(below.channels, B::row_unit), ring, images * received.grid.positions());
            if (training) received.adjoint = take(received.value.ld, 1, images * received.grid.positions());
        }
        for (int e = 0; e < E; ++e) {
            const auto& v = plan.variables[e];
            const long n = ld[v.shape], before = v.read_before ? 1 : 0;  // one more block, for the step before
            value[e] = weighted_input[e] = adjoint[e] = delta[e] = from_below[e] = delta_sum[e] = kept[e] = statistics[e] = trace{};
            if (v.stored) value[e] = take(n, v.traced ? kept_steps + before : 1 + before, columns);
            if (v.input_stored) weighted_input[e] = take(n, kept_steps, columns);
            if (v.dropped) kept[e] = take(n, kept_steps, columns);
            if (v.weighted && hoists && part[e].from_below < part[e].one) from_below[e] = take(n, 1, columns);
            if (v.normalised) statistics[e] = take(n, 2, 1);
            if (!training) continue;
            if (v.adjoint) adjoint[e] = v.short_lived ? take_inside(n, columns) : take(n, 1 + before, columns);
            if (v.weighted) delta[e] = take_inside(n, columns);
            if (from_below[e].offset >= 0) delta_sum[e] = take(n, 1, columns);
        }
        const int out = plan.output();
        above = {value[out], adjoint[out], shape.grid, rows[shape_of(out)], once};
        if (pool >= 0) {
            const long n = ld[shape_of(out)], outside = images * shape.output_grid().positions();
            pooled = take(n, kept_steps, outside);
            if (training) winner = take(n, kept_steps, outside), pooled_adjoint = take(n, 1, outside);
            above.value = pooled, above.adjoint = pooled_adjoint, above.grid = shape.output_grid();
        }
        return size;
    }

private:
    long local_ = 0;
};

}  // namespace EIRNN_NAMESPACE
