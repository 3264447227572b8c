// What the compiler says when a network breaks a wiring rule: one sentence, with the repair.
#pragma once
#include <eirnn/spec/grid_rules.hpp>

namespace EIRNN_NAMESPACE {

/// Instantiated with the rule that a network breaks and the types that break it; fails with the rule's sentence.
template <wiring_rule Broken, class... Types>
struct diagnose {
    using enum wiring_rule;
    static_assert(
        Broken != sign_against_source,
        "eirnn[W01]: a projection states a sign that is not the sign of its source population (Dale's law). Remove sends<...>, project "
        "from a population of that sign, or state the exception with allow<dale_violation>.");
    static_assert(
        Broken != long_range_inhibition,
        "eirnn[W02]: a projection between areas starts from an inhibitory population; only excitatory principal populations project "
        "between areas. Make it local, or state the exception with allow<long_range_inhibition>.");
    static_assert(
        Broken != long_range_interneuron,
        "eirnn[W03]: a projection between areas starts from an interneuron; only principal populations project between areas. Make it "
        "local, declare the population principal, or state the exception with allow<long_range_interneuron>.");
    static_assert(
        Broken != mixed_signs,
        "eirnn[W04]: an unconstrained projection lets an excitatory or inhibitory population send both signs (Dale's law). Use rectify, "
        "absolute or soft_rectify, make the population free_sign, or state the exception with allow<dale_violation>.");
    static_assert(
        Broken != inhibitory_readout,
        "eirnn[W05]: an output reads an inhibitory population; only excitatory principal populations are read out. Read the excitatory "
        "population, or state the exception with allow<inhibitory_readout>.");
    static_assert(
        Broken != interneuron_readout,
        "eirnn[W06]: an output reads an interneuron; only principal populations are read out. Read the principal population, or state "
        "the exception with allow<interneuron_readout>.");
    static_assert(
        Broken != self_connection,
        "eirnn[W07]: units of a population would connect to themselves. Clear the diagonal or remove with_self, or state the exception "
        "with with_self and allow<self_connection>.");
    static_assert(Broken != duplicate_population,
                  "eirnn[W08]: a population or area is declared twice in one network. Declare a second struct, or remove one of the two.");
    static_assert(
        Broken != unknown_part,
        "eirnn[W09]: a projection names a population, area, input or output that is not part of the network. Add it to an area (or the "
        "area to areas<...>), or correct the name.");
    static_assert(
        Broken != misplaced_projection,
        "eirnn[W10]: a projection stands in the wrong list. inputs<...> lead from an input to units, wiring<...> from units to units of "
        "its own area, long_range<...> from units to units of another area, outputs<...> from units to an output: move it.");
    static_assert(
        Broken != long_range_inside_area,
        "eirnn[W11]: a long-range projection stays inside one area. Put it into the wiring<...> of that area, or name another target.");
    static_assert(
        Broken != repeated_projection,
        "eirnn[W12]: two projections declare the same connections. Remove one, or restrict their sources and targets to different "
        "populations (one trained and one fixed<...> projection may share a pair).");
    static_assert(
        Broken != fixed_overlaps_plastic,
        "eirnn[W13]: a connection is both fixed and trained. Set the fixed weight to 0 there, or take the connection out of the mask of "
        "the trained projection.");
    static_assert(
        Broken != unreached_area,
        "eirnn[W14]: no input reaches this area, directly or through other areas. Add a projection to inputs<...> or long_range<...>, or "
        "give the network allow<unreached_area>.");
    static_assert(Broken != isolated_population,
                  "eirnn[W15]: a population neither receives nor sends anything. Connect it, or remove it from its area.");
    static_assert(
        Broken != mask_does_not_fit,
        "eirnn[W16]: a mask or a table of fixed weights has not the size of its projection ([post][pre]; an area counts all its units). "
        "Give it one row per target unit and one column per source unit, and ranges inside them.");
    static_assert(Broken != probability_out_of_range,
                  "eirnn[W17]: the probability of a sparse mask is not in (0, 1]. Give a probability above 0 and at most 1, or remove the "
                  "projection.");
    static_assert(Broken != size_out_of_range,
                  "eirnn[W18]: a population, input or output has no units, or too many. Give a size from 1 to 16777216, or dynamic.");
    static_assert(
        Broken != no_principal_population,
        "eirnn[W19]: an area has no principal population, so nothing can leave it. Add an excitatory population, or declare one of its "
        "populations principal: population<sign, size, principal>.");
    static_assert(
        Broken != same_name,
        "eirnn[W22]: two parts of a network have the same short name, but names tell them apart in files and messages. Rename one struct.");
    static_assert(
        Broken != no_name,
        "eirnn[W23]: a part of a network has no name of its own. Derive a struct and use it: struct E : population<excitatory, 80> {}.");
    static_assert(
        Broken != projection_options,
        "eirnn[W24]: a projection has an option that it does not know, or two that exclude each other. Use at most one mask, one sign "
        "rule, one sends<...>, one fixed<...>, one kernel, one of no_self and with_self, and waivers inside allow<...>.");
    static_assert(
        Broken != network_arguments,
        "eirnn[W25]: a network takes areas<...> with at least one area, inputs<...>, long_range<...>, outputs<...>, signs<...>, "
        "allow<...> and, on grids, time_steps<...>, readout<...> and normalisation<...>, each at most once. Put areas into areas<...> "
        "and projections into the list that they belong to; correct or remove anything else.");
    static_assert(
        Broken != negative_fixed_weight,
        "eirnn[W26]: a fixed weight is negative, but its sign is that of its source population (Dale's law). Give the magnitude, or make "
        "the source population free_sign.");
    static_assert(
        Broken != area_parts,
        "eirnn[W27]: an area takes its cell, then populations, and either one wiring<...> or any number of without<From, To>; on a grid "
        "also one kernel and at most one max_pool<...>. Correct or remove the part.");
    static_assert(
        Broken != cell_shapes,
        "eirnn[W28]: an area on a grid has not one population for each kind of unit in its cell's equations. Give it one population for "
        "each, in the order in which the equations name them first (standard: PN, IG, OG).");
    static_assert(
        Broken != broken_chain,
        "eirnn[W29]: areas on grids form a chain: images, other areas on grids or single populations of units drive each area as a whole, "
        "without a delay at least once, and one output reads the last, or units on one position read some. Add, remove or redirect a "
        "projection, or reorder areas<...>.");
    static_assert(
        Broken != not_the_output,
        "eirnn[W30]: on a grid, only the population that the last equation of a cell computes leaves its area. Project from that "
        "population alone.");
    static_assert(
        Broken != kernel_out_of_range,
        "eirnn[W31]: a kernel or its stride is out of range. Give an odd size from 1 to 15 and a stride or enlarged<...> from 1 to 8; inside "
        "an area the stride is 1, and a projection to an output, or to or from units on one position, has no kernel, but whole where all units read "
        "a map so.");
    static_assert(
        Broken != pooling_out_of_range,
        "eirnn[W32]: the window or the stride of max_pool is out of range. Give a window from 1 to 15 and a stride from 1 to the window.");
    static_assert(Broken != grid_out_of_range,
                  "eirnn[W33]: the grid of an input is out of range. Give a height and a width from 1 to 4096.");
    static_assert(Broken != time_steps_out_of_range,
                  "eirnn[W34]: the number of time steps is out of range. Give time_steps<...> from 1 to 1024.");
    static_assert(
        Broken != dense_and_grid,
        "eirnn[W35]: a network begins on grids or has none. Give an image a grid<...> and the areas that it drives kernels, and declare "
        "areas without kernels, of cells for units on one position, behind them; inputs without a grid drive these. Without grids remove "
        "kernels, time_steps<...>, readout<...> and normalisation<...>; on grids alone, readout<...> says what the output sees of the steps.");
    static_assert(
        Broken != mask_on_grid,
        "eirnn[W36]: areas on grids have no without<...>, no fixed weights with an ordinary kernel of several positions, no masks and fixed "
        "weights at their readout, and only sparse masks where units read them whole. Remove it; fixed weights take a pointwise or separable "
        "kernel.");
    static_assert(
        Broken != not_in_equations,
        "eirnn[W37]: a projection names a connection that the equations of the target's cell do not contain. Remove it, or add W(...) of "
        "its source to the target's equation.");
    static_assert(
        Broken != sign_against_equation,
        "eirnn[W38]: the sign of a population contradicts an equation: a minus in front of W(...) needs an inhibitory source, a plus "
        "beside other terms an excitatory one; between units on one position, which carry their signs themselves, a minus needs a source "
        "of free sign, or allow<dale_violation>. Reorder the area's populations, or change a sign or the equation.");
    static_assert(
        Broken != not_a_cell,
        "eirnn[W39]: the first argument of an area is its cell, a type with a public static constexpr member equations; this one has none. "
        "Put a cell in front of the populations: area<rate<relu>, E, I>.");
    static_assert(
        Broken != reversed_projection,
        "eirnn[W40]: a projection leads to an input or from an output: its source and its target are swapped. Write project<From, To>: "
        "project<motion, cortex> in inputs<...>, project<E, choice> in outputs<...>.");
    static_assert(
        Broken != part_arguments,
        "eirnn[W41]: a population, input or output has not the arguments that it takes, in their order: population<excitatory, 80>, "
        "population<inhibitory, 20, principal>, input<2>, input<3, grid<32, 32>>, output<2>, output<2, softmax>. Correct them.");
    static_assert(Broken != circle_within_step,
                  "eirnn[W42]: an area on a grid would read within a step what is computed after it. Declare it behind the areas that "
                  "drive it; where areas feed each other, let one of them read late: project<E, V1, delayed<1>>.");
    static_assert(
        Broken != maps_do_not_fit,
        "eirnn[W43]: a projection reaches another map than its area's; the note below names the two, what it reaches first. Change the "
        "stride of its kernel, or the pooling or strides on the way.");
    static_assert(Broken != delay_out_of_range,
                  "eirnn[W44]: delayed<...> is for projections to areas on grids, in long_range<...>, and of 1 to 8 time steps. Correct or "
                  "remove it.");
    static_assert(
        Broken != no_place_for_input,
        "eirnn[W45]: an area receives from an input, a map or an area of another cell, but its own cell has no place for it: these enter "
        "where an equation says W(u), and into<...> names variables of such equations. Add W(u) to an equation, or remove the projection "
        "or its into<...>.");
    static_assert(
        Broken != no_place_for_recurrence,
        "eirnn[W46]: a projection connects units of one area, but its cell has no place for it: units read each other where an equation "
        "says W(prev(...)) of the last variable. Add that to an equation, or remove the projection.");
};

}  // namespace EIRNN_NAMESPACE
