// What <eirnn/io/describe.hpp> says of areas on maps: populations, the terms of their equations, pooling, readout, stated exceptions.
#pragma once
#include <eirnn/io/describe_words.hpp>
#include <eirnn/spec/lower.hpp>

#include <string>
#include <string_view>

namespace EIRNN_NAMESPACE::detail {

class words_of_maps : words {
public:
    words_of_maps(const network_facts& net, const layout& lowered) : net_(net), layout_(lowered) {}

    std::string heading() const {
        return count(layout_.steps, "time step") + ", batch norm " + (layout_.shared_normalisation ? "shared by all steps" : "for each step");
    }
    std::string inputs() const {
        std::string out;
        each_image([&](std::string_view name, const driver_entry& of) {
            out += "input " + std::string(name) + ": " + channels(of.channels) + " on " + size(of.grid) + "\n";
        });
        return out;
    }
    std::string areas() const {
        std::string out;
        for (std::size_t a = 0; a < net_.maps(); ++a) out += area_text(a);
        return out;
    }
    /// Of a readout of maps.
    std::string output() const {
        return "output " + std::string(net_.outputs[0].name) + ": " + channels(layout_.maps.back().channels[0]) + "\n" + readout_text();
    }

    std::string input_nodes() const {
        std::string out;
        each_image([&](std::string_view name, const driver_entry& of) {
            out += node(name, channels(of.channels) + "\\n" + size(of.grid), "shape=cds");
        });
        return out;
    }
    std::string clusters() const {
        std::string out;
        for (std::size_t a = 0; a < net_.maps(); ++a) {
            const std::string name(net_.areas[a].name);
            out += "  subgraph cluster_" + name + " {\n    label=\"" + name + "\\n" + size(layout_.maps[a].grid) + "\";\n";
            for (int k = 0; k < net_.areas[a].count; ++k) {
                const population_facts& p = population(a, k);
                const std::string colour = ", color=" + std::string(colour_of(p.sign));
                out += "  " + node(p.name, population_text(a, k, "\\n"), "shape=ellipse" + colour);
            }
            out += "  }\n";
        }
        return out;
    }
    std::string output_node() const { return node(net_.outputs[0].name, channels(layout_.maps.back().channels[0]), "shape=cds"); }
    /// Every term is an edge with the name of its equation.
    std::string edges() const {
        std::string out;
        for (std::size_t a = 0; a < net_.maps(); ++a)
            for (std::size_t k = 0; k < layout_.maps[a].terms.size(); ++k) {
                const term_facts t = term_at(net_, static_cast<int>(a), static_cast<int>(k));
                const std::string_view equation = net_.areas[a].equations.variables[static_cast<std::size_t>(t.term.equation)];
                out += edge(source_name(t), target_name(t), equation, weights(a, k), t.sign, t.from_below());
            }
        if (layout_.units > 0) return out;
        const projection_facts& p = readout_projection();
        const polarity sign = layout_.maps.back().terms[0].rule == sign_rule::free ? polarity::free : polarity::excitatory;
        const std::string from(net_.populations[static_cast<std::size_t>(p.source.begin)].name);
        return out + edge(from, net_.outputs[0].name, "mean", weights(net_.areas.size(), 0), sign, true);
    }

private:
    template <class F>
    void each_image(const F& f) const {
        std::size_t next = 0;
        for (const channel_facts& c : net_.inputs)
            if (c.map.given) f(c.name, layout_.images[next++]);
    }
    static std::string channels(long n) { return count(n, "channel"); }
    static std::string size(grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); }
    static std::string window(int n, int stride) {
        return std::to_string(n) + " x " + std::to_string(n) + (stride > 1 ? ", stride " + std::to_string(stride) : "");
    }
    static std::string kernel_text(kernel_entry k) {
        if (k.form == kernel_form::pointwise) return "pointwise";
        if (k.form == kernel_form::enlarged) return "enlarged";
        return (k.form == kernel_form::ordinary ? "convolution " : "separable ") + window(k.size, k.stride);
    }

    const population_facts& population(std::size_t area, int k) const {
        return net_.populations[static_cast<std::size_t>(net_.areas[area].first + k)];
    }
    std::string population_text(std::size_t area, int k, std::string_view separator) const {
        const population_facts& p = population(area, k);
        std::string out(net_.areas[area].equations.shapes[static_cast<std::size_t>(k)]);
        out += separator;
        out += channels(layout_.maps[area].channels[static_cast<std::size_t>(k)]);
        out += separator;
        out += sign_name(p.sign);
        out += separator;
        return out + (p.kind == role::principal ? "principal" : "interneuron");
    }
    std::string_view source_name(const term_facts& t) const { return name_at(net_, t.source.what, t.source.begin); }
    std::string_view target_name(const term_facts& t) const { return net_.populations[static_cast<std::size_t>(t.target)].name; }

