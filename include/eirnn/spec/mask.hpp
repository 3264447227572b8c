// Masks: which connections of a projection exist and are trained, and which have untrained values.
#pragma once
#include <eirnn/spec/facts.hpp>

#include <array>
#include <cstddef>
#include <iterator>

namespace EIRNN_NAMESPACE {

/// Every connection. The default.
struct dense {
    static constexpr void state(projection_facts& p) { p.set_mask(mask_kind::dense); }
};

/// No unit connects to itself. The default where a population projects to itself.
struct no_self {
    static constexpr void state(projection_facts& p) {
        if (p.with_self) p.well_formed = false;
        p.no_self = true;
    }
};

/// Units may connect to themselves; needs `allow<self_connection>`.
struct with_self {
    static constexpr void state(projection_facts& p) {
        if (p.no_self) p.well_formed = false;
        p.with_self = true;
    }
};

/// Each connection exists with probability `Probability` in (0, 1], drawn independently. The draw depends on `Seed`, on the names of the
/// two populations and on the position, so it is the same whatever else the network contains.
template <auto Probability, std::uint64_t Seed = 1>
requires std::is_arithmetic_v<std::remove_cvref_t<decltype(Probability)>>
struct sparse {
    static constexpr void state(projection_facts& p) {
        p.set_mask(mask_kind::sparse);
        p.probability = static_cast<double>(Probability);
        p.seed = Seed;
    }
};

/// Half-open ranges of target and source units, counted from the first unit of what the projection names.
template <int Begin, int End>
struct posts {};
template <int Begin, int End>
struct pres {};
template <class Posts, class Pres>
struct rectangle;
template <int PostBegin, int PostEnd, int PreBegin, int PreEnd>
struct rectangle<posts<PostBegin, PostEnd>, pres<PreBegin, PreEnd>> {
    static constexpr rectangle_facts facts{PostBegin, PostEnd, PreBegin, PreEnd};
};

/// Only the connections in some rectangle: `block<posts<0, 20>, pres<0, 1>>` or `block<rectangle<posts<...>, pres<...>>, ...>`.
template <class... Rectangles>
struct block {
    static constexpr void state(projection_facts& p) {
        p.set_mask(mask_kind::block);
        if constexpr ((requires { Rectangles::facts; } && ...))
            p.rectangles = rectangles;
        else
            p.well_formed = false;
    }
    static constexpr std::array<rectangle_facts, sizeof...(Rectangles)> rectangles{Rectangles::facts...};
};
template <int PostBegin, int PostEnd, int PreBegin, int PreEnd>
struct block<posts<PostBegin, PostEnd>, pres<PreBegin, PreEnd>> : block<rectangle<posts<PostBegin, PostEnd>, pres<PreBegin, PreEnd>>> {};

namespace detail {
template <class T>
concept HasValues = requires {
    T::values[0][0];
};
template <class T>
concept HasAt = requires {
    T::at(0, 0);
};
template <class T>
concept HasExtents = requires {
    T::posts, T::pres;
};

template <class Value, class T>
constexpr Value table_entry(int post, int pre) {
    if constexpr (HasValues<T>)
        return static_cast<Value>(T::values[static_cast<std::size_t>(post)][static_cast<std::size_t>(pre)]);
    else
        return static_cast<Value>(T::at(post, pre));
}
template <class Value, class T>
constexpr table_facts<Value> table_of() {
    if constexpr (HasValues<T>)
        return {true, table_entry<Value, T>, static_cast<int>(std::size(T::values)), static_cast<int>(std::size(T::values[0]))};
    else if constexpr (HasAt<T> && HasExtents<T>)
        return {true, table_entry<Value, T>, T::posts, T::pres};
    else if constexpr (HasAt<T>)
        return {true, table_entry<Value, T>, dynamic, dynamic};
    else
        return {};
}
}  // namespace detail

/// Only the connections for which `T` says true. `T` has a constexpr array `values[post][pre]`, or a function `at(post, pre)` with, where
/// the size should be checked, `posts` and `pres`.
template <class T>
struct table {
    static constexpr void state(projection_facts& p) {
        p.set_mask(mask_kind::table);
        p.table = detail::table_of<bool, T>();
        if (!p.table.given) p.well_formed = false;
    }
};

/// Untrained weights: the magnitudes that `V` gives (as `table`), not negative unless the source's sign is free; 0 means no connection.
/// Alone it makes the projection untrained; beside a mask it adds to the trained connections and must not overlap them.
template <class V>
struct fixed {
    static constexpr void state(projection_facts& p) {
        if (p.has_fixed()) p.well_formed = false;
        p.fixed = detail::table_of<double, V>();
        if (!p.has_fixed()) p.well_formed = false;
    }
};

}  // namespace EIRNN_NAMESPACE
