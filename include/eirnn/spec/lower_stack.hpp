// The one door from the types of a network on grids to numbers: maps, channels, terms with their kernels and sign rules, as a stack.
#pragma once
#include <eirnn/layout/stack.hpp>
#include <eirnn/spec/extents.hpp>
#include <eirnn/spec/network.hpp>
#include <eirnn/spec/terms.hpp>

#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {

constexpr kernel_entry lowered(kernel_facts k) {
    const kernel_form form = k.kind == kernel_facts::form::pointwise  ? kernel_form::pointwise
                             : k.kind == kernel_facts::form::ordinary ? kernel_form::ordinary
                                                                      : kernel_form::separable;
    return {form, k.size, k.stride};
}

inline stacked_area lower_area(const network_facts& net, const extents& where, int index, long inputs, grid_entry input_grid) {
    const area_facts& a = net.areas[static_cast<std::size_t>(index)];
    stacked_area out;
    out.inputs = inputs;
    out.input_grid = input_grid;
    out.grid = input_grid;
    for (int k = a.first; k < a.first + a.count; ++k) out.channels.push_back(where.units[static_cast<std::size_t>(k)].size);
    for (std::size_t k = 0; k < a.equations.terms.size(); ++k) {
        const term_facts t = term_at(net, index, static_cast<int>(k));
        out.terms.push_back({t.term.equation, t.term.source, lowered(t.kernel), t.rule, t.self});
        if (t.from_below()) out.grid = strided(input_grid, t.kernel.stride);
    }
    out.pooling = {a.pooling.size, a.pooling.stride};
    return out;
}

inline stacked_area lower_readout(const network_facts& net, const extents& where, long inputs, grid_entry input_grid) {
    stacked_area out;
    out.inputs = inputs;
    out.input_grid = input_grid;
    out.averaged_input = true;
    out.channels = {where.outputs.front().size};
    sign_rule rule = sign_rule::free;
    for (const projection_facts& p : net.projections)
        if (p.where == place::output && p.rule_given) rule = p.rule;
    out.terms = {{0, -1, {kernel_form::pointwise, 1, 1}, rule, true}};
    return out;
}

inline stack_layout lower_stack_facts(const network_facts& net, const sizes& given) {
    const extents where = resolve_sizes(net, given);
    const map_facts map = net.inputs.front().map;
    stack_layout out;
    out.steps = net.stack.steps;
    out.sum_over_steps = net.stack.sum_over_steps;
    out.shared_normalisation = net.stack.shared_normalisation;
    out.image = {map.height, map.width};
    out.image_channels = where.inputs.front().size;
    long channels = out.image_channels;
    grid_entry grid = out.image;
    for (std::size_t i = 0; i < net.areas.size(); ++i) {
        out.areas.push_back(lower_area(net, where, static_cast<int>(i), channels, grid));
        channels = out.areas.back().channels[static_cast<std::size_t>(net.areas[i].equations.output)];
        grid = out.areas.back().output_grid();
    }
    out.areas.push_back(lower_readout(net, where, channels, grid));
    return out;
}

inline std::string source_name(const area_facts& a, const equations::term& t) {
    if (t.source < 0) return "X";
    std::string name(a.equations.variables[static_cast<std::size_t>(t.source)]);
    // Both a variable and its value at the step before may drive one equation; the latter is what cells usually read.
    for (const equations::term& other : a.equations.terms)
        if (!t.previous && other.previous && other.equation == t.equation && other.source == t.source) return name + "_now";
    return name;
}

inline std::string term_name(const area_facts& a, const equations::term& t) {
    return std::string(a.equations.variables[static_cast<std::size_t>(t.equation)]) + "<-" + source_name(a, t);
}

EIRNN_COLD inline std::vector<std::string> names_of_terms(const network_facts& net) {
    std::vector<std::string> out;
    for (const area_facts& a : net.areas)
        for (const equations::term& t : a.equations.terms) out.push_back(std::string(a.name) + "." + term_name(a, t));
    for (const channel_facts& c : net.outputs) out.push_back(std::string(c.name) + ".z<-X");
    return out;
}

}  // namespace detail

/// The network as numbers: its areas as declared, each driven by the one below, and one last area for the readout, which averages over
/// positions and is linear. Channels of an area are those of its populations, as declared. Throws invalid_argument if a dynamic size is
/// missing or superfluous.
template <Network Net>
stack_layout lower_stack(const sizes& given = {}) {
    if constexpr (!network_traits<Net>::well_formed) {
        return {};
    } else {
        static_assert(network_traits<Net>::on_grid, "a network without grids is lowered by lower (spec/lower.hpp)");
        return detail::lower_stack_facts(network_traits<Net>::facts, given);
    }
}

/// A name for each term of each area of the stack, in its order: "area3.f<-X", "area3.IG<-PN", at last "category.z<-X".
template <Network Net>
std::vector<std::string> term_names() {
    return detail::names_of_terms(network_traits<Net>::facts);
}

}  // namespace EIRNN_NAMESPACE
