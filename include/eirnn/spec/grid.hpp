// Words for networks on grids: maps of positions, kernels, pooling, time steps (Sun et al.).
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/direction.hpp>
#include <eirnn/spec/facts.hpp>

namespace EIRNN_NAMESPACE {

/// `struct image : input<3, grid<32, 32>> {};`: the channels of an input lie on a map of Height x Width positions.
template <int Height, int Width>
struct grid {
    static constexpr map_facts map{true, Height, Width};
};

namespace detail {
struct no_grid {
    static constexpr map_facts map{};
};
template <kernel_facts::form Form, int Size, int Stride>
struct kernel_option {
    static constexpr kernel_facts kernel{Form, Size, Stride};
    static constexpr void state(projection_facts& p) { p.set_kernel(kernel); }
};
}  // namespace detail

/// Kernels. As a part of an area they hold for all projections into it and inside it and put the area on a grid; as an option of a
/// projection, for that one. Maps are padded with zeros so that stride 1 keeps their size. `Size` is odd, from 1 to 15; `Stride`, from 1
/// to 8, holds for what comes from below.
///
/// One weight per pair of channels and position of the kernel.
template <int Size, int Stride = 1>
struct convolution : detail::kernel_option<kernel_facts::form::ordinary, Size, Stride> {};
/// One kernel per source channel, then a weight per pair of channels. Both obey the sign rule.
template <int Size, int Stride = 1>
struct separable : detail::kernel_option<kernel_facts::form::separable, Size, Stride> {};
/// A weight per pair of channels, the same at all positions.
struct pointwise : detail::kernel_option<kernel_facts::form::pointwise, 1, 1> {};

/// Option of a projection that drives an area on a grid: it comes from a map that is smaller by this factor, 1 to 8, and each position
/// reads the one that covers it there, with a weight per pair of channels. Units on one position need no option to reach a map: every
/// position reads them.
template <int Factor>
struct enlarged : detail::kernel_option<kernel_facts::form::enlarged, 1, Factor> {};

/// Option of a projection from a map to units on one position: a weight for each position and channel, where the average over the map would
/// lose what matters. Column position x channels + channel of the input matrix. All units that read the map read it so.
struct whole : detail::kernel_option<kernel_facts::form::whole, 1, 1> {};

/// Option of a projection from an area to one on a grid: what it reads is as many time steps old, 1 to 8. Before the first step a map is 0,
/// and units are as they begin. This is how areas feed each other: the one that is declared first reads the other late.
template <int Steps>
struct delayed {
    static constexpr void state(projection_facts& p) { p.set_delay(Steps); }
};

/// Part of an area on a grid: what leaves it is the maximum over Size x Size positions, every `Stride` positions.
template <int Size, int Stride = Size>
struct max_pool {
    static constexpr pooling_facts pooling{Size, Stride};
};

/// Arguments of a network on grids.
///
/// How often the network is stepped on one image, 1 unless stated.
template <int Steps>
struct time_steps {
    static constexpr int slot = 6;
    static constexpr void state(stack_facts& s) { s.steps = Steps; }
};

struct last_step {
    static constexpr bool sums_steps = false;
};
struct sum_of_steps {
    static constexpr bool sums_steps = true;
    static constexpr over_steps output = over_steps::sum;
};
/// What the output sees of the last area: its last time step, unless stated, or the sum over all (Sun et al.: LastT, SumT).
template <class When>
struct readout {};
template <class When>
requires requires { When::sums_steps; }
struct readout<When> {
    static constexpr int slot = 7;
    static constexpr void state(stack_facts& s) { s.sum_over_steps = When::sums_steps; }
};

struct per_step {
    static constexpr bool shares_steps = false;
};
struct shared {
    static constexpr bool shares_steps = true;
};
/// Batch norm has a scale, a shift and statistics of its own for each time step, unless stated, or shares them.
template <class How>
struct normalisation {};
template <class How>
requires requires { How::shares_steps; }
struct normalisation<How> {
    static constexpr int slot = 8;
    static constexpr void state(stack_facts& s) { s.shared_normalisation = How::shares_steps; }
};

namespace detail {
template <class T>
concept KernelOption = requires {
    T::kernel;
};
template <class T>
concept PoolingOption = requires {
    T::pooling;
};
template <class T>
concept StackOption = requires(stack_facts& s) {
    T::slot;
    T::state(s);
};

template <class Part>
constexpr void state_part([[maybe_unused]] kernel_facts& k, [[maybe_unused]] pooling_facts& p) {
    if constexpr (KernelOption<Part>) k = Part::kernel;
    if constexpr (PoolingOption<Part>) p = Part::pooling;
}

// The names and terms of a cell's equations, kept for the spans of cell_facts.
template <class C>
struct cell_values {
    using lines = typename planned<C>::lines;
    static constexpr auto& plan = planned<C>::plan;
    static constexpr auto terms = equations::terms_of<C>();
    struct names {
        std::string_view variables[lines::count], shapes[lines::count];
    };
    static constexpr names named = [] {
        names n;
        [&]<int... i>(std::integer_sequence<int, i...>) {
            ((n.variables[i] = name_of<typename lines::template line<i>::variable>()), ...);
            ((n.shapes[plan.variables[i].shape] = name_of<typename lines::template line<i>::type::shape>()), ...);
        }(std::make_integer_sequence<int, lines::count>{});
        return n;
    }();
    static constexpr cell_facts facts{
        true,
        plan.variables[plan.output()].shape,
        {terms.begin(), static_cast<std::size_t>(terms.size)},
        named.variables,
        {named.shapes, static_cast<std::size_t>(plan.shapes.size)},
    };
};
template <class C>
inline constexpr auto cell_tags = [] {
    constexpr auto list = planned<C>::lines::list();
    std::array<type_identity, static_cast<std::size_t>(planned<C>::lines::count)> all;
    for (std::size_t e = 0; e < all.size(); ++e) all[e] = list[static_cast<int>(e)].variable;
    return all;
}();
template <class C>
concept HasEquations = requires {
    C::equations;
};

template <class C, bool OnGrid>
constexpr cell_facts cell_value() {
    cell_facts facts;
    if constexpr (!HasEquations<C>) {
        facts.given = false;
    } else {
        if constexpr (OnGrid && planned<C>::grid_flaw == equations::flaw::none) facts = cell_values<C>::facts;
        facts.fine = (OnGrid ? planned<C>::grid_flaw : planned<C>::plan.error) == equations::flaw::none;
        facts.dense = planned<C>::dense_flaw == equations::flaw::none;
        if constexpr (planned<C>::fine) facts.tags = cell_tags<C>, facts.input_equations = 0;
        for (const auto& o : planned<C>::plan.operations)
            for (const auto& part : o.parts)
                if (part.input != 0) facts.input_equations |= 1u << part.target;
        facts.feeds_back = OnGrid || planned<C>::plan.feeds_back;
        if constexpr (planned<C>::fine) {
            constexpr auto subtracted = equations::subtracted_by<C>();
            facts.subtracts_units = subtracted.units, facts.subtracts_input = subtracted.input;
        }
    }
    return facts;
}

// What is wrong with the equations of a cell is said once, by the network.
template <class C, bool OnGrid>
struct sentence_of {
    using type = char;
};
template <HasEquations C>
struct sentence_of<C, true> {
    using type = typename planned<C>::grid_sentence;
};
template <HasEquations C>
struct sentence_of<C, false> {
    using type = typename planned<C>::dense_sentence;
};

// A cell that the numerics can be made of, whatever the declaration says.
template <class C, bool OnGrid>
struct usable_cell {
    using type = std::conditional_t<OnGrid, feed_forward, rate<identity>>;
};
template <HasEquations C>
requires(planned<C>::grid_flaw == equations::flaw::none) struct usable_cell<C, true> {
    using type = C;
};
template <HasEquations C>
requires(planned<C>::dense_flaw == equations::flaw::none)
struct usable_cell<C, false> {
    using type = C;
};
}  // namespace detail

}  // namespace EIRNN_NAMESPACE
