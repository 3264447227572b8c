// One step of one tile: the views that the functors of forward and backward load from and store to, and the two functors that execute a
// part of the plan. Everything that is specific to a cell comes from its equations.
#pragma once
#include <eirnn/cell/cell.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <utility>

namespace eirnn::kernels {

/// f(index_constant<0>) .. f(index_constant<N-1>)
template <int N, class F>
EIRNN_INLINE void unroll(const F& f) {
    [&]<int... i>(std::integer_sequence<int, i...>) { (f(equations::index_constant<i>{}), ...); }(std::make_integer_sequence<int, N>{});
}

/// Views of step s of a tile. `before` is step s - 1. Plain data: it travels to a device by value.
template <class Cell, class T>
struct frame {
    static constexpr int E = planned<Cell>::plan.variables.size;
    static constexpr std::size_t variables = E, operations = planned<Cell>::plan.operations.size;
    view<T> value[variables], before[variables];
    view<T> adjoint[variables], adjoint_before[variables];
    view<T> weighted_input[variables];
    view<T> delta[variables];                   ///< dL/d(weighted input), in the result rows of its part
    view<T> operand[operations][equations::max_sources];              ///< where an operation wants a copy of its k-th source at this step
    view<T> noise;
    view<T> state_adjoint, slope;       ///< for Omega
    const T* coefficient[4] = {};
    const T* live = nullptr;            ///< 1 for trials, 0 for the columns that fill the tile
    T rate_penalty = 0;                 ///< 2 lambda / (steps trials units)
};

template <class Cell, int o, int q>
inline constexpr equations::part part_of = planned<Cell>::plan.operations[o].parts[q];
template <class Cell, int e>
inline constexpr equations::variable variable_of = planned<Cell>::plan.variables[e];
template <class Cell, int e>
using line_of = typename planned<Cell>::lines::template line<e>;

/// What equation e reads as its argument K (0: the weighted input) in the forward pass.
template <class Cell, int e, class T, class At, class V>
struct forward_arguments {
    const frame<Cell, T>& m;
    const At& at;
    const V* local;
    V in;
    template <int K>
    EIRNN_INLINE V operator()(equations::index_constant<K>) const {
        using equations::leaf_kind;
        if constexpr (K == 0) {
            return in;
        } else {
            constexpr auto a = variable_of<Cell, e>.with[K - 1];
            if constexpr (a.kind == leaf_kind::coefficient) return at.per_row(m.coefficient[a.index]);
            else if constexpr (a.kind == leaf_kind::noise) return at.load(m.noise);
            else if constexpr (a.local) return local[a.index];
            else if constexpr (a.kind == leaf_kind::previous) return at.load(m.before[a.index]);
            else return at.load(m.value[a.index]);
        }
    }
};

template <class Cell, int e, class T, class At, class V>
EIRNN_INLINE void store_value(const frame<Cell, T>& m, const At& at, V x) {
    if constexpr (variable_of<Cell, e>.stored) at.store(m.value[e], x);
    unroll<planned<Cell>::plan.operations.size>([&](auto o) {
        unroll<planned<Cell>::plan.operations[o.value].from.size>([&](auto k) {
            constexpr auto s = planned<Cell>::plan.operations[o.value].from[k.value];
            if constexpr (s.variable == e && variable_of<Cell, e>.operand != o.value) at.store(m.operand[o.value][k.value], x);
        });
    });
}

/// Forward of one part: the equations that run on the product y, one after the other, in registers.
template <class Cell, class T, int o, int q>
struct compute {
    frame<Cell, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        constexpr auto part = part_of<Cell, o, q>;
        V local[frame<Cell, T>::variables]{};
        if constexpr (part.target >= 0)
            if constexpr (variable_of<Cell, part.target>.input_stored) at.store(m.weighted_input[part.target], y);
        unroll<part.run.size>([&](auto r) {
            constexpr int e = part_of<Cell, o, q>.run[r.value];
            V in = y;
            if constexpr (variable_of<Cell, e>.weighted && part_of<Cell, o, q>.target != e) in = at.load(m.weighted_input[e]);
            local[e] = line_of<Cell, e>::value(forward_arguments<Cell, e, T, At, V>{m, at, local, in});
            store_value<Cell, e>(m, at, local[e]);
        });
    }
    // a part without a product
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        (*this)(at, decltype(at.load(m.value[0])){});
    }
};

