// Parametric working memory: numbers worked out by hand from Song et al. 2016.
#include "trial_checks.hpp"

#include <eirnn/task/parametric_working_memory.hpp>

#include <cmath>
#include <map>
#include <set>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

static_assert(Task<parametric_working_memory> && Task<parametric_working_memory, double>);

TEST_CASE("memory: test trials are exact in every step", "[task]") {
    const parametric_working_memory task;
    CHECK(task.conditions() == 10);
    CHECK(task.validation_trials() == 1100);
    const auto b = task.make<double>(request(purpose::test, 10));
    REQUIRE(b.trials.steps == 240);  // 500 + 500 + 3000 + 500 + 300 ms
    // Condition 0: 18, then 10 Hz: 0.4 + 0.8 x 8 / 24 = 2 / 3, 0.4 + 0.8 x 16 / 24 = 14 / 15; then the ends of the range.
    check_span(b.trials, 0, 0, 25, {0, 0}, {0.2, 0.2});
    check_span(b.trials, 0, 25, 50, {2. / 3, 14. / 15});
    check_span(b.trials, 0, 50, 200, {0, 0});
    check_span(b.trials, 0, 200, 225, {0.4, 1.2});
    check_span(b.trials, 0, 225, 240, {0, 0}, {1, 0.2});
    // Condition 9 = 4 + 5 x 1: 26, then 34 Hz.
    check_span(b.trials, 9, 25, 50, {14. / 15, 2. / 3});
    check_span(b.trials, 9, 200, 225, {1.2, 0.4});
    check_span(b.trials, 9, 225, 240, {0, 0}, {0.2, 1});

    std::set<double> first;
    for (std::size_t k = 0; k < 10; ++k) {
        const auto& c = b.conditions[k];
        REQUIRE(c.condition == static_cast<long>(k));
        REQUIRE(std::abs(c.f1 - c.f2) == 8);
        REQUIRE(c.correct == (c.f1 > c.f2 ? 0 : 1));
        first.insert(c.f1);
    }
    CHECK(first.size() == 7);
    const auto table = table_of(b.conditions);
    CHECK((table.at("f1")[9] == 26 && table.at("f2")[9] == 34 && table.at("second_onset")[9] == 4000));
}

TEST_CASE("memory: delays of training and validation are uniform, cut to a multiple of dt", "[task]") {
    const parametric_working_memory task;
    for (const auto p : {purpose::training, purpose::validation}) {
        const auto coarse = task.make<float>(request(p, 220, 20, 5)), fine = task.make<float>(request(p, 220, 1, 5));
        double sum = 0, least = 1e9, most = 0;
        long shown = 0;
        for (std::size_t k = 0; k < 220; ++k) {
            const auto &a = coarse.conditions[k], &b = fine.conditions[k];
            if (p == purpose::validation) REQUIRE(a.catch_trial == (k % 11 == 0));
            REQUIRE((a.catch_trial == b.catch_trial && a.f1 == b.f1 && a.f2 == b.f2));
            if (a.catch_trial) {
                REQUIRE(a.trial_end == 2500);
                continue;
            }
            const double delay = b.second_onset - b.stimulus_offset;
            REQUIRE((delay >= 2500 && delay < 3500));
            REQUIRE(a.second_onset - a.stimulus_offset == floor_to_step(delay, 20));
            REQUIRE((a.stimulus_onset == 100 && a.stimulus_offset == 600 && a.second_offset == a.second_onset + 500));
            REQUIRE((a.decision_onset == a.second_offset && a.trial_end == a.decision_onset + 300));
            REQUIRE(coarse.trials.length[k] == static_cast<std::int32_t>(a.trial_end / 20));
            sum += delay, ++shown, least = (std::min)(least, delay), most = (std::max)(most, delay);
        }
        CHECK(sum / static_cast<double>(shown) == Approx(3000).margin(105));  // five standard errors of 289 / sqrt(190)
        CHECK((least < 2600 && most > 3400));
    }
}

TEST_CASE("memory: conditions of training and catch trials are drawn with the stated frequencies", "[task]") {
    parametric_working_memory quick;
    quick.fixation = {20, 20}, quick.first_stimulus = quick.second_stimulus = quick.decision = quick.catch_duration = 20;
    quick.shortest_delay = quick.longest_delay = 20;
    const auto b = quick.make<float>(request(purpose::training, 11'000));
    long catches = 0;
    std::map<long, long> seen;
    for (const auto& c : b.conditions) c.catch_trial ? ++catches : ++seen[c.condition];
    CHECK(std::abs(catches - 1000) < 152);  // five deviations of 30
    REQUIRE(seen.size() == 10);
    for (const auto& [condition, count] : seen) CHECK(std::abs(count - 1000) < 152);
}

TEST_CASE("memory: trials depend neither on dt nor on their batch", "[task]") {
    // A delay that both steps divide; random ones are cut, which the test above looks at.
    parametric_working_memory steady;
    steady.shortest_delay = steady.longest_delay = 2600;
    check_independence_of_dt(steady);
    check_parts_equal_the_whole(parametric_working_memory{});
}

TEST_CASE("memory: performance is that of the worst condition, and reaching the target once is enough", "[task]") {
    const parametric_working_memory task;
    const auto b = task.make<float>(request(purpose::validation, 220));  // 20 trials of each condition
    std::vector<long> right;
    for (const auto& c : b.conditions) right.push_back(c.catch_trial ? 1 : c.correct);
    CHECK(task.performance(b, choosing(right)) == 100);
    auto choices = right;
    for (std::size_t n = 0; n < 3; ++n) choices[11 * n + 4] = 1 - choices[11 * n + 4];  // condition 3: 17 of 20
    choices[8] = 1 - choices[8];
    CHECK(task.performance(b, choosing(choices)) == Approx(85));

    const auto judged = [&](std::vector<double> performances) {
        std::vector<validation_report> history;
        for (const double p : performances) history.push_back({0, 0, 1, 1, p, 1});
        return judge(history, task.stopping(), task.target_performance());
    };
    CHECK(judged({0, 0, 84.99}) == stop_reason::none);
    CHECK(judged({0, 0, 85}) == stop_reason::performance);
    CHECK(judged({99, 0}) == stop_reason::none);
}

TEST_CASE("memory: numbers that make no sense are refused", "[task]") {
    const parametric_working_memory task;
    check_refused(
        task, [](auto&) {}, 30);
    check_refused(task, [](auto& t) { t.pairs.clear(); });
    check_refused(task, [](auto& t) { t.pairs = {{10, 18}}; });
    check_refused(task, [](auto& t) { t.pairs = {{10, 0}}; });
    check_refused(task, [](auto& t) { t.second_stimulus = 0; });
    check_refused(task, [](auto& t) { t.test_delay = 3001; });
    check_refused(task, [](auto& t) { t.shortest_delay = 10; });
    check_refused(task, [](auto& t) { t.longest_delay = 2000; });
    check_refused(task, [](auto& t) { t.catch_probability = 2; });
    check_refused(task, [](auto& t) { t.low = 1; });
    check_refused(task, [](auto& t) { t.target = 0.85; });
    check_refused(task, [](auto& t) { t.validations = 10; });
}
