// Batch norm of units: what an area on one position keeps of each variable that is normalised. Time steps share scale, shift and running
// statistics, since a network of units has no number of steps of its own; each step of a batch has a mean and a variance of its own. Maps
// keep the same with their variables (model/grid_area.hpp), and model/running.hpp reads both.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/cell/plan_view.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/layout/map.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameter_set.hpp>

#include <algorithm>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class B>
struct normalised_units {
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    struct variable {
        trace statistics;      ///< two sums over the trials of a tile
        buffer norm, running;  ///< [step][7][ld]; [2][ld]
        int gamma_block = 0, beta_block = 0;
        const T *gamma = nullptr, *beta = nullptr;
    };
    struct reading {
        const T *scale, *shift;
    };
    static constexpr bool once = false;
    static constexpr long norm_steps = 1;
    equations::plan_view plan;
    long rows[1]{}, ld[1]{};  ///< units
    long steps = 1;           ///< that have numbers of their own: all of a batch, one where running statistics serve all
    trace seen;               ///< of one variable as others read it

    variable& operator[](int e) { return variables_[static_cast<std::size_t>(e)]; }
    const variable& operator[](int e) const { return variables_[static_cast<std::size_t>(e)]; }
    static constexpr int shape_of(int) { return 0; }
    static constexpr long norm_step(long) { return 0; }

    /// Scale and shift as tensors, and memory for running statistics.
    void build(const equations::plan_view& p, parameter_set<B>& parameters, int area, long units) {
        plan = p, rows[0] = units, ld[0] = round_up(units, B::row_unit);
        variables_.resize(static_cast<std::size_t>(p.variables.size));
        const std::vector<T> ones(static_cast<std::size_t>(ld[0]), T(1));
        std::vector<T> running(static_cast<std::size_t>(ld[0]), T(0));
        running.insert(running.end(), ones.begin(), ones.end());
        identity_ = buffer(2 * ld[0]);
        std::vector<T> both = ones;
        both.resize(2 * ones.size());
        identity_.upload(both.data(), 2 * ld[0]);
        parameter_tensor t;
        t.area = area, t.shape = {1, units};
        for (int e = 0; e < p.variables.size; ++e) {
            if (!p.variables[e].normalised) continue;
            variable& v = (*this)[e];
            t.equation = e;
            t.role = tensor_role::scale, t.block = v.gamma_block = parameters.add_block(units, 1), parameters.add(t);
            t.role = tensor_role::shift, t.block = v.beta_block = parameters.add_block(units, 1), parameters.add(t);
            ++t.number;
            v.running = buffer(2 * ld[0]);
            v.running.upload(running.data(), 2 * ld[0]);
        }
    }
    void find_parameters(const parameter_set<B>& parameters) {
        each([&](variable& v) { v.gamma = parameters.effective(v.gamma_block), v.beta = parameters.effective(v.beta_block); });
    }
    /// Where sums lie, from `begin` on; returns the end.
    long place(long begin, long columns, long steps_of_run, bool training) {
        steps = training ? steps_of_run : 1;
        const auto take = [&](long n) {
            const trace t{begin, ld[0], 1};
            begin += round_up(ld[0] * n + 16, 64);
            return t;
        };
        seen = take(columns);
        each([&](variable& v) {
            v.statistics = take(2);
            if (v.norm.size() < 7 * ld[0] * steps) v.norm = buffer(7 * ld[0] * steps);
        });
        return begin;
    }
    kernels::normalisation<T> normalised(int e, long s) const {
        const variable& v = (*this)[e];
        const long n = ld[0];
        T *p = const_cast<T*>(v.norm.data()) + ((std::min)(s, steps) - 1) * 7 * n, *r = const_cast<T*>(v.running.data());
        return {p, p + n, p + 2 * n, p + 3 * n, p + 4 * n, p + 5 * n, p + 6 * n, v.gamma, v.beta, r, r + n};
    }
    /// How variable e is read: as it stands before the first step, which has no statistics.
    reading read(int e, long s) const {
        if (s <= 0) return {identity_.data(), identity_.data() + ld[0]};
        const auto n = normalised(e, s);
        return {n.scale, n.shift};
    }

private:
    template <class F>
    void each(const F& f) {
        for (int e = 0; e < plan.variables.size; ++e)
            if (plan.variables[e].normalised) f((*this)[e]);
    }
    std::vector<variable> variables_;
    buffer identity_;  ///< ones, then zeros
};

/// In place of it where a cell has no batch norm.
struct nothing_normalised {};

}  // namespace EIRNN_NAMESPACE
