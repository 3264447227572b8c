// The networks of Sun et al. for CIFAR-10: the two models and the variants of their cells, under the names of the paper.
#pragma once
#include "options.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/model/stack_model.hpp>
#include <eirnn/spec/multicell.hpp>

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

using cpu_device = eirnn::backend::cpu<float>;

namespace networks {
using namespace eirnn::multicell;
using eirnn::dynamic;

template <class Cell, class Signs = eirnn::absolute, class... Options>
using with = cifar10<Cell, Signs, dynamic, dynamic, Options...>;
using sum_of_steps = eirnn::readout<eirnn::sum_of_steps>;

using base = with<standard>;
using inh_pn = with<standard_inhibitory>;
using no_constraint = with<standard, eirnn::unconstrained>;
using rectified = with<standard, eirnn::rectify>;
template <gate Input, gate Output>
using last_t = with<standard_gates<Input, Output>>;
template <gate Input, gate Output>
using sum_t = with<standard_gates<Input, Output>, eirnn::absolute, sum_of_steps>;
using ei_base = with<standard_ei>;
using ei_inh_pn = with<standard_ei_inhibitory>;
using ei_no_constraint = with<standard_ei, eirnn::unconstrained>;
using ei_both_normalised = with<ei_curr_bn_i_curr_bn>;

using ordinary_areas = recurrent_areas<standard, dynamic, dynamic, 4, eirnn::convolution<3>>;
struct ordinary_conv : cifar10_parts, ordinary_areas, cifar10_parts::network_of<standard, ordinary_areas, eirnn::absolute> {};
}  // namespace networks

/// A network with weights, whatever its cells, and what it is made of.
template <class B>
struct built_network {
    std::shared_ptr<eirnn::stack_model<B>> model;
    const eirnn::network_facts* facts;
};

/// Defined in build.hpp; instantiated in networks/, because each kind of cell takes long to compile.
template <class Net, class B>
built_network<B> build(eirnn::seed, channel_numbers, B device);

template <class B>
struct network_entry {
    std::string_view model, variant;
    built_network<B> (*build)(eirnn::seed, channel_numbers, B);
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

/// Every variant runs on the cpu backend, the two models themselves on each.
template <class B>
constexpr std::span<const network_entry<B>> networks_on() {
    if constexpr (std::is_same_v<B, cpu_device>)
        return all_networks;
    else
        return base_networks<B>;
}
