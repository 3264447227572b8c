// Omega (Song et al. 2016, equations 22-26) rewards a network whose gradient neither fades nor grows on its way back through the steps.
#pragma once
#include <eirnn/kernels/step.hpp>

namespace EIRNN_NAMESPACE::kernels {

/// Omega speaks of dx_t/dx_{t-1}: it is defined where one state x carries itself on and r = f(x) alone is read, through weights.
template <class P>
inline constexpr bool has_omega = [] {
    constexpr auto& p = P::plan;
    if (p.variables.size != 2 || p.operations.size != 1 || p.operations[0].parts.size != 1) return false;
    const auto &x = p.variables[0], &r = p.variables[1];
    for (int k = 0; k < x.with.size; ++k)
        if (x.with[k].index == 1) return false;
    const auto& from = p.operations[0].from;
    return from.size == 1 && from[0].variable == 1 && from[0].previous && r.with.size == 1 && r.with[0].local && x.read_before &&
           !r.weighted;
}();

/// Backward of the one part of such a cell, where the product of the recurrence (y) and that of the readout (z) arrive apart:
/// p = dL/dx_t dx_t/dx_{t-1} has the first only. Also leaves slope * p, the right side of the outer product in Omega's gradient.
template <class P, class T, bool initial>
struct pull_back_omega {
    frame<P, T> m;
    view<T> p;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y, V z) const {
        static_assert(has_omega<P>, "eirnn: Omega is defined for cells with one state x and a rate r = f(x)");
        const V carried = at.load(m.adjoint[0]);
        const auto slope = partial<P, 1, 1, V>(m, at);
        if constexpr (variable_of<P, 1>.cleared) {  // maps that read the rate stand beside the readout
            z = z + at.load(m.adjoint[1]);
            at.store(m.adjoint[1], V{});
        }
        const V constrained = pull(slope, y), flow = carried + constrained, d = flow + pull(slope, z);
        at.store(p, flow);
        at.store(m.slope, pull(slope, flow));
        at.store(m.state_adjoint, d);
        V unused[frame<P, T>::variables]{};
        bool touched[frame<P, T>::variables]{};
        if constexpr (initial)
            at.store(m.adjoint[0], d);
        else
            hand_on<P, 0, false>(m, at, d, unused, touched);
    }
};

/// On a map every adjoint lies in memory. dL/dx, before its step runs backward.
template <class P, class T>
struct adjoint_of_state {
    frame<P, T> m;
    view<T> d;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(d));
        at.store(d, at.load(m.adjoint[0]) + pull(partial<P, 1, 1, V>(m, at), at.load(m.adjoint[1])));
    }
};
/// p and slope * p of the step before: what x has carried back itself, and what `arrived` at the rate through recurrent weights.
template <class P, class T>
struct flow_back {
    frame<P, T> m;  ///< of the step before
    view<T> arrived, p, pulled;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(p));
        const auto slope = partial<P, 1, 1, V>(m, at);
        const V flow = at.load(m.adjoint[0]) + pull(slope, at.load(arrived));
        at.store(p, flow);
        at.store(pulled, pull(slope, flow));
    }
};

/// Of a trial, which has `per` columns: |p|^2 / |d|^2 - 1 of the step behind, with the factor of Omega's gradient, and running sums.
template <class T>
struct omega_of_trials {
    const T *flow_squares, *state_squares;  ///< per column, |p|^2 and the |d|^2 of the later step
    T *factor, *sum, *count;                ///< per column; per trial
    bool none;                              ///< no later step
    long per = 1;
    EIRNN_INLINE double operator()(long k) const {
        wide_t<T> flow{}, state{};
        for (long c = k * per; c < (k + 1) * per; ++c) flow += flow_squares[c], state += state_squares[c];
        const T p = static_cast<T>(flow), d = static_cast<T>(state);
        T f = 0;
        if (!none && double(d) >= 1e-20) {
            const T q = p / d - 1;
            f = 4 * q / d;
            sum[k] += q * q;
            count[k] += 1;
        }
        for (long c = k * per; c < (k + 1) * per; ++c) factor[c] = f;
        return 0;
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
