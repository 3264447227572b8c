// Projections: from a population, an area or an input to a population, an area or an output.
#pragma once
#include <eirnn/core/type_list.hpp>

namespace EIRNN_NAMESPACE {

/// `project<From, To, options...>`. An area stands for all its populations. Options, in any order: a mask (spec/mask.hpp), a sign rule or
/// `sends<...>` (spec/sign.hpp), `allow<...>` (spec/allow.hpp).
template <class From, class To = void, class... Options>
struct project {
    using from = From;
    using to = To;
    using options = type_list<Options...>;
};

template <class T>
concept Projection = requires {
    typename T::from;
    typename T::to;
    typename T::options;
};

}  // namespace EIRNN_NAMESPACE
