// The sine wave task.
#include "trial_checks.hpp"

#include <eirnn/task/sine_wave.hpp>
#include <eirnn/task/trial_parts.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

static_assert(Task<sine_wave> && Task<sine_wave, double>);

namespace {
recording<float> of(const task_batch<float, wave_condition>& b, double scale, long every = 1) {
    recording<float> r;
    r.trials = b.trials.trials, r.outputs = 1, r.steps = b.trials.steps, r.every = every, r.dt = b.trials.dt;
    for (long s = 0; s < r.samples(); ++s)
        for (long k = 0; k < r.trials; ++k)
            r.output.push_back(static_cast<float>(scale * double(b.trials.target_at((s + 1) * every - 1, k, 0))));
    return r;
}
}  // namespace

TEST_CASE("sine: the target is 0.9 sin(2 pi t / 800) at the end of every step", "[task]") {
    const sine_wave task;
    CHECK(task.validation_trials() == 50);
    const auto b = task.make<double>(request(purpose::training, 2));
    REQUIRE((b.trials.inputs == 0 && b.trials.steps == 80));
    for (const long k : {0L, 1L}) {
        CHECK(b.trials.target_at(0, k, 0) == Approx(0.9 * 0.156434465));    // 20 ms: sin 9 degrees
        CHECK(b.trials.target_at(4, k, 0) == Approx(0.9 / std::sqrt(2.)));  // 100 ms
        CHECK(b.trials.target_at(9, k, 0) == Approx(0.9));                  // 200 ms
        CHECK(b.trials.target_at(19, k, 0) == Approx(0).margin(1e-12));
        CHECK(b.trials.target_at(29, k, 0) == Approx(-0.9));
        CHECK(b.trials.target_at(79, k, 0) == Approx(0).margin(1e-12));
        for (long t = 0; t < 80; ++t) REQUIRE(b.trials.mask_at(t, k, 0) == 1);
    }
    CHECK(task.make<float>(request(purpose::test, 1, 0.5)).trials.steps == 32'000);
    CHECK(table_of(b.conditions).at("trial_end")[1] == 1600);
    check_independence_of_dt(task);
    check_parts_equal_the_whole(task);
}

TEST_CASE("sine: performance is the explained variance, and the error alone ends training", "[task]") {
    const sine_wave task;
    const auto b = task.make<float>(request(purpose::validation, 3));
    CHECK(task.performance(b, of(b, 1)) == Approx(100));
    CHECK(task.performance(b, of(b, 1, 4)) == Approx(100));
    CHECK(task.performance(b, of(b, 0.5)) == Approx(75));
    CHECK(task.performance(b, of(b, 0)) == Approx(0).margin(1e-9));
    CHECK(task.performance(b, of(b, -1)) == 0);
    CHECK_THROWS_AS(task.performance(b, of(b, 1, 80)), invalid_argument);
    CHECK(judge({{0, 0, 1, 0.051, 100, 1}}, task.stopping(), task.target_performance()) == stop_reason::none);
    CHECK(judge({{0, 0, 1, 0.05, 0, 1}}, task.stopping(), task.target_performance()) == stop_reason::rmse);
}

TEST_CASE("sine: numbers that make no sense are refused", "[task]") {
    const sine_wave task;
    check_refused(
        task, [](auto&) {}, 30);
    check_refused(task, [](auto& t) { t.period = 0; });
    check_refused(task, [](auto& t) { t.period = 40; });
    check_refused(task, [](auto& t) { t.amplitude = 0; });
    check_refused(task, [](auto& t) { t.periods = 0; });
    check_refused(task, [](auto& t) { t.test_periods = -1; });
    check_refused(task, [](auto& t) { t.least_error = -1; });
    check_refused(task, [](auto& t) { t.validations = 0; });
}
