// Which way a cell's output moves with its weighted inputs, as far as the signs in its equations tell: what the rules of signs ask.
#pragma once
#include <eirnn/cell/cell.hpp>
#include <eirnn/cell/functions.hpp>

namespace EIRNN_NAMESPACE::equations {

/// The sign of a value or of a slope. `unknown` where it depends on what variables are.
enum class direction : signed char { falling = -1, none = 0, rising = 1, unknown = 2 };
constexpr direction opposite(direction a) {
    return a == direction::rising ? direction::falling : a == direction::falling ? direction::rising : a;
}
constexpr direction together(direction a, direction b) {
    return a == direction::none || a == b ? b : b == direction::none ? a : direction::unknown;
}
constexpr direction times(direction a, direction b) {
    if (a == direction::none || b == direction::none) return direction::none;
    if (a == direction::unknown || b == direction::unknown) return direction::unknown;
    return a == b ? direction::rising : direction::falling;
}

/// What is known of a term: the sign of its value, and which way it moves with one of its leaves.
struct outlook {
    direction value = direction::unknown, slope = direction::none;
};

template <class F>
inline constexpr bool never_negative =
    std::is_same_v<F, relu_t> || std::is_same_v<F, softplus_t> || std::is_same_v<F, logistic_t> || std::is_same_v<F, rectified_tanh_t> ||
    std::is_same_v<F, exponential_function> || std::is_same_v<F, square_root_function> || std::is_same_v<F, square_function> ||
    std::is_same_v<F, absolute_function> || std::is_same_v<F, spike_function> || std::is_same_v<F, rectified_square_t>;

// look(term, leaf): of the leaf, null for the weighted input.
template <class X>
constexpr outlook look(const X&, const leaf* of) {
    return {direction::unknown, of && X::read == *of ? direction::rising : direction::none};
}
template <class... S>
constexpr outlook look(const weighted<S...>&, const leaf* of) {
    return {direction::unknown, of ? direction::none : direction::rising};
}
constexpr outlook look(const literal& n, const leaf*) {
    return {n.v > 0 ? direction::rising : n.v < 0 ? direction::falling : direction::none, direction::none};
}
template <class Tag>
constexpr outlook look(const coefficient<Tag>&, const leaf*) {
    return {direction::rising, direction::none};
}
constexpr outlook look(const kept_leaf&, const leaf*) { return {direction::rising, direction::none}; }
template <class F, class A>
constexpr outlook look(const call<F, A>& c, const leaf* of) {
    const outlook a = look(c.a, of);
    constexpr bool even = std::is_same_v<F, square_function> || std::is_same_v<F, absolute_function>;
    return {never_negative<F> ? direction::rising : direction::unknown, even ? times(a.slope, a.value) : a.slope};
}
template <class Op, class L, class R>
constexpr outlook look(const binary<Op, L, R>& b, const leaf* of) {
    const outlook l = look(b.l, of), r = look(b.r, of);
    if constexpr (std::is_same_v<Op, plus>)
        return {together(l.value, r.value), together(l.slope, r.slope)};
    else if constexpr (std::is_same_v<Op, minus>)
        return {together(l.value, opposite(r.value)), together(l.slope, opposite(r.slope))};
    else if constexpr (std::is_same_v<Op, product>)
        return {times(l.value, r.value), together(times(l.slope, r.value), times(r.slope, l.value))};
    else
        return {times(l.value, r.value), together(times(l.slope, r.value), opposite(times(r.slope, l.value)))};
}

/// Which way the output of a cell moves, within a step, with the weighted input of each equation.
template <class Cell>
constexpr auto directions_of() {
    using lines = lines_of<readable_cell<Cell>>;
    constexpr int n = lines::count;
    constexpr auto list = lines::list();
    fixed_list<fixed_list<direction, n + 1>, n> slope;  // [equation][weighted input, then the variables]
    [&]<int... e>(std::integer_sequence<int, e...>) {
        const auto row = [&](const auto& right, bool looks_up) {
            fixed_list<direction, n + 1> all;
            const auto seen = [&](const leaf* of) { return looks_up ? direction::unknown : look(right, of).slope; };
            all.push(seen(nullptr));
            for (const auto& q : list) {
                const leaf of{q.variable, leaf_kind::now};
                all.push(seen(&of));
            }
            slope.push(all);
        };
        (row(inner(lines::template line<e>::self().right), looks_back(list[e].gathers)), ...);
    }
    (std::make_integer_sequence<int, n>{});
    fixed_list<direction, n> all;
    for (int w = 0; w < n; ++w) {
        fixed_list<direction, n> moved;
        for (int e = 0; e < n; ++e) {
            direction d = e == w ? slope[e][0] : direction::none;
            for (int s = w; s < e; ++s) d = together(d, times(slope[e][s + 1], moved[s]));
            moved.push(e < w ? direction::none : d);
        }
        all.push(moved[n - 1]);
    }
    return all;
}

/// Whether a minus stands before what units, or signals from outside, bring: the output falls with it, or the minus is all that is known.
struct subtraction {
    bool units = false, input = false;
};
template <class Cell>
constexpr subtraction subtracted_by() {
    subtraction found;
    constexpr auto directions = directions_of<Cell>();
    for (const term& t : terms_of<Cell>()) {
        const direction d = directions[t.equation];
        const bool falls = t.negative ? d != direction::falling : d == direction::falling;
        (t.source < 0 ? found.input : found.units) |= falls;
    }
    return found;
}

}  // namespace EIRNN_NAMESPACE::equations
