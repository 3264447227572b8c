// A network in words and as a graph: areas, populations, projections, signs, masks, numbers of weights and stated exceptions.
#pragma once
#include <eirnn/io/describe_maps.hpp>
#include <eirnn/spec/lower.hpp>

#include <array>
#include <string>
#include <string_view>

namespace EIRNN_NAMESPACE {

/// A network in words. The same network and sizes give the same texts.
class description {
public:
    description(std::string text, std::string graphviz) : text_(std::move(text)), graphviz_(std::move(graphviz)) {}

    /// One line per part; on grids one per term W(...) of an area's equations: where it leads from and to, in brackets the equation and
    /// what the equation reads.
    const std::string& text() const& { return text_; }
    std::string text() && { return std::move(text_); }
    /// A graph in the DOT language of Graphviz: areas are boxes, excitatory projections end in arrows, inhibitory ones in bars, those of
    /// either sign in circles; those between areas are dashed, fixed ones dotted.
    const std::string& graphviz() const& { return graphviz_; }
    std::string graphviz() && { return std::move(graphviz_); }

private:
    std::string text_, graphviz_;
};

namespace detail {

/// Of units on one position.
class words_of_units : words {
public:
    words_of_units(const network_facts& net, const layout& lowered) : net_(net), layout_(lowered) {}

    std::string heading() const {
        std::string inputs = layout_.unit_inputs() > 0 || net_.maps() == 0 ? count(layout_.unit_inputs(), "input channel") : "";
        if (!layout_.read_maps.empty())
            inputs += (inputs.empty() ? "" : ", ") + count(layout_.inputs - layout_.unit_inputs(), "channel") +
                      (layout_.read_maps.size() == 1 ? " of a map" : " of maps");
        return count(layout_.units, "unit") + ", " + inputs + ", " + count(layout_.outputs, "output channel");
    }
    std::string areas() const {
        std::string out;
        for (std::size_t a = 0; a < layout_.areas.size(); ++a) {
            out += "area " + std::string(area(a).name) + ": " + count(layout_.areas[a].size, "unit") + "\n";
            for (int k = area(a).first; k < area(a).first + area(a).count; ++k)
                out += "  population " + population_text(static_cast<std::size_t>(k), ", ") + "\n";
        }
        return out;
    }
    std::string inputs() const {
        std::string out;
        for (std::size_t i = 0; i < net_.inputs.size(); ++i)
            if (!net_.inputs[i].map.given)
                out += "input " + std::string(net_.inputs[i].name) + ": " + count(layout_.input_channels[i].size, "channel") + "\n";
        return out;
    }
    std::string outputs() const {
        std::string out;
        for (std::size_t i = 0; i < net_.outputs.size(); ++i)
            out += "output " + std::string(net_.outputs[i].name) + ": " + count(layout_.output_channels[i].size, "channel") + "\n";
        std::size_t block = 0;
        for_each_pair(net_, [&](const pair_facts& pair) {
            if (net_.is_matrix(projection_of(pair))) out += projection_text(pair, layout_.blocks[block++]);
        });
        return out;
    }

    std::string input_nodes() const {
        std::string out;
        for (std::size_t i = 0; i < net_.inputs.size(); ++i)
            if (!net_.inputs[i].map.given) out += node(net_.inputs[i].name, count(layout_.input_channels[i].size, "channel"), "shape=cds");
        return out;
    }
    std::string clusters() const {
        std::string out;
        for (std::size_t a = 0; a < layout_.areas.size(); ++a) {
            const std::string name(area(a).name);
            out += "  subgraph cluster_" + name + " {\n    label=\"" + name + "\";\n";
            for (int k = area(a).first; k < area(a).first + area(a).count; ++k) {
                const auto i = static_cast<std::size_t>(k);
                const std::string colour = ", color=" + std::string(colour_of(net_.populations[i].sign));
                out += "  " + node(net_.populations[i].name, population_text(i, "\\n", false), "shape=ellipse" + colour);
            }
            out += "  }\n";
        }
        return out;
    }
    std::string output_nodes() const {
        std::string out;
        for (std::size_t i = 0; i < net_.outputs.size(); ++i)
            out += node(net_.outputs[i].name, count(layout_.output_channels[i].size, "channel"), "shape=cds");
        return out;
    }
    std::string edges() const {
        std::string out;
        std::size_t block = 0;
        for_each_pair(net_, [&](const pair_facts& pair) {
            if (net_.is_matrix(projection_of(pair))) out += edge(pair, layout_.blocks[block++]);
        });
        return out;
    }

private:
    const area_facts& area(std::size_t of_units) const { return net_.areas[net_.maps() + of_units]; }
    std::string population_text(std::size_t k, std::string_view separator, bool named = true) const {
        const population_facts& p = net_.populations[k];
        std::string out = named ? std::string(p.name) + ": " : "";
        out += count(layout_.populations[k - (net_.populations.size() - layout_.populations.size())].size, "unit");
        out += separator;
        out += sign_name(p.sign);
        out += separator;
        return out + (p.kind == role::principal ? "principal" : "interneuron");
    }

