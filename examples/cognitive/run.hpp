// One run: train, save, test, measure.
#pragma once
#include "../common/learning.hpp"
#include "connectivity_file.hpp"
#include "networks.hpp"
#include "options.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

#include <string>
#include <utility>

/// What the paper says of all tasks (table 1), but for `batch` and `dt` of one.
template <class Task>
lesson<Task> lesson_of(const options& asked, Task task, long batch = 20, double dt = 20) {
    if (asked.validation_trials) task.validations = *asked.validation_trials;
    lesson<Task> what{
        task, {}, {.batch = batch, .dt = dt, .penalties = {.omega = 2, .l2_rate = 0, .weights = {}}, .prune = 1e-4, .seed = asked.seed}};
    if constexpr (requires { task.stopping(); }) what.goal = task.stopping();
    if (asked.max_trials) what.goal.max_trials = *asked.max_trials;
    what.how.carry = static_cast<eirnn::carrying>(asked.carry);
    what.how.frozen = asked.frozen;
    if (asked.target) what.goal.performance = *asked.target;
    return what;
}

/// Trains a network on a task, or takes given weights, measures what belongs to the task, and saves everything. Gives the exit status.
template <class Net, class Results, class Task>
int run_task(const surroundings& here, const lesson<Task>& what, const eirnn::model_options& how = {}) {
    using namespace eirnn;
    using device = backend::cpu<float>;
    const options& asked = here.asked;
    const stopwatch clock;
    model<Net, device> net(seed{asked.seed}, how, device(asked.threads));
    json_object summary;
    double seconds_before = 0;
    if (asked.weights.empty()) {
        if constexpr (requires { Task::continuous; })
            if (what.how.carry == carrying::never)
                here.out.say("in training every trial starts from the initial state: states are not carried over from trial to trial");
        const auto trained = learn<surroundings, any_model<device>>(here, net, what);
        if (!trained) return interrupt_guard::exit_code();
        add_training(summary, *trained, what);
        seconds_before = trained->seconds_before;
    } else {
        take_weights<surroundings, any_model<device>>(here, net, summary);
    }

    const stopwatch test_clock;
    const long trials = asked.test_trials.value_or(Results::trials_of_paper);
    const auto attempt = [&](const std::string& name, const auto& write) {
        try {
            write();
        } catch (const invalid_argument& e) {  // a network that has hardly been trained may have nothing to measure
            here.out.warn(name + " is not there: " + e.what());
        }
    };
    if constexpr (requires { Task::continuous; }) {
        const auto another = [&](const dynamics& physics) {
            model_options other = how;
            other.physics = physics;
            model<Net, device> copy(seed{asked.seed}, other, device(asked.threads));
            copy.set_raw(net.raw());
            return copy;
        };
        if (!Results::test(here, net, another, what.task, trials, summary, attempt)) return interrupt_guard::exit_code();
    } else {
        long conditions = what.task.conditions();
        if constexpr (requires { Results::more_conditions; }) conditions += Results::more_conditions;
        test_plan plan{.all = trials * conditions, .at_once = conditions * (288 / conditions), .dt = asked.test_dt, .ask = {}};
        plan.ask.every = steps_between_samples(Results::between_samples, plan.dt);
        plan.ask.rates = true;
        Results measured(what.task, net.structure().units);
        const auto take = [&](const auto& batch, const auto& recorded) { measured.add(batch, recorded); };
        if (!test_in_batches<surroundings, any_model<device>>(here, net, what.task, plan, take)) return interrupt_guard::exit_code();
        if constexpr (requires { measured.save(here.folder, net.structure(), net.effective(), summary); }) {
            for (const auto& sentence : measured.save(here.folder, net.structure(), net.effective(), summary)) here.out.warn(sentence);
        } else {
            measured.save(here.folder, summary, attempt);
        }
    }
    if constexpr (!requires { Results::sorts_weights; })
        save_connectivity(here.folder, net.structure(), net.identity().units, net.effective(), summary);
    summary.add("test_trials", trials).add("test_dt", asked.test_dt).add("test_seconds", test_clock.seconds()).add("task", asked.name());
    return conclude<surroundings, any_model<device>>(here, net, summary, device::name(), net.device().threads(), what.target(),
                                                     seconds_before + clock.seconds());
}
