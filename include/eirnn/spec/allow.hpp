// Exceptions to the wiring rules, stated in the type so that a reader of the network sees them.
#pragma once
#include <eirnn/spec/facts.hpp>

#include <array>
#include <string_view>

namespace EIRNN_NAMESPACE {

namespace detail {
template <unsigned Bit>
struct waiver {
    static constexpr unsigned waives = 1u << Bit;
};
}  // namespace detail

struct long_range_inhibition : detail::waiver<0> {};   ///< an inhibitory population projects to another area
struct long_range_interneuron : detail::waiver<1> {};  ///< an interneuron that is not inhibitory projects to another area
struct dale_violation : detail::waiver<2> {};          ///< a projection has not the sign of its source
struct inhibitory_readout : detail::waiver<3> {};      ///< an output reads an inhibitory population
struct interneuron_readout : detail::waiver<4> {};     ///< an output reads an interneuron that is not inhibitory
struct self_connection : detail::waiver<5> {};         ///< units connect to themselves
struct unreached_area : detail::waiver<6> {};          ///< an area receives nothing from any input; of a network only

/// The waivers' names; the index is the bit.
inline constexpr std::array<std::string_view, 7> waiver_names{"long_range_inhibition", "long_range_interneuron", "dale_violation",
                                                              "inhibitory_readout",    "interneuron_readout",    "self_connection",
                                                              "unreached_area"};

/// Allows what a rule forbids: as an option of one projection, or as an argument of the network for all of them.
template <class... Waivers>
struct allow {
    static constexpr void state(projection_facts& p) {
        if constexpr (requires { (Waivers::waives | ... | 0u); })
            p.waivers |= (Waivers::waives | ... | 0u);
        else
            p.well_formed = false;
    }
};

}  // namespace EIRNN_NAMESPACE
