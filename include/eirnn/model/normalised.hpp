// Batch norm: what an area keeps of each variable that is normalised, be it of units or on a map. The time steps of a batch have a mean and
// a variance each; scale, shift and running statistics are of each step too, or shared by all steps: always in a network of units, which
// has no number of steps of its own. Statistics of a batch and running ones: model/running.hpp.
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
class normalised_variables {
public:
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    struct variable {
        long rows = 0, ld = 0;    ///< units or channels
        trace statistics;         ///< two sums over the columns of a tile
        buffer numbers, running;  ///< [step][7][ld], see kernels::normalisation; [step, or once][mean, variance][ld]
        int gamma_block = 0, beta_block = 0;
        const T *gamma = nullptr, *beta = nullptr;
    };
    struct reading {
        const T *scale, *shift;
    };
    equations::plan_view plan;

    /// Steps that have a scale, a shift and running statistics of their own; 1: they are shared.
    long own_steps() const { return own_steps_; }
    long own_step(long s) const { return own_steps_ == 1 ? 0 : s - 1; }
    /// Steps of a run that have a mean and a variance of their own; 1 where one serves all.
    long steps() const { return steps_; }

    variable& operator[](int e) { return variables_[static_cast<std::size_t>(e)]; }
    const variable& operator[](int e) const { return variables_[static_cast<std::size_t>(e)]; }
    /// f(e) for each variable that is normalised.
    template <class F>
    void each(const F& f) const {
        for (int e = 0; e < plan.variables.size; ++e)
            if (plan.variables[e].normalised) f(e);
    }

    /// Scale and shift as tensors of area `area`, and memory for running statistics. Rows and leading dimension: of each shape of the plan.
    void build(const equations::plan_view& p, parameter_set<B>& parameters, int area, const long* rows, const long* ld, long own_steps) {
        plan = p, own_steps_ = own_steps;
        variables_.resize(static_cast<std::size_t>(p.variables.size));
        parameter_tensor t;
        t.area = area;
        long widest = 0;
        each([&](int e) {
            variable& v = (*this)[e];
            v.rows = rows[p.variables[e].shape], v.ld = ld[p.variables[e].shape];
            widest = (std::max)(widest, v.ld);
            t.equation = e, t.shape = {own_steps, v.rows};
            t.role = tensor_role::scale, t.block = v.gamma_block = parameters.add_block(v.rows, own_steps), parameters.add(t);
            t.role = tensor_role::shift, t.block = v.beta_block = parameters.add_block(v.rows, own_steps), parameters.add(t);
            ++t.number;
            std::vector<T> begin(static_cast<std::size_t>(2 * v.ld * own_steps));  // mean 0, variance 1
            for (std::size_t k = 0; k < begin.size(); ++k) begin[k] = static_cast<T>(k / static_cast<std::size_t>(v.ld) % 2);
            v.running = uploaded(begin);
        });
        std::vector<T> as_it_is(static_cast<std::size_t>(2 * widest));
        std::fill_n(as_it_is.begin(), widest, T(1));
        identity_ = uploaded(as_it_is);
    }
    void find_parameters(const parameter_set<B>& parameters) {
        each([&](int e) {
            variable& v = (*this)[e];
            v.gamma = parameters.effective(v.gamma_block), v.beta = parameters.effective(v.beta_block);
        });
    }
    /// Where the sums of a tile lie: `take(rows, blocks, columns)`. `steps`: those that have a mean and a variance of their own.
    template <class Take>
    void place(long steps, const Take& take) {
        steps_ = steps;
        each([&](int e) {
            variable& v = (*this)[e];
            v.statistics = take(v.ld, 2l, 1l);
            if (v.numbers.size() < 7 * v.ld * steps) v.numbers = buffer(7 * v.ld * steps);
        });
    }

    /// What is known of variable e at step s, from 1.
    kernels::normalisation<T> at(int e, long s) const {
        const variable& v = (*this)[e];
        const long n = v.ld, k = own_step(s);
        T* p = const_cast<T*>(v.numbers.data()) + ((std::min)(s, steps_) - 1) * 7 * n;
        T* r = const_cast<T*>(v.running.data()) + k * 2 * n;
        return {p, p + n, p + 2 * n, p + 3 * n, p + 4 * n, p + 5 * n, p + 6 * n, v.gamma + k * n, v.beta + k * n, r, r + n};
    }
    /// How variable e is read: as it stands before the first step, which has no statistics.
    reading read(int e, long s) const {
        if (s <= 0) return {identity_.data(), identity_.data() + identity_.size() / 2};
        const auto n = at(e, s);
        return {n.scale, n.shift};
    }
    /// Tells the equations of step s how to read variable e, and how its adjoint goes back.
    template <class Frame>
    void enter(Frame& m, int e, long s) const {
        const reading now = read(e, s), before = read(e, s - 1);
        m.scale[e] = now.scale, m.shift[e] = now.shift;
        m.scale_before[e] = before.scale, m.shift_before[e] = before.shift;
        const auto back = at(e, (std::max)(s, 1l));
        m.from_adjoint[e] = back.from_adjoint, m.from_value[e] = back.from_value, m.constant[e] = back.constant;
    }

private:
    static buffer uploaded(const std::vector<T>& values) {
        buffer to(static_cast<long>(values.size()));
        to.upload(values.data(), to.size());
        return to;
    }
    std::vector<variable> variables_;
    long own_steps_ = 1, steps_ = 1;
    buffer identity_;  ///< ones, then zeros
};

}  // namespace EIRNN_NAMESPACE
