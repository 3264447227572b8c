// The language of equations: operators on symbols build a type that IS the equation. Nothing is computed here.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/core/name_of.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>

namespace eirnn::equations {

/// The identity of a tag as a value, so that a search over equations is a loop and not a recursion over types. (Addresses would do as well,
/// but under -fsanitize=undefined g++ 12 does not compare them in constant expressions.)
using tag_identity = type_identity;
template <class Tag>
inline constexpr tag_identity identity_of_tag = identity_of<Tag>;

enum class leaf_kind { now, previous, input, coefficient, noise };

/// One thing that an equation reads.
struct leaf {
    tag_identity what;
    leaf_kind kind = leaf_kind::now;
    friend constexpr bool operator==(leaf, leaf) = default;
};

struct node {};
template <class T>
concept Expression = std::is_base_of_v<node, T>;
template <class T>
concept Constant = std::is_arithmetic_v<T>;
template <class L, class R>
concept Operands = (Expression<L> || Expression<R>) && (Expression<L> || Constant<L>) && (Expression<R> || Constant<R>);

struct literal : node {
    double v;
};
struct plus {};
struct minus {};
struct product {};
template <class Op, class L, class R>
struct binary : node {
    L l;
    R r;
};
template <class F, class A>
struct call : node {
    A a;
};
/// The weighted input of an equation: W(a) + W(b) is one stacked product, with one bias.
template <class... S>
struct weighted : node {};

template <class Tag>
struct previous : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::previous};
};
template <class Variable, class Shape, class Right>
struct equation_of {
    Right right;
    using variable = Variable;
    using shape = Shape;
};

constexpr literal lift(Constant auto c) { return {{}, static_cast<double>(c)}; }
template <Expression X>
constexpr X lift(X x) {
    return x;
}

/// `C[PN] = ...`: the variable C has one value per unit of PN.
template <class Tag, class Shape>
struct shaped {
    template <class X>
    constexpr auto operator=(X x) const {
        return equation_of<Tag, Shape, decltype(lift(x))>{lift(x)};
    }
};
/// A variable. `inline constexpr symbol<struct x> x;` declares its tag and the object under one name.
template <class Tag>
struct symbol : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::now};
    template <class Shape>
    constexpr shaped<Tag, Shape> operator[](symbol<Shape>) const {
        return {};
    }
    template <class X>
    constexpr auto operator=(X x) const {
        return shaped<Tag, Tag>{} = x;
    }
};
/// A signal from outside that changes with time; it is read through W(...) only.
template <class Tag>
struct input_symbol : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::input};
};
/// A number per unit that is fixed during a run, such as dt / tau.
template <class Tag>
struct coefficient : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::coefficient};
};
struct noise_tag;
/// Gaussian noise of the unit, scaled by the run (its square root of dt included); one per equation.
struct noise_leaf : node {
    static constexpr leaf read{identity_of_tag<noise_tag>, leaf_kind::noise};
};
inline constexpr noise_leaf noise{};

template <Expression S>
constexpr weighted<S> W(S) {
    return {};
}
template <class Tag>
constexpr previous<Tag> prev(symbol<Tag>) {
    return {};
}
template <class... S, class... Z>
constexpr weighted<S..., Z...> operator+(weighted<S...>, weighted<Z...>) {
    return {};
}
template <class Op, class L, class R>
constexpr auto make_binary(L l, R r) {
    return binary<Op, decltype(lift(l)), decltype(lift(r))>{{}, lift(l), lift(r)};
}
template <class L, class R>
    requires Operands<L, R>
constexpr auto operator+(L l, R r) {
    return make_binary<plus>(l, r);
}
template <class L, class R>
    requires Operands<L, R>
constexpr auto operator-(L l, R r) {
    return make_binary<minus>(l, r);
}
template <class L, class R>
    requires Operands<L, R>
constexpr auto operator*(L l, R r) {
    return make_binary<product>(l, r);
}
/// The equations of a cell, in the order in which a time step computes them.
template <class... Q>
constexpr auto system(Q... q) {
    return std::tuple<Q...>{q...};
}

}  // namespace eirnn::equations
