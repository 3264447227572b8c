// Perceptual decision-making: which of two noisy inputs is the stronger? Five variants (Song, Yang, Wang 2016, Figs 1-3).
#pragma once
#include <eirnn/task/trial_parts.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// The networks of the paper that learn the task. The first three see the same trials and differ in their wiring only.
enum class decision_variant : unsigned char {
    dense,              ///< all-to-all, Dale's law (Fig 3B)
    fixed,              ///< two groups and a non-selective one, wired by hand (Fig 3C)
    no_dale,            ///< units of both signs (Fig 3A)
    variable_duration,  ///< the stimulus lasts a random time (Fig 2C, E)
    reaction_time,      ///< the network answers when it is ready (Fig 2D, F)
};

/// What a trial of two choices was. Times in ms from the start of the trial. Choice 0 is the paper's "choice 1".
struct decision_condition {
    bool catch_trial = false;  ///< no stimulus: both outputs should stay low
    double coherence = 0;      ///< percent, >= 0
    int direction = 0;         ///< +1: choice 0 is correct, -1: choice 1; 0 in catch trials
    double stimulus_onset = 0, stimulus_offset = 0;
    double decision_onset = 0;
    double trial_end = 0;

    double signed_coherence() const { return direction * coherence; }
    long correct_choice() const { return direction > 0 ? 0 : 1; }
    /// The correct choice where there is one: not in catch trials, not at zero coherence.
    std::optional<long> scored_choice() const { return catch_trial || coherence <= 0 ? std::nullopt : std::optional(correct_choice()); }
    friend bool operator==(const decision_condition&, const decision_condition&) = default;
};

/// Inputs 0 and 1 hold the evidence for choices 0 and 1 while the stimulus is on; input 2, where there is one, is a start cue.
/// Two outputs: both low during fixation, the correct one high in the decision period; only these two epochs count.
/// All numbers may be changed; durations are in ms and must be multiples of the dt that is asked for.
struct perceptual_decision {
    using setting = tasks::setting;

    std::vector<double> coherences{3.2, 6.4, 12.8, 25.6, 51.2};  ///< percent; each in both directions
    setting fixation{100, 300};                                  ///< ms before the stimulus
    setting stimulus{800, 800};                                  ///< ms that it lasts, unless `random_stimulus` is given
    std::optional<truncated_exponential> random_stimulus;        ///< ms; where given: the stimulus lasts this, cut to a multiple of dt
    double decision = 300;                                       ///< ms of the decision period after the stimulus
    /// Ms; where given: the decision period begins so long after stimulus onset, and the trial ends with the stimulus.
    std::optional<double> decision_delay;
    bool start_cue = false;               ///< a third input that is 1 while the stimulus is on
    double high = 1;                      ///< target of the output of the correct choice, in the decision period
    double low = 0.2;                     ///< target of an output elsewhere
    double catch_probability = 1.0 / 11;  ///< of a trial without stimulus, 0 .. 1, in training
    double catch_duration = 2000;         ///< ms that such a trial lasts
    double target = 85;                   ///< percent correct (0 .. 100) at which training may stop: `target_performance()`
    long validations = 1100;              ///< trials of a validation: `validation_trials()`

    explicit perceptual_decision(decision_variant variant = decision_variant::dense) {
        if (variant == decision_variant::variable_duration) {
            start_cue = true;
            fixation.test = 500;
            random_stimulus = truncated_exponential{330, 80, 1500};
        }
        if (variant == decision_variant::reaction_time) {
            start_cue = true;
            stimulus.test = 1500;
            decision_delay = 300;
            high = 1.2;
            catch_probability = 5.0 / 11;
        }
    }

    long inputs() const { return start_cue ? 3 : 2; }
    static std::vector<named_range> input_names() { return {{"start_cue", 2, 1}}; }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    double target_performance() const { return target; }
    /// Coherences times directions. Validation sweeps over these and a catch trial, test over these and zero coherence.
    long conditions() const { return 2 * static_cast<long>(coherences.size()); }