/// Step 0: variables whose first value follows from the initial values of others.
template <class Cell, class T>
struct start {
    frame<Cell, T> m;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(m.value[0]));
        V local[frame<Cell, T>::variables]{};
        unroll<frame<Cell, T>::E>([&](auto e) {
            constexpr auto v = variable_of<Cell, e.value>;
            if constexpr (v.read_before && !v.computed_at_start) local[e.value] = at.load(m.value[e.value]);
            if constexpr (v.computed_at_start) {
                unroll<v.with.size>([&](auto k) {
                    constexpr auto a = variable_of<Cell, e.value>.with[k.value];
                    if constexpr (a.kind == equations::leaf_kind::now && !a.local) local[a.index] = at.load(m.value[a.index]);
                });
                local[e.value] = line_of<Cell, e.value>::value(forward_arguments<Cell, e.value, T, At, V>{m, at, local, V{}});
                store_value<Cell, e.value>(m, at, local[e.value]);
            }
        });
    }
};

/// What equation e is evaluated with to get its partial by argument `moving`: values that the plan kept, `unknown` for the others.
template <class Cell, int e, int moving, class T, class At, class V>
struct adjoint_arguments {
    const frame<Cell, T>& m;
    const At& at;
    template <int K>
    EIRNN_INLINE auto operator()(equations::index_constant<K>) const {
        constexpr auto v = variable_of<Cell, e>;
        const auto value = known<K>();
        if constexpr (K == moving) return equations::make_dual<V>(value, equations::one{});
        else if constexpr (K > 0 && is_constant(v.with[K > 0 ? K - 1 : 0].kind)) return value;
        else return equations::make_dual<V>(value, equations::zero{});
    }
    static constexpr bool is_constant(equations::leaf_kind k) {
        return k == equations::leaf_kind::coefficient || k == equations::leaf_kind::noise;
    }
    template <int K>
    EIRNN_INLINE auto known() const {
        constexpr auto v = variable_of<Cell, e>;
        constexpr bool needed = (v.needs[moving] >> K & 1u) != 0;
        if constexpr (K > 0) {
            constexpr auto a = v.with[K - 1];
            if constexpr (a.kind == equations::leaf_kind::coefficient) return at.per_row(m.coefficient[a.index]);
            else if constexpr (!needed) return equations::unknown{};
            else if constexpr (a.kind == equations::leaf_kind::previous) return at.load(m.before[a.index]);
            else return at.load(m.value[a.index]);
        } else if constexpr (needed) {
            return at.load(m.weighted_input[e]);
        } else {
            return equations::unknown{};
        }
    }
};
/// The partial of equation e by its argument `moving` (0: the weighted input): zero, one, a gate or a number.
template <class Cell, int e, int moving, class V, class T, class At>
EIRNN_INLINE auto partial(const frame<Cell, T>& m, const At& at) {
    const auto d = line_of<Cell, e>::value(adjoint_arguments<Cell, e, moving, T, At, V>{m, at}).d;
    constexpr bool by_result = (variable_of<Cell, e>.needs[moving] & equations::result_bit) != 0;
    if constexpr (by_result) {
        return equations::at_result(d, at.load(m.value[e]));
    } else {
        static_assert(!std::is_same_v<std::remove_const_t<decltype(d)>, equations::unknown>,
                      "footprint and dual disagree about what this derivative needs");
        return d;
    }
}
/// partial times adjoint, as a number
template <class V, class D>
EIRNN_INLINE V pull(D d, V g) {
    return equations::solid<V>(equations::times(d, g));
}

// Equation e hands its adjoint g on to what it read.
template <class Cell, int e, bool initial, class T, class At, class V>
EIRNN_INLINE void hand_on(const frame<Cell, T>& m, const At& at, V g, V* d, bool* touched) {
    constexpr auto v = variable_of<Cell, e>;
    if constexpr (v.weighted && !initial) at.store(m.delta[e], pull(partial<Cell, e, 0, V>(m, at), g));
    unroll<v.with.size>([&](auto k) {
        constexpr auto a = variable_of<Cell, e>.with[k.value];
        if constexpr (a.kind == equations::leaf_kind::now || a.kind == equations::leaf_kind::previous) {
            const V share = pull(partial<Cell, e, k.value + 1, V>(m, at), g);
            if constexpr (a.local) {
                d[a.index] = touched[a.index] ? d[a.index] + share : share;
                touched[a.index] = true;
            } else {
                const view<T> to = a.kind == equations::leaf_kind::previous ? m.adjoint_before[a.index] : m.adjoint[a.index];
                // at step 0 the initial values are the only readers' targets, and nobody has touched them in this step but the next one
                if constexpr (a.first && !initial) at.store(to, share);
                else at.store(to, at.load(to) + share);
            }
        }
    });
}

