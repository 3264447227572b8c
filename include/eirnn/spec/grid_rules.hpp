// The rules of areas on maps, whose equations say what is connected; units on one position may follow them.
#pragma once
#include <eirnn/spec/rules.hpp>
#include <eirnn/spec/terms.hpp>

namespace EIRNN_NAMESPACE {

inline constexpr int most_kernel_taps = 15, most_stride = 8, most_pooling = 15, most_map = 4096, most_time_steps = 1024, most_delay = 8;

namespace detail {

constexpr bool in_range(int n, int most) { return n >= 1 && n <= most; }

constexpr verdict check_maps_first(const network_facts& net) {
    bool units = false;
    for (const area_facts& a : net.areas) {
        const bool misplaced = a.kernel.given() ? units : !a.equations.dense;
        if (misplaced) return {wiring_rule::dense_and_grid, a.self};
        units = units || !a.kernel.given();
    }
    if (net.maps() == 0) return {wiring_rule::dense_and_grid, net.areas[0].self};
    for (const projection_facts& p : net.projections) {  // images to maps, other inputs to units
        if (p.where != place::input || p.source.what != endpoint::kind::input || p.source.count == 0 || p.target.count == 0) continue;
        const channel_facts& c = net.inputs[static_cast<std::size_t>(p.source.begin)];
        if (c.map.given == net.is_matrix(p)) return {wiring_rule::dense_and_grid, c.self};
    }
    if (net.images() == 0) return {wiring_rule::dense_and_grid, net.areas[0].self};
    if (units && net.stack.sum_over_steps) return {wiring_rule::dense_and_grid};
    for (const channel_facts& c : net.outputs)  // of a map, readout<...> says it
        if (!units && c.over != over_steps::each) return {wiring_rule::dense_and_grid, c.self};
    return {};
}

constexpr verdict check_kernels(const network_facts& net) {
    const auto wrong = [](kernel_facts k) {
        return k.given() && (!in_range(k.size, most_kernel_taps) || k.size % 2 == 0 || !in_range(k.stride, most_stride));
    };
    for (const area_facts& a : net.areas) {
        if (wrong(a.kernel) || a.kernel.kind >= kernel_facts::form::enlarged) return {wiring_rule::kernel_out_of_range, a.self};
        if (!in_range(a.pooling.size, most_pooling) || !in_range(a.pooling.stride, a.pooling.size))
            return {wiring_rule::pooling_out_of_range, a.self};
    }
    for (const projection_facts& p : net.projections) {
        const bool none = p.where == place::output || net.is_matrix(p) || net.from_units(p);
        const bool changes = p.kernel.stride > 1 || p.kernel.kind == kernel_facts::form::enlarged;
        const bool as_a_whole = p.kernel.kind == kernel_facts::form::whole, reads_map = net.reads_map(p);
        const bool misplaced = reads_map ? p.kernel.given() && !as_a_whole
                               : none    ? p.kernel.given()
                                         : as_a_whole || (p.where == place::local && changes);
        // All units read a map alike.
        const bool other = reads_map && p.kernel.kind != net.reader_of_map(population_at(net, p.source.begin).area)->kernel.kind;
        if (wrong(p.kernel) || misplaced || other) return {wiring_rule::kernel_out_of_range, p.self};
    }
    for (const channel_facts& c : net.inputs)
        if (c.map.given && (!in_range(c.map.height, most_map) || !in_range(c.map.width, most_map)))
            return {wiring_rule::grid_out_of_range, c.self};
    if (!in_range(net.stack.steps, most_time_steps)) return {wiring_rule::time_steps_out_of_range};
    return {};
}

constexpr verdict check_no_masks(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        if (net.is_matrix(p) || p.source.count == 0 || p.target.count == 0) continue;
        if (p.where == place::output && (p.mask != mask_kind::dense || p.has_fixed())) return {wiring_rule::mask_on_grid, p.self};
        if (p.where == place::output || !p.has_fixed()) continue;
        const int area = population_at(net, p.target.begin).area;  // one number for a pair of channels is no kernel
        const kernel_facts inside = p.kernel.given() ? p.kernel : net.areas[static_cast<std::size_t>(area)].kernel.inside();
        const kernel_facts k = p.where == place::local ? inside : driving_kernel(net, p, area);
        if (k.kind == kernel_facts::form::ordinary && k.size > 1) return {wiring_rule::mask_on_grid, p.self};
    }
    for (const projection_facts& p : net.projections)
        if (net.reads_map(p) && p.kernel.given() && (p.mask == mask_kind::table || p.mask == mask_kind::block || p.has_fixed()))
            return {wiring_rule::mask_on_grid, p.self};
    for (const area_facts& a : net.areas)
        if (a.kernel.given() && !a.exclusions.empty()) return {wiring_rule::mask_on_grid, a.self};
    return {};
}

constexpr verdict check_shapes(const network_facts& net) {
    for (const area_facts& a : net.areas)
        if (a.kernel.given() && static_cast<std::size_t>(a.count) != a.equations.shapes.size()) return {wiring_rule::cell_shapes, a.self};
    return {};
}

// Every area on a map is driven as a whole, by images or by what other maps hand over.
constexpr verdict check_drivers(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        const bool to_map = p.where == place::long_range && !net.is_matrix(p);
        if (p.delayed && (!to_map || !in_range(p.delay, most_delay))) return {wiring_rule::delay_out_of_range, p.self};
    }
    for (std::size_t i = 0; i < net.maps(); ++i) {
        const area_facts& a = net.areas[i];
        int at_once = 0;
        for (const projection_facts& p : net.projections) {
            if (!is_driver(net, p, static_cast<int>(i))) continue;
            const bool one = !net.from_units(p) || p.source.count == 1;
            if (p.target.begin != a.first || p.target.count != a.count || !one)
                return {wiring_rule::broken_chain, p.from, p.to};
            const bool later = p.source.is_units() && population_at(net, p.source.begin).area >= static_cast<int>(i);
            if (later && p.delay == 0) return {wiring_rule::circle_within_step, p.from, p.to};
            at_once += p.delay == 0;
        }
        if (at_once == 0) return {wiring_rule::broken_chain, a.self};
    }
    return {};
}

