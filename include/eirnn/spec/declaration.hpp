// From the types of a declaration to constant values: collects what a network was given and fills network_facts.
#pragma once
#include <eirnn/core/name_of.hpp>
#include <eirnn/spec/allow.hpp>
#include <eirnn/spec/area.hpp>
#include <eirnn/spec/channels.hpp>
#include <eirnn/spec/facts.hpp>
#include <eirnn/spec/grid.hpp>
#include <eirnn/spec/mask.hpp>
#include <eirnn/spec/population.hpp>
#include <eirnn/spec/projection.hpp>
#include <eirnn/spec/sign.hpp>
#include <eirnn/spec/type_sets.hpp>

#include <array>
#include <type_traits>

namespace EIRNN_NAMESPACE {

/// Arguments of a network, in any order.
template <class... Areas>
struct areas {};
template <class... Projections>
struct inputs {};
template <class... Projections>
struct long_range {};
template <class... Projections>
struct outputs {};

namespace detail {

// What one argument of a network contributes; slot -1: a network cannot take it.
struct no_contribution {
    using areas = type_list<>;
    using inputs = type_list<>;
    using long_range = type_list<>;
    using outputs = type_list<>;
    using policies = type_list<>;
    using options = type_list<>;
    static constexpr unsigned waivers = 0;
    static constexpr int slot = -1;
    static constexpr bool well_formed = true;
};
template <class T>
struct contribution : no_contribution {};
template <class... T>
struct contribution<areas<T...>> : no_contribution {
    using areas = type_list<T...>;
    static constexpr int slot = 0;
    static constexpr bool well_formed = (Area<T> && ...);
};
template <class... T>
struct contribution<inputs<T...>> : no_contribution {
    using inputs = type_list<T...>;
    static constexpr int slot = 1;
};
template <class... T>
struct contribution<long_range<T...>> : no_contribution {
    using long_range = type_list<T...>;
    static constexpr int slot = 2;
};
template <class... T>
struct contribution<outputs<T...>> : no_contribution {
    using outputs = type_list<T...>;
    static constexpr int slot = 3;
};
template <class Policy>
requires requires { Policy::rule; }
struct contribution<signs<Policy>> : no_contribution {
    using policies = type_list<Policy>;
    static constexpr int slot = 4;
};
template <class... T>
requires requires { (T::waives | ... | 0u); }
struct contribution<allow<T...>> : no_contribution {
    static constexpr unsigned waivers = (T::waives | ... | 0u);
    static constexpr int slot = 5;
};
template <StackOption T>
struct contribution<T> : no_contribution {
    using options = type_list<T>;
    static constexpr int slot = T::slot;
};

template <class T>
struct is_population : std::bool_constant<Population<T>> {};
template <class T>
struct is_area : std::bool_constant<Area<T>> {};
template <class T>
struct is_input : std::bool_constant<Input<T>> {};
template <class T>
struct is_output : std::bool_constant<Output<T>> {};

// The parts of an area.
template <class T>
struct area_part {
    using wiring = type_list<>;
    using exclusions = type_list<>;
    using excluded = type_list<>;
    static constexpr bool known = Population<T> || KernelOption<T> || PoolingOption<T>, is_wiring = false;
};
template <class... P>
struct area_part<wiring<P...>> : area_part<void> {
    using wiring = type_list<P...>;
    static constexpr bool known = true, is_wiring = true;
};
template <class From, class To>
struct area_part<without<From, To>> : area_part<void> {
    using exclusions = type_list<without<From, To>>;
    using excluded = type_list<From, To>;
    static constexpr bool known = true;
};
template <class From, class To>
constexpr exclusion_facts exclusion_of(without<From, To>) {
    return {identity_of<From>, identity_of<To>};
}

template <class Parts>
struct parts_of;
template <class... Parts>
struct parts_of<type_list<Parts...>> {
    using populations = types_that<type_list<Parts...>, is_population>;
    using wiring = concatenated<typename area_part<Parts>::wiring...>;
    using exclusions = concatenated<typename area_part<Parts>::exclusions...>;
    using excluded = concatenated<typename area_part<Parts>::excluded...>;
    static constexpr int wirings = (0 + ... + static_cast<int>(area_part<Parts>::is_wiring));
    static constexpr int kernels = (0 + ... + static_cast<int>(KernelOption<Parts>));
    static constexpr int poolings = (0 + ... + static_cast<int>(PoolingOption<Parts>));
    static constexpr bool well_formed = (area_part<Parts>::known && ...) && wirings <= 1 && (wirings == 0 || exclusions::size == 0) &&
                                        kernels <= 1 && poolings <= kernels;
};
template <class... X>
constexpr std::array<exclusion_facts, sizeof...(X)> exclusion_values(type_list<X...>) {
    return {exclusion_of(X{})...};
}
template <class A>
inline constexpr auto exclusions_of = exclusion_values(typename parts_of<typename A::parts>::exclusions{});

// The index of the first of the types that is T. Cells are compared as types, because some compilers spell class objects in
// template arguments without their values.
template <class T, class... All>
constexpr int first_equal() {
    int i = 0, found = -1;
    ((found = found < 0 && std::is_same_v<T, All> ? i : found, ++i), ...);
    return found;
}

template <class... Parts>
constexpr void state_parts(area_facts& a, type_list<Parts...>) {
    (state_part<Parts>(a.kernel, a.pooling), ...);
}
template <class A>
constexpr area_facts area_value(int cell) {
    using parts = parts_of<typename A::parts>;
    area_facts a{identity_of<A>,          name_of<A>(),     cell, 0, parts::populations::size, parts::well_formed,
                 identity_of<typename A::cell>, exclusions_of<A>, {},   {}, cell_value<typename A::cell, (parts::kernels > 0)>()};
    if constexpr (parts::kernels > 0) state_parts(a, typename A::parts{});
    return a;
}
template <class P>
constexpr population_facts population_value() {
    return {identity_of<P>, name_of<P>(), P::sign, P::kind, P::size, P::well_formed, 0};
}
template <class... A>
constexpr std::array<area_facts, sizeof...(A)> area_values(type_list<A...>) {
    std::array<area_facts, sizeof...(A)> out{area_value<A>(first_equal<typename A::cell, typename A::cell...>())...};
    int first = 0;
    for (area_facts& a : out) {
        a.first = first;
        first += a.count;
    }
    return out;
}
template <class Areas, class... P>
constexpr std::array<population_facts, sizeof...(P)> population_values(const Areas& areas, type_list<P...>) {
    std::array<population_facts, sizeof...(P)> out{population_value<P>()...};
    for (std::size_t a = 0; a < areas.size(); ++a)
        for (int k = 0; k < areas[a].count; ++k) out[static_cast<std::size_t>(areas[a].first + k)].area = static_cast<int>(a);
    return out;
}
template <class C>
constexpr over_steps over_of_channels() {
    if constexpr (Output<C>)
        return C::over;
    else
        return over_steps::each;
}
template <class C>
constexpr map_facts map_of() {
    if constexpr (Input<C>)
        return C::map;
    else
        return {};
}
template <class... C>
constexpr std::array<channel_facts, sizeof...(C)> channel_values(type_list<C...>) {
    return {channel_facts{identity_of<C>, name_of<C>(), C::size, C::well_formed, map_of<C>(), over_of_channels<C>()}...};
}

template <class Option>
constexpr void state_option(projection_facts& p) {
    if constexpr (requires { Option::state(p); })
        Option::state(p);
    else
        p.well_formed = false;
}
template <class... Options>
constexpr void state_options(projection_facts& p, type_list<Options...>) {
    (state_option<Options>(p), ...);
}
template <class P>
constexpr projection_facts projection_value(place where, int area) {
    projection_facts p;
    p.self = identity_of<P>;
    p.where = where;
    p.area = area;
    if constexpr (Projection<P>) {
        p.from = identity_of<typename P::from>;
        p.to = identity_of<typename P::to>;
        p.reversed = Input<typename P::to> || Output<typename P::from>;
        state_options(p, typename P::options{});
    } else {
        p.well_formed = false;
    }
    return p;
}

// The ends of what stands in a list of projections; something else has none.
template <class T>
struct ends {
    using from = void;
    using to = void;
};
template <Projection T>
struct ends<T> {
    using from = typename T::from;
    using to = typename T::to;
};
template <class List>
struct ends_of;
template <class... P>
struct ends_of<type_list<P...>> {
    using from = type_list<typename ends<P>::from...>;
    using to = type_list<typename ends<P>::to...>;
};

template <class A>
using wiring_of = typename parts_of<typename A::parts>::wiring;
template <class A>
inline constexpr bool declares_wiring = parts_of<typename A::parts>::wirings > 0;
template <class A>
inline constexpr bool has_kernel = parts_of<typename A::parts>::kernels > 0;

template <int Size>
struct projection_list {
    std::array<projection_facts, static_cast<std::size_t>(Size)> entries{};
    int count = 0;
    template <class... P>
    constexpr void add(type_list<P...>, [[maybe_unused]] place where, [[maybe_unused]] int area = -1) {
        ((entries[static_cast<std::size_t>(count++)] = projection_value<P>(where, area)), ...);
    }
    template <class A>
    constexpr void add_area(int index) {
        if constexpr (declares_wiring<A>) {
            add(wiring_of<A>{}, place::local, index);
        } else if constexpr (!has_kernel<A>) {  // on a grid, the equations say what is connected
            add(type_list<project<A, A>>{}, place::local, index);
            entries[static_cast<std::size_t>(count - 1)].implicit = true;
        }
    }
    template <class... A>
    constexpr void add_areas(type_list<A...>) {
        int index = 0;
        (add_area<A>(index++), ...);
    }
};

template <class... A>
constexpr int local_projections(type_list<A...>) {
    return (0 + ... + (declares_wiring<A> ? wiring_of<A>::size : has_kernel<A> ? 0 : 1));
}
template <class... A>
auto populations_in(type_list<A...>) -> concatenated<typename parts_of<typename A::parts>::populations...>;
template <class... A>
auto local_subjects(type_list<A...>)
    -> concatenated<type_list<typename A::cell...>, typename A::parts..., wiring_of<A>..., typename ends_of<wiring_of<A>>::from...,
                    typename ends_of<wiring_of<A>>::to..., typename parts_of<typename A::parts>::excluded...>;
template <class... T>
constexpr sign_rule first_rule(type_list<T...>) {
    sign_rule rule = sign_rule::rectify;
    ((rule = T::rule), ...);
    return rule;
}

template <class... T>
constexpr stack_facts stack_of(type_list<T...>) {
    stack_facts s;
    (T::state(s), ...);
    return s;
}
template <class... T>
constexpr type_identity last_identity(type_list<T...>) {
    type_identity last;
    ((last = identity_of<T>), ...);
    return last;
}

template <class... Args>
constexpr type_identity wrong_argument() {
    std::array<int, 9> seen{};
    type_identity wrong;
    const auto judge = [&](int slot, bool well_formed, type_identity self) {
        if (slot < 0 || !well_formed || ++seen[static_cast<std::size_t>(slot)] > 1) wrong = self;
    };
    (judge(contribution<Args>::slot, contribution<Args>::well_formed, identity_of<Args>), ...);
    return wrong;
}

/// Everything that a network's arguments say: its parts as type lists, and as values in `facts`.
template <class... Args>
struct declaration {
    using declared_areas = concatenated<typename contribution<Args>::areas...>;
    using input_projections = concatenated<typename contribution<Args>::inputs...>;
    using long_range_projections = concatenated<typename contribution<Args>::long_range...>;
    using output_projections = concatenated<typename contribution<Args>::outputs...>;

