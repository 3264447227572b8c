// Reading an equation: with numbers (forward), with duals whose partial is a type (adjoint), and with footprints (at compile time: which
// values does a derivative need?). The derivative of every cell comes from here; no cell has one of its own.
#pragma once
#include <eirnn/cell/functions.hpp>

namespace EIRNN_NAMESPACE::equations {

using eirnn::detail::gate;
using eirnn::detail::one;
struct zero {};
struct unknown {};  // a value that nobody stored; fine as long as no derivative depends on it
template <class S>
struct negative {
    S s;
};
// A gate times a constant.
template <class Mask>
struct scaled_gate {
    Mask open;
    double v;
};
// The slope of an activation that was the last operation: it is told by the result of the equation.
template <class F, class D>
struct by_result {
    D inner;
};

template <class T>
inline constexpr bool is_gate = false;
template <class M>
inline constexpr bool is_gate<gate<M>> = true;
template <class T>
inline constexpr bool is_scaled_gate = false;
template <class M>
inline constexpr bool is_scaled_gate<scaled_gate<M>> = true;
template <class T>
inline constexpr bool is_by_result = false;
template <class F, class D>
inline constexpr bool is_by_result<by_result<F, D>> = true;
template <class A, class B>
inline constexpr bool same = std::is_same_v<A, B>;

// ---- partials: zero, one, a gate, their negatives, or a number; nothing is multiplied by zero or one
template <class S>
EIRNN_INLINE auto negate(S s) {
    if constexpr (same<S, zero> || same<S, unknown>) return s;
    else if constexpr (Number<S>) return -s;
    else if constexpr (requires { s.s; }) return s.s;
    else return negative<S>{s};
}
template <class M>
EIRNN_INLINE scaled_gate<M> scale_gate(gate<M> g, double v) {
    return {g.open, v};
}
template <class M>
EIRNN_INLINE scaled_gate<M> scale_gate(scaled_gate<M> g, double v) {
    return {g.open, g.v * v};
}
// a * b for the kinds that stand on the left; `times` brings them there
template <class A, class B>
EIRNN_INLINE auto times_ordered(A a, B b) {
    if constexpr (same<A, literal> && same<B, literal>) return literal{{}, a.v * b.v};
    else if constexpr (same<A, literal> && Number<B>) return b * static_cast<scalar_t<B>>(a.v);
    else if constexpr (same<A, literal>) return scale_gate(b, a.v);
    else if constexpr (Number<A> && Number<B>) return a * b;
    else if constexpr (is_gate<A> && Number<B>) return select(a.open, b, B{});
    else if constexpr (is_gate<A> && is_gate<B>) return gate{a.open && b.open};
    else if constexpr (is_scaled_gate<A> && Number<B>) return select(a.open, b * static_cast<scalar_t<B>>(a.v), B{});
    else return scale_gate(scaled_gate{a.open && b.open, a.v}, [&] { if constexpr (is_scaled_gate<B>) return b.v; else return 1.; }());
}
template <class T>
inline constexpr int times_rank = same<T, literal> ? 3 : is_scaled_gate<T> ? 2 : is_gate<T> ? 1 : 0;
template <class A, class B>
EIRNN_INLINE auto times(A a, B b) {
    if constexpr (same<A, zero> || same<B, zero>) return zero{};
    else if constexpr (same<A, unknown> || same<B, unknown>) return unknown{};
    else if constexpr (same<A, one>) return b;
    else if constexpr (same<B, one>) return a;
    else if constexpr (requires { a.s; }) return negate(times(a.s, b));
    else if constexpr (requires { b.s; }) return negate(times(a, b.s));
    else if constexpr (times_rank<A> >= times_rank<B>) return times_ordered(a, b);
    else return times_ordered(b, a);
}
/// A partial as a number of type V.
template <class V, class S>
EIRNN_INLINE V solid(S s) {
    if constexpr (Number<S>) return s;
    else if constexpr (same<S, zero>) return V{};
    else if constexpr (same<S, one>) return V{} + scalar_t<V>(1);
    else if constexpr (same<S, literal>) return V{} + static_cast<scalar_t<V>>(s.v);
    else if constexpr (is_gate<S>) return select(s.open, V{} + scalar_t<V>(1), V{});
    else if constexpr (is_scaled_gate<S>) return select(s.open, V{} + static_cast<scalar_t<V>>(s.v), V{});
    else return -solid<V>(s.s);
}
template <class V, class A, class B>
EIRNN_INLINE auto plus_partial(A a, B b) {
    if constexpr (same<A, zero>) return b;
    else if constexpr (same<B, zero>) return a;
    else if constexpr (same<A, unknown> || same<B, unknown>) return unknown{};
    else return solid<V>(a) + solid<V>(b);
}

// ---- values: a number, a literal, or unknown
template <class A, class B>
EIRNN_INLINE auto add_value(A a, B b) {
    if constexpr (same<A, unknown> || same<B, unknown>) return unknown{};
    else if constexpr (same<A, literal> && same<B, literal>) return literal{{}, a.v + b.v};
    else if constexpr (same<A, literal>) return b + static_cast<scalar_t<B>>(a.v);
    else if constexpr (same<B, literal>) return a + static_cast<scalar_t<A>>(b.v);
    else return a + b;
}
template <class A>
EIRNN_INLINE auto negate_value(A a) {
    if constexpr (same<A, unknown>) return a;
    else if constexpr (same<A, literal>) return literal{{}, -a.v};
    else return -a;
}
template <class A, class B>
EIRNN_INLINE auto subtract_value(A a, B b) {
    if constexpr (same<A, unknown> || same<B, unknown>) return unknown{};
    else if constexpr (same<A, literal> && Number<B>) return static_cast<scalar_t<B>>(a.v) - b;
    else if constexpr (Number<A> && Number<B>) return a - b;
    else return add_value(a, negate_value(b));
}

// A constant divisor multiplies: a division of each element costs ten times as much.
template <class B>
EIRNN_INLINE auto reciprocal(B b) {
    if constexpr (same<B, unknown>) return b;
    else if constexpr (same<B, literal>) return literal{{}, 1 / b.v};
    else return scalar_t<B>(1) / b;
}
template <class A, class B>
EIRNN_INLINE auto divide_value(A a, B b) {
    if constexpr (same<A, literal> && Number<B>) return static_cast<scalar_t<B>>(a.v) / b;
    else if constexpr (Number<A> && Number<B>) return a / b;
    else return times(a, reciprocal(b));
}

// ---- duals with one partial; V is the number type of the evaluation
template <class V, class A, class D>
struct dual {
    A value;
    D d;
};
template <class T>
inline constexpr bool is_dual = false;
template <class V, class A, class D>
inline constexpr bool is_dual<dual<V, A, D>> = true;
template <class V, class A, class D>
EIRNN_INLINE dual<V, A, D> make_dual(A a, D d) {
    return {a, d};
}
// An activation followed by anything is no longer the last operation: its slope then needs its own value, which nobody has.
template <class D>
EIRNN_INLINE auto settle(D d) {
    if constexpr (is_by_result<D>) return unknown{};
    else return d;
}

// ---- footprints: bit k = the value of argument k, the highest bit = the result of the equation, the next one = whether that is above 0
inline constexpr unsigned result_bit = 1u << 31, sign_bit = 1u << 30;
struct footprint {
    unsigned value = 0, slope = 0;
    bool moves = false, last = false;  // last: an activation was the last operation
    unsigned by_result = 0;
    constexpr unsigned needs() const { return !moves ? 0 : last ? by_result : slope; }
};

// ---- the three meanings of each operation
template <class V, class A, class D, class B, class E, class F>
EIRNN_INLINE auto join_partials(dual<V, A, D>*, B value, E d, F e) {
    return make_dual<V>(value, plus_partial<V>(d, e));
}
template <class Dual, class B, class E, class F>
EIRNN_INLINE auto join(B value, E d, F e) {
    return join_partials(static_cast<Dual*>(nullptr), value, d, e);
}
template <class A, class B>
EIRNN_INLINE constexpr auto combine(plus, A a, B b) {
    if constexpr (same<A, footprint> && same<B, footprint>)
        return footprint{a.value | b.value, (a.moves ? a.slope : 0) | (b.moves ? b.slope : 0), a.moves || b.moves};
    else if constexpr (same<A, footprint>) return footprint{a.value, a.slope, a.moves};
    else if constexpr (same<B, footprint>) return footprint{b.value, b.slope, b.moves};
    else if constexpr (is_dual<A> && is_dual<B>) return join<A>(add_value(a.value, b.value), settle(a.d), settle(b.d));
    else if constexpr (is_dual<A>) return join<A>(add_value(a.value, b), settle(a.d), zero{});
    else if constexpr (is_dual<B>) return join<B>(add_value(a, b.value), settle(b.d), zero{});
    else return add_value(a, b);
}
template <class A, class B>
EIRNN_INLINE constexpr auto combine(minus, A a, B b) {
    if constexpr (same<A, footprint> || same<B, footprint>) return combine(plus{}, a, b);
    else if constexpr (is_dual<A> && is_dual<B>) return join<A>(subtract_value(a.value, b.value), settle(a.d), negate(settle(b.d)));
    else if constexpr (is_dual<A>) return join<A>(subtract_value(a.value, b), settle(a.d), zero{});
    else if constexpr (is_dual<B>) return join<B>(subtract_value(a, b.value), negate(settle(b.d)), zero{});
    else return subtract_value(a, b);
}
template <class A, class B>
EIRNN_INLINE constexpr auto combine(product, A a, B b) {
    if constexpr (same<A, footprint> && same<B, footprint>)
        return footprint{a.value | b.value, (a.moves ? a.slope | b.value : 0) | (b.moves ? b.slope | a.value : 0), a.moves || b.moves};
    else if constexpr (same<A, footprint> || same<B, footprint>) return combine(plus{}, a, b);
    else if constexpr (is_dual<A> && is_dual<B>)
        return join<A>(times(a.value, b.value), times(settle(a.d), b.value), times(settle(b.d), a.value));
    else if constexpr (is_dual<A>) return join<A>(times(a.value, b), times(settle(a.d), b), zero{});
    else if constexpr (is_dual<B>) return join<B>(times(a, b.value), times(settle(b.d), a), zero{});
    else return times(a, b);
}
template <class A, class B>
EIRNN_INLINE constexpr auto combine(quotient, A a, B b) {
    if constexpr (same<A, footprint> && same<B, footprint>)
        return footprint{a.value | b.value, (a.moves ? a.slope | b.value : 0) | (b.moves ? b.slope | a.value | b.value : 0),
                         a.moves || b.moves};
    else if constexpr (same<B, footprint>) return footprint{b.value, b.moves ? b.slope | b.value : 0, b.moves};
    else if constexpr (same<A, footprint>) return combine(plus{}, a, b);
    else if constexpr (is_dual<A> && is_dual<B>)
        return join<A>(divide_value(a.value, b.value), times(settle(a.d), reciprocal(b.value)),
                       negate(times(settle(b.d), divide_value(a.value, times(b.value, b.value)))));
    else if constexpr (is_dual<A>) return join<A>(divide_value(a.value, b), times(settle(a.d), reciprocal(b)), zero{});
    else if constexpr (is_dual<B>)
        return join<B>(divide_value(a, b.value), negate(times(settle(b.d), divide_value(a, times(b.value, b.value)))), zero{});
    else return divide_value(a, b);
}
template <class F>
inline constexpr bool slope_is_by_argument = requires { F::by_argument; };
template <class F, class V, class A, class D>
EIRNN_INLINE auto activate_dual(dual<V, A, D> a) {
    const auto d = settle(a.d);
    using S = std::remove_const_t<decltype(d)>;
    if constexpr (Number<A> && slope_is_by_argument<F>) {
        if constexpr (same<S, zero>) return make_dual<V>(F::value(a.value), zero{});
        else return make_dual<V>(F::value(a.value), times(F::slope(a.value), d));
    } else if constexpr (Number<A>) {
        const A y = F::value(a.value);
        if constexpr (same<S, zero>) return make_dual<V>(y, zero{});
        else return make_dual<V>(y, times(F::slope(y), d));
    } else if constexpr (same<S, zero>) {
        return make_dual<V>(unknown{}, zero{});
    } else if constexpr (slope_is_by_argument<F>) {
        return make_dual<V>(unknown{}, unknown{});
    } else {
        return make_dual<V>(unknown{}, by_result<F, S>{d});
    }
}
template <class F, class A>
EIRNN_INLINE constexpr auto activate(A a) {
    if constexpr (same<A, footprint> && slope_is_by_argument<F>) return footprint{a.value, a.slope | a.value, a.moves};
    else if constexpr (same<A, footprint>)
        return footprint{a.value, a.slope | a.value, a.moves, true, a.slope | (requires { F::by_sign; } ? sign_bit : result_bit)};
    else if constexpr (is_dual<A>) return activate_dual<F>(a);
    else return F::value(a);
}
/// The partial at the result y of the equation.
template <class D, class V>
EIRNN_INLINE auto at_result(D d, V) {
    return d;
}
template <class F, class D, class V>
EIRNN_INLINE auto at_result(by_result<F, D> d, V y) {
    return times(F::slope(y), d.inner);
}

// ---- walking the tree. `get` answers get(index_constant<k>) for the k-th thing the equation reads; 0 is its weighted input
template <int K>
struct index_constant {
    static constexpr int value = K;
};
template <class Facts, class... S, class Get>
EIRNN_INLINE constexpr auto evaluate(weighted<S...>, const Get& get) {
    return get(index_constant<0>{});
}
template <class Facts, class Get>
EIRNN_INLINE constexpr auto evaluate(literal n, const Get&) {
    return n;
}
template <class Facts, class X, class Get>
    requires requires { X::read; }
EIRNN_INLINE constexpr auto evaluate(X, const Get& get) {
    return get(index_constant<1 + Facts::position(X::read)>{});
}
template <class Facts, class Op, class L, class R, class Get>
EIRNN_INLINE constexpr auto evaluate(const binary<Op, L, R>& b, const Get& get) {
    return combine(Op{}, evaluate<Facts>(b.l, get), evaluate<Facts>(b.r, get));
}
// A batch norm or a sum inside an equation is refused (C08, C17); that it can be read keeps the refusal to one error.
template <class Facts, class A, class Get>
EIRNN_INLINE constexpr auto evaluate(const normalised<A>& n, const Get& get) {
    return evaluate<Facts>(n.a, get);
}
template <class Facts, gathering How, class A, class Get>
EIRNN_INLINE constexpr auto evaluate(const gathered<How, A>& g, const Get& get) {
    return evaluate<Facts>(g.a, get);
}
template <class Facts, class F, class A, class Get>
EIRNN_INLINE constexpr auto evaluate(const call<F, A>& c, const Get& get) {
    return activate<F>(evaluate<Facts>(c.a, get));
}

}  // namespace EIRNN_NAMESPACE::equations
