// One step of one tile: the views that the functors of forward and backward load from and store to, and the two functors that execute a
// part of the plan. Everything that is specific to a cell comes from its equations.
#pragma once
#include <eirnn/cell/cell.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cstdint>
#include <utility>

namespace EIRNN_NAMESPACE::kernels {

/// f(index_constant<0>) .. f(index_constant<N-1>)
template <int N, class F>
EIRNN_INLINE void unroll(const F& f) {
    [&]<int... i>(std::integer_sequence<int, i...>) { (f(equations::index_constant<i>{}), ...); }(std::make_integer_sequence<int, N>{});
}

/// What equations with batch norm read beside their variables, and those of a cell on a grid. Arrays have one number per unit or channel.
template <std::size_t E, class T, bool Any>
struct norm_frame {};
template <std::size_t E, class T>
struct norm_frame<E, T, true> {
    const T *scale[E] = {}, *shift[E] = {}, *scale_before[E] = {}, *shift_before[E] = {};  ///< of normalised variables
    const T *from_adjoint[E] = {}, *from_value[E] = {}, *constant[E] = {};                 ///< adjoint before batch norm: a g + b y + c
    view<T> from_below[E];  ///< on a grid: the part of a weighted input that is the same in every step, or null
    view<std::uint8_t> sign[E];  ///< 1 where a variable of which only that is kept is above 0, or null
};
/// What dropout multiplies a variable with, where a cell has any.
template <std::size_t E, class T, bool Any>
struct dropout_frame {};
template <std::size_t E, class T>
struct dropout_frame<E, T, true> {
    view<T> kept[E];
};
/// Numbers per unit or channel that are trained, where a cell has any.
template <class T, bool Any>
struct trained_frame {};
template <class T>
struct trained_frame<T, true> {
    const T* trained[4] = {};
    view<T> share[4];  ///< adjoint of a trained number, per position and trial
};

/// Views of step s of a tile. `before` is step s - 1. Plain data: it travels to a device by value.
template <class P, class T>
struct frame : norm_frame<static_cast<std::size_t>(P::plan.variables.size), T, P::wired == equations::way::grid || P::plan.segments != 1>,
               dropout_frame<static_cast<std::size_t>(P::plan.variables.size), T, P::plan.drops()>,
               trained_frame<T, (P::plan.trainables.size > 0)> {
    static constexpr int E = P::plan.variables.size;
    static constexpr std::size_t variables = E, operations = P::plan.operations.size;
    view<T> value[variables], before[variables];
    view<T> adjoint[variables], adjoint_before[variables];
    view<T> weighted_input[variables];
    view<T> delta[variables];                   ///< dL/d(weighted input), in the result rows of its part
    view<T> operand[operations][equations::max_sources];              ///< where an operation wants a copy of its k-th source at this step
    view<T> noise;
    view<T> state_adjoint, slope;       ///< for Omega
    const T* alpha[4] = {};             ///< dt / tau, of each shape
    const T* live = nullptr;            ///< 1 for trials, 0 for the columns that fill the tile
    T rate_penalty = 0;                 ///< 2 lambda / (steps trials units)
};

template <class P, int o, int q>
inline constexpr equations::part part_of = P::plan.operations[o].parts[q];
template <class P, int e>
inline constexpr equations::variable variable_of = P::plan.variables[e];
template <class P, int e>
using line_of = typename P::lines::template line<e>;

/// Variable i at this step or the one before; what is normalised is kept as it was, and is normalised where it is read.
template <class P, int i, class T, class At>
EIRNN_INLINE auto value_now(const frame<P, T>& m, const At& at) {
    if constexpr (variable_of<P, i>.normalised) return at.load(m.value[i]) * at.per_row(m.scale[i]) + at.per_row(m.shift[i]);
    else return at.load(m.value[i]);
}
template <class P, int i, class T, class At>
EIRNN_INLINE auto value_before(const frame<P, T>& m, const At& at) {
    if constexpr (variable_of<P, i>.normalised) return at.load(m.before[i]) * at.per_row(m.scale_before[i]) + at.per_row(m.shift_before[i]);
    else return at.load(m.before[i]);
}

// The frame again, as something that depends on Later: what only a grid's frame has may then be named where a dense one is looked at.
template <class Later, class Frame>
EIRNN_INLINE const Frame& later(const Frame& m) {
    return m;
}

/// What equation e reads as its argument K (0: the weighted input) in the forward pass.
template <class P, int e, class T, class At, class V>
struct forward_arguments {
    const frame<P, T>& m;
    const At& at;
    const V* local;
    V in;
    template <int K>
    EIRNN_INLINE V operator()(equations::index_constant<K>) const {
        using equations::leaf_kind;
        if constexpr (K == 0) {
            return in;
        } else {
            constexpr auto a = variable_of<P, e>.with[K - 1];
            if constexpr (a.kind == leaf_kind::coefficient)
                return at.per_row(m.alpha[variable_of<P, e>.shape]);
            else if constexpr (a.kind == leaf_kind::trainable) return at.per_row(m.trained[a.index]);
            else if constexpr (a.kind == leaf_kind::kept) return at.load(m.kept[e]);
            else if constexpr (a.kind == leaf_kind::noise) return at.load(m.noise);
            else if constexpr (a.local) return local[a.index];
            else if constexpr (a.kind == leaf_kind::previous) return value_before<P, a.index>(m, at);
            else return value_now<P, a.index>(m, at);
        }
    }
};

template <class P, int e, class T, class At, class V>
EIRNN_INLINE void store_value(const frame<P, T>& m, const At& at, V x) {
    if constexpr (variable_of<P, e>.sign_kept) {
        if (m.value[e].data) at.store(m.value[e], x);
        if (m.sign[e].data) at.store_sign(m.sign[e], x);
    } else if constexpr (variable_of<P, e>.stored) {
        at.store(m.value[e], x);
    }
    if constexpr (P::wired == equations::way::dense)
        unroll<P::plan.operations.size>([&](auto o) {
            unroll<P::plan.operations[o.value].from.size>([&](auto k) {
                constexpr auto s = P::plan.operations[o.value].from[k.value];
                if constexpr (s.variable == e && variable_of<P, e>.operand != o.value) at.store(m.operand[o.value][k.value], x);
            });
        });
}

/// Forward of one part: the equations that run on the product y, one after the other, in registers.
template <class P, class T, int o, int q>
struct compute {
    frame<P, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        constexpr auto part = part_of<P, o, q>;
        V local[frame<P, T>::variables]{};
        if constexpr (part.target >= 0 && P::wired == equations::way::grid)
            if (m.from_below[part.target].data) y = y + at.load(m.from_below[part.target]);
        if constexpr (part.target >= 0)
            if constexpr (variable_of<P, part.target>.input_stored) at.store(m.weighted_input[part.target], y);
        unroll<part.run.size>([&](auto r) {
            constexpr int e = part_of<P, o, q>.run[r.value];
            V in = y;
            if constexpr (variable_of<P, e>.weighted && part_of<P, o, q>.target != e) in = at.load(m.weighted_input[e]);
            local[e] = line_of<P, e>::value(forward_arguments<P, e, T, At, V>{m, at, local, in});
            store_value<P, e>(m, at, local[e]);
        });
    }
    // a part without a product
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        (*this)(at, decltype(at.load(view<T>{})){});
    }
};

