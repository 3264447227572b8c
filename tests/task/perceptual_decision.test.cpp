// The perceptual decision task and its variants: what each trial shows, asks for and counts.
#include "catch.hpp"

#include <eirnn/task/perceptual_decision.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <set>

using namespace eirnn;
using namespace eirnn::tasks;
using variant = decision_variant;

static_assert(Task<perceptual_decision> && Task<perceptual_decision, double>);
static_assert(!Task<int>);

namespace {
trial_request request(enum purpose p, long trials, double dt = 20, std::uint64_t iteration = 0, long first = 0) {
    return {p, 1, iteration, trials, dt, first};
}
// What one trial should hold at one step.
struct moment {
    double in0, in1, target0, target1, mask;
};
template <class T>
void check_span(const trial_batch<T>& b, long trial, long first, long last, moment m) {
    for (long t = first; t < last; ++t) {
        INFO("trial " << trial << " step " << t);
        REQUIRE(b.input_at(t, trial, 0) == static_cast<T>(m.in0));
        REQUIRE(b.input_at(t, trial, 1) == static_cast<T>(m.in1));
        for (long o = 0; o < 2; ++o) {
            REQUIRE(b.mask_at(t, trial, o) == static_cast<T>(m.mask));
            if (m.mask > 0) REQUIRE(b.target_at(t, trial, o) == static_cast<T>(o == 0 ? m.target0 : m.target1));
        }
    }
}
// A recording in which the outputs end with the given values.
recording<float> ending(std::vector<float> finals) {
    recording<float> r;
    r.trials = static_cast<long>(finals.size()) / 2;
    r.outputs = 2;
    r.final_output = std::move(finals);
    return r;
}
}  // namespace

TEST_CASE("a training trial is exact in every step", "[task]") {
    const perceptual_decision task;
    const auto b = task.make<double>(request(purpose::validation, 11));
    REQUIRE(b.trials.steps == 100);  // the catch trial of 2000 ms
    CHECK(b.trials.inputs == 2);
    CHECK(b.trials.dt == 20);

    CHECK(b.conditions[0].catch_trial);
    CHECK(b.trials.length[0] == 100);
    check_span(b.trials, 0, 0, 100, {0, 0, 0.2, 0.2, 1});

    // b = 5 is the fifth coherence in the first direction, b = 6 the first coherence in the second.
    CHECK(b.conditions[5].signed_coherence() == 51.2);
    CHECK(b.conditions[6].signed_coherence() == -3.2);
    CHECK(b.conditions[10].signed_coherence() == -51.2);
    CHECK(b.trials.length[5] == 60);
    check_span(b.trials, 5, 0, 5, {0, 0, 0.2, 0.2, 1});
    check_span(b.trials, 5, 5, 45, {0.756, 0.244, 0, 0, 0});
    check_span(b.trials, 5, 45, 60, {0, 0, 1, 0.2, 1});
    check_span(b.trials, 5, 60, 100, {0, 0, 0, 0, 0});  // padding
    check_span(b.trials, 6, 5, 45, {(1 - 0.032) / 2, (1 + 0.032) / 2, 0, 0, 0});
    check_span(b.trials, 6, 45, 60, {0, 0, 0.2, 1, 1});
}

TEST_CASE("the reaction time variant decides while the stimulus is on", "[task]") {
    const perceptual_decision task(variant::reaction_time);
    const auto b = task.make<float>(request(purpose::validation, 2));
    CHECK(b.trials.inputs == 3);
    CHECK(b.trials.length[1] == 45);
    check_span(b.trials, 1, 0, 5, {0, 0, 0.2, 0.2, 1});
    check_span(b.trials, 1, 5, 20, {0.516, 0.484, 0, 0, 0});
    check_span(b.trials, 1, 20, 45, {0.516, 0.484, 1.2, 0.2, 1});
    for (long t = 0; t < 100; ++t) REQUIRE(b.trials.input_at(t, 1, 2) == (t >= 5 && t < 45 ? 1.f : 0.f));
    for (long t = 0; t < 100; ++t) REQUIRE(b.trials.input_at(t, 0, 2) == 0.f);  // no cue in a catch trial

    const auto c = task.make<float>(request(purpose::test, 1, 0.5)).conditions[0];
    CHECK(c.stimulus_onset == 300);
    CHECK(c.decision_onset == 600);
    CHECK(c.trial_end == 1800);
}

