// Perceptual decision-making: which of two noisy inputs is the stronger? Five variants (Song, Yang, Wang 2016, Figs 1-3).
#pragma once
#include <eirnn/task/schedule.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
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
    friend bool operator==(const decision_condition&, const decision_condition&) = default;
};

/// Inputs 0 and 1 hold the evidence for choices 0 and 1 while the stimulus is on; input 2, where there is one, is a start cue.
/// Two outputs: both low during fixation, the correct one high in the decision period; only these two epochs count.
/// All numbers may be changed; durations are in ms and must be multiples of the dt that is asked for.
struct perceptual_decision {
    /// A duration while training (and validating), and when the trained network is tested.
    struct setting {
        double training = 0;  ///< ms, in training and validation
        double test = 0;      ///< ms, in the test
    };

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
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    double target_performance() const { return target; }
    /// Coherences times directions. Validation sweeps over these and a catch trial, test over these and zero coherence.
    long conditions() const { return 2 * static_cast<long>(coherences.size()); }

    /// What an input gets at signed coherence c (percent): (1 + c / 100) / 2.
    static double evidence(double c) { return (1 + c / 100) / 2; }

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
        require_recording_of(what_happened, batch.conditions.size(), outputs());
        long scored = 0, correct = 0;
        for (std::size_t k = 0; k < batch.conditions.size(); ++k) {
            const auto& c = batch.conditions[k];
            if (c.catch_trial || c.coherence <= 0) continue;
            ++scored;
            if (final_choice(what_happened, static_cast<long>(k)) == c.correct_choice()) ++correct;
        }
        if (scored == 0)
            throw invalid_argument({"no trial of this batch has a correct choice", "performance", "trials other than catch trials",
                                    std::to_string(batch.conditions.size()) + " trials without one", "use more validation trials"});
        return 100 * static_cast<double>(correct) / static_cast<double>(scored);
    }

private:
    void check(double dt) const {
        using detail::require;
        using detail::require_positive;
        using detail::require_probability;
        const std::string here = "perceptual_decision.";
        if (coherences.empty())
            throw invalid_argument({"a decision needs coherences", here + "coherences", "at least one", "none", "list them in percent"});
        for (const double c : coherences)
            require(is_finite(c) && c > 0 && c <= 100, "a coherence is a positive percentage", here + "coherences", "in (0, 100]", c,
                    "leave zero coherence to the test sweep, and directions to the task");
        const std::array<std::pair<const char*, double>, 6> durations{{{"fixation.training", fixation.training},
                                                                       {"fixation.test", fixation.test},
                                                                       {"stimulus.training", stimulus.training},
                                                                       {"stimulus.test", stimulus.test},
                                                                       {"decision", decision},
                                                                       {"catch_duration", catch_duration}}};
        for (const auto& [name, ms] : durations) {
            require_positive(ms, here + name);
            require_multiple(ms, dt, here + name);
        }
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
        require_probability(catch_probability, here + "catch_probability");
        require(is_finite(high) && is_finite(low) && high > low, "the targets of the two outputs must differ", here + "high",
                "finite, and more than low", high, "set high above low");
    }

    decision_condition describe(const trial_request& request, long trial) const {
        auto random = trial_random(request, trial);
        const auto factors = std::array{static_cast<long>(coherences.size()), 2L};
        decision_condition c;
        const auto choose = [&](long condition) {
            const auto index = unravel(condition, factors);
            c.coherence = coherences[static_cast<std::size_t>(index[0])];
            c.direction = index[1] == 0 ? 1 : -1;
        };
        const long slot = trial % (conditions() + 1);
        switch (request.purpose) {
            case purpose::training:
                c.catch_trial = random.bernoulli(catch_probability);
                choose(static_cast<long>(random.below(static_cast<std::uint32_t>(conditions()))));
                break;
            case purpose::validation:
                c.catch_trial = slot == 0;
                if (slot > 0) choose(slot - 1);
                break;
            case purpose::test:
                if (slot > 0)
                    choose(slot - 1);
                else
                    c.direction = random.bernoulli(0.5) ? 1 : -1;
                break;
        }
        if (c.catch_trial) {
            c = {};
            c.catch_trial = true;
            c.trial_end = catch_duration;
            return c;
        }
        const bool test = request.purpose == purpose::test;
        double shown = test ? stimulus.test : stimulus.training;
        if (random_stimulus) shown = floor_to_step(random_stimulus->draw(random), request.dt);
        c.stimulus_onset = test ? fixation.test : fixation.training;
        c.stimulus_offset = c.stimulus_onset + shown;
        c.decision_onset = decision_delay ? c.stimulus_onset + *decision_delay : c.stimulus_offset;
        c.trial_end = decision_delay ? c.stimulus_offset : c.stimulus_offset + decision;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const decision_condition& c) const {
        if (c.catch_trial) {
            for (long o = 0; o < 2; ++o) set_target(batch, k, {0, c.trial_end}, o, low);
            return;
        }
        const epoch fixated{0, c.stimulus_onset}, shown{c.stimulus_onset, c.stimulus_offset}, decided{c.decision_onset, c.trial_end};
        const long correct = c.correct_choice();
        set_input(batch, k, shown, correct, evidence(c.coherence));
        set_input(batch, k, shown, 1 - correct, evidence(-c.coherence));
        if (start_cue) set_input(batch, k, shown, 2, 1);
        for (long o = 0; o < 2; ++o) set_target(batch, k, fixated, o, low);
        set_target(batch, k, decided, correct, high);
        set_target(batch, k, decided, 1 - correct, low);
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
