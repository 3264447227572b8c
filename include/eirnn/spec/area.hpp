// Areas: populations that are wired locally and share one cell type.
#pragma once
#include <eirnn/spec/projection.hpp>

namespace EIRNN_NAMESPACE {

/// Part of an area: only these projections exist inside it.
template <class... Projections>
struct wiring {};

/// Part of an area: all populations are connected but these two. An area in place of a population stands for all of it.
template <class From, class To = void>
struct without {};

/// `struct cortex : area<Cell, E, I> {};`: populations in the order of their units. Inside, all populations project to all, without
/// self-connections; `wiring<project<...>...>` or `without<From, To>` among the parts restrict that.
///
/// `struct area3 : area<standard, PN3, IG3, OG3, separable<3>, max_pool<3, 2>> {};`: with a kernel among its parts the area lies on a grid.
/// Its populations, whose sizes count channels, bind to the kinds of units in the cell's equations, in the order in which these name them
/// first. The equations say what is connected; a projection in `wiring<...>` changes how: its kernel, sign rule, self-connections.
template <class Cell = void, class... Parts>
struct area {
    using cell = Cell;
    using parts = type_list<Parts...>;
};

template <class T>
concept Area = requires {
    typename T::cell;
    typename T::parts;
};

}  // namespace EIRNN_NAMESPACE
