// One run on one backend: train, save, test. Every backend is a source file of its own that instantiates this, because that takes long.
#pragma once
#include "../common/learning.hpp"
#include "backends.hpp"
#include "networks.hpp"
#include "results.hpp"

#include <utility>

/// One network of the paper on one backend; which one it is matters to nothing but its construction.
template <eirnn::backend::Backend B>
class decision_run {
public:
    template <class Net>
    decision_run(const surroundings& here, eirnn::model<Net, B> net, int threads)
        : here_(here), asked_(here.asked), threads_(threads), structure_(net.structure()), net_(std::move(net)) {}

    /// Trains the network, or goes on with it, or takes given weights; tests it and saves everything. Gives the exit status.
    int operator()() {
        // Song et al. 2016, table 1; the penalty is the one against vanishing gradients.
        lesson<eirnn::tasks::perceptual_decision> what{
            eirnn::tasks::perceptual_decision(asked_.variant),
            {},
            {.batch = 20, .dt = 20, .penalties = {.omega = 2, .l2_rate = 0, .weights = {}}, .prune = 1e-4, .seed = asked_.seed}};
        if (asked_.max_trials) what.goal.max_trials = *asked_.max_trials;
        if (asked_.weights.empty()) {
            const auto trained = learn(here_, net_, what);
            if (!trained) return interrupt_guard::exit_code();
            add_training(summary_, *trained, what);
            seconds_before_ = trained->seconds_before;
        } else {
            take_weights(here_, net_, summary_);
        }
        if (!test(what.task)) return interrupt_guard::exit_code();
        summary_.add("variant", asked_.variant_name());
        return conclude(here_, net_, summary_, B::name(), threads_, what.target(), seconds_before_ + clock_.seconds());
    }

private:
    /// Gives false if it was asked to stop.
    bool test(const eirnn::tasks::perceptual_decision& task) {
        const stopwatch clock;
        const long slots = task.conditions() + 1;
        test_plan plan{.all = slots * asked_.test_trials, .at_once = slots * 20, .ask = {}};
        plan.ask.every = asked_.variant == eirnn::tasks::decision_variant::reaction_time ? 20 : 40;  // 10 ms, 20 ms
        plan.ask.rates = true;
        results measured(asked_.variant, structure_.units);
        if (!test_in_batches(here_, net_, task, plan, [&](const auto& batch, const auto& r) { measured.add(batch, r); })) return false;
        for (const auto& sentence : measured.save(here_.folder, structure_, net_.effective(), summary_)) here_.out.warn(sentence);
        summary_.add("test_trials", asked_.test_trials).add("test_seconds", clock.seconds());
        return true;
    }

    const surroundings& here_;
    const options& asked_;
    int threads_;
    stopwatch clock_;
    double seconds_before_ = 0;
    eirnn::layout structure_;
    eirnn::any_model<B> net_;
    eirnn::json_object summary_;
};

template <class Net, eirnn::backend::Backend B>
int run_network(const surroundings& here, B device, int threads) {
    return decision_run<B>(here, eirnn::model<Net, B>(eirnn::seed{here.asked.seed}, {}, std::move(device)), threads)();
}

template <eirnn::backend::Backend B>
int run_on(const surroundings& here, B device, int threads) {
    using enum eirnn::tasks::decision_variant;
    switch (here.asked.variant) {
        case fixed:
            return run_network<structured::decision>(here, std::move(device), threads);
        case no_dale:
            return run_network<::no_dale::decision>(here, std::move(device), threads);
        case variable_duration:
        case reaction_time:
            return run_network<cued::decision>(here, std::move(device), threads);
        default:
            return run_network<::dense::decision>(here, std::move(device), threads);
    }
}
