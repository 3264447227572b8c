// A cell: equations, their plan, and the sentences for equations that cannot be planned.
#pragma once
#include <eirnn/cell/plan.hpp>

#include <utility>

namespace eirnn {

namespace equations {

// What one equation reads, in the order of its text.
struct facts {
    fixed_list<leaf, 2 * max_sources> from;
    fixed_list<leaf, 2 * max_arguments> with;
    int weighted_nodes = 0;
};
template <class... S>
constexpr void collect(weighted<S...>, facts& f) {
    ++f.weighted_nodes;
    (f.from.push(S::read), ...);
}
constexpr void collect(literal, facts&) {}
template <class X>
    requires requires { X::read; }
constexpr void collect(X, facts& f) {
    if (f.with.find(X::read) < 0) f.with.push(X::read);
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

/// Equation number Line of a cell: its tree, what it reads, and its value for the plan.
template <class Cell, int Line>
struct line {
    static constexpr const auto& self() { return std::get<Line>(Cell::equations); }
    using type = std::remove_cvref_t<decltype(self())>;
    using variable = typename type::variable;
    static constexpr facts found = [] {
        facts f;
        collect(self().right, f);
        return f;
    }();
    static constexpr int position(leaf r) { return found.with.find(r); }

    /// The equation with numbers, duals or footprints: get(index_constant<k>) is its k-th argument, 0 the weighted input.
    template <class Get>
    EIRNN_INLINE static constexpr auto value(const Get& get) {
        constexpr auto right = self().right;  // a copy: device code cannot refer to the cell's own, which lies on the host
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
        if (found.weighted_nodes > 1) q.error = flaw::two_inputs;
        if (found.from.size > max_sources || found.with.size > max_arguments) {
            q.error = flaw::too_long;
            return q;
        }
        for (const leaf& r : found.from) q.from.push(r);
        for (const leaf& r : found.with) q.with.push(r);
        const auto has_adjoint = [&](int k) {
            return k == 0 || q.with[k - 1].kind == leaf_kind::now || q.with[k - 1].kind == leaf_kind::previous;
        };
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
};

}  // namespace equations

/// What the numerics know of a cell: its plan (a constexpr value) and, per equation, the tree to evaluate.
template <class Cell>
struct planned {
    using lines = equations::lines_of<Cell>;
    static constexpr auto plan = equations::make_plan(lines::list());
    static constexpr bool fine = plan.error == equations::flaw::none;
    /// Says what is wrong with equations that cannot be planned; empty otherwise.
    using sentence = equations::report<plan.error, typename lines::template line<plan.where>::variable,
                                       typename lines::template line<plan.culprit>::variable>;
};

/// A type with equations. One whose equations cannot be planned is none, and says why.
template <class C>
concept Cell = requires { C::equations; } && sizeof(typename planned<C>::sentence) > 0 && planned<C>::fine;

}  // namespace eirnn
