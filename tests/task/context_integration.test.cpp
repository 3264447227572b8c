// Context-dependent integration: numbers worked out by hand from Song et al. 2016.
#include "trial_checks.hpp"

#include <eirnn/analysis/choice.hpp>
#include <eirnn/task/context_integration.hpp>

#include <cmath>
#include <map>
#include <set>
#include <tuple>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

static_assert(Task<context_integration> && Task<context_integration, double>);
static_assert(analysis::DecisionCondition<context_condition>);

TEST_CASE("context: trials of the sweep are exact in every step", "[task]") {
    const context_integration task;
    CHECK(task.inputs() == 6);
    CHECK(task.outputs() == 2);
    CHECK(task.conditions() == 72);
    CHECK(task.validation_trials() == 3650);
    CHECK(task.target_performance() == 90);
    CHECK(task.stopping().window == 5);
    CHECK(task.stopping().performance == 90);

    const auto b = task.make<double>(request(purpose::validation, 73));
    REQUIRE(b.trials.steps == 100);  // the catch trial of 2000 ms
    CHECK(b.conditions[0].catch_trial);
    check_span(b.trials, 0, 0, 100, {0, 0, 0, 0, 0, 0}, {0.2, 0.2});

    // Condition 0: motion decides; motion 5 %, colour 5 %, both to choice 0. The cue and the evidence are there from 100 to 900 ms.
    REQUIRE(b.trials.length[1] == 60);
    check_span(b.trials, 1, 0, 5, {0, 0, 0, 0, 0, 0}, {0.2, 0.2});
    check_span(b.trials, 1, 5, 45, {1, 0, 0.525, 0.475, 0.525, 0.475});
    check_span(b.trials, 1, 45, 60, {0, 0, 0, 0, 0, 0}, {1, 0.2});
    for (long t = 60; t < 100; ++t) REQUIRE(b.trials.mask_at(t, 1, 0) == 0);

    // Condition 35 = 1 + 2 x 17, 17 = 2 + 3 x 5, 5 = 2 + 3 x 1, 1 = 1 + 2 x 0:
    // colour decides, motion 50 % to choice 1, colour 50 % to choice 0.
    check_span(b.trials, 36, 5, 45, {0, 1, 0.25, 0.75, 0.75, 0.25});
    check_span(b.trials, 36, 45, 60, {0, 0, 0, 0, 0, 0}, {1, 0.2});
    // Condition 50 = 0 + 2 x 25, 25 = 1 + 3 x 8, 8 = 2 + 3 x 2, 2 = 0 + 2 x 1: motion decides, motion 15 % to choice 0, colour 50 % to
    // choice 1.
    check_span(b.trials, 51, 5, 45, {1, 0, 0.575, 0.425, 0.25, 0.75});
    check_span(b.trials, 51, 45, 60, {0, 0, 0, 0, 0, 0}, {1, 0.2});
    // Condition 71: the last of every factor.
    check_span(b.trials, 72, 5, 45, {0, 1, 0.25, 0.75, 0.25, 0.75});
    check_span(b.trials, 72, 45, 60, {0, 0, 0, 0, 0, 0}, {0.2, 1});
}

