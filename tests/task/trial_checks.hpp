// What the tests of several tasks look at.
#pragma once
#include "catch.hpp"

#include <eirnn/train/task.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace trial_checks {

inline eirnn::trial_request request(enum eirnn::purpose p, long trials, double dt = 20, std::uint64_t iteration = 0, long first = 0) {
    return {p, 1, iteration, trials, dt, first};
}

/// What every step from `first` to `last` - 1 of a trial should hold; without targets nothing is asked for there.
template <class T>
void check_span(const eirnn::trial_batch<T>& b, long trial, long first, long last, const std::vector<double>& input,
                const std::vector<double>& target = {}) {
    REQUIRE(b.inputs == static_cast<long>(input.size()));
    for (long t = first; t < last; ++t) {
        INFO("trial " << trial << " step " << t);
        for (long i = 0; i < b.inputs; ++i)
            REQUIRE(double(b.input_at(t, trial, i)) == Approx(input[static_cast<std::size_t>(i)]).margin(1e-12));
        for (long o = 0; o < b.outputs; ++o) {
            REQUIRE(double(b.mask_at(t, trial, o)) == (target.empty() ? 0 : 1));
            if (!target.empty()) REQUIRE(double(b.target_at(t, trial, o)) == Approx(target[static_cast<std::size_t>(o)]).margin(1e-12));
        }
    }
}

/// The same request gives the same trials, and trial `first + k` is the same in whatever batch it is made.
template <class Task>
void check_parts_equal_the_whole(const Task& task) {
    for (const auto p : {eirnn::purpose::training, eirnn::purpose::validation, eirnn::purpose::test}) {
        const auto whole = task.template make<double>(request(p, 24, 20, 7)), part = task.template make<double>(request(p, 9, 20, 7, 13));
        REQUIRE(task.template make<double>(request(p, 24, 20, 7)).trials.input == whole.trials.input);
        REQUIRE(whole.trials.inputs == task.inputs());
        REQUIRE(whole.trials.outputs == task.outputs());
        for (long k = 0; k < 9; ++k) {
            const auto at = static_cast<std::size_t>(k), there = at + 13;
            REQUIRE(part.conditions[at] == whole.conditions[there]);
            REQUIRE(part.trials.id[at] == 13 + at);
            REQUIRE(part.trials.length[at] == whole.trials.length[there]);
            for (long t = 0; t < part.trials.length[at]; ++t) {
                for (long i = 0; i < task.inputs(); ++i) REQUIRE(part.trials.input_at(t, k, i) == whole.trials.input_at(t, k + 13, i));
                for (long o = 0; o < task.outputs(); ++o) {
                    REQUIRE(part.trials.target_at(t, k, o) == whole.trials.target_at(t, k + 13, o));
                    REQUIRE(part.trials.mask_at(t, k, o) == whole.trials.mask_at(t, k + 13, o));
                }
            }
        }
    }
}

/// Inputs, targets and masks at the end of every coarse step are those of the fine step that ends there. For durations that both steps
/// divide.
template <class Task>
void check_independence_of_dt(const Task& task) {
    constexpr long times = 10;
    for (const auto p : {eirnn::purpose::training, eirnn::purpose::validation, eirnn::purpose::test}) {
        const auto coarse = task.template make<double>(request(p, 30, 20, 3)), fine = task.template make<double>(request(p, 30, 2, 3));
        REQUIRE(coarse.conditions == fine.conditions);
        for (long k = 0; k < 30; ++k) {
            REQUIRE(coarse.trials.length[static_cast<std::size_t>(k)] * times == fine.trials.length[static_cast<std::size_t>(k)]);
            for (long t = 0; t < coarse.trials.length[static_cast<std::size_t>(k)]; ++t) {
                const long then = times * t + times - 1;
                for (long i = 0; i < task.inputs(); ++i) REQUIRE(coarse.trials.input_at(t, k, i) == fine.trials.input_at(then, k, i));
                for (long o = 0; o < task.outputs(); ++o) {
                    REQUIRE(coarse.trials.target_at(t, k, o) == fine.trials.target_at(then, k, o));
                    REQUIRE(coarse.trials.mask_at(t, k, o) == fine.trials.mask_at(then, k, o));
                }
            }
        }
    }
}

/// Whether a task refuses to make trials after a change.
template <class Task, class Change>
void check_refused(Task task, const Change& change, double dt = 20) {
    change(task);
    CHECK_THROWS_AS(task.template make<float>(request(eirnn::purpose::training, 2, dt)), eirnn::invalid_argument);
}

/// A recording of two outputs that makes the given choice at the end of every trial.
inline eirnn::recording<float> choosing(const std::vector<long>& choices) {
    eirnn::recording<float> r;
    r.trials = static_cast<long>(choices.size());
    r.outputs = 2;
    for (const long c : choices) r.final_output.insert(r.final_output.end(), {c == 0 ? 1.f : 0.2f, c == 1 ? 1.f : 0.2f});
    return r;
}

}  // namespace trial_checks
