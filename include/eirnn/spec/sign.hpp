// Sign rules: how trained weights keep the sign of their source.
#pragma once
#include <eirnn/spec/facts.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {
template <sign_rule Rule>
struct sign_policy {
    static constexpr sign_rule rule = Rule;
    static constexpr void state(projection_facts& p) { p.set_rule(Rule); }
};
}  // namespace detail

/// Magnitude [w~]_+ (Song et al. 2016, eq. 14). The default.
struct rectify : detail::sign_policy<sign_rule::rectify> {};
/// Magnitude |w~|.
struct absolute : detail::sign_policy<sign_rule::absolute> {};
/// Magnitude log(1 + e^w~), the softplus of the raw weight.
struct soft_rectify : detail::sign_policy<sign_rule::soft_rectify> {};
/// The weight itself, of either sign. From an excitatory or inhibitory population it needs `allow<dale_violation>`.
struct unconstrained : detail::sign_policy<sign_rule::free> {};

/// States the sign of a projection. It must be that of its source population, or be stated as an exception with `allow<dale_violation>`;
/// inputs and populations of free sign have none of their own and may state any.
template <polarity Sign>
struct sends {
    static constexpr void state(projection_facts& p) {
        if (p.sign_given) p.well_formed = false;
        p.sign_given = true;
        p.sign = Sign;
    }
};

/// The sign rule of all projections of a network that state none: `network<..., signs<absolute>>`.
template <class... Policy>
struct signs {};

}  // namespace EIRNN_NAMESPACE
