// What tasks have in common: conditions drawn or swept, epochs of fixation and decision, catch trials, choices and how they are scored.
#pragma once
#include <eirnn/task/schedule.hpp>
#include <eirnn/train/stopping.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// A duration (ms) while training (and validating), and when the trained network is tested.
struct setting {
    double training = 0;  ///< ms, in training and validation
    double test = 0;      ///< ms, in the test
    double of(purpose what) const { return what == purpose::test ? test : training; }
};

/// What one of two opposed inputs gets at signed coherence c (percent): (1 + c / 100) / 2; the other gets that of -c.
constexpr double evidence(double c) { return (1 + c / 100) / 2; }

/// What an input gets that is tuned to rates f from `least` to `most`: 0.4 to 1.2 with rising f, or falling.
constexpr double rising_tuning(double f, double least, double most) { return 0.4 + 0.8 * (f - least) / (most - least); }
constexpr double falling_tuning(double f, double least, double most) { return 0.4 + 0.8 * (most - f) / (most - least); }

/// Which of `conditions` a trial shows; none is a catch trial. Training draws, with catch trials of the given probability; validation
/// sweeps, with a catch trial before condition 0 of every round (index mod (conditions + 1)); test sweeps without catch trials.
inline std::optional<long> condition_of(const trial_request& request, long trial, long conditions, double catch_probability,
                                        random_sequence& random) {
    if (request.purpose == purpose::test) return trial % conditions;
    if (request.purpose == purpose::validation) {
        const long slot = trial % (conditions + 1);
        return slot == 0 ? std::nullopt : std::optional(slot - 1);
    }
    // Both are always drawn, so that a catch trial does not move what is drawn after it.
    const bool caught = random.bernoulli(catch_probability);
    const long drawn = static_cast<long>(random.below(static_cast<std::uint32_t>(conditions)));
    return caught ? std::nullopt : std::optional(drawn);
}

/// What a trial of two choices has in common with those of other tasks. Times in ms from the start of the trial.
struct choice_condition {
    bool catch_trial = false;  ///< no stimulus: both outputs should stay low
    long condition = -1;       ///< place in the sweep; -1 in catch trials
    long correct = -1;         ///< the correct choice, 0 (the paper's "choice 1") or 1; -1 in catch trials
    double stimulus_onset = 0, stimulus_offset = 0;
    double decision_onset = 0;
    double trial_end = 0;

    std::optional<long> scored_choice() const { return correct < 0 ? std::nullopt : std::optional(correct); }
    friend bool operator==(const choice_condition&, const choice_condition&) = default;
};

/// Asks both outputs to stay low for a whole catch trial.
template <class T>
void set_catch_targets(trial_batch<T>& batch, long k, double trial_end, double low) {
    for (long o = 0; o < 2; ++o) set_target(batch, k, {0, trial_end}, o, low);
}
/// Asks both outputs to be low during fixation and, in the decision period, the correct one to be high and the other low.
template <class T>
void set_choice_targets(trial_batch<T>& batch, long k, epoch fixated, epoch decided, long correct, double high, double low) {
    for (long o = 0; o < 2; ++o) set_target(batch, k, fixated, o, low);
    set_target(batch, k, decided, correct, high);
    set_target(batch, k, decided, 1 - correct, low);
}

namespace detail {
using named_duration = std::pair<const char*, double>;
inline void require_durations(std::initializer_list<named_duration> durations, double dt, const std::string& task) {
    for (const auto& [name, ms] : durations) {
        require_positive(ms, task + name);
        require_multiple(ms, dt, task + name);
    }
}
inline void require_targets(double high, double low, const std::string& task) {
    require(is_finite(high) && is_finite(low) && high > low, "the targets of the two outputs must differ", task + "high",
            "finite, and more than low", high, "set high above low");
}
inline void require_coherences(const std::vector<double>& coherences, const std::string& task) {
    if (coherences.empty())
        throw invalid_argument({"a decision needs coherences", task + "coherences", "at least one", "none", "list them in percent"});
    for (const double c : coherences)
        require(is_finite(c) && c > 0 && c <= 100, "a coherence is a positive percentage", task + "coherences", "in (0, 100]", c,
                "leave zero coherence to the test sweep, and directions to the task");
}
/// Rates that inputs are tuned to: tuning needs two that differ.
inline void require_rates(const std::vector<double>& rates, const std::string& where) {
    for (const double f : rates)
        require(is_finite(f) && f > 0, "a rate is a positive number", where, "more than 0", f, "give every rate in events per second");
    const auto [least, most] = std::minmax_element(rates.begin(), rates.end());
    if (rates.empty() || *least == *most)
        throw invalid_argument({"tuning needs two rates that differ", where, "at least two", std::to_string(rates.size()), "list more"});
}
inline void require_percent(double percent, const std::string& where) {
    require(is_finite(percent) && percent > 1 && percent <= 100, "a target performance is a percentage", where, "above 1 and up to 100",
            percent, "give percent, for example 90 and not 0.9");
}
/// A validation should show every trial of the sweep, or its performance is that of some conditions only.
inline void require_validations(long validations, long least, const std::string& task) {
    if (validations < least)
        throw invalid_argument({"a validation does not show every condition", task + "validations", "at least " + std::to_string(least),
                                std::to_string(validations), "use a multiple of " + std::to_string(least)});
}
}  // namespace detail

