// Multisensory integration: numbers worked out by hand from Song et al. 2016.
#include "trial_checks.hpp"

#include <eirnn/task/multisensory_integration.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

static_assert(Task<multisensory_integration> && Task<multisensory_integration, double>);

TEST_CASE("multisensory: trials of the sweep are exact in every step", "[task]") {
    const multisensory_integration task;
    CHECK(task.inputs() == 4);
    CHECK(task.conditions() == 24);
    CHECK(task.validation_trials() == 2500);
    CHECK(task.stopping().performance == 90);
    CHECK(task.stopping().window == 5);

    const auto b = task.make<double>(request(purpose::validation, 25));
    REQUIRE(b.trials.steps == 125);  // the catch trial of 2500 ms
    check_span(b.trials, 0, 0, 125, {0, 0, 0, 0}, {0.2, 0.2});

    // Condition 0: 9 events/s, seen. 100 ms of fixation, 1000 of stimulus, 300 of decision; 9 is below 12.5, so choice 1.
    REQUIRE(b.trials.length[1] == 70);
    check_span(b.trials, 1, 0, 5, {0, 0, 0, 0}, {0.2, 0.2});
    check_span(b.trials, 1, 5, 55, {0.4, 0, 1.2, 0});
    check_span(b.trials, 1, 55, 70, {0, 0, 0, 0}, {0.2, 1});
    // Condition 1: 9 events/s, heard. Condition 2: both.
    check_span(b.trials, 2, 5, 55, {0, 0.4, 0, 1.2});
    check_span(b.trials, 3, 5, 55, {0.4, 0.4, 1.2, 1.2});
    // Condition 14 = 2 + 3 x 4: 13 events/s, both: 0.4 + 0.8 x 4 / 7 = 6 / 7, 0.4 + 0.8 x 3 / 7 = 26 / 35.
    check_span(b.trials, 15, 5, 55, {6. / 7, 6. / 7, 26. / 35, 26. / 35});
    check_span(b.trials, 15, 55, 70, {0, 0, 0, 0}, {1, 0.2});
    // Condition 22 = 1 + 3 x 7: 16 events/s, heard.
    check_span(b.trials, 23, 5, 55, {0, 1.2, 0, 0.4});
}

TEST_CASE("multisensory: the sweep, and the test's own durations", "[task]") {
    const multisensory_integration task;
    const auto b = task.make<float>(request(purpose::validation, 50));
    std::set<std::pair<int, double>> seen;
    for (std::size_t k = 0; k < 50; ++k) {
        const auto& c = b.conditions[k];
        REQUIRE(c.catch_trial == (k % 25 == 0));
        if (c.catch_trial) continue;
        REQUIRE(c.modality == static_cast<modality>((k % 25 - 1) % 3));
        REQUIRE(c.correct == (c.rate > 12.5 ? 0 : 1));
        seen.insert({static_cast<int>(c.modality), c.rate});
    }
    CHECK(seen.size() == 24);
    const auto test = task.make<float>(request(purpose::test, 25, 0.5));
    CHECK(test.trials.steps == 3600);
    CHECK(test.conditions[24] == test.conditions[0]);
    CHECK((test.conditions[0].stimulus_onset == 500 && test.conditions[0].stimulus_offset == 1500));
    const auto table = table_of(b.conditions);
    CHECK(table.at("rate")[15] == 13);
    CHECK(table.at("modality")[15] == 2);
    CHECK(table.at("correct_choice")[15] == 0);
    CHECK(table.at("catch_trial")[25] == 1);
}

TEST_CASE("multisensory: a start cue where asked for", "[task]") {
    multisensory_integration task;
    task.start_cue = true;
    const auto b = task.make<double>(request(purpose::validation, 2));
    check_span(b.trials, 0, 0, 125, {0, 0, 0, 0, 0}, {0.2, 0.2});
    check_span(b.trials, 1, 0, 5, {0, 0, 0, 0, 0}, {0.2, 0.2});
    check_span(b.trials, 1, 5, 55, {0.4, 0, 1.2, 0, 1});
    check_span(b.trials, 1, 55, 70, {0, 0, 0, 0, 1}, {0.2, 1});
}

TEST_CASE("multisensory: conditions of training and catch trials are drawn with the stated frequencies", "[task]") {
    multisensory_integration quick;
    quick.fixation = {20, 20}, quick.stimulus = quick.decision = quick.catch_duration = 20;
    const auto b = quick.make<float>(request(purpose::training, 30'000));
    long catches = 0;
    std::map<long, long> seen;
    for (const auto& c : b.conditions) c.catch_trial ? ++catches : ++seen[c.condition];
    CHECK(std::abs(catches - 6000) < 350);  // five deviations of 69
    REQUIRE(seen.size() == 24);
    for (const auto& [condition, count] : seen) CHECK(std::abs(count - 1000) < 160);
}

TEST_CASE("multisensory: trials depend neither on dt nor on their batch", "[task]") {
    check_independence_of_dt(multisensory_integration{});
    check_parts_equal_the_whole(multisensory_integration{});
}

TEST_CASE("multisensory: performance is percent correct without catch trials", "[task]") {
    const multisensory_integration task;
    const auto b = task.make<float>(request(purpose::validation, 25));
    CHECK(task.performance(b, choosing(std::vector<long>(25, 0))) == Approx(50));
    std::vector<long> choices;
    for (const auto& c : b.conditions) choices.push_back(c.rate > 13.5 ? 0 : 1);  // wrong at 13 events/s only
    CHECK(task.performance(b, choosing(choices)) == Approx(87.5));
}

TEST_CASE("multisensory: numbers that make no sense are refused", "[task]") {
    const multisensory_integration task;
    check_refused(
        task, [](auto&) {}, 30);
    check_refused(task, [](auto& t) { t.rates.clear(); });
    check_refused(task, [](auto& t) { t.rates = {9}; });
    check_refused(task, [](auto& t) { t.rates = {9, 9}; });
    check_refused(task, [](auto& t) { t.rates = {9, -16}; });
    check_refused(task, [](auto& t) { t.boundary = 12; });
    check_refused(task, [](auto& t) { t.boundary = std::numeric_limits<double>::quiet_NaN(); });
    check_refused(task, [](auto& t) { t.stimulus = 0; });
    check_refused(task, [](auto& t) { t.catch_probability = -0.2; });
    check_refused(task, [](auto& t) { t.high = 0.1; });
    check_refused(task, [](auto& t) { t.target = 101; });
    check_refused(task, [](auto& t) { t.validations = 24; });
}
