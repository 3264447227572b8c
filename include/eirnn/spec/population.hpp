// Populations: named groups of units that send one sign and play one role in their area.
#pragma once
#include <eirnn/spec/facts.hpp>

namespace EIRNN_NAMESPACE {

inline constexpr polarity excitatory = polarity::excitatory;
inline constexpr polarity inhibitory = polarity::inhibitory;
inline constexpr polarity free_sign = polarity::free;  ///< sends both signs: a network without Dale's law
inline constexpr role principal = role::principal;
inline constexpr role interneuron = role::interneuron;

/// `struct E : population<excitatory, 80> {};`: the struct is the population, its name is the name in errors, files and plots.
/// Inhibitory populations are interneurons, others principal, unless the third argument says otherwise. `Size` may be `dynamic`.
template <polarity Sign, int Size, role Role = Sign == polarity::inhibitory ? role::interneuron : role::principal>
struct population {
    using population_type = population;
    static constexpr polarity sign = Sign;
    static constexpr int size = Size;
    static constexpr role kind = Role;
};

template <class T>
concept Population = requires {
    typename T::population_type;
};

}  // namespace EIRNN_NAMESPACE
