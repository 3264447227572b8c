// What the tasks share: drawn and swept conditions, scores, tables.
#include "trial_checks.hpp"

#include <eirnn/task/perceptual_decision.hpp>
#include <eirnn/task/trial_parts.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

namespace {
choice_condition shows(long condition, long correct) {
    choice_condition c;
    c.condition = condition, c.correct = correct, c.catch_trial = correct < 0;
    return c;
}
}  // namespace

TEST_CASE("validation sweeps with a catch trial first, test without one, training draws", "[task]") {
    const auto at = [](enum purpose p, long trial, double catches) {
        auto random = trial_random(request(p, 1), trial);
        return condition_of(request(p, 1), trial, 3, catches, random);
    };
    for (long trial = 0; trial < 8; ++trial) {
        CHECK(at(purpose::validation, trial, 1).value_or(-1) == trial % 4 - 1);
        CHECK(at(purpose::test, trial, 1).value_or(-1) == trial % 3);
        CHECK_FALSE(at(purpose::training, trial, 1));
    }
    std::array<long, 3> drawn{};
    for (long trial = 0; trial < 3000; ++trial) ++drawn.at(static_cast<std::size_t>(at(purpose::training, trial, 0).value()));
    for (const long n : drawn) CHECK(std::abs(n - 1000) < 130);  // five deviations of 26
}

TEST_CASE("evidence and tuning are as in the paper", "[task]") {
    CHECK(evidence(51.2) == Approx(0.756));
    CHECK(evidence(-51.2) == Approx(0.244));
    CHECK(rising_tuning(9, 9, 16) == Approx(0.4));
    CHECK(rising_tuning(16, 9, 16) == Approx(1.2));
    CHECK(falling_tuning(16, 9, 16) == Approx(0.4));
    CHECK(rising_tuning(12.5, 9, 16) == Approx(0.8));
    CHECK(falling_tuning(12.5, 9, 16) == Approx(0.8));
}

TEST_CASE("choices are scored where there is a correct one", "[task]") {
    const std::vector<choice_condition> conditions{shows(-1, -1), shows(0, 0), shows(1, 1), shows(0, 0), shows(1, 1), shows(1, 1)};
    const auto r = choosing({0, 0, 0, 1, 1, 1});
    const auto scores = score_choices(conditions, r);
    CHECK_FALSE(scores[0].correct);
    CHECK(scores[1].correct == true);
    CHECK(scores[2].correct == false);
    CHECK((scores[2].choice == 0 && scores[3].choice == 1));
    CHECK(percent_correct(scores) == Approx(60));
    const auto each = percent_correct_by_condition(conditions, r, 3);
    CHECK(each[0] == Approx(50));
    CHECK(each[1] == Approx(200. / 3));
    CHECK(std::isnan(each[2]));
    CHECK(least_percent_correct(conditions, r, 3) == Approx(50));

    CHECK_THROWS_AS(score_choices(conditions, choosing({0, 0})), invalid_argument);
    const std::vector<choice_condition> nothing{shows(-1, -1)};
    CHECK_THROWS_AS(percent_correct(score_choices(nothing, choosing({0}))), invalid_argument);
    CHECK_THROWS_AS(least_percent_correct(nothing, choosing({0}), 2), invalid_argument);
    // Zero coherence is shown but not scored.
    const auto b = perceptual_decision{}.make<float>(request(purpose::test, 11));
    CHECK_FALSE(score_choices(b.conditions, choosing(std::vector<long>(11, 0)))[0].correct);
    CHECK(score_choices(b.conditions, choosing(std::vector<long>(11, 0)))[1].correct == true);
}
