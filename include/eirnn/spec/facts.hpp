// A declared network as constant values: what the rules check and what is lowered. Filled from the types by spec/network.hpp.
#pragma once
#include <eirnn/core/name_of.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/spec/grid_facts.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE {

/// A size that is given when the network is built (`sizes{}.of<E>(120)`), not in the type.
inline constexpr int dynamic = (std::numeric_limits<int>::min)();

/// The most units or channels that one part may have.
inline constexpr int most_units = 1 << 24;

/// A principal neuron carries the result of its area: it may be read out and may project to other areas. An interneuron is local.
enum class role : unsigned char { principal, interneuron };

/// Where a projection is declared, and with that which weight matrix it is part of.
enum class place : unsigned char { input, local, long_range, output };

/// Which connections of a projection exist.
enum class mask_kind : unsigned char { dense, sparse, block, table };

/// A rectangle of connections, half-open ranges counted from the first unit of the projection's target and source.
struct rectangle_facts {
    int post_begin = 0, post_end = 0, pre_begin = 0, pre_end = 0;
};

/// A function of (post, pre) with the sizes it is made for; `dynamic` fits every size.
template <class Value>
struct table_facts {
    bool given = false;
    Value (*at)(int post, int pre) = nullptr;
    int posts = dynamic, pres = dynamic;
};

/// What a projection's end names: consecutive populations, or consecutive channels.
struct endpoint {
    enum class kind : unsigned char { unknown, population, area, input, output } what = kind::unknown;
    int begin = 0, count = 0;

    constexpr bool is_units() const { return what == kind::population || what == kind::area; }
    constexpr int end() const { return begin + count; }
};

struct projection_facts {
    type_identity self = {}, from = {}, to = {};
    endpoint source, target;  ///< what `from` and `to` are in the network
    place where = place::local;
    int area = -1;            ///< of a local projection
    bool implicit = false;    ///< the all-to-all wiring of an area that declares none
    bool well_formed = true;  ///< false: not a projection, an unknown option, or options that exclude each other
    bool reversed = false;    ///< leads to an input, or from an output
    mask_kind mask = mask_kind::dense;
    bool mask_given = false;
    double probability = 1;
    std::uint64_t seed = 0;
    std::span<const rectangle_facts> rectangles;
    table_facts<bool> table;
    table_facts<double> fixed;
    bool with_self = false, no_self = false;
    bool rule_given = false, sign_given = false;
    sign_rule rule = sign_rule::rectify;
    polarity sign = polarity::free;
    unsigned waivers = 0;
    kernel_facts kernel;      ///< on a grid, if it states one
    bool delayed = false;     ///< it states a delay
    int delay = 0;            ///< time steps
    std::span<const std::string_view> into;         ///< names of the variables whose equations read it; empty: all that read W(u)
    std::span<const type_identity> into_variables;  ///< the same variables

    constexpr bool has_fixed() const { return fixed.given; }
    /// A projection that states fixed weights and no mask trains nothing.
    constexpr bool has_plastic() const { return mask_given || !has_fixed(); }

    constexpr void set_mask(mask_kind kind) {
        if (mask_given) well_formed = false;
        mask_given = true;
        mask = kind;
    }
    constexpr void set_rule(sign_rule r) {
        if (rule_given) well_formed = false;
        rule_given = true;
        rule = r;
    }
    constexpr void set_delay(int steps) {
        if (delayed) well_formed = false;
        delayed = true;
        delay = steps;
    }
    constexpr void set_kernel(kernel_facts k) {
        if (kernel.given()) well_formed = false;
        kernel = k;
    }
};

struct population_facts {
    type_identity self = {};
    std::string_view name;
    polarity sign = polarity::free;
    role kind = role::principal;
    int size = 0;
    bool well_formed = true;  ///< false: its arguments are of another kind or in another order
    int area = 0;
};

namespace detail {
/// Stands for a size that was forgotten.
struct no_size {};
template <auto Size>
inline constexpr bool is_size = std::is_integral_v<std::remove_cvref_t<decltype(Size)>>;
/// A size as the facts hold it; one that is no number, or does not fit, is out of every range.
template <auto Size>
constexpr int size_of() {
    if constexpr (is_size<Size>)
        if (std::in_range<int>(Size)) return static_cast<int>(Size);
    return 0;
}
}  // namespace detail

