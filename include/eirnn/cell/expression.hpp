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

// The first three may stand in W(...).
enum class leaf_kind { now, previous, input, coefficient, trainable, noise, kept };

/// One thing that an equation reads.
struct leaf {
    tag_identity what;
    leaf_kind kind = leaf_kind::now;
    bool negative = false;           ///< of a term of a weighted input: a minus stands in front of it
    friend constexpr bool operator==(leaf, leaf) = default;
};

/// What is wrong with a cell; `report` in cell/sentences.hpp has a sentence for each.
enum class flaw {
    none,
    two_inputs,
    unknown_variable,
    read_too_early,
    twice,
    different_shape,
    too_long,
    inner_normalisation,
    normalised_source,
    foreign_term,
    foreign_source,
    foreign_state,
    no_equation,
    not_constant,
    bare_input,
    no_activation,
    misplaced_sum,
    second_noise,
    noise_inside,
    second_input,
    look_back_on_grid,
    dense_same_step,
    dense_two_products,
    dense_twice,
    dense_shapes,
    foreign_coefficient,
};

/// What a mistake in an equation turns into: a term that says why it is none and of what it was made. The language answers to everything,
/// so that the compiler comes to the end of a cell and has one sentence to say, not a list of operators that do not match.
template <flaw Why, class... Of>
struct misfit;

struct node {
    template <class... X>
    constexpr auto operator()(const X&...) const {  // a term is no function
        return misfit<flaw::foreign_term, X...>{};
    }
};
template <flaw Why, class... Of>
struct misfit : node {
    static constexpr flaw why = Why;
    template <class X>
    constexpr misfit operator=(const X&) const {
        return {};
    }
};
template <class T>
concept Expression = std::is_base_of_v<node, T>;
template <class T>
concept Constant = std::is_arithmetic_v<T>;
template <class L, class R>
concept OneTerm = Expression<L> || Expression<R>;
/// Base of the functions that are not activations: cell/functions.hpp.
struct elementary_function {};
/// What can be called on a term.
template <class F>
concept TermFunction = Activation<F> && (std::is_base_of_v<activation<F>, F> || std::is_base_of_v<elementary_function, F>);
template <class S>
concept Source = Expression<S> && requires { requires S::read.kind <= leaf_kind::input; };

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
struct weighted : node {
    template <class X>
    constexpr auto operator=(const X&) const {
        return misfit<flaw::no_equation, weighted>{};
    }
};
template <class S>
struct negated {
    static constexpr leaf read{S::read.what, S::read.kind, !S::read.negative};
};
/// An equation's value before it is normalised over trials and positions.
template <class A>
struct normalised : node {
    A a;
};
/// How an equation gathers variables: over the units of the area, or over the steps before, whose values a new one is looked up in.
enum class gathering : unsigned char { none, sum, mean, hebbian, attention };
constexpr bool looks_back(gathering how) { return how == gathering::hebbian || how == gathering::attention; }
template <gathering How, class A>
struct gathered : node {
    A a;
};

/// What Query finds among the steps before: the Value of each, weighted by the product of Query and its Key.
template <gathering How, class Query, class Key, class Value>
struct recalled : node {
    double decay = 1;  ///< per step
};

template <class Tag>
struct previous : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::previous};
    template <class X>
    constexpr auto operator=(const X&) const {
        return misfit<flaw::no_equation, previous>{};
    }
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
template <class X>
    requires(!Expression<X> && !Constant<X>)
constexpr misfit<flaw::foreign_term, X> lift(const X&) {
    return {};
}