TEST_CASE("training conditions have the stated frequencies", "[task]") {
    const auto v = GENERATE(variant::dense, variant::variable_duration, variant::reaction_time);
    const perceptual_decision task(v);
    constexpr long n = 40000;
    perceptual_decision quick = task;  // only conditions matter here, so make them short
    quick.catch_duration = 20;
    quick.decision = 20;
    const auto b = quick.make<float>(request(purpose::training, n));
    long catches = 0;
    std::map<double, long> seen;
    for (const auto& c : b.conditions) {
        if (c.catch_trial)
            ++catches;
        else
            ++seen[c.signed_coherence()];
    }
    const double p = v == variant::reaction_time ? 5.0 / 11 : 1.0 / 11;
    CHECK(static_cast<double>(catches) / n == Approx(p).margin(0.008));  // three standard errors
    REQUIRE(seen.size() == 10);
    for (const auto& [coherence, count] : seen) CHECK(static_cast<double>(count) / n == Approx((1 - p) / 10).margin(0.006));
    std::set<std::uint32_t> ids(b.trials.id.begin(), b.trials.id.end());
    CHECK(ids.size() == static_cast<std::size_t>(n));
}

TEST_CASE("a trial does not depend on dt, but for the floor of a random duration", "[task]") {
    const perceptual_decision task(variant::variable_duration);
    const auto coarse = task.make<float>(request(purpose::training, 200, 20)),
               fine = task.make<float>(request(purpose::training, 200, 0.5));
    bool durations_differ = false;
    for (std::size_t k = 0; k < 200; ++k) {
        const auto &a = coarse.conditions[k], &b = fine.conditions[k];
        REQUIRE(a.catch_trial == b.catch_trial);
        REQUIRE(a.signed_coherence() == b.signed_coherence());
        REQUIRE(a.stimulus_onset == b.stimulus_onset);
        if (a.catch_trial) continue;
        const double shown = a.stimulus_offset - a.stimulus_onset;
        REQUIRE(shown == floor_to_step(b.stimulus_offset - b.stimulus_onset, 20));
        REQUIRE((shown >= 80 && shown < 1500));
        REQUIRE(coarse.trials.length[k] == static_cast<std::int32_t>(a.trial_end / 20));
        REQUIRE(a.decision_onset == a.stimulus_offset);
        REQUIRE(a.trial_end == a.decision_onset + 300);
        durations_differ = durations_differ || shown != 320;
    }
    CHECK(durations_differ);
}

TEST_CASE("test trials sweep eleven slots without a catch trial", "[task]") {
    const auto b = perceptual_decision{}.make<float>(request(purpose::test, 44));
    long up = 0;
    for (std::size_t k = 0; k < 44; ++k) {
        const auto& c = b.conditions[k];
        REQUIRE_FALSE(c.catch_trial);
        REQUIRE((k % 11 == 0) == (c.coherence == 0));
        REQUIRE(c.direction != 0);
        REQUIRE(c.stimulus_onset == 300);
        if (k % 11 == 0)
            up += c.direction > 0;
        else
            REQUIRE(c.signed_coherence() == b.conditions[k % 11].signed_coherence());
    }
    CHECK((up >= 0 && up <= 4));
    check_span(b.trials, 0, 15, 55, {0.5, 0.5, 0, 0, 0});
}

