// Where every part of a network lies, all sizes known.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/spec/sizes.hpp>
#include <eirnn/spec/terms.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

struct extent {
    long begin = 0, size = 0;
};

/// Where every population, input and output lies, all sizes known: a population on one position among the units, one on a map among its own
/// channels; an image among the channels of all images.
struct extents {
    std::vector<extent> units, inputs, outputs;
    std::vector<extent> maps;  ///< of each area on a map that units read: its columns in their input matrix, behind the inputs

    const std::vector<extent>& of(endpoint::kind what) const {
        return what == endpoint::kind::input ? inputs : what == endpoint::kind::output ? outputs : units;
    }
    extent of(endpoint e) const {
        const auto& all = of(e.what);
        extent x{e.count ? all[static_cast<std::size_t>(e.begin)].begin : 0, 0};
        for (int i = e.begin; i < e.end(); ++i) x.size += all[static_cast<std::size_t>(i)].size;
        return x;
    }
};

template <class Entries>
std::vector<extent> place_in_order(const Entries& entries, const sizes& given, std::size_t& used) {
    std::vector<extent> out;
    long begin = 0;
    for (const auto& x : entries) {
        long size = x.size;
        for (const auto& g : given.entries())
            if (g.self == x.self && size == dynamic) {
                size = g.size;
                ++used;
            }
        if (size == dynamic)
            throw invalid_argument({"a size is missing", std::string(x.name), "a size for every part declared dynamic", "none",
                                    "add .of<" + std::string(x.name) + ">(n) to the sizes"});
        out.push_back({begin, size});
        begin += size;
    }
    return out;
}

inline extents resolve_sizes(const network_facts& net, const sizes& given) {
    std::size_t used = 0;
    extents out;
    out.units = place_in_order(net.populations, given, used);
    long on_maps = 0;
    for (std::size_t k = 0; k < out.units.size(); ++k) {
        const bool on_map = net.on_map(static_cast<int>(k));
        on_maps += on_map ? out.units[k].size : 0;
        out.units[k].begin = on_map ? 0 : out.units[k].begin - on_maps;
    }
    out.inputs = place_in_order(net.inputs, given, used);
    long column = 0, of_images = 0;
    for (std::size_t i = 0; i < out.inputs.size(); ++i) {
        long& next = net.inputs[i].map.given ? of_images : column;
        out.inputs[i].begin = next;
        next += out.inputs[i].size;
    }
    for (int a = 0; a < static_cast<int>(net.maps()); ++a) {
        const int source = net.areas[static_cast<std::size_t>(a)].handed_over();
        const projection_facts* reader = net.reader_of_map(a);
        const map_facts map = map_of_source(net, {endpoint::kind::population, source, 1});
        const bool whole = reader && reader->kernel.kind == kernel_facts::form::whole;
        const long each = whole ? static_cast<long>(map.height) * map.width : 1;
        out.maps.push_back({column, reader ? each * out.units[static_cast<std::size_t>(source)].size : 0});
        column += out.maps.back().size;
    }
    out.outputs = place_in_order(net.outputs, given, used);
    if (used == given.entries().size()) return out;
    const auto takes = [&](const sizes::entry& g) {
        const auto in = [&](const auto& entries) {
            for (const auto& x : entries)
                if (x.self == g.self && x.size == dynamic) return true;
            return false;
        };
        return in(net.populations) || in(net.inputs) || in(net.outputs);
    };
    std::string names;
    for (const auto& g : given.entries())
        if (!takes(g)) names += (names.empty() ? "" : ", ") + std::string(g.name);
    throw invalid_argument({"a size is given that the network does not need", names, "sizes of parts declared dynamic only", "",
                            "remove it, or declare the part dynamic"});
}

inline std::string_view name_at(const network_facts& net, endpoint::kind what, int index) {
    const auto i = static_cast<std::size_t>(index);
    return what == endpoint::kind::input    ? net.inputs[i].name
           : what == endpoint::kind::output ? net.outputs[i].name
                                            : net.populations[i].name;
}

}  // namespace EIRNN_NAMESPACE::detail