/// `C[PN] = ...`: the variable C has one value per unit of PN.
template <class Tag, class Shape>
struct shaped {
    template <class X>
    constexpr auto operator=(X x) const {
        return equation_of<Tag, Shape, decltype(lift(x))>{lift(x)};
    }
    template <class X>
    constexpr misfit<flaw::no_equation, shaped, X> operator==(const X&) const {
        return {};
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
    constexpr misfit<flaw::no_equation, symbol, X> operator[](const X&) const {
        return {};
    }
    template <class X>
    constexpr auto operator=(X x) const {
        return shaped<Tag, Tag>{} = x;
    }
    template <class X>
    constexpr misfit<flaw::no_equation, symbol, X> operator==(const X&) const {
        return {};
    }
};
/// A signal from outside, or from the area below; it is read through W(...) only.
template <class Tag>
struct input_symbol : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::input};
    template <class X>
    constexpr auto operator=(const X&) const {
        return misfit<flaw::no_equation, input_symbol>{};
    }
};
/// A number per unit that is fixed during a run, such as dt / tau.
template <class Tag>
struct coefficient : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::coefficient};
    template <class X>
    constexpr auto operator=(const X&) const {
        return misfit<flaw::no_equation, coefficient>{};
    }
};
/// A trained number per unit, read element by element.
template <class Tag>
struct trainable : node {
    static constexpr leaf read{identity_of_tag<Tag>, leaf_kind::trainable};
    template <class X>
    constexpr auto operator=(const X&) const {
        return misfit<flaw::no_equation, trainable>{};
    }
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

template <Source S>
constexpr weighted<S> W(S) {
    return {};
}
template <class... X>
constexpr misfit<flaw::foreign_source, X...> W(const X&...) {
    return {};
}
template <class Tag>
constexpr previous<Tag> prev(symbol<Tag>) {
    return {};
}
template <class... X>
constexpr misfit<flaw::foreign_state, X...> prev(const X&...) {
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
    requires OneTerm<L, R>
constexpr auto operator+(L l, R r) {
    return make_binary<plus>(l, r);
}
template <class L, class R>
    requires OneTerm<L, R>
constexpr auto operator-(L l, R r) {
    return make_binary<minus>(l, r);
}
template <class L, class R>
    requires OneTerm<L, R>
constexpr auto operator*(L l, R r) {
    return make_binary<product>(l, r);
}
template <class L, class R>
    requires OneTerm<L, R>
constexpr auto operator/(L l, R r) {
    return make_binary<quotient>(l, r);
}
template <Expression X>
constexpr auto operator-(X x) {
    return make_binary<product>(-1, x);
}
/// Normalises an equation's value over all trials and positions of the batch, per unit, with a trained scale and shift, then carries the
/// normalised value (Sun et al.: batch norm on the cell state). It stands around the whole right side of an equation.
template <Expression X>
constexpr normalised<X> batch_norm(X x) {
    return {{}, x};
}
template <class... X>
constexpr misfit<flaw::foreign_term, X...> batch_norm(const X&...) {
    return {};
}
/// The sum, or the mean, of a variable of this step over all units of its area; every unit gets it. It stands alone on the right side of an
/// equation, which is not the last one.
template <class Tag>
constexpr gathered<gathering::sum, symbol<Tag>> sum(symbol<Tag> v) {
    return {{}, v};
}
template <class... X>
constexpr misfit<flaw::misplaced_sum, X...> sum(const X&...) {
    return {};
}
template <class Tag>
constexpr gathered<gathering::mean, symbol<Tag>> mean(symbol<Tag> v) {
    return {{}, v};
}
template <class... X>
constexpr misfit<flaw::misplaced_sum, X...> mean(const X&...) {
    return {};
}
/// Fast weights without writing them down: A r of the step before, where A(t + 1) = decay A(t) + r r^T, A = 0 before the first step
/// (Hebbian plasticity; Ba et al. 2016). One A for each trial, among the units of an area. It stands alone on the right side of an
/// equation: a = hebbian(0.95, prev(r)); times a trained number it is a trained rate. A run takes steps squared, and its memory holds all
/// steps. Trials do not go on from given states, which do not have A.
template <Constant D, class Tag>
constexpr auto hebbian(D decay, previous<Tag>) {
    return recalled<gathering::hebbian, previous<Tag>, previous<Tag>, previous<Tag>>{{}, static_cast<double>(decay)};
}
template <class... X>
constexpr misfit<flaw::misplaced_sum, X...> hebbian(const X&...) {
    return {};
}
/// Soft attention over the steps before: the sum of their values, weighted by the softmax of query . key, products over the units of an
/// area. y = attention(q, prev(k), prev(v)); it stands alone, as hebbian does, and takes the same time and memory. Step 0 is one of them.
template <class Query, class Key, class Value>
requires(Source<Query>&& Query::read.kind != leaf_kind::input) constexpr auto attention(Query, previous<Key>, previous<Value>) {
    return recalled<gathering::attention, Query, previous<Key>, previous<Value>>{};
}
template <class... X>
constexpr misfit<flaw::misplaced_sum, X...> attention(const X&...) {
    return {};
}
/// Dropout: each value is kept with probability `keep` and then divided by it. Off in evaluation. One per equation.
template <Constant P, Expression X>
constexpr auto dropout(P keep, X x) {
    return make_binary<product>(kept_leaf{{}, static_cast<double>(keep)}, x);
}
template <class... X>
constexpr misfit<flaw::foreign_term, X...> dropout(const X&...) {
    return {};
}
/// The equations of a cell, in the order in which a time step computes them.
template <class... Q>
constexpr auto system(Q... q) {
    return std::tuple<Q...>{q...};
}

}  // namespace EIRNN_NAMESPACE::equations
