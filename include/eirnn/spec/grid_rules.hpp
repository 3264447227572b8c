// The rules of areas on maps: a chain whose equations say what is connected; units on one position may follow it.
#pragma once
#include <eirnn/spec/rules.hpp>
#include <eirnn/spec/terms.hpp>

namespace EIRNN_NAMESPACE {

inline constexpr int most_kernel_taps = 15, most_stride = 8, most_pooling = 15, most_map = 4096, most_time_steps = 1024;

namespace detail {

constexpr bool in_range(int n, int most) { return n >= 1 && n <= most; }

constexpr verdict check_maps_first(const network_facts& net) {
    bool units = false;
    for (const area_facts& a : net.areas) {
        const bool misplaced = a.kernel.given() ? units : !a.equations.dense;
        if (misplaced) return {wiring_rule::dense_and_grid, a.self};
        units = units || !a.kernel.given();
    }
    for (const channel_facts& c : net.inputs)
        if (!c.map.given) return {wiring_rule::dense_and_grid, c.self};
    if (net.maps() == 0) return {wiring_rule::dense_and_grid, net.areas[0].self};
    if (units && net.stack.sum_over_steps) return {wiring_rule::dense_and_grid};
    return {};
}

constexpr verdict check_kernels(const network_facts& net) {
    const auto wrong = [](kernel_facts k) {
        return k.given() && (!in_range(k.size, most_kernel_taps) || k.size % 2 == 0 || !in_range(k.stride, most_stride));
    };
    for (const area_facts& a : net.areas) {
        if (wrong(a.kernel)) return {wiring_rule::kernel_out_of_range, a.self};
        if (!in_range(a.pooling.size, most_pooling) || !in_range(a.pooling.stride, a.pooling.size))
            return {wiring_rule::pooling_out_of_range, a.self};
    }
    for (const projection_facts& p : net.projections) {
        const bool matrix = p.where == place::output || net.is_matrix(p);
        const bool misplaced = matrix ? p.kernel.given() : p.where == place::local && p.kernel.stride > 1;
        if (wrong(p.kernel) || misplaced) return {wiring_rule::kernel_out_of_range, p.self};
    }
    for (const channel_facts& c : net.inputs)
        if (!in_range(c.map.height, most_map) || !in_range(c.map.width, most_map)) return {wiring_rule::grid_out_of_range, c.self};
    if (!in_range(net.stack.steps, most_time_steps)) return {wiring_rule::time_steps_out_of_range};
    return {};
}

constexpr verdict check_no_masks(const network_facts& net) {
    for (const projection_facts& p : net.projections)
        if (!net.is_matrix(p) && (p.mask != mask_kind::dense || p.has_fixed())) return {wiring_rule::mask_on_grid, p.self};
    for (const area_facts& a : net.areas)
        if (a.kernel.given() && !a.exclusions.empty()) return {wiring_rule::mask_on_grid, a.self};
    return {};
}

constexpr verdict check_shapes(const network_facts& net) {
    for (const area_facts& a : net.areas)
        if (a.kernel.given() && static_cast<std::size_t>(a.count) != a.equations.shapes.size()) return {wiring_rule::cell_shapes, a.self};
    return {};
}

constexpr verdict check_chain(const network_facts& net) {
    const int maps = static_cast<int>(net.maps()), areas = static_cast<int>(net.areas.size());
    for (int i = 0; i < maps; ++i) {
        const area_facts& a = net.areas[static_cast<std::size_t>(i)];
        int drivers = 0;
        for (const projection_facts& p : net.projections) {
            if (!is_driver(net, p, i)) continue;
            const bool whole = p.target.begin == a.first && p.target.count == a.count;
            const bool from_input = p.where == place::input;
            const bool below = from_input ? i == 0 : i > 0 && population_at(net, p.source.begin).area == i - 1;
            if (!whole || !below || ++drivers > 1) return {wiring_rule::broken_chain, p.from, p.to};
        }
        if (drivers == 0) return {wiring_rule::broken_chain, a.self};
    }
    // What the last map hands over is read by an output, once, or by units.
    int readers = 0;
    for (const projection_facts& p : net.projections) {
        if (p.where == place::local || (p.where != place::output && !net.is_matrix(p))) continue;
        const bool from_map = net.enters_units(p),
                   from_last = from_map && p.source.is_units() && population_at(net, p.source.begin).area == maps - 1;
        if (maps == areas ? !from_last || ++readers > 1 : p.where == place::output ? from_map : from_map && !from_last)
            return {wiring_rule::broken_chain, p.from, p.to};
        readers += maps < areas && from_last;
    }
    if (readers == 0) return {wiring_rule::broken_chain, net.areas[static_cast<std::size_t>(maps - 1)].self};
    return {};
}

constexpr verdict check_outputs_of_cells(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        if ((p.where != place::long_range && p.where != place::output) || !net.on_map(p.source.begin)) continue;
        const area_facts& a = net.areas[static_cast<std::size_t>(population_at(net, p.source.begin).area)];
        if (p.source.count != 1 || p.source.begin != a.first + a.equations.output) return {wiring_rule::not_the_output, p.from, p.to};
    }
    return {};
}

constexpr verdict check_in_equations(const network_facts& net) {
    std::size_t index = 0;
    for (const projection_facts& p : net.projections) {
        bool found = p.where == place::output || net.is_matrix(p);
        for (std::size_t i = 0; i < net.maps() && !found; ++i)
            for (std::size_t k = 0; k < net.areas[i].equations.terms.size() && !found; ++k)
                found = term_at(net, static_cast<int>(i), static_cast<int>(k)).projection == static_cast<int>(index);
        if (!found) return {wiring_rule::not_in_equations, p.from, p.to};
        ++index;
    }
    return {};
}

constexpr verdict check_term(const network_facts& net, const term_facts& t) {
    const bool input = t.source.what == endpoint::kind::input;
    const type_identity source =
        input ? net.inputs[static_cast<std::size_t>(t.source.begin)].self : population_at(net, t.source.begin).self;
    const type_identity target = population_at(net, t.target).self;
    const projection_facts p = t.projection < 0 ? projection_facts{} : net.projections[static_cast<std::size_t>(t.projection)];
    const bool has_sign = !input && population_at(net, t.source.begin).sign != polarity::free;
    if (has_sign && t.rule == sign_rule::free && !waived(net, p, dale_violation::waives)) return {wiring_rule::mixed_signs, source, target};
    const bool subtracted = t.sign == polarity::excitatory && t.term.negative;
    const bool added = t.sign == polarity::inhibitory && !t.term.negative && t.term.terms_in_equation > 1;
    if (subtracted || added) return {wiring_rule::sign_against_equation, source, target};
    return {};
}

constexpr verdict check_terms(const network_facts& net) {
    for (std::size_t i = 0; i < net.maps(); ++i)
        for (std::size_t k = 0; k < net.areas[i].equations.terms.size(); ++k)
            if (const verdict v = check_term(net, term_at(net, static_cast<int>(i), static_cast<int>(k))); v.broken != wiring_rule::none)
                return v;
    return {};
}

constexpr verdict check_network_on_grids(const network_facts& net) {
    for (const area_facts& a : net.areas)
        if (!a.equations.fine) return {wiring_rule::equations_of_cell};
    return first_broken(
        net,
        {check_arguments, check_duplicates, check_names,   check_sizes,        check_maps_first, check_kernels,   check_ends,
         check_no_masks,  check_principal,  check_shapes,  check_chain,        check_equal,      check_pairs,     check_outputs_of_cells,
         check_masks,     check_repeated,   check_entries, check_in_equations, check_terms,      check_connected, check_reached});
}

}  // namespace detail

/// The first rule that the network breaks, or `wiring_rule::none`.
constexpr verdict check_wiring(const network_facts& net) {
    return net.on_grid() ? detail::check_network_on_grids(net) : detail::check_dense_network(net);
}

}  // namespace EIRNN_NAMESPACE
