// The one door from a network's types to numbers: maps, kernels, sizes, offsets, masks, signs and fixed weights as a layout.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/spec/extents.hpp>
#include <eirnn/spec/names.hpp>
#include <eirnn/spec/network.hpp>
#include <eirnn/spec/terms.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {

inline std::string pair_name(const network_facts& net, const pair_facts& pair) {
    return std::string(name_at(net, pair.from.what, pair.pre)) + " -> " + std::string(name_at(net, pair.to.what, pair.post));
}

// 32-bit FNV-1a: a random mask is addressed by the names of its two ends, so it does not move when the network grows.
constexpr std::uint32_t hash_of(std::string_view name) {
    std::uint32_t h = 2166136261u;
    for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h;
}

/// The columns of what a pair reads; of a map, what units read of it.
inline extent source_of(const network_facts& net, const extents& where, const pair_facts& pair) {
    if (net.reads_map(net.projections[static_cast<std::size_t>(pair.projection)]))
        return where.maps[static_cast<std::size_t>(net.populations[static_cast<std::size_t>(pair.pre)].area)];
    return where.of({pair.from.what, pair.pre, 1});
}
/// Writes the connections of one pair into its matrix.
class pair_writer {
public:
    /// `alone`: `out` is of this pair of maps alone, whose channels reach themselves but for the centre of a kernel.
    pair_writer(const network_facts& net, const extents& where, const pair_facts& pair, connectivity& out, bool alone = false)
        : net_(net),
          pair_(pair),
          p_(net.projections[static_cast<std::size_t>(pair.projection)]),
          post_(where.of({pair.to.what, pair.post, 1})),
          pre_(source_of(net, where, pair)),
          to_(where.of(pair.to)),
          from_(net.reads_map(p_) ? pre_ : where.of(pair.from)),
          out_(out),
          alone_(alone) {
        if (!alone) return;
        to_.begin = -where.of({pair.to.what, pair.to.begin, pair.post - pair.to.begin}).size;
        from_.begin = -where.of({pair.from.what, pair.from.begin, pair.pre - pair.from.begin}).size;
        post_.begin = pre_.begin = 0;
    }

    void write() {
        check_sizes();
        const weight_sign s = weight_sign_of(net_, p_, pair_.pre);
        const std::uint32_t source = hash_of(name_at(net_, pair_.from.what, pair_.pre)),
                            target = hash_of(name_at(net_, pair_.to.what, pair_.post));
        for (long j = 0; j < post_.size; ++j) {
            random_sequence draws(key_of(p_.seed, random_stream::masks), source, target, static_cast<std::uint32_t>(j));
            for (long i = 0; i < pre_.size; ++i) {
                const bool drawn = p_.mask != mask_kind::sparse || draws.bernoulli(p_.probability);
                const bool self = !alone_ && pair_.is_self(p_) && !p_.with_self && i == j;
                const bool plastic = p_.has_plastic() && drawn && mask_at(p_, row(j), col(i));
                const double weight = p_.has_fixed() ? p_.fixed.at(row(j), col(i)) : 0;
                if (self && (weight != 0 || (plastic && p_.mask == mask_kind::table)))
                    refuse("a unit would connect to itself", "0 on the diagonal", "a connection", "clear the diagonal, or add with_self", j,
                           i);
                if (!is_finite(weight) || (weight < 0 && s.rule != sign_rule::free))
                    refuse("a fixed weight is not a magnitude", "a finite number, at least 0", std::to_string(weight), "correct the table",
                           j, i);
                if (!self) set(post_.begin + j, pre_.begin + i, plastic, weight, s);
            }
        }
    }

private:
    int row(long j) const { return static_cast<int>(post_.begin - to_.begin + j); }
    int col(long i) const { return static_cast<int>(pre_.begin - from_.begin + i); }