    /// The trials of a request. Throws invalid_argument where a number of the task or of the request makes no sense.
    template <class T>
    task_batch<T, decision_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        return assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&](trial_batch<T>& batch, long k, const decision_condition& c) { paint(batch, k, c); });
    }

    /// Percent of trials whose largest final output is the correct one. Catch trials and zero coherence, where none is, do not count.
    template <class T>
    double performance(const task_batch<T, decision_condition>& batch, const recording<T>& what_happened) const {
        return percent_correct(score_choices(batch.conditions, what_happened));
    }

private:
    void check(double dt) const {
        using detail::require;
        using detail::require_positive;
        const std::string here = "perceptual_decision.";
        detail::require_coherences(coherences, here);
        detail::require_durations({{"fixation.training", fixation.training},
                                   {"fixation.test", fixation.test},
                                   {"stimulus.training", stimulus.training},
                                   {"stimulus.test", stimulus.test},
                                   {"decision", decision},
                                   {"catch_duration", catch_duration}},
                                  dt, here);
        if (random_stimulus) {
            random_stimulus->check(here + "random_stimulus");
            require(random_stimulus->min >= dt, "the shortest stimulus is shorter than a time step", here + "random_stimulus.min",
                    "at least dt", random_stimulus->min, "use a smaller dt or a longer stimulus");
        }
        if (decision_delay) {
            const double shortest =
                random_stimulus ? floor_to_step(random_stimulus->min, dt) : (std::min)(stimulus.training, stimulus.test);
            require_positive(*decision_delay, here + "decision_delay");
            require_multiple(*decision_delay, dt, here + "decision_delay");
            require(*decision_delay < shortest, "the decision would begin after the stimulus has ended", here + "decision_delay",
                    "less than the shortest stimulus", *decision_delay, "shorten the delay or lengthen the stimulus");
        }
        detail::require_probability(catch_probability, here + "catch_probability");
        detail::require_targets(high, low, here);
    }

    decision_condition describe(const trial_request& request, long trial) const {
        auto random = trial_random(request, trial);
        decision_condition c;
        std::optional<long> place;
        if (request.purpose == purpose::test) {
            // Zero coherence, where neither choice is correct, takes the place that the catch trial has in validation.
            const long slot = trial % (conditions() + 1);
            if (slot > 0)
                place = slot - 1;
            else
                c.direction = random.bernoulli(0.5) ? 1 : -1;
        } else {
            place = condition_of(request, trial, conditions(), catch_probability, random);
            if (!place) {
                c.catch_trial = true;
                c.trial_end = catch_duration;
                return c;
            }
        }
        if (place) {
            const auto index = unravel(*place, std::array{static_cast<long>(coherences.size()), 2L});
            c.coherence = coherences[static_cast<std::size_t>(index[0])];
            c.direction = index[1] == 0 ? 1 : -1;
        }
        double shown = stimulus.of(request.purpose);
        if (random_stimulus) shown = floor_to_step(random_stimulus->draw(random), request.dt);
        c.stimulus_onset = fixation.of(request.purpose);
        c.stimulus_offset = c.stimulus_onset + shown;
        c.decision_onset = decision_delay ? c.stimulus_onset + *decision_delay : c.stimulus_offset;
        c.trial_end = decision_delay ? c.stimulus_offset : c.stimulus_offset + decision;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const decision_condition& c) const {
        if (c.catch_trial) {
            set_catch_targets(batch, k, c.trial_end, low);
            return;
        }
        const epoch fixated{0, c.stimulus_onset}, shown{c.stimulus_onset, c.stimulus_offset}, decided{c.decision_onset, c.trial_end};
        const long correct = c.correct_choice();
        set_input(batch, k, shown, correct, evidence(c.coherence));
        set_input(batch, k, shown, 1 - correct, evidence(-c.coherence));
        if (start_cue) set_input(batch, k, shown, 2, 1);
        set_choice_targets(batch, k, fixated, decided, correct, high, low);
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
