// The language of equations: operators on symbols build a type that IS the equation. Nothing is computed here.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/core/name_of.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>

namespace EIRNN_NAMESPACE::equations {

/// The identity of a tag as a value, so that a search over equations is a loop and not a recursion over types. (Addresses would do as well,
/// but under -fsanitize=undefined g++ 12 does not compare them in constant expressions.)
using tag_identity = type_identity;
template <class Tag>
inline constexpr tag_identity identity_of_tag = identity_of<Tag>;

enum class leaf_kind { now, previous, input, coefficient, trainable, noise, kept };

/// One thing that an equation reads.
struct leaf {
    tag_identity what;
    leaf_kind kind = leaf_kind::now;
    bool negative = false;           ///< of a term of a weighted input: a minus stands in front of it
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
struct quotient {};
template <class Op, class L, class R>
struct binary : node {
    L l;
    R r;
};
template <class F, class A>
struct call : node {
    A a;
};
/// The weighted input of an equation: W(a) + W(b) - W(c) is one stacked product, with one bias.
template <class... S>
struct weighted : node {};
template <class S>
struct negated {
    static constexpr leaf read{S::read.what, S::read.kind, !S::read.negative};
};
/// An equation's value before it is normalised over trials and positions.
template <class A>
struct normalised : node {
    A a;
};

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
/// A signal from outside, or from the area below; it is read through W(...) only.
template <class Tag>
struct input_symbol : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::input};
};
/// A number per unit that is fixed during a run, such as dt / tau.
template <class Tag>
struct coefficient : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::coefficient};
};
/// A trained number per unit, read element by element.
template <class Tag>
struct trainable : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::trainable};
};
struct noise_tag;
/// Gaussian noise of the unit, scaled by the run (its square root of dt included); one per equation.
struct noise_leaf : node {
    static constexpr leaf read{identity_of_tag<noise_tag>, leaf_kind::noise};
};
inline constexpr noise_leaf noise{};
struct kept_tag;
/// What dropout multiplies with: 1 / keep with probability keep, else 0; 1 in evaluation.
struct kept_leaf : node {
    static constexpr leaf read{identity_of_tag<kept_tag>, leaf_kind::kept};
    double keep;
};

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
template <class... S>
constexpr weighted<negated<S>...> operator-(weighted<S...>) {
    return {};
}
template <class... S, class... Z>
constexpr weighted<S..., negated<Z>...> operator-(weighted<S...>, weighted<Z...>) {
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
template <class L, class R>
    requires Operands<L, R>
constexpr auto operator/(L l, R r) {
    return make_binary<quotient>(l, r);
}
/// Normalises an equation's value over all trials and positions of the batch, per unit, with a trained scale and shift, then carries the
/// normalised value (Sun et al.: batch norm on the cell state). It stands around the whole right side of an equation.
template <Expression X>
constexpr normalised<X> batch_norm(X x) {
    return {{}, x};
}
/// Dropout: each value is kept with probability `keep` and then divided by it. Off in evaluation. One per equation.
template <Expression X>
constexpr auto dropout(double keep, X x) {
    return make_binary<product>(kept_leaf{{}, keep}, x);
}
/// The equations of a cell, in the order in which a time step computes them.
template <class... Q>
constexpr auto system(Q... q) {
    return std::tuple<Q...>{q...};
}

}  // namespace EIRNN_NAMESPACE::equations
