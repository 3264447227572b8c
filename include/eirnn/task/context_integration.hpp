// Context-dependent integration: decide on the motion or on the colour of a stimulus, whichever a cue names (Song et al. 2016, Figs 4, 5).
#pragma once
#include <eirnn/task/trial_parts.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// The feature that decides.
enum class context : unsigned char { motion, colour };

/// What a trial of the task was. Directions are +1 (choice 0) and -1 (choice 1).
struct context_condition : choice_condition {
    tasks::context context = context::motion;
    double motion = 0, colour = 0;  ///< direction times coherence, percent; 0 in catch trials
    /// Coherence and direction of the feature that decides, by the names that the analyses of decisions know.
    double coherence = 0;
    int direction = 0;

    static constexpr std::array column_names{"catch_trial",    "condition",      "context",         "motion",   "colour",
                                             "correct_choice", "stimulus_onset", "stimulus_offset", "trial_end"};
    /// One row of `table_of`: context 0 is motion, 1 colour; correct_choice is -1 in catch trials.
    std::array<double, column_names.size()> row() const {
        return {double(catch_trial), double(condition), double(context), motion,   colour,
                double(correct),     stimulus_onset,    stimulus_offset, trial_end};
    }
    friend bool operator==(const context_condition&, const context_condition&) = default;
};

/// Inputs: the cues for motion and colour (1 while the stimulus is on), motion 1 and 2, colour 1 and 2. At signed coherence c (percent)
/// input 1 of a feature gets (1 + c / 100) / 2 and input 2 gets (1 - c / 100) / 2. Outputs, targets and catch trials: as in perceptual
/// decisions. The same trials serve a network of one area (Fig 4) and of two (Fig 5B). All numbers may be changed; durations are in ms and
/// must be multiples of the dt that is asked for.
struct context_integration {
    std::vector<double> coherences{5, 15, 50};  ///< percent, of either feature; each in both directions
    setting fixation{100, 400};           ///< ms before the stimulus
    double stimulus = 800;                ///< ms that both features and the cue are on
    double decision = 300;                ///< ms of the decision period after the stimulus
    double high = 1;                      ///< target of the output of the correct choice, in the decision period
    double low = 0.2;                     ///< target of an output elsewhere
    double catch_probability = 1.0 / 73;  ///< of a trial without stimulus, 0 .. 1, in training
    double catch_duration = 2000;         ///< ms that such a trial lasts
    double target = 90;                   ///< percent correct at which training may stop; only the code of the paper says it
    long validations = 3650;              ///< trials of a validation: `validation_trials()`

    long inputs() const { return 6; }
    static std::vector<named_range> input_names() { return {{"cues", 0, 2}, {"motion", 2, 2}, {"colour", 4, 2}}; }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    double target_performance() const { return target; }
    /// When training ends: the mean of five validations exceeds the target.
    until stopping() const { return {.performance = target}; }
    /// Contexts, coherence of motion, coherence of colour, direction of motion, direction of colour; the first varies fastest.
    std::array<long, 5> factors() const {
        const auto n = static_cast<long>(coherences.size());
        return {2, n, n, 2, 2};
    }
    long conditions() const { return 8 * static_cast<long>(coherences.size() * coherences.size()); }

    /// The trials of a request. Throws invalid_argument where a number of the task or of the request makes no sense.
    template <class T>
    task_batch<T, context_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        return assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&](trial_batch<T>& batch, long k, const context_condition& c) { paint(batch, k, c); });
    }

    /// Percent of trials whose largest final output is the correct one, without catch trials.
    template <class T>
    double performance(const task_batch<T, context_condition>& batch, const recording<T>& what_happened) const {
        return percent_correct(score_choices(batch.conditions, what_happened));
    }

private:
    void check(double dt) const {
        const std::string here = "context_integration.";
        detail::require_coherences(coherences, here);
        detail::require_durations({{"fixation.training", fixation.training},
                                   {"fixation.test", fixation.test},
                                   {"stimulus", stimulus},
                                   {"decision", decision},
                                   {"catch_duration", catch_duration}},
                                  dt, here);
        detail::require_probability(catch_probability, here + "catch_probability");
        detail::require_targets(high, low, here);
        detail::require_percent(target, here + "target");
        detail::require_validations(validations, conditions() + 1, here);
    }

    context_condition describe(const trial_request& request, long trial) const {
        auto random = trial_random(request, trial);
        context_condition c;
        const auto place = condition_of(request, trial, conditions(), catch_probability, random);
        if (!place) {
            c.catch_trial = true;
            c.trial_end = catch_duration;
            return c;
        }
        const auto index = unravel(*place, factors());
        const auto coherence = [&](std::size_t factor) { return coherences[static_cast<std::size_t>(index[factor])]; };
        const int moves = index[3] == 0 ? 1 : -1, is_coloured = index[4] == 0 ? 1 : -1;
        c.condition = *place;
        c.context = index[0] == 0 ? context::motion : context::colour;
        c.motion = moves * coherence(1);
        c.colour = is_coloured * coherence(2);
        c.coherence = c.context == context::motion ? coherence(1) : coherence(2);
        c.direction = c.context == context::motion ? moves : is_coloured;
        c.correct = c.direction > 0 ? 0 : 1;
        c.stimulus_onset = fixation.of(request.purpose);
        c.stimulus_offset = c.decision_onset = c.stimulus_onset + stimulus;
        c.trial_end = c.decision_onset + decision;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const context_condition& c) const {
        if (c.catch_trial) {
            set_catch_targets(batch, k, c.trial_end, low);
            return;
        }
        const epoch shown{c.stimulus_onset, c.stimulus_offset};
        set_input(batch, k, shown, c.context == context::motion ? 0 : 1, 1);
        set_input(batch, k, shown, 2, evidence(c.motion));
        set_input(batch, k, shown, 3, evidence(-c.motion));
        set_input(batch, k, shown, 4, evidence(c.colour));
        set_input(batch, k, shown, 5, evidence(-c.colour));
        set_choice_targets(batch, k, {0, c.stimulus_onset}, {c.decision_onset, c.trial_end}, c.correct, high, low);
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
