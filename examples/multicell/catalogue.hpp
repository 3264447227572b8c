// All networks under the names of the paper. Not for the files in networks/: where `build` is defined, to name a network is to compile it.
#pragma once
#include "networks.hpp"

#include <array>
#include <span>
#include <string_view>
#include <type_traits>

template <class B>
struct network_entry {
    std::string_view model, variant;
    built_network<B> (*build)(eirnn::seed, const network_sizes&, B);
};

template <class B>
inline constexpr std::array<network_entry<B>, 2> base_networks{
    {{"standard", base_variant, &build<networks::base, B>}, {"standard_ei", base_variant, &build<networks::ei_base, B>}}};

inline constexpr auto all_networks = [] {
    using namespace networks;
    using enum gate;
    using entry = network_entry<cpu_device>;
    return std::array{
        entry{"standard", base_variant, &build<base, cpu_device>},
        entry{"standard", "InhPN", &build<inh_pn, cpu_device>},
        entry{"standard", "NoConstraint", &build<no_constraint, cpu_device>},
        entry{"standard", "LastT_MulMul", &build<last_t<multiply, multiply>, cpu_device>},
        entry{"standard", "LastT_MulSub", &build<base, cpu_device>},
        entry{"standard", "LastT_SubMul", &build<last_t<subtract, multiply>, cpu_device>},
        entry{"standard", "LastT_SubSub", &build<last_t<subtract, subtract>, cpu_device>},
        entry{"standard", "SumT_MulMul", &build<sum_t<multiply, multiply>, cpu_device>},
        entry{"standard", "SumT_MulSub", &build<sum_t<multiply, subtract>, cpu_device>},
        entry{"standard", "SumT_SubMul", &build<sum_t<subtract, multiply>, cpu_device>},
        entry{"standard", "SumT_SubSub", &build<sum_t<subtract, subtract>, cpu_device>},
        entry{"standard", "NoOG_ECurrBN", &build<with<no_og_e_curr_bn>, cpu_device>},
        entry{"standard", "NoOG_ECurrBN_SSub", &build<with<no_og_e_curr_bn_ssub>, cpu_device>},
        entry{"standard", "NoOG_ECurrBN_SSub_SFG_RecurrI", &build<with<no_og_e_curr_bn_ssub_sfg_recurr_i>, cpu_device>},
        entry{"standard", "NoPNCellBN", &build<with<no_pn_cell_bn>, cpu_device>},
        entry{"standard", "PNCellDrpt", &build<with<pn_cell_drpt>, cpu_device>},
        entry{"standard", "PNCellDrpt_AddOGDrpt", &build<with<pn_cell_drpt_add_og_drpt>, cpu_device>},
        entry{"standard", "AddIGCurrBN", &build<with<add_ig_curr_bn>, cpu_device>},
        entry{"standard", "AddOGCurrBN", &build<with<add_og_curr_bn>, cpu_device>},
        entry{"standard", "Rectify", &build<rectified, cpu_device>},
        entry{"standard", "OrdinaryConv", &build<ordinary_conv, cpu_device>},
        entry{"standard_ei", base_variant, &build<ei_base, cpu_device>},
        entry{"standard_ei", "InhPN", &build<ei_inh_pn, cpu_device>},
        entry{"standard_ei", "NoConstraint", &build<ei_no_constraint, cpu_device>},
        entry{"standard_ei", "EI_CurrBN_ICurrBN", &build<ei_both_normalised, cpu_device>},
    };
}();

/// For images of more than 32 x 32 pixels.
inline constexpr std::array<network_entry<cpu_device>, 2> large_networks{
    {{"standard", base_variant, &build<networks::large, cpu_device>},
     {"standard_ei", base_variant, &build<networks::ei_large, cpu_device>}}};

/// Every variant runs on the cpu backend, the two models themselves on each.
template <class B>
constexpr std::span<const network_entry<B>> networks_on(bool large) {
    if constexpr (!std::is_same_v<B, cpu_device>)
        return large ? std::span<const network_entry<B>>() : base_networks<B>;
    else
        return large ? std::span<const network_entry<B>>(large_networks) : all_networks;
}
