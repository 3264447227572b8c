// Trials that were made elsewhere: which of them a batch holds, and how they are scored.
#include "../catch.hpp"

#include <eirnn/task/recorded_trials.hpp>

#include <set>

using namespace eirnn;
using tasks::recorded_trials;
using tasks::scoring;

namespace {

// Trial n has n + 2 steps; every number tells where it stands.
trial_batch<float> trials(long count, float shift = 0) {
    trial_batch<float> b(count, count + 1, 2, 3, 20);
    for (long n = 0; n < count; ++n) {
        b.length[static_cast<std::size_t>(n)] = static_cast<std::int32_t>(n + 2);
        for (long t = 0; t < b.steps; ++t) {
            for (long i = 0; i < 2; ++i) b.input_at(t, n, i) = shift + float(100 * n + 10 * t + i);
            for (long o = 0; o < 3; ++o) b.target_at(t, n, o) = float(o == n % 3), b.mask_at(t, n, o) = float(t == n);
        }
    }
    return b;
}
trial_request ask(purpose what, long count, long first = 0, std::uint64_t iteration = 4, double dt = 20) {
    return {what, 7, iteration, count, dt, first};
}
recording<float> seen(const trial_batch<float>& b) {
    recording<float> r;
    r.trials = b.trials, r.steps = b.steps, r.outputs = b.outputs, r.dt = b.dt;
    r.output = b.target;
    return r;
}

}  // namespace

TEST_CASE("training draws recorded trials by seed, iteration and place; validation has them in order") {
    const recorded_trials task(trials(6), trials(4, 0.5f));
    CHECK(task.inputs() == 2);
    CHECK(task.outputs() == 3);
    CHECK(task.validation_trials() == 4);
    CHECK(task.dt() == 20);
    const auto whole = task.make<double>(ask(purpose::training, 200));
    std::set<long> found;
    for (long k = 0; k < 200; ++k) {
        const long n = whole.conditions[static_cast<std::size_t>(k)].index;
        found.insert(n);
        REQUIRE(whole.trials.length[static_cast<std::size_t>(k)] == n + 2);
        REQUIRE(whole.trials.id[static_cast<std::size_t>(k)] == static_cast<std::uint32_t>(k));
        for (long t = 0; t < whole.trials.steps; ++t) {
            const bool inside = t < n + 2;
            REQUIRE(whole.trials.input_at(t, k, 1) == (inside ? double(100 * n + 10 * t + 1) : 0));
            REQUIRE(whole.trials.mask_at(t, k, 2) == double(t == n));
            REQUIRE(whole.trials.target_at(t, k, n % 3) == double(inside));
        }
    }
    CHECK(found.size() == 6);
    CHECK(whole.trials.steps == 7);

    // A part is the same trials; another iteration has others.
    const auto part = task.make<double>(ask(purpose::training, 50, 100)), later = task.make<double>(ask(purpose::training, 200, 0, 5));
    long same = 0;
    for (std::size_t k = 0; k < 50; ++k) CHECK(part.conditions[k].index == whole.conditions[k + 100].index);
    for (std::size_t k = 0; k < 200; ++k) same += later.conditions[k].index == whole.conditions[k].index;
    CHECK(same < 100);
    const auto swept = task.make<float>(ask(purpose::validation, 2, 1));
    CHECK(swept.conditions[0].index == 1);
    CHECK(swept.trials.input_at(0, 1, 0) == 200.5f);
    CHECK(swept.trials.steps == 4);
    CHECK_THROWS_AS(task.make<float>(ask(purpose::validation, 2, 3)), invalid_argument);
    CHECK_THROWS_WITH(task.make<float>(ask(purpose::training, 2, 0, 0, 10)), Catch::Contains("time step of their own"));
}

TEST_CASE("choices are scored at the last step that counts, outputs by the variance that they explain") {
    const recorded_trials task(trials(6), trials(6)), curve(trials(6), trials(6), {scoring::explained, 80});
    const auto batch = task.make<float>(ask(purpose::validation, 6));
    auto r = seen(batch.trials);
    CHECK(task.performance(batch, r) == 100);
    CHECK(curve.performance(batch, r) == Approx(100));
    CHECK(curve.target_performance() == 80);
    const auto set = [&](long t, long n, long o, float x) { r.output[static_cast<std::size_t>((t * 6 + n) * 3 + o)] = x; };
    set(6, 5, 0, 9);  // after the step that counts
    CHECK(task.performance(batch, r) == 100);
    set(5, 5, 0, 9);
    CHECK(task.performance(batch, r) == Approx(100 * 5 / 6.));
    // Six points count in every output, two of them 1: the variance is 3 times 6 * 1/3 * 2/3; output 0 of trial 5 is 9 instead of 0.
    CHECK(curve.performance(batch, r) == 0);
    set(5, 5, 0, 0.5f);
    CHECK(curve.performance(batch, r) == Approx(100 * (1 - 0.25 / 4)));
    r.every = 2;
    CHECK_THROWS_AS(task.performance(batch, r), invalid_argument);

    auto blank = trials(6);
    std::fill(blank.mask.begin(), blank.mask.end(), 0.f);
    const recorded_trials unscored(trials(6), blank), flat(trials(6), blank, {scoring::explained, 80});
    const auto none = unscored.make<float>(ask(purpose::validation, 6));
    CHECK_THROWS_AS(unscored.performance(none, seen(none.trials)), invalid_argument);
    CHECK_THROWS_AS(flat.performance(none, seen(none.trials)), invalid_argument);
}

TEST_CASE("sets of trials that make no task are refused") {
    auto b = trials(3);
    b.length[1] = 5;
    CHECK_THROWS_WITH(recorded_trials(b, trials(3)), Catch::Contains("impossible length") && Catch::Contains("training"));
    b = trials(3);
    b.mask.pop_back();
    CHECK_THROWS_WITH(recorded_trials(trials(3), b), Catch::Contains("masks") && Catch::Contains("validation"));
    b = trials(3);
    b.dt = 10;
    CHECK_THROWS_WITH(recorded_trials(trials(3), b), Catch::Contains("differ in kind"));
    CHECK_THROWS_AS(recorded_trials(trial_batch<float>{}, trials(3)), invalid_argument);
    CHECK_THROWS_AS(recorded_trials(trials(3), trials(3), {scoring::choice, 0.9}), invalid_argument);
}
