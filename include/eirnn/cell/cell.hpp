// A cell: equations, their plan, and the sentences for equations that cannot be planned.
#pragma once
#include <eirnn/cell/plan.hpp>

#include <utility>

namespace EIRNN_NAMESPACE {

namespace equations {

// What one equation reads, in the order of its text.
struct facts {
    fixed_list<leaf, 2 * max_sources> from;
    fixed_list<leaf, 2 * max_arguments> with;
    int weighted_nodes = 0, normalised_nodes = 0;
    double keep = 1;
};
template <class... S>
constexpr void collect(weighted<S...>, facts& f) {
    ++f.weighted_nodes;
    (f.from.push(S::read), ...);
}
constexpr void collect(literal, facts&) {}
template <class X>
    requires requires { X::read; }
constexpr void collect(X x, facts& f) {
    if (f.with.find(X::read) < 0) f.with.push(X::read);
    if constexpr (requires { x.keep; }) f.keep = x.keep;
}
template <class Op, class L, class R>
constexpr void collect(const binary<Op, L, R>& b, facts& f) {
    collect(b.l, f);
    collect(b.r, f);
}
template <class F, class A>
constexpr void collect(const call<F, A>& c, facts& f) {
    collect(c.a, f);
}
template <class A>
constexpr void collect(const normalised<A>& n, facts& f) {
    ++f.normalised_nodes;
    collect(n.a, f);
}

// The right side without the batch norm around it.
template <class X>
constexpr X inner(X x) {
    return x;
}
template <class A>
constexpr A inner(normalised<A> n) {
    return n.a;
}
template <class X>
inline constexpr bool is_normalised = false;
template <class A>
inline constexpr bool is_normalised<normalised<A>> = true;

/// Equation number Line of a cell: its tree, what it reads, and its value for the plan.
template <class Cell, int Line>
struct line {
    static constexpr const auto& self() { return std::get<Line>(Cell::equations); }
    using type = std::remove_cvref_t<decltype(self())>;
    using variable = typename type::variable;
    static constexpr facts found = [] {
        facts f;
        collect(inner(self().right), f);
        return f;
    }();
    static constexpr bool normalised = is_normalised<decltype(type::right)>;
    static constexpr int position(leaf r) { return found.with.find(r); }