    void set(long r, long c, bool plastic, double weight, weight_sign s) {
        if (!plastic && weight == 0) return;
        if ((plastic && out_.fixed(r, c) != 0) || (weight != 0 && (plastic || out_.plastic(r, c) != 0)))
            refuse("a connection is both fixed and trained", "one of the two", "both",
                   "set the fixed weight to 0 there, or narrow the mask", r - post_.begin, c - pre_.begin);
        if (plastic) out_.plastic(r, c) = 1;
        if (weight != 0) out_.fixed(r, c) = weight;
        out_.sign(r, c) = s.sign;
        out_.rule(r, c) = s.rule;
    }

    // What the types could not check because a size was dynamic.
    void check_sizes() const {
        const auto differs = [](int wanted, long have) { return wanted != dynamic && wanted != have; };
        bool fits = !differs(p_.table.posts, to_.size) && !differs(p_.table.pres, from_.size);
        fits = fits && !differs(p_.fixed.posts, to_.size) && !differs(p_.fixed.pres, from_.size);
        for (const rectangle_facts& r : p_.rectangles) fits = fits && r.post_end <= to_.size && r.pre_end <= from_.size;
        if (!fits)
            throw invalid_argument({"a mask or a table of fixed weights does not fit its projection",
                                    "projection " + pair_name(net_, pair_),
                                    std::to_string(to_.size) + " target units and " + std::to_string(from_.size) + " source units", "",
                                    "give it one row per target unit and one column per source unit"});
    }
    [[noreturn]] void refuse(const char* what, const char* expected, std::string got, const char* repair, long j, long i) const {
        throw invalid_argument({what, "projection " + pair_name(net_, pair_) + " at [" + std::to_string(j) + "][" + std::to_string(i) + "]",
                                expected, std::move(got), repair});
    }

    const network_facts& net_;
    const pair_facts& pair_;
    const projection_facts& p_;
    extent post_, pre_, to_, from_;
    connectivity& out_;
    bool alone_;
};

inline connectivity unconnected(long posts, long pres) {
    return {matrix<std::uint8_t>(posts, pres), matrix<double>(posts, pres), matrix<signed char>(posts, pres, 1),
            matrix<sign_rule>(posts, pres, sign_rule::free)};
}

// Dale's law holds for every entry of a column, also where there is no connection.
inline void sign_columns(connectivity& w, const network_facts& net, const extents& where) {
    for (std::size_t k = 0; k < net.populations.size(); ++k) {
        if (net.on_map(static_cast<int>(k))) continue;
        const weight_sign s = weight_sign_of(net, projection_facts{}, static_cast<int>(k));
        for (long r = 0; r < w.posts(); ++r)
            for (long c = where.units[k].begin; c < where.units[k].begin + where.units[k].size; ++c) {
                w.sign(r, c) = s.sign;
                w.rule(r, c) = s.rule;
            }
    }
}

