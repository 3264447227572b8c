// Areas: populations that are wired locally and share one cell type.
#pragma once
#include <eirnn/spec/projection.hpp>

namespace eirnn {

/// Part of an area: only these projections exist inside it.
template <class... Projections>
struct wiring {};

/// Part of an area: all populations are connected but these two. An area in place of a population stands for all of it.
template <class From, class To>
struct without {};

/// `struct cortex : area<Cell, E, I> {};`: populations in the order of their units. Inside, all populations project to all, without
/// self-connections; `wiring<project<...>...>` or `without<From, To>` among the parts restrict that.
template <class Cell, class... Parts>
struct area {
    using cell = Cell;
    using parts = type_list<Parts...>;
};

template <class T>
concept Area = requires {
    typename T::cell;
    typename T::parts;
};

}  // namespace eirnn