/// Step 0: variables whose first value follows from the initial values of others.
template <class P, class T>
struct start {
    frame<P, T> m;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(view<T>{}));
        V local[frame<P, T>::variables]{};
        unroll<frame<P, T>::E>([&](auto e) {
            constexpr auto v = variable_of<P, e.value>;
            if constexpr (v.read_before && !v.computed_at_start) local[e.value] = at.load(m.value[e.value]);
            if constexpr (v.computed_at_start) {
                unroll<v.with.size>([&](auto k) {
                    constexpr auto a = variable_of<P, e.value>.with[k.value];
                    if constexpr (a.kind == equations::leaf_kind::now && !a.local) local[a.index] = at.load(m.value[a.index]);
                });
                local[e.value] = line_of<P, e.value>::value(forward_arguments<P, e.value, T, At, V>{m, at, local, V{}});
                store_value<P, e.value>(m, at, local[e.value]);
            }
        });
    }
};

/// What equation e is evaluated with to get its partial by argument `moving`: values that the plan kept, `unknown` for the others.
template <class P, int e, int moving, class T, class At, class V>
struct adjoint_arguments {
    const frame<P, T>& m;
    const At& at;
    template <int K>
    EIRNN_INLINE auto operator()(equations::index_constant<K>) const {
        constexpr auto v = variable_of<P, e>;
        const auto value = known<K>();
        if constexpr (K == moving) return equations::make_dual<V>(value, equations::one{});
        else if constexpr (K > 0 && is_constant(v.with[K > 0 ? K - 1 : 0].kind)) return value;
        else return equations::make_dual<V>(value, equations::zero{});
    }
    static constexpr bool is_constant(equations::leaf_kind k) {
        return k == equations::leaf_kind::coefficient || k == equations::leaf_kind::noise || k == equations::leaf_kind::kept;
    }
    template <int K>
    EIRNN_INLINE auto known() const {
        constexpr auto v = variable_of<P, e>;
        constexpr bool needed = (v.needs[moving] >> K & 1u) != 0;
        if constexpr (K > 0) {
            constexpr auto a = v.with[K - 1];
            if constexpr (a.kind == equations::leaf_kind::coefficient)
                return at.per_row(m.alpha[v.shape]);
            else if constexpr (a.kind == equations::leaf_kind::trainable) return at.per_row(m.trained[a.index]);
            else if constexpr (a.kind == equations::leaf_kind::kept) return at.load(m.kept[e]);
            else if constexpr (!needed) return equations::unknown{};
            else if constexpr (a.kind == equations::leaf_kind::previous) return value_before<P, a.index>(m, at);
            else return value_now<P, a.index>(m, at);
        } else if constexpr (needed) {
            return at.load(m.weighted_input[e]);
        } else {
            return equations::unknown{};
        }
    }
};
/// The partial of equation e by its argument `moving` (0: the weighted input): zero, one, a gate or a number.
template <class P, int e, int moving, class V, class T, class At>
EIRNN_INLINE auto partial(const frame<P, T>& m, const At& at) {
    const auto d = line_of<P, e>::value(adjoint_arguments<P, e, moving, T, At, V>{m, at}).d;
    constexpr bool by_result = (variable_of<P, e>.needs[moving] & (equations::result_bit | equations::sign_bit)) != 0;
    if constexpr (by_result && variable_of<P, e>.sign_kept) {
        return equations::at_result(d, at.load_sign(m.sign[e]));
    } else if constexpr (by_result) {
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
template <class P, int e, bool initial, class T, class At, class V>
EIRNN_INLINE void hand_on(const frame<P, T>& m, const At& at, V g, V* d, bool* touched) {
    constexpr auto v = variable_of<P, e>;
    if constexpr (v.weighted && !initial) at.store(m.delta[e], pull(partial<P, e, 0, V>(m, at), g));
    unroll<v.with.size>([&](auto k) {
        constexpr auto a = variable_of<P, e>.with[k.value];
        if constexpr (equations::has_partial(a.kind)) {
            const V share = pull(partial<P, e, k.value + 1, V>(m, at), g);
            if constexpr (a.kind == equations::leaf_kind::trainable) {
                const view<T> to = later<decltype(k)>(m).share[a.index];
                at.store(to, at.load(to) + share);
            } else if constexpr (a.local) {
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
template <class P, class T, int o, int q>
struct pull_back {
    frame<P, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        run<true>(at, y);
    }
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        run<false>(at, decltype(at.load(view<T>{})){});
    }

private:
    template <bool arrival, class At, class V>
    EIRNN_INLINE void run(const At& at, V y) const {
        constexpr auto part = part_of<P, o, q>;
        V d[frame<P, T>::variables]{};
        bool touched[frame<P, T>::variables]{};  // folded away: constant after unrolling
        unroll<part.run.size>([&](auto back) {
            constexpr auto run = part_of<P, o, q>.run;
            constexpr int e = run[run.size - 1 - back.value];
            constexpr auto v = variable_of<P, e>;
            V g = d[e];
            bool any = touched[e];
            if constexpr (v.adjoint) g = any ? g + at.load(m.adjoint[e]) : at.load(m.adjoint[e]), any = true;
            if constexpr (arrival && v.arrives) g = any ? g + y : y;
            if constexpr (v.cleared) at.store(m.adjoint[e], V{});  // ready for the step before the last
            if constexpr (v.normalised) {
                const auto& n = later<decltype(back)>(m);
                g = g * at.per_row(n.from_adjoint[e]) + at.load(n.value[e]) * at.per_row(n.from_value[e]) + at.per_row(n.constant[e]);
                if constexpr (P::wired == equations::way::dense) g = g * at.per_column(m.live);  // what fills a tile is in no statistics
            }
            if constexpr (P::wired == equations::way::dense && e == P::plan.output())
                if (m.rate_penalty != 0) g = g + at.load(m.value[e]) * (m.rate_penalty * at.per_column(m.live));
            hand_on<P, e, false>(m, at, g, d, touched);
        });
    }
};

/// Backward of step 0: what the main product brings goes through the variables that were computed from initial values.
template <class P, class T, bool product>
struct pull_start {
    frame<P, T> m;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        V d[frame<P, T>::variables]{};
        bool touched[frame<P, T>::variables]{};
        unroll<frame<P, T>::E>([&](auto back) {
            constexpr int e = frame<P, T>::E - 1 - back.value;
            constexpr auto v = variable_of<P, e>;
            if constexpr (v.read_before) {
                V g = d[e];
                bool any = touched[e];
                if constexpr (v.adjoint) g = any ? g + at.load(m.adjoint[e]) : at.load(m.adjoint[e]), any = true;
                if constexpr (product && v.arrives) g = any ? g + y : y, any = true;
                if constexpr (v.computed_at_start) hand_on<P, e, true>(m, at, g, d, touched);
                else at.store(m.adjoint[e], g);
            }
        });
    }
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        (*this)(at, decltype(at.load(view<T>{})){});
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
