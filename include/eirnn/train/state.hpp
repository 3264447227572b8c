// Where a training run stands: everything that its next step depends on, and nothing else. A run that is resumed from it goes on bit for
// bit.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/model/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a validation measured. All numbers are finite.
struct validation_report {
    std::uint64_t iteration = 0;      ///< steps done before it
    std::uint64_t trials = 0;         ///< training trials seen before it
    double loss = 0;                  ///< of the task on the validation trials, penalties left out
    double rmse = 0;                  ///< of the outputs, over what the mask lets through
    double performance = 0;           ///< percent (0 .. 100), as the task scores it
    double spectral_radius = 0;       ///< of the effective recurrent matrix
    std::uint64_t guarded_steps = 0;  ///< those of the steps before it in which the optimiser's `guard` acted
    friend bool operator==(const validation_report&, const validation_report&) = default;
};

/// The index of the validation with the lowest loss, the first one of equals; `history` must not be empty.
inline std::size_t best_of(const std::vector<validation_report>& history) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < history.size(); ++k)
        if (history[k].loss < history[best].loss) best = k;
    return best;
}

template <class T>
struct trainer_state {
    std::uint64_t seed = 0;                 ///< of trials and noise
    std::uint64_t iteration = 0;            ///< steps done; keys the trials and the noise of the next step
    std::uint64_t trials = 0;               ///< training trials seen
    weight_set<T> raw;                      ///< weights as they are
    weight_set<T> first_moment, second_moment;  ///< of the optimiser; empty where it has none
    weight_set<T> best;                         ///< raw weights with the lowest validation loss; empty before the first validation
    owned_list<validation_report> history;  ///< every validation of the run, in order
    std::uint64_t guarded_steps = 0;        ///< steps in which the optimiser's `guard` acted
    std::uint64_t guarded_in_a_row = 0;     ///< those of them after which no other step was done
    /// States with which the trials of the last step ended, those of its forward pass; empty where the next ones begin as the network does.
    owned_list<std::vector<T>> carried;
    friend bool operator==(const trainer_state&, const trainer_state&) = default;
};

namespace detail {

/// Throws invalid_argument unless `w` has the arrays of `shape` and finite numbers only. Where it has running statistics, as in moments it
/// has none, they are those of `shape`.
template <class T>
void require_weights(const weight_set<T>& w, const weight_set<T>& shape, const std::string& where) {
    const auto text = [](const weight_set<T>& all) { return std::to_string(all.tensors.size()) + " arrays"; };
    bool fits = same_arrays(w, shape) && (w.running.empty() || w.running.size() == shape.running.size()), numbers = true;
    for (std::size_t k = 0; fits && k < w.running.size(); ++k)
        fits = w.running[k].name == shape.running[k].name && w.running[k].shape == shape.running[k].shape;
    for (const auto* list : {&w.tensors, &w.running})
        for (const auto& t : *list) numbers = numbers && first_not_finite(t.values.data) < 0;
    require(fits, "a training state does not fit the network or the optimiser", where, text(shape), text(w) + ", or other shapes",
            "restore it with the network and the kind of optimiser that it was saved with");
    require(numbers, "a training state holds numbers that are not finite", where, "finite numbers", "NaN or infinity",
            "take an earlier state");
}

}  // namespace detail

}  // namespace EIRNN_NAMESPACE
