// Weights of a network that was trained elsewhere: effective matrices and vectors by name, from a file or from memory.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/io/weight_loader.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
namespace detail {

/// "E 3": the unit or channel and its number among those of its name.
template <class Names, class Ranges>
EIRNN_COLD std::string part_text(const Names& names, const Ranges& ranges, long k) {
    for (std::size_t i = 0; i < ranges.size(); ++i)
        if (k >= ranges[i].begin && k < ranges[i].begin + ranges[i].size)
            return std::string(names[i].name) + " " + std::to_string(k - ranges[i].begin);
    return std::to_string(k);
}

/// What a dense network expects. The layout and the facts must outlive the slots.
template <class Weights>
EIRNN_COLD std::vector<weight_slot> slots_of(const Weights& w, const layout& l, const network_facts& net) {
    std::vector<weight_slot> slots;
    each_array(w, [&](const std::string& name, const std::vector<std::uint64_t>& shape, const auto&) {
        weight_slot& s = slots.emplace_back(weight_slot{name, shape});
        const auto unit = [&l, &net](long k) { return part_text(net.populations, l.populations, k); };
        const auto input = [&l, &net](long k) { return part_text(net.inputs, l.input_channels, k); };
        const auto output = [&l, &net](long k) { return part_text(net.outputs, l.output_channels, k); };
        if (name.front() != 'W') {
            s.units = [=, of_output = name == "b_out"](std::size_t k) { return of_output ? output(long(k)) : unit(long(k)); };
            return;
        }
        const bool in = name.starts_with("W_in"), out = name == "W_out";
        const connectivity& c = in ? l.input : out ? l.output : l.recurrent;
        const long columns = static_cast<long>(shape[1]);
        s.scaled = !in && !out;
        // A cell that projects from several variables has one block of columns for each.
        s.rule = [&c, columns](std::size_t k) {
            const long post = long(k) / columns, pre = long(k) % columns % c.pres();
            const bool negative = c.sign(post, pre) < 0;
            return entry_rule{c.plastic(post, pre) != 0, c.rule(post, pre), negative, negative ? -c.fixed(post, pre) : c.fixed(post, pre)};
        };
        s.units = [=, &c](std::size_t k) {
            const long post = long(k) / columns, pre = long(k) % columns % c.pres();
            return "to " + (out ? output(post) : unit(post)) + " from " + (in ? input(pre) : unit(pre));
        };
    });
    return slots;
}

/// Puts what was read for the slots into weights of the same arrays.
template <class Weights>
EIRNN_COLD void put(const std::vector<weight_slot>& slots, std::vector<double> weight_slot::*what, Weights& w) {
    std::size_t k = 0;
    each_array(w, [&](const std::string&, const auto&, auto& values) {
        const weight_slot& s = slots[k++];
        if (s.found) values.assign((s.*what).begin(), (s.*what).end());
    });
}

template <Network Net, backend::Backend B>
weight_report load_arrays(model<Net, B>& m, const array_list& arrays, const weight_options& how) {
    using T = typename B::scalar;
    weight_set<T> raw = m.raw(), effective = m.effective();
    auto slots = slots_of(raw, m.structure(), network_traits<Net>::facts);
    weight_report report = weight_loader<T>(arrays, how).fill(slots);
    put(slots, &weight_slot::raw, raw);
    put(slots, &weight_slot::effective, effective);
    m.numerics().set_raw(raw, &effective);
    return report;
}

}  // namespace detail

/// Loads the weights of a network that was trained elsewhere from an NPZ file (compressed or not) or a safetensors file: `W_in`, `W_rec`,
/// `W_out` as the network computes with them (effective, [post][pre]), `b_rec`, `b_out`, `x0`; cells with several gates number them
/// (`W_rec.1`). Any floating-point type, byte order and memory order; extents of 1 in a shape do not count. Raw weights are those whose
/// effective ones are the file's: exactly, under soft_rectify to rounding. Numbers that a model does not train (biases, a fixed x0) are
/// taken over too.
///
/// Refused, all at once and changing nothing: missing and unknown arrays, other shapes, integers, NaN and infinity, weights that break a
/// sign, a mask or a fixed weight (of W_rec up to one common factor, which initial weights have too), and 0 under soft_rectify. Throws
/// missing_file; bad_file; invalid_argument for a file of another kind. docs/weights.md has the names and conventions of other libraries.
template <Network Net, backend::Backend B>
weight_report load_weights(model<Net, B>& m, const std::filesystem::path& path, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::of_file(path), how);
}
/// The same from arrays in memory (`make_tensor`). Throws invalid_argument where the other throws bad_file.
template <Network Net, backend::Backend B>
weight_report load_weights(model<Net, B>& m, const std::vector<tensor>& arrays, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::in_memory(arrays), how);
}

}  // namespace EIRNN_NAMESPACE
