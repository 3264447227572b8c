// The names of a network's parts, in the order of its layout.
#pragma once
#include <eirnn/spec/extents.hpp>
#include <eirnn/spec/network.hpp>
#include <eirnn/spec/terms.hpp>

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

inline std::string source_name(const network_facts& net, int area, const term_facts& of) {
    const area_facts& a = net.areas[static_cast<std::size_t>(area)];
    const equations::term& t = of.term;
    if (t.source < 0) return drivers_of(net, area) == 1 ? "X" : std::string(name_at(net, of.source.what, of.source.begin));
    std::string name(a.equations.variables[static_cast<std::size_t>(t.source)]);
    // Both a variable and its value at the step before may drive one equation; the latter is what cells usually read.
    for (const equations::term& other : a.equations.terms)
        if (!t.previous && other.previous && other.equation == t.equation && other.source == t.source) return name + "_now";
    return name;
}

inline std::string term_name(const network_facts& net, int area, const term_facts& t) {
    const auto& variables = net.areas[static_cast<std::size_t>(area)].equations.variables;
    return std::string(variables[static_cast<std::size_t>(t.term.equation)]) + "<-" + source_name(net, area, t);
}

EIRNN_COLD inline std::vector<std::string> names_of_terms(const network_facts& net) {
    std::vector<std::string> out;
    for (int a = 0; a < static_cast<int>(net.maps()); ++a)
        for (int k = 0; k < terms_of_area(net, a); ++k)
            out.push_back(std::string(net.areas[static_cast<std::size_t>(a)].name) + "." + term_name(net, a, term_at(net, a, k)));
    if (net.maps() == net.areas.size())
        for (const channel_facts& c : net.outputs) out.push_back(std::string(c.name) + ".z<-X");
    return out;
}

}  // namespace detail

/// A name for each term of each area on a map, in the order of the layout: "area3.f<-X", "area3.IG<-PN", for a readout of maps at last
/// "category.z<-X". X is the only driver of the area; where there are several, each has its name: "area3.f<-F1".
template <Network Net>
std::vector<std::string> term_names() {
    return detail::names_of_terms(network_traits<Net>::facts);
}

}  // namespace EIRNN_NAMESPACE