/// A pair of populations that the all-to-all wiring of an area leaves out.
struct exclusion_facts {
    type_identity from = {}, to = {};
};

struct area_facts {
    type_identity self = {};
    std::string_view name;
    int cell = 0;              ///< equal for areas of equal cells
    int first = 0, count = 0;  ///< its populations
    bool well_formed = true;
    type_identity cell_type = {};
    std::span<const exclusion_facts> exclusions;
    kernel_facts kernel;       ///< of the projections into it and inside it; given: the area lies on a grid
    pooling_facts pooling;
    cell_facts equations;      ///< without grids, only whether there are any and whether they are fine

    /// On a map: the population whose channels leave the area, that of the last equation.
    constexpr int handed_over() const { return first + equations.output; }
};

struct channel_facts {
    type_identity self = {};
    std::string_view name;
    int size = 0;
    bool well_formed = true;  ///< false: its arguments are of another kind or in another order
    map_facts map;
    over_steps over = over_steps::each;  ///< of an output
};

/// What a network is made of.
struct network_parts {
    std::span<const area_facts> areas;
    std::span<const population_facts> populations;   ///< area by area, as declared
    std::span<const channel_facts> inputs, outputs;  ///< in the order in which projections name them first

    /// Whether anything lies on a grid.
    constexpr bool on_grid() const { return images() > 0 || maps() > 0; }
    /// Images among the first inputs, all unless said otherwise.
    constexpr int images(std::size_t count = ~std::size_t{0}) const {
        int n = 0;
        for (std::size_t i = 0; i < inputs.size() && i < count; ++i) n += inputs[i].map.given;
        return n;
    }
    /// Number of areas on maps, which are declared before those on one position.
    constexpr std::size_t maps() const {
        std::size_t n = 0;
        for (const area_facts& a : areas) n += a.kernel.given();
        return n;
    }
    /// Among the areas on one position, the number of the group that an area is of: areas that follow each other and share a cell whose
    /// units read each other.
    constexpr int group_of(int area) const {
        int group = 0;
        for (std::size_t k = maps() + 1; k <= static_cast<std::size_t>(area) && k < areas.size(); ++k)
            group += areas[k].cell != areas[k - 1].cell || !areas[k].equations.feeds_back;
        return group;
    }
    /// Whether a population, by its index, belongs to an area on a map.
    constexpr bool on_map(int population) const {
        return areas[static_cast<std::size_t>(populations[static_cast<std::size_t>(population)].area)].kernel.given();
    }
};

/// The parts and how they are connected.
struct network_facts : network_parts {
    std::span<const projection_facts> projections;  ///< local area by area, long-range, inputs, outputs
    sign_rule rule = sign_rule::rectify;            ///< of projections that state none
    unsigned waivers = 0;
    type_identity wrong_argument = {};  ///< what the network was given and cannot take
    stack_facts stack;
    type_identity stack_argument = {};  ///< the last argument that only a network on grids takes

    /// Whether a projection is a matrix from units, channels or a map to units, or from units to an output. The others are terms of maps.
    constexpr bool is_matrix(const projection_facts& p) const {
        const endpoint end = p.where == place::output ? p.source : p.target;
        return end.is_units() && end.count > 0 && !on_map(end.begin);
    }
    /// Whether an area on a map reads units on one position.
    constexpr bool maps_read_units() const {
        for (const projection_facts& p : projections)
            if (p.where == place::long_range && from_units(p) && p.target.count > 0 && p.target.is_units() && on_map(p.target.begin))
                return true;
        return false;
    }
    /// Whether units on one position read a map by a projection.
    constexpr bool reads_map(const projection_facts& p) const {
        return p.where == place::long_range && is_matrix(p) && p.source.is_units() && p.source.count > 0 && on_map(p.source.begin);
    }
    /// The first projection by which they read that of an area; null: none.
    constexpr const projection_facts* reader_of_map(int area) const {
        for (const projection_facts& p : projections)
            if (reads_map(p) && populations[static_cast<std::size_t>(p.source.begin)].area == area) return &p;
        return nullptr;
    }
    /// Whether a projection comes from units on one position.
    constexpr bool from_units(const projection_facts& p) const {
        return p.source.is_units() && p.source.count > 0 && !on_map(p.source.begin);
    }
    /// Whether a matrix brings what is not a unit: from an input, or from a map.
    constexpr bool enters_units(const projection_facts& p) const {
        return p.where == place::input || (p.source.is_units() && p.source.count > 0 && on_map(p.source.begin));
    }
};

