// Lists of types, and the identity of a type as a constant that can be compared in a loop.
#pragma once
#include <array>
#include <utility>

namespace eirnn {

/// A list of types; holds no objects.
template <class... T>
struct type_list {
    static constexpr int size = sizeof...(T);
};

/// The identity of a type: equal for equal types, different for different ones. Unordered.
using type_identity = const char*;

namespace detail {
template <class T>
inline constexpr char type_mark = 0;

template <int Position, class T>
struct numbered {
    using type = T;
};
template <class Index, class... T>
struct numbered_list;
template <int... Position, class... T>
struct numbered_list<std::integer_sequence<int, Position...>, T...> : numbered<Position, T>... {};
template <int Position, class T>
numbered<Position, T> find_numbered(const numbered<Position, T>&);

template <class List>
struct numbering;
template <class... T>
struct numbering<type_list<T...>> {
    using type = numbered_list<std::make_integer_sequence<int, sizeof...(T)>, T...>;
};
template <class List>
using numbered_types = typename numbering<List>::type;
}  // namespace detail

template <class T>
inline constexpr type_identity identity_of = &detail::type_mark<T>;

/// The type at a position of a list.
template <int Position, class List>
using type_at = typename decltype(detail::find_numbered<Position>(std::declval<const detail::numbered_types<List>&>()))::type;

/// The identities of a list's types, in order.
template <class... T>
constexpr std::array<type_identity, sizeof...(T)> identities_of(type_list<T...>) {
    return {identity_of<T>...};
}

}  // namespace eirnn
