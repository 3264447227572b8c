// The wiring rules, and what they check of units on one position: loops over the values of a declared network. The first rule that is
// broken is the verdict.
#pragma once
#include <eirnn/core/name_of.hpp>
#include <eirnn/spec/allow.hpp>
#include <eirnn/spec/facts.hpp>

#include <array>
#include <initializer_list>

namespace EIRNN_NAMESPACE {

/// The rules; the number is the code: `eirnn[W02]`. docs/errors.md tells why each exists, spec/diagnose.hpp what the compiler says.
enum class wiring_rule : unsigned char {
    none = 0,
    sign_against_source = 1,
    long_range_inhibition = 2,
    long_range_interneuron = 3,
    mixed_signs = 4,
    inhibitory_readout = 5,
    interneuron_readout = 6,
    self_connection = 7,
    duplicate_population = 8,
    unknown_part = 9,
    misplaced_projection = 10,
    long_range_inside_area = 11,
    repeated_projection = 12,
    fixed_overlaps_plastic = 13,
    unreached_area = 14,
    isolated_population = 15,
    mask_does_not_fit = 16,
    probability_out_of_range = 17,
    size_out_of_range = 18,
    no_principal_population = 19,
    same_name = 22,
    no_name = 23,
    projection_options = 24,
    network_arguments = 25,
    negative_fixed_weight = 26,
    area_parts = 27,
    cell_shapes = 28,
    broken_chain = 29,
    not_the_output = 30,
    kernel_out_of_range = 31,
    pooling_out_of_range = 32,
    grid_out_of_range = 33,
    time_steps_out_of_range = 34,
    dense_and_grid = 35,
    mask_on_grid = 36,
    not_in_equations = 37,
    sign_against_equation = 38,
    not_a_cell = 39,
    reversed_projection = 40,
    part_arguments = 41,
    circle_within_step = 42,
    maps_do_not_fit = 43,
    delay_out_of_range = 44,
    no_place_for_input = 45,
    no_place_for_recurrence = 46,
    equations_of_cell = 255,  ///< the cell has a sentence of its own
};

/// The rule that a network breaks, the types that break it, and the two maps that do not fit.
struct verdict {
    wiring_rule broken = wiring_rule::none;
    type_identity first = {}, second = {};
    map_facts reached = map_facts{}, own = map_facts{};
};

namespace detail {

constexpr bool waived(const network_facts& net, const projection_facts& p, unsigned waiver) {
    return ((net.waivers | p.waivers) & waiver) != 0;
}

constexpr const population_facts& population_at(const network_facts& net, int i) { return net.populations[static_cast<std::size_t>(i)]; }

/// The number of units or channels of an end; `dynamic` if the types do not say.
constexpr int static_size(const network_facts& net, endpoint e) {
    int size = 0;
    for (int i = e.begin; i < e.end(); ++i) {
        const auto k = static_cast<std::size_t>(i);
        const int n = e.is_units() ? net.populations[k].size : e.what == endpoint::kind::input ? net.inputs[k].size : net.outputs[k].size;
        if (n == dynamic) return dynamic;
        size += n;
    }
    return size;
}

constexpr verdict check_arguments(const network_facts& net) {
    if (!net.wrong_argument.empty()) return {wiring_rule::network_arguments, net.wrong_argument};
    if (net.areas.empty()) return {wiring_rule::network_arguments};
    for (const area_facts& a : net.areas)
        if (!a.equations.given) return {wiring_rule::not_a_cell, a.self, a.cell_type};
    for (const area_facts& a : net.areas)
        if (!a.well_formed) return {wiring_rule::area_parts, a.self};
    for (const projection_facts& p : net.projections)
        if (!p.well_formed) return {!p.from.empty() ? wiring_rule::projection_options : wiring_rule::misplaced_projection, p.self};
    for (const projection_facts& p : net.projections)
        if (p.reversed) return {wiring_rule::reversed_projection, p.self};
    const auto ill_formed = [](const auto& entries) {
        for (const auto& x : entries)
            if (!x.well_formed) return x.self;
        return type_identity{};
    };
    if (const auto t = ill_formed(net.populations); !t.empty()) return {wiring_rule::part_arguments, t};
    if (const auto t = ill_formed(net.inputs); !t.empty()) return {wiring_rule::part_arguments, t};
    if (const auto t = ill_formed(net.outputs); !t.empty()) return {wiring_rule::part_arguments, t};
    return {};
}

constexpr verdict check_duplicates(const network_facts& net) {
    for (std::size_t i = 0; i < net.areas.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (net.areas[i].self == net.areas[j].self) return {wiring_rule::duplicate_population, net.areas[i].self};
    for (std::size_t i = 0; i < net.populations.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (net.populations[i].self == net.populations[j].self)
                return {wiring_rule::duplicate_population, net.populations[i].self,
                        net.areas[static_cast<std::size_t>(net.populations[i].area)].self};
    return {};
}

template <class Visit>
constexpr void for_each_named(const network_facts& net, Visit visit) {
    for (const auto& x : net.areas) visit(x.self, x.name);
    for (const auto& x : net.populations) visit(x.self, x.name);
    for (const auto& x : net.inputs) visit(x.self, x.name);
    for (const auto& x : net.outputs) visit(x.self, x.name);
}

constexpr verdict check_names(const network_facts& net) {
    verdict v;
    for_each_named(net, [&](type_identity a, std::string_view name) {
        if (!is_identifier(name)) v = {wiring_rule::no_name, a};
        for_each_named(net, [&](type_identity b, std::string_view other) {
            if (a != b && name == other && v.broken == wiring_rule::none) v = {wiring_rule::same_name, a, b};
        });
    });
    return v;
}

constexpr verdict check_sizes(const network_facts& net) {
    const auto wrong = [](const auto& entries) {
        for (const auto& x : entries)
            if ((x.size <= 0 || x.size > most_units) && x.size != dynamic) return x.self;
        return type_identity{};
    };
    if (const auto t = wrong(net.populations); !t.empty()) return {wiring_rule::size_out_of_range, t};
    if (const auto t = wrong(net.inputs); !t.empty()) return {wiring_rule::size_out_of_range, t};
    if (const auto t = wrong(net.outputs); !t.empty()) return {wiring_rule::size_out_of_range, t};
    return {};
}

constexpr verdict check_ends(const network_facts& net) {
    for (std::size_t i = 0; i < net.areas.size(); ++i)
        for (const exclusion_facts& x : net.areas[i].exclusions)
            for (const type_identity t : {x.from, x.to}) {
                const endpoint e = resolve(net, t);
                const bool inside = e.is_units() && population_at(net, e.begin).area == static_cast<int>(i);
                if (!inside) return {wiring_rule::unknown_part, t, net.areas[i].self};
            }
    for (const projection_facts& p : net.projections) {
        const endpoint from = p.source, to = p.target;
        if (from.what == endpoint::kind::unknown) return {wiring_rule::unknown_part, p.from, p.self};
        if (to.what == endpoint::kind::unknown) return {wiring_rule::unknown_part, p.to, p.self};
        bool fits = p.where == place::input ? from.what == endpoint::kind::input : from.is_units();
        fits = fits && (p.where == place::output ? to.what == endpoint::kind::output : to.is_units());
        if (!fits) return {wiring_rule::misplaced_projection, p.self};
        if (p.where == place::input || p.where == place::output || from.count == 0 || to.count == 0) continue;
        const int source = population_at(net, from.begin).area, target = population_at(net, to.begin).area;
        if (p.where == place::long_range && source == target) return {wiring_rule::long_range_inside_area, p.from, p.to};
        if (p.where == place::local && (source != p.area || target != p.area)) return {wiring_rule::misplaced_projection, p.self};
    }
    return {};
}

constexpr verdict check_principal(const network_facts& net) {
    for (std::size_t i = 0; i < net.areas.size(); ++i) {
        bool has_principal = false;
        for (const population_facts& p : net.populations)
            has_principal = has_principal || (p.area == static_cast<int>(i) && p.kind == role::principal);
        if (!has_principal) return {wiring_rule::no_principal_population, net.areas[i].self};
    }
    return {};
}

// What comes from an input, a map or units of another cell enters an area where the equations of its cell say W(u). Units carry their sign
// themselves: one more, a minus in front of W, is for sources that have none.
constexpr verdict check_places_of_input(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        if (!p.into.empty() && (p.where == place::output || !net.is_matrix(p))) return {wiring_rule::no_place_for_input, p.from, p.to};
        if (p.where == place::output || !net.is_matrix(p) || p.source.count == 0) continue;
        const int to = population_at(net, p.target.begin).area;
        const cell_facts& cell = net.areas[static_cast<std::size_t>(to)].equations;
        const bool outside = net.enters_units(p) || net.group_of(population_at(net, p.source.begin).area) != net.group_of(to);
        if (outside ? equations_entered(cell, p) == 0 : !p.into.empty()) return {wiring_rule::no_place_for_input, p.from, p.to};
        if (!outside && !cell.feeds_back && !p.implicit) return {wiring_rule::no_place_for_recurrence, p.from, p.to};
        const bool minus =
            (outside ? cell.subtracts_input : cell.subtracts_units && cell.feeds_back) && !waived(net, p, dale_violation::waives);
        for (int k = p.source.begin; minus && p.source.is_units() && k < p.source.begin + p.source.count; ++k)
            if (population_at(net, k).sign != polarity::free) return {wiring_rule::sign_against_equation, p.from, p.to};
    }
    return {};
}

// What one pair of populations may be: signs, roles, self-connections.
constexpr wiring_rule check_pair(const network_facts& net, const pair_facts& pair) {
    const projection_facts& p = net.projections[static_cast<std::size_t>(pair.projection)];
    const bool grid =
        !net.is_matrix(p) && p.where != place::input;  // channels reach themselves through their neighbours, and a readout has no sign rule
    if (!grid && p.with_self && pair.is_self(p) && !waived(net, p, self_connection::waives)) return wiring_rule::self_connection;
    if (p.where == place::input) return wiring_rule::none;
    const population_facts& source = population_at(net, pair.pre);
    if (source.sign != polarity::free && !waived(net, p, dale_violation::waives) && !(grid && p.where == place::output)) {
        if (p.sign_given && p.sign != source.sign && p.sign != polarity::free) return wiring_rule::sign_against_source;
        if ((p.sign_given && p.sign == polarity::free) || weight_sign_of(net, p, pair.pre).rule == sign_rule::free)
            return wiring_rule::mixed_signs;
    }
    const bool inhibits = source.sign == polarity::inhibitory, local = source.kind == role::interneuron && !inhibits;
    if (p.where == place::long_range) {
        if (inhibits && !waived(net, p, long_range_inhibition::waives)) return wiring_rule::long_range_inhibition;
        if (local && !waived(net, p, long_range_interneuron::waives)) return wiring_rule::long_range_interneuron;
    }
    if (p.where == place::output) {
        if (inhibits && !waived(net, p, inhibitory_readout::waives)) return wiring_rule::inhibitory_readout;
        if (local && !waived(net, p, interneuron_readout::waives)) return wiring_rule::interneuron_readout;
    }
    return wiring_rule::none;
}

constexpr type_identity source_of(const network_facts& net, const pair_facts& pair) {
    if (pair.from.what == endpoint::kind::input) return net.inputs[static_cast<std::size_t>(pair.pre)].self;
    return population_at(net, pair.pre).self;
}

constexpr verdict check_pairs(const network_facts& net) {
    verdict v;
    for_each_pair(net, [&](const pair_facts& pair) {
        if (v.broken != wiring_rule::none) return;
        const projection_facts& p = net.projections[static_cast<std::size_t>(pair.projection)];
        if (const auto broken = check_pair(net, pair); broken != wiring_rule::none) v = {broken, source_of(net, pair), p.to};
    });
    return v;
}

constexpr bool overlap(endpoint a, endpoint b) { return a.is_units() == b.is_units() && a.begin < b.end() && b.begin < a.end(); }

// A pair of populations may have one projection that trains and one with fixed weights.
constexpr verdict check_repeated(const network_facts& net) {
    for (std::size_t i = 0; i < net.projections.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const projection_facts &p = net.projections[j], &q = net.projections[i];
            if (!overlap(p.source, q.source) || !overlap(p.target, q.target)) continue;
            if ((p.has_plastic() && q.has_plastic()) || (p.has_fixed() && q.has_fixed()))
                return {wiring_rule::repeated_projection, p.self, q.self};
        }
    return {};
}

constexpr verdict check_masks(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        if (!(p.probability > 0 && p.probability <= 1)) return {wiring_rule::probability_out_of_range, p.self};
        const int posts = static_size(net, p.target), pres = static_size(net, p.source);
        const auto differs = [](int wanted, int have) { return wanted != dynamic && have != dynamic && wanted != have; };
        bool fits = !differs(p.table.posts, posts) && !differs(p.table.pres, pres) && !differs(p.fixed.posts, posts) &&
                    !differs(p.fixed.pres, pres);
        for (const rectangle_facts& r : p.rectangles) {
            fits = fits && 0 <= r.post_begin && r.post_begin < r.post_end && (posts == dynamic || r.post_end <= posts);
            fits = fits && 0 <= r.pre_begin && r.pre_begin < r.pre_end && (pres == dynamic || r.pre_end <= pres);
        }
        if (!fits) return {wiring_rule::mask_does_not_fit, p.self};
    }
    return {};
}

// One end of a projection seen from a pair: the index of the pair's first unit in it, if the types say.
constexpr int offset_in(const network_facts& net, endpoint e, int index) { return static_size(net, {e.what, e.begin, index - e.begin}); }

// The index of the projection that trains the pair's connections, -1 if none does.
constexpr int trainer_of(const network_facts& net, const pair_facts& pair) {
    for (std::size_t i = 0; i < net.projections.size(); ++i) {
        const projection_facts& p = net.projections[i];
        if (p.has_plastic() && overlap(p.source, {pair.from.what, pair.pre, 1}) && overlap(p.target, {pair.to.what, pair.post, 1}))
            return static_cast<int>(i);
    }
    return -1;
}

constexpr verdict check_pair_entries(const network_facts& net, const pair_facts& pair, int posts, int pres) {
    const projection_facts& p = net.projections[static_cast<std::size_t>(pair.projection)];
    const int row = offset_in(net, pair.to, pair.post), col = offset_in(net, pair.from, pair.pre);
    if (row == dynamic || col == dynamic) return {};
    const int found = p.has_fixed() ? trainer_of(net, pair) : -1;
    const projection_facts& trainer = net.projections[static_cast<std::size_t>(found < 0 ? pair.projection : found)];
    const int plastic_row = offset_in(net, trainer.target, pair.post), plastic_col = offset_in(net, trainer.source, pair.pre);
    const bool comparable = found >= 0 && trainer.mask != mask_kind::sparse && plastic_row != dynamic && plastic_col != dynamic;
    const bool no_self = net.is_matrix(p) && pair.is_self(p) && !p.with_self,
               has_sign = weight_sign_of(net, p, pair.pre).rule != sign_rule::free;
    const bool untrained_self = comparable && pair.is_self(p) && !trainer.with_self;
    for (int j = 0; j < posts; ++j)
        for (int i = 0; i < pres; ++i) {
            const double weight = p.has_fixed() ? p.fixed.at(row + j, col + i) : 0;
            if (no_self && i == j && (weight != 0 || (p.mask == mask_kind::table && mask_at(p, row + j, col + i))))
                return {wiring_rule::self_connection, source_of(net, pair), p.to};
            if (has_sign && weight < 0) return {wiring_rule::negative_fixed_weight, p.self};
            if (weight != 0 && comparable && !(untrained_self && i == j) && mask_at(trainer, plastic_row + j, plastic_col + i))
                return {wiring_rule::fixed_overlaps_plastic, p.self, trainer.self};
        }
    return {};
}

// Entry by entry, where the types give all sizes and the tables are small enough for the compiler; lowering checks every network again.
inline constexpr long most_entries_checked = 16384;

constexpr verdict check_entries(const network_facts& net) {
    long budget = most_entries_checked;
    verdict v;
    for_each_pair(net, [&](const pair_facts& pair) {
        const projection_facts& p = net.projections[static_cast<std::size_t>(pair.projection)];
        if (v.broken != wiring_rule::none || (!p.has_fixed() && p.mask != mask_kind::table)) return;
        const int posts = static_size(net, {pair.to.what, pair.post, 1}), pres = static_size(net, {pair.from.what, pair.pre, 1});
        if (posts == dynamic || pres == dynamic || (budget -= static_cast<long>(posts) * pres) < 0) return;
        v = check_pair_entries(net, pair, posts, pres);
    });
    return v;
}

// Larger networks are not checked for what is connected and reached: the compiler would give up first.
inline constexpr std::size_t most_populations_checked = 1024;

constexpr verdict check_connected(const network_facts& net) {
    std::array<bool, most_populations_checked> connected{};
    if (net.populations.size() > connected.size()) return {};
    for_each_pair(net, [&](const pair_facts& pair) {
        if (pair.from.is_units()) connected[static_cast<std::size_t>(pair.pre)] = true;
        if (pair.to.is_units()) connected[static_cast<std::size_t>(pair.post)] = true;
    });
    for (std::size_t i = 0; i < net.populations.size(); ++i)
        if (!connected[i] && !net.on_map(static_cast<int>(i))) return {wiring_rule::isolated_population, net.populations[i].self};
    return {};
}

// An area is reached if an input, or an area that is reached, projects to it. A network without inputs runs by itself.
constexpr verdict check_reached(const network_facts& net) {
    if (net.inputs.empty() || (net.waivers & unreached_area::waives)) return {};
    std::array<bool, most_populations_checked> reached{};
    if (net.areas.size() > reached.size()) return {};
    for (std::size_t round = 0; round < net.areas.size(); ++round)
        for (const projection_facts& p : net.projections) {
            const endpoint from = p.source, to = p.target;
            if (!to.is_units() || to.count == 0 || from.count == 0) continue;
            const auto area = [&](endpoint e) { return static_cast<std::size_t>(population_at(net, e.begin).area); };
            if (!from.is_units() || reached[area(from)]) reached[area(to)] = true;
        }
    for (std::size_t i = 0; i < net.areas.size(); ++i)
        if (!reached[i]) return {wiring_rule::unreached_area, net.areas[i].self};
    return {};
}
constexpr verdict check_dense(const network_facts& net) {
    if (!net.stack_argument.empty()) return {wiring_rule::dense_and_grid, net.stack_argument};
    for (const projection_facts& p : net.projections)
        if (p.kernel.given()) return {wiring_rule::dense_and_grid, p.self};
    return {};
}

// The first rule that is broken. Later ones rely on what earlier ones established.
constexpr verdict first_broken(const network_facts& net, std::initializer_list<verdict (*)(const network_facts&)> rules) {
    for (const auto rule : rules)
        if (const verdict v = rule(net); v.broken != wiring_rule::none) return v;
    return {};
}

constexpr verdict check_dense_network(const network_facts& net) {
    for (const area_facts& a : net.areas)
        if (!a.equations.dense) return {wiring_rule::equations_of_cell};
    return first_broken(
        net, {check_arguments, check_duplicates, check_names, check_sizes, check_dense, check_ends, check_principal, check_places_of_input,
              check_pairs, check_masks, check_repeated, check_entries, check_connected, check_reached});
}
}  // namespace detail

}  // namespace EIRNN_NAMESPACE
