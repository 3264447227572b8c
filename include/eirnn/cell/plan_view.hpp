// A plan of any cell, read at run time. What does not run equations reads plans in this form, so that it is compiled once for all cells.
#pragma once
#include <eirnn/cell/cell.hpp>

namespace EIRNN_NAMESPACE::equations {

/// A list of a plan, wherever it lies.
template <class T>
struct list_view {
    const T* item = nullptr;
    int size = 0;
    constexpr const T& operator[](int i) const { return item[i]; }
    constexpr const T* begin() const { return item; }
    constexpr const T* end() const { return item + size; }
};
template <class T, int N>
constexpr list_view<T> view_of(const fixed_list<T, N>& l) {
    return {l.item, l.size};
}

/// See `plan`.
struct plan_view {
    list_view<variable> variables;
    list_view<term> terms;           ///< in the order of the equations and, in each, as written
    int shapes = 0, trainables = 0;  ///< how many
    const int* trainable_shape = nullptr;
    bool timed = false;  ///< it reads dt / tau
    int noisy = -1;      ///< the variable with noise
    int segments = 1;
    bool recurrent = false;
    constexpr int output() const { return variables.size - 1; }
};

template <class Planned>
inline constexpr auto terms_of_planned = terms_of_plan<Planned>();

template <class Planned>
constexpr plan_view plan_view_of() {
    constexpr auto& p = Planned::plan;
    return {view_of(p.variables),
            view_of(terms_of_planned<Planned>),
            p.shapes.size,
            p.trainables.size,
            p.trainable_shape,
            p.coefficients.size > 0,
            p.noisy(),
            p.segments,
            p.recurrent};
}

}  // namespace EIRNN_NAMESPACE::equations
