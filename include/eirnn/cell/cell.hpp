// A cell: equations, their plan, and what is wrong with equations that cannot be planned.
#pragma once
#include <eirnn/cell/make_plan.hpp>
#include <eirnn/cell/sentences.hpp>

#include <utility>

namespace EIRNN_NAMESPACE {

namespace notation {
struct alpha;
}

namespace equations {

// What one equation reads, in the order of its text.
struct facts {
    fixed_list<leaf, 2 * max_sources> from;
    fixed_list<leaf, 2 * max_arguments> with;
    int weighted_nodes = 0, normalised_nodes = 0, gathered_nodes = 0;
    double keep = 1;
    flaw error = flaw::none;  // of the first term that is none
};
template <class... S>
constexpr void collect(weighted<S...>, facts& f) {
    ++f.weighted_nodes;
    (f.from.push(S::read), ...);
}
constexpr void collect(literal, facts&) {}
template <flaw Why, class... Of>
constexpr void collect(misfit<Why, Of...>, facts& f) {
    if (f.error == flaw::none) f.error = Why;
}
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
    if constexpr (!TermFunction<F>) collect(misfit<flaw::no_activation>{}, f);
    else if constexpr (!Expression<A>) collect(misfit<flaw::foreign_term>{}, f);
    else collect(c.a, f);
}
template <class A>
constexpr void collect(const normalised<A>& n, facts& f) {
    ++f.normalised_nodes;
    collect(n.a, f);
}

template <gathering How, class A>
constexpr void collect(const gathered<How, A>& g, facts& f) {
    ++f.gathered_nodes;
    collect(g.a, f);
}

template <gathering How, class... Q>
constexpr void collect(const recalled<How, Q...>&, facts& f) {
    ++f.gathered_nodes;
    (collect(Q{}, f), ...);
}

// The right side without the batch norm or the sum around it.
template <class X>
constexpr X inner(X x) {
    return x;
}
template <class A>
constexpr A inner(normalised<A> n) {
    return n.a;
}
template <gathering How, class A>
constexpr A inner(gathered<How, A> g) {
    return g.a;
}
template <gathering How, class Q, class K, class V>
constexpr auto inner(recalled<How, Q, K, V>) {
    return Q{} + (K{} + V{});
}
template <class X>
inline constexpr gathering how_gathered = gathering::none;
template <gathering How, class... Q>
inline constexpr gathering how_gathered<recalled<How, Q...>> = How;
template <gathering How, class A>
inline constexpr gathering how_gathered<gathered<How, A>> = How;
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
    template <gathering How, class... Q>
    static constexpr void roles_in(equation& q, const recalled<How, Q...>& r) {
        q.decay = r.decay;
        int k = 0;
        ((q.roles[k++] = position(Q::read)), ...);
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
        q.gathers = how_gathered<decltype(type::right)>;
        q.keep = found.keep;
        if constexpr (looks_back(how_gathered<decltype(type::right)>)) roles_in(q, self().right);
        if (found.error != flaw::none) {
            q.error = found.error;
            return q;
        }
        if (found.weighted_nodes > 1) q.error = flaw::two_inputs;
        if (found.normalised_nodes > 0) q.error = flaw::inner_normalisation;
        if (found.gathered_nodes > 0) q.error = flaw::misplaced_sum;
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
        if constexpr (found.error == flaw::none)
            for (int k = 0; k <= q.with.size; ++k)
                if (has_adjoint(k)) q.needs[k] = value(footprint_of{k}).needs();
        // Noise is not kept for the way back.
        for (int n = 1; n <= q.with.size; ++n)
            for (int k = 0; q.with[n - 1].kind == leaf_kind::noise && k <= q.with.size; ++k)
                if (q.needs[k] >> n & 1u) q.error = flaw::noise_inside;
        return q;
    }
};