constexpr kernel_entry lowered(kernel_facts k) {
    const kernel_form form = k.kind == kernel_facts::form::pointwise  ? kernel_form::pointwise
                             : k.kind == kernel_facts::form::ordinary ? kernel_form::ordinary
                             : k.kind == kernel_facts::form::enlarged ? kernel_form::enlarged
                                                                      : kernel_form::separable;
    return {form, k.size, form == kernel_form::enlarged ? 1 : k.stride};
}
constexpr grid_entry lowered(map_facts m) { return {m.height, m.width}; }
/// What hands channels over: an input, the last population of an area on a map, or a population of units.
inline driver_entry lower_driver(const network_facts& net, const extents& where, const projection_facts& p) {
    const extent source = where.of(p.source);
    if (p.source.what == endpoint::kind::input)
        return {-1 - net.images(static_cast<std::size_t>(p.source.begin)), p.delay, source.size, lowered(map_of_source(net, p.source))};
    const int area = net.populations[static_cast<std::size_t>(p.source.begin)].area;
    if (!net.from_units(p)) return {area, p.delay, source.size, lowered(map_of_source(net, p.source))};
    int first = area;  // of the areas of its cell
    while (first > static_cast<int>(net.maps()) && net.group_of(first - 1) == net.group_of(area)) --first;
    const long begin = where.units[static_cast<std::size_t>(net.areas[static_cast<std::size_t>(first)].first)].begin;
    return {static_cast<int>(net.maps()) + net.group_of(area), p.delay, source.size, {}, source.begin - begin};
}
inline map_entry lower_map(const network_facts& net, const extents& where, int index) {
    const area_facts& a = net.areas[static_cast<std::size_t>(index)];
    map_entry out;
    for (const projection_facts& p : net.projections)
        if (is_driver(net, p, index)) out.drivers.push_back(lower_driver(net, where, p));
    out.grid = lowered(map_of_area(net, index));
    for (int k = a.first; k < a.first + a.count; ++k) out.channels.push_back(where.units[static_cast<std::size_t>(k)].size);
    for (int k = 0; k < terms_of_area(net, index); ++k) {
        const term_facts t = term_at(net, index, k);
        out.terms.push_back({t.term.equation, t.term.source, lowered(t.kernel), t.rule, t.self, t.number, t.driver});
        if (t.projection < 0) continue;
        const projection_facts& p = net.projections[static_cast<std::size_t>(t.projection)];
        if (p.mask == mask_kind::dense && !p.has_fixed()) continue;
        auto mask = unconnected(where.of({endpoint::kind::population, t.target, 1}).size, where.of(t.source).size);
        pair_writer(net, where, {t.projection, p.source, p.target, t.source.begin, t.target}, mask, true).write();
        out.terms.back().mask = static_cast<long>(out.plastic.size());
        for (const std::uint8_t x : mask.plastic.data) out.plastic.push_back(x);
        for (const double x : mask.fixed.data) out.fixed.push_back(x);
    }
    out.pooling = {a.pooling.size, a.pooling.stride};
    return out;
}
inline map_entry lower_readout(const network_facts& net, const extents& where) {
    map_entry out;
    sign_rule rule = sign_rule::free;
    for (const projection_facts& p : net.projections) {
        if (p.where != place::output) continue;
        out.drivers.push_back(lower_driver(net, where, p));
        if (p.rule_given) rule = p.rule;
    }
    out.averaged_input = true;
    out.channels.push_back(where.outputs.front().size);
    out.terms.push_back({0, -1, {kernel_form::pointwise, 1, 1}, rule, true});
    return out;
}
/// The areas on maps, with their readout if no units follow them.
inline void lower_maps(layout& out, const network_facts& net, const extents& where) {
    out.steps = net.stack.steps;
    out.sum_over_steps = net.stack.sum_over_steps;
    out.shared_normalisation = net.stack.shared_normalisation;
    for (std::size_t k = 0; k < net.inputs.size(); ++k)
        if (net.inputs[k].map.given) out.images.push_back({-1 - net.images(k), 0, where.inputs[k].size, lowered(net.inputs[k].map)});
    const int maps = static_cast<int>(net.maps());
    for (int i = 0; i < maps; ++i) out.maps.push_back(lower_map(net, where, i));
    if (net.maps() == net.areas.size()) out.maps.push_back(lower_readout(net, where));
}

