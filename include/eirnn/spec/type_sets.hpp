// The few computations on sets of types that a declaration needs, with Boost.Hana; results leave as plain type lists.
#pragma once
#include <eirnn/core/type_list.hpp>

#include <boost/hana/append.hpp>
#include <boost/hana/contains.hpp>
#include <boost/hana/filter.hpp>
#include <boost/hana/flatten.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

namespace EIRNN_NAMESPACE::detail {
namespace hana = boost::hana;

template <class Tuple>
struct list_of;
template <class... Type>
struct list_of<hana::tuple<Type...>> {
    using type = type_list<typename Type::type...>;
};

template <class... T>
constexpr auto types_in(type_list<T...>) {
    return hana::make_tuple(hana::type_c<T>...);
}

struct append_new {
    template <class Seen, class Type>
    constexpr auto operator()(Seen seen, Type type) const {
        if constexpr (decltype(hana::contains(seen, type))::value)
            return seen;
        else
            return hana::append(seen, type);
    }
};

/// Every type once, in the order of first appearance.
template <class List>
using unique_types = typename list_of<decltype(hana::fold_left(types_in(List{}), hana::make_tuple(), append_new{}))>::type;

template <template <class> class Predicate>
struct holds {
    template <class Type>
    constexpr auto operator()(Type) const {
        return hana::bool_c<Predicate<typename Type::type>::value>;
    }
};

/// The types for which `Predicate<T>::value` is true, in order.
template <class List, template <class> class Predicate>
using types_that = typename list_of<decltype(hana::filter(types_in(List{}), holds<Predicate>{}))>::type;

/// The lists one after the other.
template <class... Lists>
using concatenated = typename list_of<decltype(hana::flatten(hana::make_tuple(types_in(Lists{})...)))>::type;

}  // namespace EIRNN_NAMESPACE::detail
