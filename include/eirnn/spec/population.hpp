// Populations: named groups of units that send one sign and play one role in their area.
#pragma once
#include <eirnn/spec/facts.hpp>

namespace EIRNN_NAMESPACE {

inline constexpr polarity excitatory = polarity::excitatory;
inline constexpr polarity inhibitory = polarity::inhibitory;
inline constexpr polarity free_sign = polarity::free;  ///< sends both signs: a network without Dale's law
inline constexpr role principal = role::principal;
inline constexpr role interneuron = role::interneuron;

namespace detail {
// cvref, here and wherever a value that is a template argument is asked for its type: nvcc hands decltype((value)), a reference, to its host
// compiler.
template <class T, auto Value>
inline constexpr bool is_a = std::is_same_v<T, std::remove_cvref_t<decltype(Value)>>;
template <auto Value, class T>
constexpr T value_or(T otherwise) {
    if constexpr (is_a<T, Value>)
        return Value;
    else
        return otherwise;
}
constexpr role usual_role(auto sign) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(sign)>, polarity>)
        return sign == polarity::inhibitory ? role::interneuron : role::principal;
    else
        return role::principal;
}
}  // namespace detail

/// `struct E : population<excitatory, 80> {};`: the struct is the population, its name is the name in errors, files and plots.
/// Inhibitory populations are interneurons, others principal, unless the third argument says otherwise. `Size` may be `dynamic`.
/// (Arguments of any kind are taken, so that a network can say which of them is wrong.)
template <auto Sign, auto Size = detail::no_size{}, auto Role = detail::usual_role(Sign)>
struct population {
    using population_type = population;
    static constexpr polarity sign = detail::value_or<Sign>(polarity::free);
    static constexpr int size = detail::size_of<Size>();
    static constexpr role kind = detail::value_or<Role>(role::principal);
    static constexpr bool well_formed =
        detail::is_a<polarity, Sign> && detail::is_size<Size> && detail::is_a<role, Role>;
};

template <class T>
concept Population = requires {
    typename T::population_type;
};

}  // namespace EIRNN_NAMESPACE
