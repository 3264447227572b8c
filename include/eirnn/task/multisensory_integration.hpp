// Multisensory integration: is the rate of events, seen, heard or both, higher than a boundary? (Song et al. 2016, Fig 6.)
#pragma once
#include <eirnn/task/trial_parts.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// Through which sense the events come.
enum class modality : unsigned char { visual, auditory, both };

/// What a trial of the task was. Choice 0: the rate is above the boundary.
struct multisensory_condition : choice_condition {
    tasks::modality modality = modality::both;
    double rate = 0;  ///< events per second; 0 in catch trials

    static constexpr std::array column_names{"catch_trial",    "condition",      "modality",        "rate",
                                             "correct_choice", "stimulus_onset", "stimulus_offset", "trial_end"};
    /// One row of `table_of`: modality 0 is visual, 1 auditory, 2 both; correct_choice is -1 in catch trials.
    std::array<double, column_names.size()> row() const {
        return {double(catch_trial), double(condition), double(modality), rate,
                double(correct),     stimulus_onset,    stimulus_offset,  trial_end};
    }
    friend bool operator==(const multisensory_condition&, const multisensory_condition&) = default;
};

/// Inputs: visual and auditory that rise with the rate f, 0.4 + 0.8 (f - least) / (most - least), then visual and auditory that fall with
/// it, 0.4 + 0.8 (most - f) / (most - least); those of a sense that is not used stay 0. Outputs, targets and catch trials: as in perceptual
/// decisions. Trials of both senses have one rate. All numbers may be changed; durations are in ms and must be multiples of the dt that is
/// asked for.
struct multisensory_integration {
    std::vector<double> rates{9, 10, 11, 12, 13, 14, 15, 16};  ///< events per second
    double boundary = 12.5;                                    ///< events per second
    setting fixation{100, 500};                                ///< ms before the stimulus
    double stimulus = 1000;                                    ///< ms that it lasts
    double decision = 300;                                     ///< ms of the decision period after the stimulus
    /// A fifth input that is 1 from stimulus onset to the end of the trial. Table 2 of the paper lists it, but the input mask of its code
    /// has zeros for it, so the published network never saw it.
    bool start_cue = false;
    double high = 1;                 ///< target of the output of the correct choice, in the decision period
    double low = 0.2;                ///< target of an output elsewhere
    double catch_probability = 0.2;  ///< of a trial without stimulus, 0 .. 1, in training
    double catch_duration = 2500;    ///< ms that such a trial lasts
    double target = 90;              ///< percent correct at which training may stop; only the code of the paper says it
    long validations = 2500;         ///< trials of a validation: `validation_trials()`

    long inputs() const { return start_cue ? 5 : 4; }
    static std::vector<named_range> input_names() { return {{"start_cue", 4, 1}}; }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    double target_performance() const { return target; }
    /// When training ends: the mean of five validations exceeds the target.
    until stopping() const { return {.performance = target}; }
    /// Modalities, rates; the first varies fastest.
    std::array<long, 2> factors() const { return {3, static_cast<long>(rates.size())}; }
    long conditions() const { return 3 * static_cast<long>(rates.size()); }

    /// The trials of a request. Throws invalid_argument where a number of the task or of the request makes no sense.
    template <class T>
    task_batch<T, multisensory_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        const auto [least, most] = std::minmax_element(rates.begin(), rates.end());
        return assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&, low_end = *least, high_end = *most](trial_batch<T>& batch, long k, const multisensory_condition& c) {
                paint(batch, k, c, low_end, high_end);
            });
    }

    /// Percent of trials whose largest final output is the correct one, without catch trials.
    template <class T>
    double performance(const task_batch<T, multisensory_condition>& batch, const recording<T>& what_happened) const {
        return percent_correct(score_choices(batch.conditions, what_happened));
    }

private:
    void check(double dt) const {
        const std::string here = "multisensory_integration.";
        detail::require(is_finite(boundary), "a boundary is a number", here + "boundary", "finite", boundary, "set it between the rates");
        detail::require_rates(rates, here + "rates");
        for (const double f : rates)
            detail::require(f != boundary, "a rate on the boundary has no correct choice", here + "rates", "above or below the boundary", f,
                            "move the boundary between two rates");
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

    multisensory_condition describe(const trial_request& request, long trial) const {
        auto random = trial_random(request, trial);
        multisensory_condition c;
        const auto place = condition_of(request, trial, conditions(), catch_probability, random);
        if (!place) {
            c.catch_trial = true;
            c.trial_end = catch_duration;
            return c;
        }
        const auto index = unravel(*place, factors());
        c.condition = *place;
        c.modality = static_cast<tasks::modality>(index[0]);
        c.rate = rates[static_cast<std::size_t>(index[1])];
        c.correct = c.rate > boundary ? 0 : 1;
        c.stimulus_onset = fixation.of(request.purpose);
        c.stimulus_offset = c.decision_onset = c.stimulus_onset + stimulus;
        c.trial_end = c.decision_onset + decision;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const multisensory_condition& c, double least, double most) const {
        if (c.catch_trial) {
            set_catch_targets(batch, k, c.trial_end, low);
            return;
        }
        const epoch shown{c.stimulus_onset, c.stimulus_offset};
        for (const auto sense : {modality::visual, modality::auditory}) {
            if (c.modality != sense && c.modality != modality::both) continue;
            set_input(batch, k, shown, static_cast<long>(sense), rising_tuning(c.rate, least, most));
            set_input(batch, k, shown, 2 + static_cast<long>(sense), falling_tuning(c.rate, least, most));
        }
        if (start_cue) set_input(batch, k, {c.stimulus_onset, c.trial_end}, 4, 1);
        set_choice_targets(batch, k, {0, c.stimulus_onset}, {c.decision_onset, c.trial_end}, c.correct, high, low);
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
