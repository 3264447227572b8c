// What files and messages call the parts of a network: its identity and the names of its weights. Made once, when a model is made.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/dynamics.hpp>
#include <eirnn/model/identity.hpp>
#include <eirnn/model/weights.hpp>
#include <eirnn/spec/names.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

/// The name of a network's type as files say it: empty where it has none of its own.
template <class Net>
std::string network_name() {
    constexpr std::string_view name = name_of<Net>();
    return is_identifier(name) ? std::string(name) : std::string();
}

// The variables of all areas. `cells`: of each group of units the name of its cell, then those of its variables, a line each.
EIRNN_COLD inline void name_variables(model_identity& id, const network_facts& net, const layout& l,
                                      const std::vector<std::string>& cells) {
    const auto add = [&](std::string_view area, std::string_view variable, std::size_t index, std::size_t number, index_range units,
                         long positions) {
        std::string name = std::string(area) + "." + std::string(variable);
        id.variables.push_back({std::move(name), static_cast<int>(index), static_cast<int>(number), units.begin, units.size, positions});
    };
    for (std::size_t k = 0; k < net.maps(); ++k)
        for (std::size_t e = 0; e < net.areas[k].equations.variables.size(); ++e)
            add(net.areas[k].name, net.areas[k].equations.variables[e], k, e, {}, l.maps[k].grid.positions());
    const auto groups = l.units_by_cell();
    for (std::size_t k = 0; k < l.areas.size(); ++k) {
        std::size_t g = 0;
        while (l.areas[k].begin >= groups[g].end()) ++g;
        std::string_view rest = cells[g];
        for (std::size_t e = 0; rest.find('\n') != rest.npos; ++e) {
            rest = rest.substr(rest.find('\n') + 1);
            add(net.areas[net.maps() + k].name, rest.substr(0, rest.find('\n')), net.maps() + g, e,
                {l.areas[k].begin - groups[g].begin, l.areas[k].size}, 0);
        }
    }
}
EIRNN_COLD inline void identify_maps(model_identity& id, const layout& l) {
    const auto size = [](grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); };
    id.input_channels = l.image_channels() + l.unit_inputs();
    if (l.units == 0) id.output_channels = l.maps.back().channels[0];
    for (std::size_t k = 0; k < l.images.size(); ++k)
        id.parts[k == 0 ? "image" : "image " + std::to_string(k + 1)] = size(l.images[k].grid);
    id.parts["time_steps"] = std::to_string(l.steps);
    if (l.units == 0) id.parts["readout"] = l.sum_over_steps ? "sum of steps" : "last step";
    id.parts["normalisation"] = l.shared_normalisation ? "shared by the steps" : "of each step";
    for (std::size_t k = 0; k < l.maps.size(); ++k) {
        const map_entry& a = l.maps[k];
        id.parts["area " + std::to_string(k + 1)] =
            size(a.grid) + ", pooled to " + size(a.output_grid()) + " by windows of " + std::to_string(a.pooling.size);
        // Shapes of weights say what drives an area, but not when.
        for (const driver_entry& d : a.drivers)
            if (d.delay > 0)
                id.parts["late"] += (id.parts["late"].empty() ? "" : ", ") + std::to_string(d.area + 1) + " to " + std::to_string(k + 1) +
                                    " by " + std::to_string(d.delay);
    }
}
// Of each image.
EIRNN_COLD inline std::vector<long> frames_of_images(const network_facts& net, long of_all, const std::vector<number_of>& of_some) {
    std::vector<named_range> images;
    for (const channel_facts& c : net.inputs)
        if (c.map.given) images.push_back({std::string(c.name)});
    std::vector<long> frames(images.size(), of_all);
    for (const number_of& f : of_some)
        frames[place_of_named(images, f.name, "there is no image of this name", "model_options::frames_of")] = std::lround(f.value);
    return frames;
}
// The areas of each group of units, by their names.
EIRNN_COLD inline std::vector<std::string> names_of_groups(const network_facts& net, const layout& l) {
    std::vector<std::string> names;
    for (const index_range& g : l.units_by_cell()) {
        std::string& name = names.emplace_back();
        for (std::size_t k = 0; k < l.areas.size(); ++k)
            if (l.areas[k].begin >= g.begin && l.areas[k].begin < g.end())
                name += (name.empty() ? "" : "+") + std::string(net.areas[net.maps() + k].name);
    }
    return names;
}
// `cells`: see name_variables.
EIRNN_COLD inline void identify_units(model_identity& id, const network_facts& net, const layout& l,
                                      const std::vector<std::string>& cells) {
    id.output_channels = l.outputs;
    const auto add = [&id](const char* key, std::string_view name, long size, const char* more = "") {
        std::string& list = id.parts[key];
        list += (list.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(size) + more;
    };
    const auto sign = [](polarity s) {
        return s == polarity::excitatory ? " excitatory" : s == polarity::inhibitory ? " inhibitory" : " free";
    };
    const auto areas = net.areas.subspan(net.maps());
    const auto populations = net.populations.subspan(net.populations.size() - l.populations.size());
    for (std::size_t k = 0; k < areas.size(); ++k) add("areas", areas[k].name, l.areas[k].size);
    for (std::size_t k = 0; k < populations.size(); ++k) {
        add("populations", populations[k].name, l.populations[k].size, sign(populations[k].sign));
        id.units.push_back({std::string(populations[k].name), l.populations[k].begin, l.populations[k].size});
    }
    const auto channels = [&](const char* key, const auto& named, const std::vector<index_range>& sizes, std::vector<named_range>& to) {
        for (std::size_t k = 0; k < named.size(); ++k) {
            add(key, named[k].name, sizes[k].size,
                named[k].over == over_steps::each  ? ""
                : named[k].over == over_steps::sum ? " summed"
                                                   : " averaged");
            if (named[k].map.given) continue;
            to.emplace_back().name = named[k].name;  // no braces: nvcc hands them on without their inside
            to.back().begin = sizes[k].begin, to.back().size = sizes[k].size;
        }
    };
    channels("inputs", net.inputs, l.input_channels, id.inputs);
    channels("outputs", net.outputs, l.output_channels, id.outputs);
    for (const driver_entry& m : l.read_maps) {  // columns of the input matrix, too
        const auto source = static_cast<std::size_t>(net.areas[static_cast<std::size_t>(m.area)].handed_over());
        id.inputs.push_back({std::string(net.populations[source].name), m.first, m.columns()});
    }
    // Compilers agree on the name of a cell's template, not on how they print its arguments.
    const auto groups = names_of_groups(net, l);
    std::string& all = id.parts["cell"];
    for (std::size_t k = 0; k < cells.size(); ++k) {
        const std::string cell = cells[k].substr(0, cells[k].find_first_of("<\n"));
        all += (all.empty() ? "" : ", ") + (cells.size() == 1 ? cell : groups[k] + " " + cell);
    }
}
// What a lesion may name, numbered as detail::place_numbers does.
EIRNN_COLD inline void name_places(model_identity& id, const network_facts& net, const layout& l) {
    const auto add = [&](std::string_view name, long begin, long size) { id.places.push_back({std::string(name), begin, size}); };
    const std::size_t of_maps = net.populations.size() - l.populations.size();
    for (std::size_t k = 0; k < l.populations.size(); ++k)
        add(net.populations[of_maps + k].name, l.populations[k].begin, l.populations[k].size);
    for (std::size_t k = 0; k < l.areas.size(); ++k) add(net.areas[net.maps() + k].name, l.areas[k].begin, l.areas[k].size);
    long next = l.units;
    for (std::size_t k = 0; k < l.maps.size(); ++k) {
        const long begin = next;
        for (std::size_t p = 0; p < l.maps[k].channels.size(); next += l.maps[k].channels[p], ++p)
            if (k < net.maps()) add(net.populations[static_cast<std::size_t>(net.areas[k].first) + p].name, next, l.maps[k].channels[p]);
        if (k < net.maps()) add(net.areas[k].name, begin, next - begin);
    }
    for (std::size_t k = 0; k < net.inputs.size(); ++k) {
        const long before = net.inputs[k].map.given ? 0 : l.image_channels();
        add(net.inputs[k].name, next + before + l.input_channels[k].begin, l.input_channels[k].size);
        if (net.inputs[k].map.given)
            id.images.push_back({std::string(net.inputs[k].name), l.input_channels[k].begin, l.input_channels[k].size});
    }
}
/// `network`: the name of its type; `cells`: see name_variables.
EIRNN_COLD inline model_identity identify(const network_facts& net, const layout& l, std::string network,
                                          const std::vector<std::string>& cells) {
    model_identity id;
    id.name = std::move(network), id.input_channels = l.inputs;
    name_variables(id, net, l, cells);
    name_places(id, net, l);
    if (l.units > 0 || l.maps.empty()) identify_units(id, net, l, cells);
    if (!l.maps.empty()) identify_maps(id, l);
    return id;
}

/// The arrays of a network's tensors and those of its running statistics, by name.
struct named_arrays_of_model {
    weight_arrays arrays, running;
};
EIRNN_COLD inline named_arrays_of_model name_tensors(const network_facts& net, const layout& l,
                                                     const std::vector<parameter_tensor>& tensors) {
    named_arrays_of_model all;
    const auto terms = names_of_terms(net);
    std::vector<std::size_t> first;  // of each area
    std::size_t n = 0;
    for (const auto& a : l.maps) first.push_back(n), n += a.terms.size();
    const auto name = [&](const parameter_tensor& t) -> std::string {
        const auto a = static_cast<std::size_t>(t.area), e = static_cast<std::size_t>(t.equation);
        const bool readout = a == net.areas.size();
        const auto area = readout ? net.outputs.front().name : net.areas[a].name;
        const auto of_variable = [&](const char* what) {
            return std::string(area) + "." + (readout ? "z" : std::string(net.areas[a].equations.variables[e])) + what;
        };
        switch (t.role) {
            case tensor_role::depthwise:
                return terms[first[a] + static_cast<std::size_t>(t.term)] + ".depthwise";
            case tensor_role::weights:
                return terms[first[a] + static_cast<std::size_t>(t.term)] + ".kernel";
            case tensor_role::bias:
                return of_variable(".bias");
            case tensor_role::initial:
                return of_variable(".initial");
            case tensor_role::scale:
                return of_variable(".scale");
            case tensor_role::shift:
                return of_variable(".shift");
            default:
                return std::string(area) + ".trained." + std::to_string(t.equation);
        }
    };
    for (std::size_t k = 0; k < tensors.size(); ++k) {
        const parameter_tensor& t = tensors[k];
        if (t.area >= static_cast<int>(l.maps.size())) continue;
        std::string running = name(t);
        all.arrays.push_back(array_of_tensor(running, t, k));
        if (t.role != tensor_role::scale) continue;
        // Where there is a scale, there are a mean and a variance of each of its numbers.
        running.replace(running.rfind('.'), std::string::npos, ".running");
        all.running.push_back(
            {std::move(running), {static_cast<std::uint64_t>(t.shape[0]), 2, static_cast<std::uint64_t>(t.shape[1])}, {}});
    }
    if (l.units > 0 || l.maps.empty()) {
        auto matrices = arrays_of_dense(tensors, l, names_of_groups(net, l));
        for (const weight_array& a : matrices) {
            if (a.tensors.empty() || tensors[a.tensors.front()].role != tensor_role::scale) continue;
            std::string running = a.name;
            running.replace(running.rfind("scale"), 5, "running");
            all.running.push_back({std::move(running), {1, 2, a.shape.front()}, {}});
        }
        all.arrays.insert(all.arrays.end(), std::make_move_iterator(matrices.begin()), std::make_move_iterator(matrices.end()));
    }
    return all;
}

}  // namespace EIRNN_NAMESPACE::detail