/// Backward of one part: its equations in reverse. With `arrival`, y is the adjoint that the main product brings to the cell's output.
template <class Cell, class T, int o, int q>
struct pull_back {
    frame<Cell, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        run<true>(at, y);
    }
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        run<false>(at, decltype(at.load(m.value[0])){});
    }

private:
    template <bool arrival, class At, class V>
    EIRNN_INLINE void run(const At& at, V y) const {
        constexpr auto part = part_of<Cell, o, q>;
        V d[frame<Cell, T>::variables]{};
        bool touched[frame<Cell, T>::variables]{};  // folded away: constant after unrolling
        unroll<part.run.size>([&](auto back) {
            constexpr auto run = part_of<Cell, o, q>.run;
            constexpr int e = run[run.size - 1 - back.value];
            constexpr auto v = variable_of<Cell, e>;
            V g = d[e];
            bool any = touched[e];
            if constexpr (v.adjoint) g = any ? g + at.load(m.adjoint[e]) : at.load(m.adjoint[e]), any = true;
            if constexpr (arrival && v.arrives) g = any ? g + y : y;
            if constexpr (e == planned<Cell>::plan.output())
                if (m.rate_penalty != 0) g = g + at.load(m.value[e]) * (m.rate_penalty * at.per_column(m.live));
            hand_on<Cell, e, false>(m, at, g, d, touched);
        });
    }
};

/// Backward of step 0: what the main product brings goes through the variables that were computed from initial values.
template <class Cell, class T, bool product>
struct pull_start {
    frame<Cell, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        V d[frame<Cell, T>::variables]{};
        bool touched[frame<Cell, T>::variables]{};
        unroll<frame<Cell, T>::E>([&](auto back) {
            constexpr int e = frame<Cell, T>::E - 1 - back.value;
            constexpr auto v = variable_of<Cell, e>;
            if constexpr (v.read_before) {
                V g = d[e];
                bool any = touched[e];
                if constexpr (v.adjoint) g = any ? g + at.load(m.adjoint[e]) : at.load(m.adjoint[e]), any = true;
                if constexpr (product && v.arrives) g = any ? g + y : y, any = true;
                if constexpr (v.computed_at_start) hand_on<Cell, e, true>(m, at, g, d, touched);
                else at.store(m.adjoint[e], g);
            }
        });
    }
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        (*this)(at, decltype(at.load(m.value[0])){});
    }
};

/// Omega (Song et al. 2016, equations 22-26) speaks of dx_t/dx_{t-1}: it is defined where one state x carries itself on and r = f(x) alone
/// is read through weights.
template <class Cell>
inline constexpr bool has_omega = [] {
    constexpr auto& p = planned<Cell>::plan;
    if (p.variables.size != 2 || p.operations.size != 1 || p.operations[0].parts.size != 1) return false;
    const auto &x = p.variables[0], &r = p.variables[1];
    return r.arrives && r.with.size == 1 && r.with[0].local && x.read_before && !r.weighted;
}();

/// Backward of the one part of such a cell, where the product of the recurrence (y) and that of the readout (z) arrive apart:
/// p = dL/dx_t dx_t/dx_{t-1} has the first only. Also leaves slope * p, the right side of the outer product in Omega's gradient.
template <class Cell, class T, bool initial>
struct pull_back_omega {
    frame<Cell, T> m;
    view<T> p;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y, V z) const {
        static_assert(has_omega<Cell>, "eirnn: Omega is defined for cells with one state x and a rate r = f(x)");
        const V carried = at.load(m.adjoint[0]);
        const auto slope = partial<Cell, 1, 1, V>(m, at);
        const V constrained = pull(slope, y), flow = carried + constrained, d = flow + pull(slope, z);
        at.store(p, flow);
        at.store(m.slope, pull(slope, flow));
        at.store(m.state_adjoint, d);
        V unused[frame<Cell, T>::variables]{};
        bool touched[frame<Cell, T>::variables]{};
        if constexpr (initial) at.store(m.adjoint[0], d);
        else hand_on<Cell, 0, false>(m, at, d, unused, touched);
    }
};

}  // namespace eirnn::kernels