// What can be said of a cell before its equations are looked at.
template <class T>
inline constexpr bool is_equation = false;
template <class Variable, class Shape, class Right>
inline constexpr bool is_equation<equation_of<Variable, Shape, Right>> = true;
template <class T>
inline constexpr bool is_system = false;
template <class... Q>
inline constexpr bool is_system<std::tuple<Q...>> = sizeof...(Q) > 0 && (is_equation<Q> && ...);
template <class T>
constexpr bool readable(T) {
    return true;
}
template <class Cell>
concept ConstantEquations = requires { typename std::bool_constant<readable(Cell::equations)>; };
template <class Cell>
constexpr flaw flaw_of_system() {
    if constexpr (!is_system<std::remove_cvref_t<decltype(Cell::equations)>>) return flaw::no_equation;
    else if constexpr (!ConstantEquations<Cell>) return flaw::not_constant;
    else return flaw::none;
}
// Stands where the equations of a cell cannot be read.
struct stand_in {
    static constexpr auto equations = system(symbol<stand_in>{} = W(prev(symbol<stand_in>{})));
};
template <class Cell>
using readable_cell = std::conditional_t<flaw_of_system<Cell>() == flaw::none, Cell, stand_in>;

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

// The types that the sentence names: variables, the right side that is none, or what a cell has in place of equations.
template <class Cell, class Where, class Culprit, bool Readable = flaw_of_system<Cell>() == flaw::none>
struct report_on {
    template <flaw F>
    using type = report<F, typename Where::variable, typename Culprit::variable>;
};
template <class Cell, class Where, class Culprit>
    requires(Where::found.error != flaw::none)
struct report_on<Cell, Where, Culprit, true> {
    template <flaw F>
    using type = report<F, typename Where::variable, decltype(Where::type::right)>;
};
template <class Cell, class Where, class Culprit>
struct report_on<Cell, Where, Culprit, false> {
    template <flaw F>
    using type = report<F, Cell, std::remove_cvref_t<decltype(Cell::equations)>>;
};

template <int E>
constexpr flaw coefficient_limit(const plan<E>& p) {
    const bool foreign =
        p.coefficients.size > 1 || (p.coefficients.size == 1 && p.coefficients[0] != identity_of_tag<struct eirnn::notation::alpha>);
    return foreign ? flaw::foreign_coefficient : flaw::none;
}
// What networks without grids cannot do yet.
template <int E>
constexpr flaw dense_limit(const plan<E>& p) {
    for (int o = 0; o < p.operations.size; ++o) {
        for (int k = 0; k < p.operations[o].from.size; ++k)
            if (p.operations[o].find(p.operations[o].from[k]) != k) return flaw::dense_twice;
        for (const part& q : p.operations[o].parts)
            if (q.input == 2) return flaw::dense_twice;
    }
    for (int o = 0; o < p.operations.size; ++o)
        for (const source& s : p.operations[o].from) {
            if (s.previous != p.operations[o].previous()) return flaw::dense_same_step;
            if (p.variables[s.variable].operand != o) return flaw::dense_two_products;  // it lies in the operand of one product
        }
    if (p.shapes.size != 1) return flaw::dense_shapes;
    return coefficient_limit(p);
}

// What networks on grids cannot do yet.
template <int E>
constexpr flaw grid_limit(const plan<E>& p) {
    return p.looks_back ? flaw::look_back_on_grid : coefficient_limit(p);
}

}  // namespace equations

/// What the numerics know of a cell: its plan (a constexpr value) and, per equation, the tree to evaluate. `Way` says how the units are
/// wired: see equations::way; `ReadElsewhere`, whether areas of other cells read dense units.
template <class Cell, equations::way Way = equations::way::dense, bool ReadElsewhere = false>
struct planned {
    using lines = equations::lines_of<equations::readable_cell<Cell>>;
    static constexpr equations::way wired = Way;
    static constexpr auto plan = [] {
        auto p = equations::make_plan(lines::list(), Way, ReadElsewhere);
        if (constexpr auto error = equations::flaw_of_system<Cell>(); error != equations::flaw::none) p.error = error;
        return p;
    }();
    static constexpr bool fine = plan.error == equations::flaw::none;
    using about = equations::report_on<Cell, typename lines::template line<plan.where>, typename lines::template line<plan.culprit>>;
    /// Says what is wrong with equations that cannot be planned; empty otherwise.
    using sentence = typename about::template type<plan.error>;
    /// What keeps a plan from a network on grids, and from one without.
    static constexpr equations::flaw grid_flaw = fine ? equations::grid_limit(plan) : plan.error;
    using grid_sentence = typename about::template type<grid_flaw>;
    static constexpr equations::flaw dense_flaw = fine ? equations::dense_limit(plan) : plan.error;
    using dense_sentence = typename about::template type<dense_flaw>;
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
