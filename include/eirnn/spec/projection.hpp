// Projections: from a population, an area or an input to a population, an area or an output.
#pragma once
#include <eirnn/cell/expression.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/core/type_list.hpp>
#include <eirnn/spec/facts.hpp>

#include <array>
#include <string_view>
#include <type_traits>

namespace EIRNN_NAMESPACE {

/// `project<From, To, options...>`. An area stands for all its populations. Options, in any order: a mask (spec/mask.hpp), a sign rule or
/// `sends<...>` (spec/sign.hpp), `allow<...>` (spec/allow.hpp).
template <class From, class To = void, class... Options>
struct project {
    using from = From;
    using to = To;
    using options = type_list<Options...>;
};

/// Option of a projection to units from outside their cell: of the equations that read W(u), those of these variables alone read it.
/// `project<cue, cortex, into<gain>>` for a cell with gain[r] = softplus(W(u)).
template <auto... Variables>
struct into {
    static constexpr void state(projection_facts& p) {
        if (!p.into.empty() || sizeof...(Variables) == 0) p.well_formed = false;
        p.into = names, p.into_variables = variables;
    }

private:
    template <class Tag>
    static constexpr std::type_identity<Tag> tag_of(equations::symbol<Tag>) {
        return {};
    }
    template <class Other>
    static constexpr std::type_identity<Other> tag_of(const Other&) {  // no variable of any cell
        return {};
    }
    template <auto V>
    using tag = typename decltype(tag_of(V))::type;
    static constexpr std::array<type_identity, sizeof...(Variables)> variables{identity_of<tag<Variables>>...};
    static constexpr std::array<std::string_view, sizeof...(Variables)> names{name_of<tag<Variables>>()...};
};

template <class T>
concept Projection = requires {
    typename T::from;
    typename T::to;
    typename T::options;
};

}  // namespace EIRNN_NAMESPACE
