// Parametric working memory: which of two vibrations, seconds apart, had the higher frequency? (Song et al. 2016, Fig 7.)
#pragma once
#include <eirnn/task/trial_parts.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// What a trial of the task was. The stimulus of the base is the first one; choice 0: the first frequency is the higher.
struct memory_condition : choice_condition {
    double f1 = 0, f2 = 0;                       ///< Hz; 0 in catch trials
    double second_onset = 0, second_offset = 0;  ///< of the second stimulus, ms

    static constexpr std::array column_names{
        "catch_trial",  "condition",     "f1",       "f2", "correct_choice", "stimulus_onset", "stimulus_offset",
        "second_onset", "second_offset", "trial_end"};
    /// One row of `table_of`; correct_choice is -1 in catch trials.
    std::array<double, column_names.size()> row() const {
        return {double(catch_trial), double(condition), f1,       f2, double(correct), stimulus_onset, stimulus_offset,
                second_onset,        second_offset,     trial_end};
    }
    friend bool operator==(const memory_condition&, const memory_condition&) = default;
};

/// Two inputs while a stimulus of frequency f is on: 0.4 + 0.8 (f - least) / (most - least), and 0.4 + 0.8 (most - f) / (most - least).
/// Outputs, targets and catch trials: as in perceptual decisions, with the decision period after the second stimulus. All numbers may be
/// changed; durations are in ms and must be multiples of the dt that is asked for, except random delays, which are cut to one.
struct parametric_working_memory {
    /// Two frequencies (Hz); each pair comes in both orders.
    struct pair {
        double higher = 0;  ///< events per second
        double lower = 0;   ///< events per second
    };

    std::vector<pair> pairs{{18, 10}, {22, 14}, {26, 18}, {30, 22}, {34, 26}};  ///< frequencies, each pair in both orders
    setting fixation{100, 500};           ///< ms before the first stimulus
    double first_stimulus = 500;          ///< ms that it lasts
    double second_stimulus = 500;         ///< ms that it lasts
    double decision = 300;                ///< ms of the decision period after the second stimulus
    double shortest_delay = 2500;         ///< ms between the stimuli, in training and validation: uniform from here
    double longest_delay = 3500;          ///< ms, to here
    double test_delay = 3000;             ///< ms between the stimuli, in the test
    double high = 1;                      ///< target of the output of the correct choice, in the decision period
    double low = 0.2;                     ///< target of an output elsewhere
    double catch_probability = 1.0 / 11;  ///< of a trial without stimulus, 0 .. 1, in training
    double catch_duration = 2500;         ///< ms that such a trial lasts
    double target = 85;                   ///< percent correct in every condition at which training may stop
    long validations = 1100;              ///< trials of a validation: `validation_trials()`

    long inputs() const { return 2; }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    /// Just below `target`: what is exceeded where the target is reached.
    double target_performance() const { return std::nextafter(target, 0.); }
    /// When training ends: one validation reaches the target.
    until stopping() const { return {.performance = target_performance(), .window = 1}; }
    /// Pairs, orders (the higher one first, then the lower one); the first varies fastest.
    std::array<long, 2> factors() const { return {static_cast<long>(pairs.size()), 2}; }
    long conditions() const { return 2 * static_cast<long>(pairs.size()); }

    /// The trials of a request. Throws invalid_argument where a number of the task or of the request makes no sense.
    template <class T>
    task_batch<T, memory_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        double least = pairs.front().lower, most = pairs.front().higher;
        for (const auto& p : pairs) least = (std::min)(least, p.lower), most = (std::max)(most, p.higher);
        return assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&](trial_batch<T>& batch, long k, const memory_condition& c) { paint(batch, k, c, least, most); });
    }

    /// The least percent correct among the conditions, so that none can be left out. A condition without a trial in the batch does not
    /// count.
    template <class T>
    double performance(const task_batch<T, memory_condition>& batch, const recording<T>& what_happened) const {
        return least_percent_correct(batch.conditions, what_happened, conditions());
    }

private:
    void check(double dt) const {
        const std::string here = "parametric_working_memory.";
        if (pairs.empty())
            throw invalid_argument({"a comparison needs frequencies", here + "pairs", "at least one pair", "none", "list them in Hz"});
        for (const auto& p : pairs) {
            detail::require(is_finite(p.lower) && p.lower > 0, "a frequency is a positive number", here + "pairs", "more than 0 Hz",
                            p.lower, "give every frequency in Hz");
            detail::require(is_finite(p.higher) && p.higher > p.lower, "the first of a pair is the higher frequency", here + "pairs",
                            "more than the second", p.higher, "list each pair once, the higher frequency first");
        }
        detail::require_durations({{"fixation.training", fixation.training},
                                   {"fixation.test", fixation.test},
                                   {"first_stimulus", first_stimulus},
                                   {"second_stimulus", second_stimulus},
                                   {"decision", decision},
                                   {"test_delay", test_delay},
                                   {"catch_duration", catch_duration}},
                                  dt, here);
        detail::require_positive(longest_delay, here + "longest_delay");
        detail::require(is_finite(shortest_delay) && shortest_delay >= dt && shortest_delay <= longest_delay,
                        "a range of delays makes no sense", here + "shortest_delay", "from dt to longest_delay", shortest_delay,
                        "set it below longest_delay");
        detail::require_probability(catch_probability, here + "catch_probability");
        detail::require_targets(high, low, here);
        detail::require_percent(target, here + "target");
        detail::require_validations(validations, conditions() + 1, here);
    }

    memory_condition describe(const trial_request& request, long trial) const {
        auto random = trial_random(request, trial);
        memory_condition c;
        const auto place = condition_of(request, trial, conditions(), catch_probability, random);
        if (!place) {
            c.catch_trial = true;
            c.trial_end = catch_duration;
            return c;
        }
        const auto index = unravel(*place, factors());
        const pair& p = pairs[static_cast<std::size_t>(index[0])];
        c.condition = *place;
        c.correct = index[1];
        c.f1 = c.correct == 0 ? p.higher : p.lower;
        c.f2 = c.correct == 0 ? p.lower : p.higher;
        const double delay =
            request.purpose == purpose::test ? test_delay : floor_to_step(random.uniform(shortest_delay, longest_delay), request.dt);
        c.stimulus_onset = fixation.of(request.purpose);
        c.stimulus_offset = c.stimulus_onset + first_stimulus;
        c.second_onset = c.stimulus_offset + delay;
        c.second_offset = c.decision_onset = c.second_onset + second_stimulus;
        c.trial_end = c.decision_onset + decision;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const memory_condition& c, double least, double most) const {
        if (c.catch_trial) {
            set_catch_targets(batch, k, c.trial_end, low);
            return;
        }
        const auto vibrate = [&](epoch shown, double f) {
            set_input(batch, k, shown, 0, rising_tuning(f, least, most));
            set_input(batch, k, shown, 1, falling_tuning(f, least, most));
        };
        vibrate({c.stimulus_onset, c.stimulus_offset}, c.f1);
        vibrate({c.second_onset, c.second_offset}, c.f2);
        set_choice_targets(batch, k, {0, c.stimulus_onset}, {c.decision_onset, c.trial_end}, c.correct, high, low);
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