    /// The equation with numbers, duals or footprints: get(index_constant<k>) is its k-th argument, 0 the weighted input.
    template <class Get>
    EIRNN_INLINE static constexpr auto value(const Get& get) {
        constexpr auto right = inner(self().right);  // a copy: device code cannot refer to the cell's own, which lies on the host
        return evaluate<line>(right, get);
    }
    struct footprint_of {
        int moving;
        template <int K>
        constexpr footprint operator()(index_constant<K>) const {
            return {1u << K, 0, K == moving};
        }
    };
    static constexpr equation describe() {
        equation q;
        q.variable = identity_of_tag<variable>;
        q.shape = identity_of_tag<typename type::shape>;
        q.normalised = normalised;
        q.keep = found.keep;
        if (found.weighted_nodes > 1) q.error = flaw::two_inputs;
        if (found.normalised_nodes > 0) q.error = flaw::inner_normalisation;
        if (found.from.size > max_sources || found.with.size > max_arguments) {
            q.error = flaw::too_long;
            return q;
        }
        for (const leaf& r : found.from) q.from.push(r);
        for (const leaf& r : found.with) q.with.push(r);
        const auto has_adjoint = [&](int k) {
            return k == 0 || has_partial(q.with[k - 1].kind);
        };
        if (q.error != flaw::none) return q;
        for (int k = 0; k <= q.with.size; ++k)
            if (has_adjoint(k)) q.needs[k] = value(footprint_of{k}).needs();
        return q;
    }
};

template <class Cell>
struct lines_of {
    static constexpr int count = static_cast<int>(std::tuple_size_v<std::remove_cvref_t<decltype(Cell::equations)>>);
    template <int Line>
    using line = equations::line<Cell, Line>;
    static constexpr auto list() {
        equation_list<count> l;
        [&]<int... i>(std::integer_sequence<int, i...>) { (l.push(line<i>::describe()), ...); }(std::make_integer_sequence<int, count>{});
        return l;
    }
};

// One sentence per flaw; the compiler adds the tags of the two equations.
template <flaw F, class Equation, class Reads>
struct report {
    static_assert(F != flaw::two_inputs,
                  "eirnn[C01]: an equation has one weighted input; write its W(...) terms side by side, or give the second one an equation "
                  "of its own.");
    static_assert(
        F != flaw::unknown_variable,
        "eirnn[C02]: this equation reads a variable that no equation of the cell computes; add its equation, or declare it as an input.");
    static_assert(
        F != flaw::read_too_early,
        "eirnn[C03]: this equation reads a variable before it is computed in the step; move the equation down, or read prev of it.");
    static_assert(F != flaw::twice, "eirnn[C04]: two equations compute the same variable; remove one, or give it a name of its own.");
    static_assert(F != flaw::different_shape,
                  "eirnn[C05]: this equation reads element by element a variable of another shape; project it through W(...) instead.");
    static_assert(F != flaw::no_recurrence,
                  "eirnn[C06]: no equation reads W(prev(...)) of the last variable; the last equation is the cell's output and must feed "
                  "back through weights.");
    static_assert(F != flaw::too_long,
                  "eirnn[C07]: an equation reads at most 4 sources through weights and 8 variables element by element; split it in two.");
    static_assert(F != flaw::inner_normalisation,
                  "eirnn[C08]: batch_norm(...) stands around the whole right side of an equation; give what is normalised an equation of "
                  "its own.");
    static_assert(F != flaw::normalised_source,
                  "eirnn[C09]: W(...) reads a variable that is normalised; read it element by element in an equation of its own, such as "
                  "relu(...), and project that.");
};

}  // namespace equations

/// What the numerics know of a cell: its plan (a constexpr value) and, per equation, the tree to evaluate. `Way` says how the units are
/// wired: see equations::way.
template <class Cell, equations::way Way = equations::way::dense>
struct planned {
    using lines = equations::lines_of<Cell>;
    static constexpr equations::way wired = Way;
    static constexpr auto plan = equations::make_plan(lines::list(), Way);
    static constexpr bool fine = plan.error == equations::flaw::none;
    /// Says what is wrong with equations that cannot be planned; empty otherwise.
    using sentence = equations::report<plan.error, typename lines::template line<plan.where>::variable,
                                       typename lines::template line<plan.culprit>::variable>;
};

namespace equations {

/// One term W(source) of one equation of a cell.
struct term {
    int equation = 0, shape = 0;         ///< what it drives
    int source = -1, source_shape = -1;  ///< the variable that it reads; -1: what comes from outside
    bool previous = false, negative = false;
    int terms_in_equation = 1;
};
/// The terms of a cell, in the order of its equations and, in each, as written.
template <class Planned>
constexpr auto terms_of_plan() {
    using lines = typename Planned::lines;
    fixed_list<term, lines::count * max_sources> all;
    constexpr auto list = lines::list();
    constexpr auto& plan = Planned::plan;
    for (int e = 0; e < list.size; ++e)
        for (const leaf& r : list[e].from) {
            term t{e, plan.variables[e].shape, -1, -1, r.kind == leaf_kind::previous, r.negative, list[e].from.size};
            for (int s = 0; s < list.size; ++s)
                if (r.kind != leaf_kind::input && list[s].variable == r.what) t.source = s, t.source_shape = plan.variables[s].shape;
            all.push(t);
        }
    return all;
}
template <class Cell>
constexpr auto terms_of() {
    return terms_of_plan<planned<Cell>>();
}

}  // namespace equations

/// A type with equations. One whose equations cannot be planned is none, and says why.
template <class C>
concept Cell = requires { C::equations; } && sizeof(typename planned<C>::sentence) > 0 && planned<C>::fine;

}  // namespace EIRNN_NAMESPACE
