// Weights of a network that was trained elsewhere: effective matrices and vectors by name, from a file or from memory.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/io/weight_loader.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/model/any_model.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
namespace detail {

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
/// Says of the entries of a dense network which units they belong to. The identity must outlive the slots.
EIRNN_COLD inline void name_units(std::vector<weight_slot>& slots, const model_identity& id) {
    if (id.units.empty()) return;
    for (weight_slot& s : slots) {
        s.posts = s.name.ends_with("_out") ? &id.outputs : &id.units;
        if (s.shape.size() == 2) s.pres = s.name.starts_with("W_in") ? &id.inputs : &id.units;
    }
}

template <backend::Backend B>
EIRNN_COLD weight_report load_arrays(any_model<B>& m, const array_list& arrays, const weight_options& how) {
    using T = typename B::scalar;
    weight_set<T> raw = m.raw(), effective = m.effective();
    auto slots = slots_of(m, raw);
    name_units(slots, m.identity());
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
template <backend::Backend B>
weight_report load_weights(any_model<B>& m, const std::filesystem::path& path, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::of_file(path), how);
}
/// The same from arrays in memory (`make_tensor`). Throws invalid_argument where the other throws bad_file.
template <backend::Backend B>
weight_report load_weights(any_model<B>& m, const std::vector<tensor>& arrays, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::in_memory(arrays), how);
}

}  // namespace EIRNN_NAMESPACE
