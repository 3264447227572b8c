// What a network is, in words: what its files say and compare beside the shapes of weights, and what messages call its units.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Consecutive units or channels under one name.
struct named_range {
    std::string name;
    long begin = 0, size = 0;
};

/// A variable of an area's cell, and where the engine has it.
struct named_variable {
    std::string name;            ///< "motor.c"
    int area = 0, variable = 0;  ///< as a probe has them
    long first = 0, units = 0;   ///< of units: those of the area
    long positions = 0;          ///< of a map
};

/// What a network is, whatever its type.
struct model_identity {
    std::string name;                                 ///< of the network's type, empty where that is no name
    std::map<std::string, std::string> parts;         ///< names and sizes of its parts, its cell or its maps
    long input_channels = 0, output_channels = 0;
    std::vector<named_range> units, inputs, outputs;  ///< of units: the rows and columns of their matrices
    std::vector<named_range> images;                  ///< their channels among those of all images
    std::vector<named_variable> variables;
    /// What a lesion may name: populations, areas, inputs; all units, then the channels of maps, then those of inputs.
    std::vector<named_range> places;
};

namespace detail {

/// "E, I": the names of a list.
template <class List>
std::string names_in(const List& named) {
    std::string all;
    for (const auto& x : named) all += (all.empty() ? "" : ", ") + x.name;
    return all;
}
/// The place of the one of this name, or the one itself. Throws invalid_argument; `what`: the sentence for that.
template <class Named>
EIRNN_COLD std::size_t place_of_named(const std::vector<Named>& all, std::string_view name, const char* what, const char* where) {
    for (std::size_t k = 0; k < all.size(); ++k)
        if (all[k].name == name) return k;
    throw invalid_argument({what, where, names_in(all), std::string(name), "name one of those"});
}
template <class Named>
EIRNN_COLD const Named& find_named(const std::vector<Named>& all, std::string_view name, const char* what, const char* where) {
    return all[place_of_named(all, name, what, where)];
}
/// Throws invalid_argument where both have the same names in another order.
EIRNN_COLD inline void require_same_order(const std::vector<named_range>& of_task, const std::vector<named_range>& of_network,
                                          const char* what) {
    const auto text = [](const std::vector<named_range>& all) {
        std::string s;
        for (const named_range& r : all) s += (s.empty() ? "" : ", ") + r.name + " from " + std::to_string(r.begin);
        return s;
    };
    for (const named_range& t : of_task)
        for (const named_range& n : of_network)
            if (t.name == n.name && t.begin != n.begin && of_network.size() > 1)
                throw invalid_argument({std::string("task and network have their ") + what + " in another order", "trainer",
                                        text(of_network), text(of_task), "declare those of the network in the order of the task"});
}
/// "E 3": the unit or channel and its number among those of its name.
EIRNN_COLD inline std::string part_text(const std::vector<named_range>& parts, long k) {
    for (const named_range& p : parts)
        if (k >= p.begin && k < p.begin + p.size) return p.name + " " + std::to_string(k - p.begin);
    return std::to_string(k);
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
