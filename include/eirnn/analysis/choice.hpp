// How a choice between two outputs is read from a recording.
#pragma once
#include <eirnn/train/task.hpp>

#include <concepts>
#include <optional>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// What the analyses must know of a trial of two choices: choice 0 ("choice 1" of the paper) is correct in direction +1, choice 1 in
/// direction -1; coherence >= 0 in percent; times in ms from the start of the trial.
template <class C>
concept DecisionCondition = requires(const C& c) {
    { c.catch_trial } -> std::convertible_to<bool>;
    { c.coherence } -> std::convertible_to<double>;
    { c.direction } -> std::convertible_to<int>;
    { c.stimulus_onset } -> std::convertible_to<double>;
    { c.stimulus_offset } -> std::convertible_to<double>;
    { c.trial_end } -> std::convertible_to<double>;
};

/// A choice, and when it was made (ms from the start of the trial).
struct made_choice {
    long choice = 0;
    double time = 0;
};

/// The largest output at the end of the trial.
struct choice_at_end {
    template <class T, DecisionCondition C>
    std::optional<made_choice> operator()(const recording<T>& r, long trial, const C& c) const {
        return made_choice{final_choice(r, trial), c.trial_end};
    }
};

/// The output that first exceeds the threshold, at the resolution of the recording; none where neither does before the trial's end.
/// Where both do in the same sample, the larger one.
struct choice_at_threshold {
    double threshold = 1;  ///< in the units of the outputs

    template <class T, DecisionCondition C>
    std::optional<made_choice> operator()(const recording<T>& r, long trial, const C& c) const {
        const double end = c.trial_end + 1e-6 * r.dt;
        for (long k = 0; k < r.samples() && r.time(k) <= end; ++k) {
            long best = 0;
            for (long o = 1; o < r.outputs; ++o)
                if (r.output_at(k, trial, o) > r.output_at(k, trial, best)) best = o;
            if (static_cast<double>(r.output_at(k, trial, best)) > threshold) return made_choice{best, r.time(k)};
        }
        return std::nullopt;
    }
};

template <DecisionCondition C>
bool is_correct(const C& c, long choice) {
    return choice == (c.direction > 0 ? 0 : 1);
}

/// Calls `visit(trial, condition, choice)` for the trials that are not catch trials; `choice` is empty where none was made.
template <DecisionCondition C, class T, class Rule, class Visit>
void for_each_choice(const std::vector<C>& conditions, const recording<T>& r, const Rule& rule, const Visit& visit) {
    require_recording_of(r, conditions.size(), 2);
    for (std::size_t k = 0; k < conditions.size(); ++k) {
        if (conditions[k].catch_trial) continue;
        const auto trial = static_cast<long>(k);
        visit(trial, conditions[k], rule(r, trial, conditions[k]));
    }
}

}  // namespace EIRNN_NAMESPACE::analysis