    const projection_facts& projection_of(const pair_facts& pair) const {
        return net_.projections[static_cast<std::size_t>(pair.projection)];
    }
    polarity sign_of_weights(const pair_facts& pair) const {
        const weight_sign s = weight_sign_of(net_, projection_of(pair), pair.pre);
        return s.rule == sign_rule::free ? polarity::free : s.sign < 0 ? polarity::inhibitory : polarity::excitatory;
    }
    static std::string into_text(const projection_facts& p) {
        std::string out;
        for (const std::string_view variable : p.into) out += (out.empty() ? "into " : ", ") + std::string(variable);
        return out;
    }
    std::string mask_text(const pair_facts& pair) const {
        const projection_facts& p = projection_of(pair);
        std::string out = mask_name(p);
        if (!p.into.empty()) out += " " + into_text(p);
        if (pair.is_self(p)) out += p.with_self ? " with self-connections" : " without self-connections";
        return out;
    }

    struct weight_count {
        long plastic = 0, fixed = 0;
    };
    weight_count count_weights(const pair_facts& pair, const block_entry& b) const {
        const projection_facts& p = projection_of(pair);
        const connectivity& w = b.matrix == block_entry::where::input    ? layout_.input
                                : b.matrix == block_entry::where::output ? layout_.output
                                                                         : layout_.recurrent;
        weight_count n;
        for (long r = b.post; r < b.post + b.posts; ++r)
            for (long c = b.pre; c < b.pre + b.pres; ++c) {
                n.plastic += p.has_plastic() && w.plastic(r, c) != 0;
                n.fixed += p.has_fixed() && w.fixed(r, c) != 0;
            }
        return n;
    }
    static std::string weight_text(weight_count n) {
        std::string out = std::to_string(n.plastic) + " plastic";
        return n.fixed ? out + " and " + std::to_string(n.fixed) + " fixed" : out;
    }
    std::string projection_text(const pair_facts& pair, const block_entry& b) const {
        const projection_facts& p = projection_of(pair);
        constexpr std::array<std::string_view, 4> places{"input", "local", "long-range", "output"};
        std::string out(places[static_cast<std::size_t>(p.where)]);
        out += " " + pair_name(net_, pair) + ": " + mask_text(pair) + ", " + std::string(sign_name(sign_of_weights(pair))) + ", ";
        out += std::string(rule_name(weight_sign_of(net_, p, pair.pre).rule)) + ", " + weight_text(count_weights(pair, b));
        for (const std::string& w : waivers(p.waivers)) out += ", allows " + w;
        return out + "\n";
    }
    std::string edge(const pair_facts& pair, const block_entry& b) const {
        const projection_facts& p = projection_of(pair);
        const polarity s = sign_of_weights(pair);
        const std::string_view head = s == polarity::excitatory ? "normal" : s == polarity::inhibitory ? "tee" : "odot";
        const std::string_view line = !p.has_plastic() ? "dotted" : p.where == place::long_range ? "dashed" : "solid";
        std::string out = "  \"" + std::string(name_at(net_, pair.from.what, pair.pre)) + "\" -> \"";
        out += std::string(name_at(net_, pair.to.what, pair.post)) + "\" [label=\"" + weight_text(count_weights(pair, b));
        if (!p.into.empty()) out += "\\n" + into_text(p);
        out += "\", color=" + std::string(colour_of(s)) + ", arrowhead=" + std::string(head) + ", style=" + std::string(line) + "];\n";
        return out;
    }

    const network_facts& net_;
    const layout& layout_;
};

/// Of a whole network.
EIRNN_COLD inline description describe_facts(const network_facts& net, const layout& l, std::string_view title) {
    const bool has_maps = !l.maps.empty(), has_units = l.units > 0 || !has_maps;
    const words_of_maps maps(net, l);
    const words_of_units units(net, l);
    std::string text = (title.empty() ? "network" : "network " + std::string(title)) + ": ";
    if (has_maps) text += maps.heading();
    if (has_units) text += (has_maps ? ", " : "") + units.heading();
    text += "\n";
    if (has_maps) text += maps.inputs() + maps.areas();
    if (has_units)
        text += units.areas() + units.inputs() + units.outputs();
    else
        text += maps.output();
    for (const std::string& w : words::waivers(net.waivers)) text += "the network allows " + w + "\n";

    std::string graph = "digraph network {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n";
    if (has_maps) graph += maps.input_nodes() + maps.clusters();
    if (has_units) graph += units.input_nodes();
    if (has_units)
        graph += units.clusters() + units.output_nodes();
    else
        graph += maps.output_node();
    if (has_maps) graph += maps.edges();
    if (has_units) graph += units.edges();
    return {std::move(text), graph + "}\n"};
}

}  // namespace detail

/// Describes a network. Throws what lowering throws.
template <class T>
description describe(const sizes& given = {}) {
    static_assert(sizeof(detail::asked_of<T>) > 0);
    using Net = detail::network_or_none<T>;
    constexpr std::string_view name = name_of<Net>();
    const std::string_view title = is_identifier(name) ? name : std::string_view{};
    return detail::describe_facts(network_traits<Net>::facts, lower<Net>(given), title);
}
/// A network is described by its type alone: this says so.
template <class T>
requires(!Network<T>) description describe(const T&) { return describe<T>(); }

}  // namespace EIRNN_NAMESPACE