TEST_CASE("the same request gives the same trials, and parts equal the whole", "[task]") {
    const perceptual_decision task(variant::variable_duration);
    const auto p = GENERATE(purpose::training, purpose::validation, purpose::test);
    const auto whole = task.make<float>(request(p, 30, 20, 7)), again = task.make<float>(request(p, 30, 20, 7));
    CHECK(whole.trials.input == again.trials.input);
    CHECK(whole.trials.target == again.trials.target);
    CHECK(whole.trials.mask == again.trials.mask);
    CHECK(whole.conditions == again.conditions);

    const auto part = task.make<float>(request(p, 10, 20, 7, 13));
    for (long k = 0; k < 10; ++k) {
        const auto at = static_cast<std::size_t>(k), there = at + 13;
        REQUIRE(part.conditions[at] == whole.conditions[there]);
        REQUIRE(part.trials.id[at] == 13 + at);
        REQUIRE(part.trials.length[at] == whole.trials.length[there]);
        for (long t = 0; t < part.trials.length[at]; ++t) {
            for (long i = 0; i < 3; ++i) REQUIRE(part.trials.input_at(t, k, i) == whole.trials.input_at(t, k + 13, i));
            for (long o = 0; o < 2; ++o) {
                REQUIRE(part.trials.target_at(t, k, o) == whole.trials.target_at(t, k + 13, o));
                REQUIRE(part.trials.mask_at(t, k, o) == whole.trials.mask_at(t, k + 13, o));
            }
        }
    }
    // A new iteration draws new durations in every purpose.
    CHECK(task.make<float>(request(p, 30, 20, 8)).conditions != whole.conditions);
}

TEST_CASE("performance counts what has a correct choice", "[task]") {
    const perceptual_decision task;
    const auto b = task.make<float>(request(purpose::validation, 11));
    // Always choice 0: right in the five trials of direction +1, whatever the catch trial does.
    std::vector<float> finals;
    for (int k = 0; k < 11; ++k) finals.insert(finals.end(), {1.f, 0.2f});
    CHECK(task.performance(b, ending(finals)) == Approx(50));
    for (std::size_t k = 6; k < 11; ++k) std::swap(finals[2 * k], finals[2 * k + 1]);
    CHECK(task.performance(b, ending(finals)) == Approx(100));
    std::swap(finals[2], finals[3]);
    CHECK(task.performance(b, ending(finals)) == Approx(90));

    finals.pop_back();
    finals.pop_back();
    CHECK_THROWS_AS(task.performance(b, ending(finals)), invalid_argument);
    CHECK_THROWS_AS(task.performance(task.make<float>(request(purpose::validation, 1)), ending({0, 1})), invalid_argument);
    CHECK(task.validation_trials() == 1100);
    CHECK(task.target_performance() == 85);
}

TEST_CASE("numbers that make no sense are refused before anything is made", "[task]") {
    const auto refused = [](auto change, double dt = 20) {
        perceptual_decision task(variant::variable_duration);
        change(task);
        CHECK_THROWS_AS(task.make<float>(request(purpose::training, 2, dt)), invalid_argument);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    refused([](auto&) {}, 30);  // 30 does not divide 100
    refused([](auto& t) { t.coherences.clear(); });
    refused([](auto& t) { t.coherences = {0}; });
    refused([](auto& t) { t.coherences = {101}; });
    refused([](auto& t) { t.fixation.training = 0; });
    refused([](auto& t) { t.decision = -300; });
    refused([&](auto& t) { t.catch_duration = nan; });
    refused([](auto& t) { t.catch_duration = 1e300; });
    refused([](auto& t) { t.catch_probability = 1.5; });
    refused([](auto& t) { t.random_stimulus->max = 50; });
    refused([](auto& t) { t.random_stimulus->min = 10; });
    refused([](auto& t) { t.decision_delay = 100; });
    refused([](auto& t) { t.low = t.high; });
    CHECK_NOTHROW(perceptual_decision(variant::variable_duration).make<float>(request(purpose::training, 2)));
}