/// The units on one position and the matrices of their weights.
inline void lower_units(layout& out, const network_facts& net, const extents& where) {
    const auto end = [](const std::vector<extent>& v) { return v.empty() ? 0 : v.back().begin + v.back().size; };
    const auto maps = static_cast<int>(net.maps());
    out.units = end(where.units);
    out.outputs = end(where.outputs);
    for (std::size_t i = 0; i < where.inputs.size(); ++i)
        if (!net.inputs[i].map.given) out.inputs += where.inputs[i].size;
    for (int a = 0; a < maps; ++a) {
        const extent columns = where.maps[static_cast<std::size_t>(a)];
        if (columns.size == 0) continue;
        const int source = net.areas[static_cast<std::size_t>(a)].handed_over();
        const grid_entry map = lowered(map_of_source(net, {endpoint::kind::population, source, 1}));
        const long channels = where.units[static_cast<std::size_t>(source)].size;
        out.read_maps.push_back({a, 0, channels, map, columns.begin, columns.size > channels});
        out.inputs += columns.size;
    }
    for (const area_facts& a : net.areas.subspan(net.maps())) {
        const extent x = where.of({endpoint::kind::area, a.first, a.count});
        out.areas.push_back({x.begin, x.size});
        const auto group = static_cast<std::size_t>(net.group_of(static_cast<int>(&a - net.areas.data())));
        if (group >= out.groups.size()) out.groups.push_back({x.begin, 0});
        out.groups.back().size += x.size;
    }
    if (out.groups.size() == 1) out.groups.clear();
    for (std::size_t k = 0; k < net.populations.size(); ++k) {
        const population_facts& p = net.populations[k];
        if (p.area < maps) continue;
        out.populations.push_back({where.units[k].begin, where.units[k].size, p.area - maps, p.sign, p.kind == role::interneuron});
    }
    for (const extent& x : where.outputs) out.output_channels.push_back({x.begin, x.size});
    for (std::size_t k = 0; k < where.outputs.size(); ++k)
        if (const over_steps over = net.outputs[k].over; over != over_steps::each)
            (over == over_steps::mean ? out.averaged_outputs : out.summed_outputs).push_back(out.output_channels[k]);

    out.recurrent = unconnected(out.units, out.units);
    out.input = unconnected(out.units, out.inputs);
    out.output = unconnected(out.outputs, out.units);
    sign_columns(out.recurrent, net, where);
    sign_columns(out.output, net, where);
    for (sign_rule& r : out.input.rule.data) r = net.rule;

    for_each_pair(net, [&](const pair_facts& pair) {
        const projection_facts& p = net.projections[static_cast<std::size_t>(pair.projection)];
        if (!net.is_matrix(p)) return;
        const bool in = net.enters_units(p), read = p.where == place::output;
        pair_writer(net, where, pair, in ? out.input : read ? out.output : out.recurrent).write();
        const extent post = where.of({pair.to.what, pair.post, 1}), pre = source_of(net, where, pair);
        const auto matrix = in ? block_entry::where::input : read ? block_entry::where::output : block_entry::where::recurrent;
        out.blocks.push_back({matrix, post.begin, post.size, pre.begin, pre.size, p.where == place::long_range, p.has_plastic()});
        if (!p.into.empty()) {
            const int area = net.populations[static_cast<std::size_t>(pair.post)].area;
            out.blocks.back().equations = equations_entered(net.areas[static_cast<std::size_t>(area)].equations, p);
        }
    });
}

inline layout lower_facts(const network_facts& net, const sizes& given) {
    const extents where = resolve_sizes(net, given);
    layout out;
    for (const extent& x : where.inputs) out.input_channels.push_back({x.begin, x.size});
    if (net.maps() > 0) lower_maps(out, net, where);
    if (net.maps() < net.areas.size()) lower_units(out, net, where);
    return out;
}

}  // namespace detail

/// The network as numbers. Areas on maps lie as declared, each with its drivers in the order of the projections; the channels of each are
/// those of its populations. Units lie area by area, in an area population by population as declared; inputs and outputs in the order in
/// which projections name them first. `blocks` has one entry per pair of populations of every projection that is a matrix: local area by
/// area, long-range, inputs, outputs; the target outside, the source inside. Throws invalid_argument if a dynamic size is missing or
/// superfluous, or if a mask or a fixed weight breaks a rule that could not be checked while compiling.
template <class Net>
layout lower(const sizes& given = {}) {
    static_assert(sizeof(detail::asked_of<Net>) > 0);
    using traits = network_traits<detail::network_or_none<Net>>;
    if constexpr (traits::well_formed)
        return detail::lower_facts(traits::facts, given);
    else
        return {};
}

}  // namespace EIRNN_NAMESPACE