    /// Trained weights of a term; a separable kernel has two factors.
    long weights(std::size_t area, std::size_t index) const {
        const map_entry& a = layout_.maps[area];
        const bool is_readout = area == net_.areas.size();
        const term_facts t = is_readout ? term_facts{} : term_at(net_, static_cast<int>(area), static_cast<int>(index));
        const term_entry& e = a.terms[index];
        const long posts = a.channels[static_cast<std::size_t>(t.term.shape)];
        const long pres = e.source < 0 ? a.drivers[static_cast<std::size_t>(e.driver)].channels
                                       : a.channels[static_cast<std::size_t>(t.term.source_shape)];
        const auto connected = [&](long post, long pre) {
            return e.mask < 0 || a.plastic[static_cast<std::size_t>(e.mask + post * pres + pre)] != 0;
        };
        long pairs = 0, own = 0;
        for (long i = 0; i < posts; ++i)
            for (long j = 0; j < pres; ++j) pairs += connected(i, j), own += i == j && connected(i, j);
        const long mixing = pairs - (e.self ? 0 : own), taps = e.kernel.taps();
        if (e.kernel.form == kernel_form::separable) return pres * taps + mixing;
        return mixing + pairs * (taps - 1);
    }

    std::string area_text(std::size_t index) const {
        const area_facts& facts = net_.areas[index];
        const map_entry& area = layout_.maps[index];
        std::string out = "area " + std::string(facts.name) + ": " + size(area.grid) + "\n";
        for (int k = 0; k < facts.count; ++k)
            out += "  population " + std::string(population(index, k).name) + ": " + population_text(index, k, ", ") + "\n";
        for (std::size_t k = 0; k < area.terms.size(); ++k) {
            const term_facts t = term_at(net_, static_cast<int>(index), static_cast<int>(k));
            out += "  " + std::string(source_name(t)) + " -> " + std::string(target_name(t));
            out += " (" + term_name(net_, static_cast<int>(index), t) + "): ";
            out += kernel_text(area.terms[k].kernel) + late_text(t.projection) + (t.self ? "" : " without self-connections") + ", ";
            if (area.terms[k].mask >= 0) out += mask_name(net_.projections[static_cast<std::size_t>(t.projection)]) + ", ";
            out += sign_name(t.sign);
            out += ", " + std::string(rule_name(t.rule)) + (t.term.negative ? ", subtracted" : "") + ", ";
            out += std::to_string(weights(index, k)) + " weights" + waiver_text(t.projection) + "\n";
        }
        if (!area.pooling.exists()) return out;
        return out + "  max_pool " + window(area.pooling.size, area.pooling.stride) + ": " + size(area.output_grid()) + " leave the area\n";
    }

    const projection_facts& readout_projection() const {
        std::size_t i = 0;
        while (net_.projections[i].where != place::output) ++i;
        return net_.projections[i];
    }
    std::string readout_text() const {
        const projection_facts& p = readout_projection();
        const map_entry& readout = layout_.maps.back();
        std::string out = "  " + std::string(net_.populations[static_cast<std::size_t>(p.source.begin)].name) + " -> ";
        out += std::string(net_.outputs[0].name) + ": mean over " + size(readout.drivers.front().grid) + " of ";
        out += layout_.sum_over_steps ? "the sum of all time steps, " : "the last time step, ";
        out += std::string(rule_name(readout.terms[0].rule)) + ", " + std::to_string(weights(net_.areas.size(), 0)) + " weights";
        return out + waiver_text(static_cast<int>(&p - net_.projections.data())) + "\n";
    }
    std::string late_text(int projection) const {
        const int steps = projection < 0 ? 0 : net_.projections[static_cast<std::size_t>(projection)].delay;
        return steps == 0 ? std::string() : ", " + count(steps, "step") + " late";
    }
    std::string waiver_text(int projection) const {
        std::string out;
        if (projection < 0) return out;
        for (const std::string& w : waivers(net_.projections[static_cast<std::size_t>(projection)].waivers)) out += ", allows " + w;
        return out;
    }

    static std::string edge(std::string_view from, std::string_view to, std::string_view equation, long n, polarity s, bool dashed) {
        const std::string_view head = s == polarity::excitatory ? "normal" : s == polarity::inhibitory ? "tee" : "odot";
        std::string out = "  \"" + std::string(from) + "\" -> \"" + std::string(to) + "\" [label=\"" + std::string(equation) + ": ";
        out += count(n, "weight") + "\", color=" + std::string(colour_of(s)) + ", arrowhead=" + std::string(head);
        return out + ", style=" + (dashed ? "dashed" : "solid") + "];\n";
    }

    const network_facts& net_;
    const layout& layout_;
};

}  // namespace EIRNN_NAMESPACE::detail