// What the last map hands over is read by an output, once; or units read any maps.
constexpr verdict check_readers(const network_facts& net) {
    const std::size_t maps = net.maps();
    int readers = 0;
    for (const projection_facts& p : net.projections) {
        if (p.where == place::local || (p.where != place::output && !net.is_matrix(p))) continue;
        if (p.source.count == 0) continue;
        const bool from_map = p.source.is_units() && net.on_map(p.source.begin);
        const bool from_last = from_map && population_at(net, p.source.begin).area == static_cast<int>(maps) - 1;
        const bool fits = maps == net.areas.size() ? from_last && readers == 0 : p.where != place::output || !from_map;
        if (!fits) return {wiring_rule::broken_chain, p.from, p.to};
        readers += from_map;
    }
    if (readers == 0) return {wiring_rule::broken_chain, net.areas[maps - 1].self};
    return {};
}

// Every driver of an area must reach the same map.
constexpr verdict check_maps(const network_facts& net) {
    for (std::size_t i = 0; i < net.maps(); ++i) {
        const int area = static_cast<int>(i);
        const map_facts own = map_of_area(net, area);
        for (const projection_facts& p : net.projections) {
            if (!is_driver(net, p, area) || net.from_units(p)) continue;
            const map_facts reached = driving_kernel(net, p, area).reached(map_of_source(net, p.source));
            if (reached != own) return {wiring_rule::maps_do_not_fit, p.from, p.to, reached, own};
        }
    }
    return {};
}

constexpr verdict check_outputs_of_cells(const network_facts& net) {
    for (const projection_facts& p : net.projections) {
        if ((p.where != place::long_range && p.where != place::output) || !net.on_map(p.source.begin)) continue;
        const area_facts& a = net.areas[static_cast<std::size_t>(population_at(net, p.source.begin).area)];
        if (p.source.count != 1 || p.source.begin != a.handed_over()) return {wiring_rule::not_the_output, p.from, p.to};
    }
    return {};
}

constexpr verdict check_in_equations(const network_facts& net) {
    std::size_t index = 0;
    for (const projection_facts& p : net.projections) {
        bool found = p.where == place::output || net.is_matrix(p);
        for (int i = 0; i < static_cast<int>(net.maps()) && !found; ++i)
            for (int k = 0; k < terms_of_area(net, i) && !found; ++k) found = term_at(net, i, k).projection == static_cast<int>(index);
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
    for (int i = 0; i < static_cast<int>(net.maps()); ++i)
        for (int k = 0; k < terms_of_area(net, i); ++k)
            if (const verdict v = check_term(net, term_at(net, i, k)); v.broken != wiring_rule::none) return v;
    return {};
}

constexpr verdict check_network_on_grids(const network_facts& net) {
    for (const area_facts& a : net.areas)
        if (!a.equations.fine) return {wiring_rule::equations_of_cell};
    return first_broken(
        net, {check_arguments,   check_duplicates,      check_names, check_sizes,            check_maps_first, check_kernels,
              check_ends,        check_no_masks,        check_principal, check_shapes,       check_drivers,    check_readers,
              check_maps,        check_places_of_input, check_pairs,  check_outputs_of_cells, check_masks,
              check_repeated,    check_entries,         check_in_equations, check_terms,     check_connected,  check_reached});
}

}  // namespace detail

/// The first rule that the network breaks, or `wiring_rule::none`.
constexpr verdict check_wiring(const network_facts& net) {
    return net.on_grid() ? detail::check_network_on_grids(net) : detail::check_dense_network(net);
}

}  // namespace EIRNN_NAMESPACE
