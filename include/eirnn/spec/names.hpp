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

}  // namespace EIRNN_NAMESPACE