TEST_CASE("context: the sweep holds every condition once, the context varying fastest", "[task]") {
    const context_integration task;
    const auto b = task.make<float>(request(purpose::validation, 146));
    std::set<std::tuple<int, double, double>> seen;
    for (std::size_t k = 0; k < 146; ++k) {
        const auto& c = b.conditions[k];
        REQUIRE(c.catch_trial == (k % 73 == 0));
        REQUIRE(c.condition == static_cast<long>(k % 73) - 1);
        if (c.catch_trial) continue;
        REQUIRE(c.context == (k % 73 % 2 == 1 ? context::motion : context::colour));
        REQUIRE(c.direction * c.coherence == (c.context == context::motion ? c.motion : c.colour));
        REQUIRE(c.correct == (c.direction * c.coherence > 0 ? 0 : 1));
        seen.insert({static_cast<int>(c.context), c.motion, c.colour});
    }
    CHECK(seen.size() == 72);

    const auto test = task.make<float>(request(purpose::test, 144, 0.5));
    CHECK(test.trials.steps == 3000);
    for (std::size_t k = 0; k < 144; ++k) {
        const auto& c = test.conditions[k];
        REQUIRE_FALSE(c.catch_trial);
        REQUIRE(c.condition == static_cast<long>(k % 72));
        REQUIRE((c.stimulus_onset == 400 && c.stimulus_offset == 1200 && c.trial_end == 1500));
    }

    const auto table = table_of(b.conditions);
    REQUIRE(table.columns.size() == table.names.size());
    CHECK(table.at("context")[36] == 1);
    CHECK(table.at("motion")[36] == -50);
    CHECK(table.at("colour")[36] == 50);
    CHECK(table.at("correct_choice")[36] == 0);
    CHECK(table.at("correct_choice")[0] == -1);
    CHECK_THROWS_AS(table.at("color"), invalid_argument);
}

TEST_CASE("context: conditions of training and catch trials are drawn with the stated frequencies", "[task]") {
    context_integration quick;
    quick.fixation = {20, 20}, quick.stimulus = quick.decision = quick.catch_duration = 20;
    constexpr long n = 73'000;
    const auto b = quick.make<float>(request(purpose::training, n));
    long catches = 0;
    std::map<long, long> seen;
    for (const auto& c : b.conditions) c.catch_trial ? ++catches : ++seen[c.condition];
    // 1000 expected of each kind, with a deviation of 31.4; 73 of them stay within 5 deviations.
    CHECK(std::abs(catches - 1000) < 160);
    REQUIRE(seen.size() == 72);
    for (const auto& [condition, count] : seen) CHECK(std::abs(count - 1000) < 160);
}

TEST_CASE("context: trials depend neither on dt nor on their batch", "[task]") {
    check_independence_of_dt(context_integration{});
    check_parts_equal_the_whole(context_integration{});
}

TEST_CASE("context: performance is percent correct without catch trials", "[task]") {
    const context_integration task;
    const auto b = task.make<float>(request(purpose::validation, 73));
    std::vector<long> choices;
    for (const auto& c : b.conditions) choices.push_back(c.catch_trial ? 1 : c.correct);
    CHECK(task.performance(b, choosing(choices)) == 100);
    choices[0] = 0;
    CHECK(task.performance(b, choosing(choices)) == 100);
    for (std::size_t k = 1; k <= 18; ++k) choices[k] = 1 - choices[k];
    CHECK(task.performance(b, choosing(choices)) == Approx(75));
    // Who follows motion in either context is right in half of the trials of colour.
    for (std::size_t k = 1; k < 73; ++k) choices[k] = b.conditions[k].motion > 0 ? 0 : 1;
    CHECK(task.performance(b, choosing(choices)) == Approx(75));
    choices.pop_back();
    CHECK_THROWS_AS(task.performance(b, choosing(choices)), invalid_argument);
}

TEST_CASE("context: numbers that make no sense are refused", "[task]") {
    const context_integration task;
    check_refused(
        task, [](auto&) {}, 30);
    check_refused(task, [](auto& t) { t.coherences.clear(); });
    check_refused(task, [](auto& t) { t.coherences = {0, 5}; });
    check_refused(task, [](auto& t) { t.coherences = {101}; });
    check_refused(task, [](auto& t) { t.fixation.test = -400; });
    check_refused(task, [](auto& t) { t.stimulus = 0; });
    check_refused(task, [](auto& t) { t.decision = 1e300; });
    check_refused(task, [](auto& t) { t.catch_probability = 1.5; });
    check_refused(task, [](auto& t) { t.low = 2; });
    check_refused(task, [](auto& t) { t.target = 0.9; });
    check_refused(task, [](auto& t) { t.validations = 72; });
    CHECK_NOTHROW(context_integration{.coherences = {100}, .validations = 9}.make<float>(request(purpose::training, 2)));
}
