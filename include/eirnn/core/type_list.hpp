// Lists of types.
#pragma once
#include <eirnn/config.hpp>

#include <utility>

namespace EIRNN_NAMESPACE {

/// A list of types; holds no objects.
template <class... T>
struct type_list {
    static constexpr int size = sizeof...(T);
};

namespace detail {
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

/// The type at a position of a list.
template <int Position, class List>
using type_at = typename decltype(detail::find_numbered<Position>(std::declval<const detail::numbered_types<List>&>()))::type;

}  // namespace EIRNN_NAMESPACE