    using areas = types_that<declared_areas, is_area>;
    using populations = decltype(populations_in(areas{}));
    using inputs = types_that<unique_types<typename ends_of<input_projections>::from>, is_input>;
    using outputs = types_that<unique_types<typename ends_of<output_projections>::to>, is_output>;
    using options = concatenated<typename contribution<Args>::options...>;

    /// Every type that a message may have to name.
    using subjects =
        concatenated<type_list<Args...>, declared_areas, decltype(local_subjects(areas{})), input_projections, long_range_projections,
                     output_projections, typename ends_of<input_projections>::from, typename ends_of<input_projections>::to,
                     typename ends_of<long_range_projections>::from, typename ends_of<long_range_projections>::to,
                     typename ends_of<output_projections>::from, typename ends_of<output_projections>::to>;

    static constexpr auto area_entries = area_values(areas{});
    static constexpr auto population_entries = population_values(area_entries, populations{});
    static constexpr auto input_entries = channel_values(inputs{});
    static constexpr auto output_entries = channel_values(outputs{});
    static constexpr network_parts parts{area_entries, population_entries, input_entries, output_entries};
    static constexpr int projection_count =
        local_projections(areas{}) + input_projections::size + long_range_projections::size + output_projections::size;
    static constexpr auto projection_entries = [] {
        projection_list<projection_count> list;
        list.add_areas(areas{});
        list.add(long_range_projections{}, place::long_range);
        list.add(input_projections{}, place::input);
        list.add(output_projections{}, place::output);
        for (projection_facts& p : list.entries) {
            p.source = resolve(parts, p.from);
            p.target = resolve(parts, p.to);
        }
        return list.entries;
    }();

    static constexpr network_facts facts{
        parts,
        projection_entries,
        first_rule(concatenated<typename contribution<Args>::policies...>{}),
        (contribution<Args>::waivers | ... | 0u),
        wrong_argument<Args...>(),
        stack_of(options{}),
        last_identity(options{}),
    };
};

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
