// Weights of a network on grids that was trained elsewhere: effective kernels and vectors by name, from a file or from memory.
#pragma once
#include <eirnn/io/load_weights.hpp>
#include <eirnn/model/stack_model.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
namespace detail {

template <backend::Backend B>
weight_report load_arrays(stack_model<B>& m, const array_list& arrays, const weight_options& how) {
    using T = typename B::scalar;
    stack_weights<T> raw = m.raw();
    const stack_weights<T> coefficient = m.exported(&parameter_block<B>::coefficient);
    std::vector<weight_slot> slots;
    for (std::size_t i = 0; i < raw.tensors.size(); ++i) {
        weight_slot& s = slots.emplace_back(weight_slot{raw.tensors[i].name, raw.tensors[i].shape});
        s.rule = [rule = m.tensors()[i].rule, &sign = coefficient.tensors[i].values](std::size_t k) {
            return entry_rule{sign[k] != T(0), rule, sign[k] < T(0), 0};
        };
    }
    for (const auto& t : raw.running) {
        weight_slot& s = slots.emplace_back(weight_slot{t.name, t.shape});
        s.variances = t.shape.size() == 3 && t.shape[1] == 2;
    }
    weight_report report = weight_loader<T>(arrays, how).fill(slots);
    put(slots, &weight_slot::raw, raw);
    // Statistics from elsewhere are those of a long run: the first step here must not replace them.
    const auto running = slots.begin() + static_cast<std::ptrdiff_t>(raw.tensors.size());
    if (std::any_of(running, slots.end(), [](const weight_slot& s) { return s.found; }))
        raw.running_steps = (std::max)(raw.running_steps, running_steps_before);
    m.set_raw(raw);
    return report;
}

}  // namespace detail

/// As for dense networks: the arrays that `effective()` names, kernels [post][pre] or [post][pre][y][x], depthwise kernels [pre][y][x],
/// biases [unit], scales and shifts [step][unit]; and running statistics of batch norm, [step][mean, variance][unit].
template <backend::Backend B>
weight_report load_weights(stack_model<B>& m, const std::filesystem::path& path, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::of_file(path), how);
}
template <backend::Backend B>
weight_report load_weights(stack_model<B>& m, const std::vector<tensor>& arrays, const weight_options& how = {}) {
    return detail::load_arrays(m, detail::foreign_arrays<typename B::scalar>::in_memory(arrays), how);
}
// The functions of load_weights.hpp would fit a model of a known network better.
template <GridNetwork Net, backend::Backend B>
weight_report load_weights(model<Net, B>& m, const std::filesystem::path& path, const weight_options& how = {}) {
    return load_weights(static_cast<stack_model<B>&>(m), path, how);
}
template <GridNetwork Net, backend::Backend B>
weight_report load_weights(model<Net, B>& m, const std::vector<tensor>& arrays, const weight_options& how = {}) {
    return load_weights(static_cast<stack_model<B>&>(m), arrays, how);
}

}  // namespace EIRNN_NAMESPACE
