// A network: areas, what enters, what connects them, what is read. The wiring rules are checked when it is first used.
#pragma once
#include <eirnn/spec/declaration.hpp>
#include <eirnn/spec/diagnose.hpp>

#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE {

struct readout_cell;

namespace detail {
struct no_cell {};

template <class... T>
constexpr int position(type_list<T...>, type_identity wanted) {
    int i = 0, found = -1;
    ((found = found < 0 && identity_of<T> == wanted ? i : found, ++i), ...);
    return found;
}

// The types are deduced, not computed by an alias, so that every compiler prints them by their short names.
template <wiring_rule Broken, int First, int Second, class A, class B>
diagnose<Broken, A, B> explain(const numbered<First, A>&, const numbered<Second, B>&);
template <wiring_rule Broken, int First, int Second, class A>
requires(Second < 0) diagnose<Broken, A> explain(const numbered<First, A>&, ...);
template <wiring_rule Broken, int First, int Second>
requires(First < 0) diagnose<Broken> explain(...);

template <class Declaration>
struct checked {
    static constexpr verdict result = check_wiring(Declaration::facts);
    static constexpr int first = position(typename Declaration::subjects{}, result.first);
    static constexpr int second = position(typename Declaration::subjects{}, result.second);

    using subjects = numbered_types<typename Declaration::subjects>;
    using explanation = decltype(explain<result.broken, first, second>(std::declval<const subjects&>(), std::declval<const subjects&>()));
};

template <class List>
struct first_of {
    using cell = no_cell;
    using activation = std::remove_cv_t<decltype(output<1>::activation)>;
};
template <class T, class... Rest>
struct first_of<type_list<T, Rest...>> : first_of<type_list<>> {};
template <Area T, class... Rest>
struct first_of<type_list<T, Rest...>> : first_of<type_list<>> {
    using cell = typename T::cell;
};
template <Output T, class... Rest>
struct first_of<type_list<T, Rest...>> : first_of<type_list<>> {
    using activation = std::remove_cv_t<decltype(T::activation)>;
};
template <class Areas>
struct cell_sentences;
template <class... A>
struct cell_sentences<type_list<A...>> {
    static constexpr bool spoken = ((sizeof(typename sentence_of<A, has_kernel<A>>::type) > 0) && ...);
};
template <class... A>
auto cells_in(type_list<A...>) -> type_list<typename A::cell..., readout_cell>;
}  // namespace detail

/// `network<areas<...>, inputs<...>, long_range<...>, outputs<...>, signs<...>, allow<...>>`: all but areas are optional, any order.
/// On grids also `time_steps<...>`, `readout<...>` and `normalisation<...>`.
/// Holds no data. A network that breaks a rule gives one error (spec/diagnose.hpp) and otherwise behaves as an empty one.
template <class... Args>
struct network {
    using declaration = detail::declaration<Args...>;
    static_assert(detail::cell_sentences<typename declaration::areas>::spoken);
    static_assert(sizeof(typename detail::checked<declaration>::explanation) > 0);
};

/// What is known about a network from its type.
template <class Net>
struct network_traits {
    using declaration = typename Net::declaration;
    static constexpr bool well_formed = detail::checked<declaration>::result.broken == wiring_rule::none;

    using areas = typename declaration::areas;  ///< type lists, in the order of the layout
    using populations = typename declaration::populations;
    using inputs = typename declaration::inputs;
    using outputs = typename declaration::outputs;
    using cell = typename detail::first_of<areas>::cell;                       ///< of all areas, or of the first on grids
    using cells = decltype(detail::cells_in(areas{}));                         ///< of a network on grids, the readout's last
    using output_activation = typename detail::first_of<outputs>::activation;  ///< the class of the activation of all outputs

    /// The declaration as values.
    static constexpr const network_facts& facts = declaration::facts;
    static constexpr bool on_grid = declaration::facts.on_grid();
};

template <class T>
concept Network = requires {
    typename T::declaration;
};

}  // namespace EIRNN_NAMESPACE