/// What the model chose in one trial, and whether that was right: unset where there is no correct choice.
struct choice_score {
    long choice = 0;
    std::optional<bool> correct;
};

/// Scores the choice of every trial: the largest output at the trial's own last step against `scored_choice()` of its condition. Throws
/// invalid_argument if the recording is not of these trials.
template <class Condition, class T>
std::vector<choice_score> score_choices(const std::vector<Condition>& conditions, const recording<T>& what_happened) {
    require_recording_of(what_happened, conditions.size(), 2);
    std::vector<choice_score> scores(conditions.size());
    for (std::size_t k = 0; k < conditions.size(); ++k) {
        scores[k].choice = final_choice(what_happened, static_cast<long>(k));
        if (const std::optional<long> correct = conditions[k].scored_choice()) scores[k].correct = scores[k].choice == *correct;
    }
    return scores;
}

/// Percent of the scored trials whose choice was correct. Throws invalid_argument if none was scored.
inline double percent_correct(const std::vector<choice_score>& scores) {
    long scored = 0, correct = 0;
    for (const auto& s : scores)
        if (s.correct) ++scored, correct += *s.correct;
    if (scored == 0)
        throw invalid_argument({"no trial of this batch has a correct choice", "performance", "trials other than catch trials",
                                std::to_string(scores.size()) + " trials without one", "use more validation trials"});
    return 100 * static_cast<double>(correct) / static_cast<double>(scored);
}

/// Percent correct of each of `count` conditions, from 0 on; NaN for a condition without a trial in the batch.
template <std::derived_from<choice_condition> Condition, class T>
std::vector<double> percent_correct_by_condition(const std::vector<Condition>& conditions, const recording<T>& what_happened, long count) {
    const auto scores = score_choices(conditions, what_happened);
    std::vector<double> percent(static_cast<std::size_t>(count), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < percent.size(); ++c) {
        long scored = 0, correct = 0;
        for (std::size_t k = 0; k < scores.size(); ++k)
            if (scores[k].correct && conditions[k].condition == static_cast<long>(c)) ++scored, correct += *scores[k].correct;
        if (scored > 0) percent[c] = 100 * static_cast<double>(correct) / static_cast<double>(scored);
    }
    return percent;
}

/// The least percent correct among the conditions that have a trial in the batch. Throws invalid_argument if none has.
template <std::derived_from<choice_condition> Condition, class T>
double least_percent_correct(const std::vector<Condition>& conditions, const recording<T>& what_happened, long count) {
    double least = percent_correct(score_choices(conditions, what_happened));
    // A comparison with NaN is false, so conditions without a trial are passed over.
    for (const double percent : percent_correct_by_condition(conditions, what_happened, count))
        if (percent < least) least = percent;
    return least;
}

/// The conditions of some trials as arrays, for an analysis or a file: one column per quantity, one number per trial.
struct condition_table {
    std::vector<std::string> names;
    std::vector<std::vector<double>> columns;

    /// Throws invalid_argument if there is no such column.
    std::vector<double> at(const std::string& name) const {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            std::string all;
            for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
            throw invalid_argument({"there is no such quantity among the conditions", "condition_table::at", all, name, {}});
        }
        return columns[static_cast<std::size_t>(found - names.begin())];
    }
};

/// The table of some trials: what `Condition::column_names` says, as `Condition::row()` has it for each trial.
template <class Condition>
condition_table table_of(const std::vector<Condition>& conditions) {
    condition_table t;
    for (const char* name : Condition::column_names) t.names.emplace_back(name);
    t.columns.resize(t.names.size());
    for (const auto& c : conditions) {
        const auto row = c.row();
        static_assert(row.size() == Condition::column_names.size());
        for (std::size_t k = 0; k < row.size(); ++k) t.columns[k].push_back(row[k]);
    }
    return t;
}

}  // namespace EIRNN_NAMESPACE::tasks
