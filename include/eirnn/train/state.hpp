// Where a training run stands: everything that its next step depends on, and nothing else. A run that is resumed from it goes on bit for
// bit.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/model/images.hpp>
#include <eirnn/model/dense_parameters.hpp>

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

/// `Weights`: what the model hands out as its weights.
template <class T, class Weights = weight_set<T>>
struct trainer_state {
    std::uint64_t seed = 0;                 ///< of trials and noise
    std::uint64_t iteration = 0;            ///< steps done; keys the trials and the noise of the next step
    std::uint64_t trials = 0;               ///< training trials seen
    Weights raw;                            ///< weights as they are
    Weights first_moment, second_moment;    ///< of the optimiser; empty where it has none
    Weights best;                           ///< raw weights with the lowest validation loss; empty before the first validation
    owned_list<validation_report> history;  ///< every validation of the run, in order
    std::uint64_t guarded_steps = 0;        ///< steps in which the optimiser's `guard` acted
    std::uint64_t guarded_in_a_row = 0;     ///< those of them after which no other step was done
    friend bool operator==(const trainer_state&, const trainer_state&) = default;
};

namespace detail {

/// Throws invalid_argument unless `w` has the shapes of `shape` and finite numbers only.
template <class T>
void require_weights(const weight_set<T>& w, const weight_set<T>& shape, const std::string& where) {
    bool fits = w.input.size() == shape.input.size() && w.recurrent.size() == shape.recurrent.size() &&
                w.bias.size() == shape.bias.size() && w.initial.size() == shape.initial.size();
    bool numbers = true;
    const auto array = [&](const std::vector<T>& a, const std::vector<T>& b) {
        fits = fits && a.size() == b.size();
        for (const T x : a) numbers = numbers && is_finite(x);
    };
    const auto table = [&](const matrix<T>& a, const matrix<T>& b) {
        fits = fits && a.rows == b.rows && a.cols == b.cols;
        array(a.data, b.data);
    };
    for (std::size_t k = 0; fits && k < w.input.size(); ++k) table(w.input[k], shape.input[k]);
    for (std::size_t k = 0; fits && k < w.recurrent.size(); ++k) table(w.recurrent[k], shape.recurrent[k]);
    for (std::size_t k = 0; fits && k < w.bias.size(); ++k) array(w.bias[k], shape.bias[k]);
    for (std::size_t k = 0; fits && k < w.initial.size(); ++k) array(w.initial[k], shape.initial[k]);
    table(w.output, shape.output);
    array(w.output_bias, shape.output_bias);
    require(fits, "a training state does not fit the network or the optimiser", where,
            shape.recurrent.empty() ? "nothing" : "the network's shapes", w.recurrent.empty() ? "nothing" : "other shapes",
            "restore it with the network and the kind of optimiser that it was saved with");
    require(numbers, "a training state holds numbers that are not finite", where, "finite numbers", "NaN or infinity",
            "take an earlier state");
}

template <class T>
void require_weights(const stack_weights<T>& w, const stack_weights<T>& shape, const std::string& where) {
    bool fits = w.tensors.size() == shape.tensors.size(), numbers = true;
    const auto look = [&](const named_values<T>& a, const named_values<T>& b) {
        fits = fits && a.name == b.name && a.shape == b.shape && a.values.size() == b.values.size();
        for (const T x : a.values) numbers = numbers && is_finite(x);
    };
    for (std::size_t k = 0; fits && k < w.tensors.size(); ++k) look(w.tensors[k], shape.tensors[k]);
    for (std::size_t k = 0; fits && k < w.running.size() && k < shape.running.size(); ++k) look(w.running[k], shape.running[k]);
    require(fits, "a training state does not fit the network or the optimiser", where, std::to_string(shape.tensors.size()) + " tensors",
            std::to_string(w.tensors.size()) + " tensors, or other shapes",
            "restore it with the network and the kind of optimiser that it was saved with");
    require(numbers, "a training state holds numbers that are not finite", where, "finite numbers", "NaN or infinity",
            "take an earlier state");
}

}  // namespace detail

}  // namespace EIRNN_NAMESPACE
