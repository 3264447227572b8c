// The names of a network's parts, in the order of its layout.
#pragma once
#include <eirnn/spec/network.hpp>

#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Names as the user typed the structs; each is unique within a network and an identifier.
struct network_names {
    std::vector<std::string> areas, populations, inputs, outputs;
};

template <class Net>
network_names names() {
    static_assert(sizeof(detail::asked_of<Net>) > 0);
    const network_facts& net = network_traits<detail::network_or_none<Net>>::facts;
    network_names out;
    for (const auto& a : net.areas) out.areas.emplace_back(a.name);
    for (const auto& p : net.populations) out.populations.emplace_back(p.name);
    for (const auto& c : net.inputs) out.inputs.emplace_back(c.name);
    for (const auto& c : net.outputs) out.outputs.emplace_back(c.name);
    return out;
}

namespace detail {

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
    if (net.maps() == net.areas.size())
        for (const channel_facts& c : net.outputs) out.push_back(std::string(c.name) + ".z<-X");
    return out;
}

}  // namespace detail

/// A name for each term of each area on a map, in the order of the layout: "area3.f<-X", "area3.IG<-PN", for a readout of maps at last
/// "category.z<-X".
template <Network Net>
std::vector<std::string> term_names() {
    return detail::names_of_terms(network_traits<Net>::facts);
}

}  // namespace EIRNN_NAMESPACE
