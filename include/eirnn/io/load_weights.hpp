// Weights of a network that was trained elsewhere: effective matrices and vectors by name, from a file or from memory.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/io/weight_loader.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
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

/// What a network expects: its weights, and their running statistics.
template <backend::Backend B>
EIRNN_COLD std::vector<weight_slot> slots_of(const any_model<B>& m, const weight_set<typename B::scalar>& raw) {
    std::vector<weight_slot> slots;
    auto rules = m.rules();
    for (std::size_t k = 0; k < rules.size(); ++k) {
        weight_slot& s = slots.emplace_back(weight_slot{raw.tensors[k].name, raw.tensors[k].shape});
        s.rules = std::move(rules[k]);
        s.scaled = s.name.starts_with("W_rec");
    }
    for (const auto& t : raw.running) slots.emplace_back(weight_slot{t.name, t.shape}).variances = true;
    return slots;
}
/// Says of the entries of a dense network which units they belong to. The layout must outlive the slots.
template <Network Net>
EIRNN_COLD void name_units(std::vector<weight_slot>& slots, const layout& l) {
    constexpr auto& net = network_traits<Net>::facts;
    const auto unit = [&l](long k) { return part_text(net.populations, l.populations, k); };
    const auto input = [&l](long k) { return part_text(net.inputs, l.input_channels, k); };
    const auto output = [&l](long k) { return part_text(net.outputs, l.output_channels, k); };
    for (weight_slot& s : slots) {
        const bool in = s.name.starts_with("W_in"), out = s.name.ends_with("_out"), matrix = s.shape.size() == 2;
        // A cell that projects from several variables has one block of columns for each.
        const long columns = matrix ? static_cast<long>(s.shape[1]) : 1, pres = in ? l.inputs : l.units;
        s.units = [=](std::size_t k) {
            const std::string post = out ? output(long(k) / columns) : unit(long(k) / columns);
            const long pre = long(k) % columns % pres;
            return matrix ? "to " + post + " from " + (in ? input(pre) : unit(pre)) : post;
        };
    }
}

template <backend::Backend B>
weight_report load_arrays(any_model<B>& m, const array_list& arrays, const weight_options& how, const auto& describe) {
    using T = typename B::scalar;
    weight_set<T> raw = m.raw(), effective = m.effective();
    auto slots = slots_of(m, raw);
    describe(slots);
    weight_report report = weight_loader<T>(arrays, how).fill(slots);
    const auto put = [&](std::vector<double> weight_slot::*what, weight_set<T>& w) {
        std::size_t k = 0;
        each_array(w, [&](const std::string&, const auto&, std::vector<T>& values) {
            const weight_slot& s = slots[k++];
            if (s.found) values.assign((s.*what).begin(), (s.*what).end());
        });
    };
    put(&weight_slot::raw, raw);
    put(&weight_slot::effective, effective);
    // Statistics from elsewhere are those of a long run: the first step here must not replace them.
    const auto running = slots.begin() + static_cast<std::ptrdiff_t>(raw.tensors.size());
    if (std::any_of(running, slots.end(), [](const weight_slot& s) { return s.found; }))
        raw.running_steps = (std::max)(raw.running_steps, running_steps_before);
    m.set_raw(raw, &effective);
    return report;
}
template <Network Net, backend::Backend B>
weight_report load_arrays(model<Net, B>& m, const array_list& arrays, const weight_options& how) {
    return load_arrays(static_cast<any_model<B>&>(m), arrays, how, [&](std::vector<weight_slot>& slots) {
        if constexpr (DenseNetwork<Net>) name_units<Net>(slots, m.structure());
    });
}
template <backend::Backend B>
weight_report load_arrays(any_model<B>& m, const array_list& arrays, const weight_options& how) {
    return load_arrays(m, arrays, how, [](const auto&) {});
}

}  // namespace detail

/// Loads the weights of a network that was trained elsewhere from an NPZ file (compressed or not) or a safetensors file, under the names of
/// `effective()`. Of a dense network `W_in`, `W_rec`, `W_out` as it computes with them (effective, [post][pre]), `b_rec`, `b_out`, `x0`;
/// cells with several gates number them (`W_rec.1`). Of a network on grids kernels [post][pre] or [post][pre][y][x], depthwise kernels
/// [pre][y][x], biases [unit], scales and shifts [step][unit], and running statistics of batch norm, [step][mean, variance][unit]. Any
/// floating-point type, byte order and memory order; extents of 1 in a shape do not count. Raw weights are those whose effective ones are
/// the file's: exactly, under soft_rectify to rounding. Numbers that a model does not train (biases, a fixed x0) are taken over too.
///
/// Refused, all at once and changing nothing: missing and unknown arrays, other shapes, integers, NaN and infinity, weights that break a
/// sign, a mask or a fixed weight (of W_rec up to one common factor, which initial weights have too), and 0 under soft_rectify. Throws
/// missing_file; bad_file; invalid_argument for a file of another kind. docs/weights.md has the names and conventions of other libraries.
template <AnyModel M>
weight_report load_weights(M& m, const std::filesystem::path& path, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename M::scalar>::of_file(path), how);
}
/// The same from arrays in memory (`make_tensor`). Throws invalid_argument where the other throws bad_file.
template <AnyModel M>
weight_report load_weights(M& m, const std::vector<tensor>& arrays, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename M::scalar>::in_memory(arrays), how);
}

}  // namespace EIRNN_NAMESPACE
