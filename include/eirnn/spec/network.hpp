// A network: areas, what enters, what connects them, what is read. The wiring rules are checked when it is first used.
#pragma once
#include <eirnn/spec/declaration.hpp>
#include <eirnn/spec/diagnose.hpp>

#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE {

namespace detail {

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

// With the sizes of two maps, which the compiler names in its note.
template <wiring_rule Broken, int First, int Second, map_facts Reached, map_facts Own, class A, class B>
diagnose<Broken, A, B, grid<Reached.height, Reached.width>, grid<Own.height, Own.width>> explain_maps(const numbered<First, A>&,
                                                                                                      const numbered<Second, B>&);

template <class Declaration>
struct checked {
    static constexpr verdict result = check_wiring(Declaration::facts);
    static constexpr int first = position(typename Declaration::subjects{}, result.first);
    static constexpr int second = position(typename Declaration::subjects{}, result.second);

    using subjects = numbered_types<typename Declaration::subjects>;
    static auto explained() {
        if constexpr (!result.own.given)
            return std::type_identity<decltype(explain<result.broken, first, second>(std::declval<const subjects&>(),
                                                                                     std::declval<const subjects&>()))>{};
        else
            return std::type_identity<decltype(explain_maps<result.broken, first, second, result.reached, result.own>(
                std::declval<const subjects&>(), std::declval<const subjects&>()))>{};
    }
    using explanation = typename decltype(explained())::type;
};

// One activation for all channels, where they have the same and it works on each alone; else one for each output. So with losses.
template <class List>
struct readout_of {
    using activation = identity_t;
    using loss = usual_loss;
};
template <Output First, Output... Rest>
struct readout_of<type_list<First, Rest...>> {
    template <class T>
    using activation_of = std::remove_cvref_t<decltype(T::activation)>;
    static constexpr bool one_loss = (std::is_same_v<typename First::loss, typename Rest::loss> && ...),
                          one_activation = (std::is_same_v<activation_of<First>, activation_of<Rest>> && ...) &&
                                           (sizeof...(Rest) == 0 || Activation<activation_of<First>>);
    using activation =
        std::conditional_t<one_activation && one_loss, activation_of<First>, each_output<activation_of<First>, activation_of<Rest>...>>;
    using loss = std::conditional_t<one_loss, typename First::loss, each_output<typename First::loss, typename Rest::loss...>>;
};
// A cell that runs on maps alone, in an area without a kernel beside maps, is not what is wrong: the kernel is missing, which a rule says.
template <bool OnGrid, class Areas>
struct cell_sentences;
template <class A, bool OnGrid>
struct sentence_of_area : sentence_of<typename A::cell, OnGrid> {};
template <class A>
requires(!has_kernel<A> && HasEquations<typename A::cell>) struct sentence_of_area<A, true>
    : std::conditional_t<planned<typename A::cell>::dense_flaw == equations::flaw::none, sentence_of<void, false>,
                         sentence_of<typename A::cell, true>> {
};
template <bool OnGrid, class... A>
struct cell_sentences<OnGrid, type_list<A...>> {
    static constexpr bool spoken = ((sizeof(typename sentence_of_area<A, OnGrid>::type) > 0) && ...);
};
// The cells of areas on one position, one for those that follow each other and share one whose units read each other.
template <class Last, class Cells, class... A>
struct cells_of_units {
    using type = Cells;
};
template <class Last, class Cells, class A, class... Rest>
requires(has_kernel<A>) struct cells_of_units<Last, Cells, A, Rest...> : cells_of_units<Last, Cells, Rest...> {
};
template <class A>
using cell_of_units = typename usable_cell<typename A::cell, false>::type;
template <class Last, class... Cells, class A, class... Rest>
requires(!has_kernel<A>) struct cells_of_units<Last, type_list<Cells...>, A, Rest...>
    : cells_of_units<cell_of_units<A>,
                     std::conditional_t<std::is_same_v<Last, cell_of_units<A>> && planned<cell_of_units<A>>::plan.feeds_back,
                                        type_list<Cells...>, type_list<Cells..., cell_of_units<A>>>,
                     Rest...> {
};
template <class Areas>
struct kinds_of_areas;
template <>
struct kinds_of_areas<type_list<>> {  // of a network that is none
    static constexpr bool has_maps = false, has_units = true;
    using unit_cells = type_list<typename usable_cell<void, false>::type>;
    static type_list<> cells();
};
template <class... A>
struct kinds_of_areas<type_list<A...>> {
    static constexpr bool has_maps = (has_kernel<A> || ...), has_units = (!has_kernel<A> || ...);
    template <class T, bool OnMap = has_kernel<T>>
    struct map_cell {
        using type = type_list<>;
    };
    template <class T>
    struct map_cell<T, true> {
        using type = type_list<typename usable_cell<typename T::cell, true>::type>;
    };
    using unit_cells = typename cells_of_units<void, type_list<>, A...>::type;
    using readout = std::conditional_t<has_units, type_list<>, type_list<readout_cell>>;
    static auto cells() {
        if constexpr (has_maps)
            return concatenated<typename map_cell<A>::type..., readout>{};
        else
            return type_list<>{};
    }
};
}  // namespace detail

/// `network<areas<...>, inputs<...>, long_range<...>, outputs<...>, signs<...>, allow<...>>`: all but areas are optional, any order.
/// On grids also `time_steps<...>`, `readout<...>` and `normalisation<...>`.
/// Holds no data. A network that breaks a rule gives one error (spec/diagnose.hpp) and otherwise behaves as an empty one.
template <class... Args>
struct network {
    using declaration = detail::declaration<Args...>;
    static_assert(detail::cell_sentences<declaration::facts.on_grid(), typename declaration::areas>::spoken);
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
    static constexpr bool on_grid = declaration::facts.on_grid();
    static constexpr bool has_units = detail::kinds_of_areas<areas>::has_units;  ///< on one position
    /// Of the areas on one position; areas that follow each other and share a cell have it once. What is no cell is replaced by one: the
    /// network has said so.
    using unit_cells = typename detail::kinds_of_areas<areas>::unit_cells;
    using map_cells = decltype(detail::kinds_of_areas<areas>::cells());        ///< of the areas on maps; of a readout of maps at last
    /// The class of the activation of all outputs, or `each_output` of those of each; so with losses.
    using output_activation = typename detail::readout_of<outputs>::activation;
    using output_loss = typename detail::readout_of<outputs>::loss;

    /// The declaration as values.
    static constexpr const network_facts& facts = declaration::facts;
};

template <class T>
concept Network = requires {
    typename T::declaration;
};

namespace detail {
/// Stands where a network should: empty, and it says nothing more.
struct no_network {
    using declaration = detail::declaration<>;
};
template <class T>
struct asked_of {
    static constexpr bool given = Network<T>;  // not the concept itself: compilers would list what is missing
    static_assert(
        given,
        "eirnn[M01]: this is asked of a network, and its argument is none. Name the network, that is network<areas<...>, ...> or a "
        "struct derived from it, not one of its parts: model<net>, describe<net>().");
};
template <class T>
using network_or_none = std::conditional_t<Network<T>, T, no_network>;
}  // namespace detail

}  // namespace EIRNN_NAMESPACE