/// The equations of a cell that a projection from outside enters, a bit for each; 0 if one that it names is none of them.
constexpr unsigned equations_entered(const cell_facts& cell, const projection_facts& p) {
    if (p.into.empty()) return cell.input_equations;
    unsigned all = 0;
    for (const type_identity wanted : p.into_variables) {
        unsigned here = 0;
        for (std::size_t e = 0; e < cell.tags.size(); ++e)
            if (cell.tags[e] == wanted) here = cell.input_equations & (1u << e);
        if (here == 0) return 0;
        all |= here;
    }
    return all;
}

constexpr endpoint resolve(const network_parts& net, type_identity id) {
    const auto search = [id](const auto& entries, endpoint::kind kind) {
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (entries[i].self == id) return endpoint{kind, static_cast<int>(i), 1};
        return endpoint{};
    };
    if (const auto e = search(net.populations, endpoint::kind::population); e.count) return e;
    if (const auto e = search(net.inputs, endpoint::kind::input); e.count) return e;
    if (const auto e = search(net.outputs, endpoint::kind::output); e.count) return e;
    for (const area_facts& a : net.areas)
        if (a.self == id) return {endpoint::kind::area, a.first, a.count};
    return {};
}

/// One population or input onto one population or output: what a projection consists of.
struct pair_facts {
    int projection = 0;
    endpoint from, to;      ///< of the whole projection
    int pre = 0, post = 0;  ///< index of the population or channel

    constexpr bool is_self(const projection_facts& p) const {
        return pre == post && (p.where == place::local || p.where == place::long_range);
    }
};

/// Calls `visit(pair)` for every pair of every projection, in order: projection, post, pre.
template <class Visit>
constexpr void for_each_pair(const network_facts& net, Visit visit) {
    for (std::size_t i = 0; i < net.projections.size(); ++i) {
        const projection_facts& p = net.projections[i];
        const auto excluded = [&](int post, int pre) {
            if (!p.implicit) return false;
            if (!net.areas[static_cast<std::size_t>(p.area)].equations.feeds_back) return true;
            for (const exclusion_facts& x : net.areas[static_cast<std::size_t>(p.area)].exclusions) {
                const endpoint a = resolve(net, x.from), b = resolve(net, x.to);
                if (pre >= a.begin && pre < a.end() && post >= b.begin && post < b.end()) return true;
            }
            return false;
        };
        for (int post = p.target.begin; post < p.target.end(); ++post)
            for (int pre = p.source.begin; pre < p.source.end(); ++pre)
                if (!excluded(post, pre)) visit(pair_facts{static_cast<int>(i), p.source, p.target, pre, post});
    }
}

/// The sign and the sign rule of a projection's weights, for the source `pre`.
struct weight_sign {
    signed char sign = 1;
    sign_rule rule = sign_rule::rectify;
};
constexpr weight_sign weight_sign_of(const network_facts& net, const projection_facts& p, int pre) {
    const polarity natural = p.where == place::input ? polarity::excitatory : net.populations[static_cast<std::size_t>(pre)].sign;
    const polarity sign = p.sign_given ? p.sign : natural;
    const sign_rule rule = p.rule_given ? p.rule : sign == polarity::free ? sign_rule::free : net.rule;
    const bool negative = sign == polarity::inhibitory && rule != sign_rule::free;
    return {static_cast<signed char>(negative ? -1 : 1), rule};
}

/// Whether a mask that is not drawn has the connection; indices count from the start of the projection's target and source.
constexpr bool mask_at(const projection_facts& p, int post, int pre) {
    if (p.mask == mask_kind::table) return p.table.at(post, pre);
    if (p.mask != mask_kind::block) return true;
    for (const rectangle_facts& r : p.rectangles)
        if (post >= r.post_begin && post < r.post_end && pre >= r.pre_begin && pre < r.pre_end) return true;
    return false;
}

}  // namespace EIRNN_NAMESPACE
