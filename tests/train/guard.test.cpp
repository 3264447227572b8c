// The guard of sgd: what its steps do and when, what they leave alone, and when it gives up.
#include "small.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>

#include <cmath>
#include <limits>

using namespace eirnn;
using namespace small;
namespace {

struct P : population<excitatory, 7> {};
struct Q : population<inhibitory, 3> {};
struct above {
    static constexpr bool at(int post, int pre) { return post < pre; }
};
struct below {
    static constexpr double at(int post, int pre) { return post == pre + 1 ? 0.25 : 0; }
};
struct tissue : area<rate<relu>, P, Q, wiring<project<P, P, table<above>, fixed<below>>, project<P, Q, absolute>, project<Q, tissue>>> {};
using masked = network<areas<tissue>, inputs<project<pulses, tissue>>, outputs<project<P, memory>>>;

/// A target of 1e30 in some training steps: beyond floats, and more than 1e10 in doubles.
struct loud : hold_impulse {
    std::uint64_t every = 1, rest = 0;
    template <class T>
    task_batch<T, long> make(const trial_request& r) const {
        hold_impulse now = *this;
        if (r.iteration % every == rest) now.loud_trial = 4, now.loud_step = 10, now.loud_target = 1e30;
        return now.template make<T>(r);
    }
};
loud every(std::uint64_t n, std::uint64_t rest) {
    loud l;
    l.every = n, l.rest = rest;
    return l;
}
sgd guarded(std::uint64_t steps_in_a_row) {
    sgd o{.learning_rate = 0.05};
    o.guard.steps_in_a_row = steps_in_a_row;
    return o;
}

template <class B>
void check_step() {
    using T = typename B::scalar;
    INFO(B::name());
    model_options o;
    o.trained.bias = o.trained.output_bias = true;
    o.initial.initial_bias = 0.125;
    model<masked, B> m(seed{2}, o, B(2));
    sgd rule{.learning_rate = 0.25, .clip_norm = 1e-3};
    rule.guard.shrink = 0.5;
    trainer t(m, loud{}, rule, {}, quick());
    const auto before = m.raw(), effective = m.effective();
    const step_report r = t.step();
    CHECK(r.guarded);
    CHECK(!r.clipped);
    CHECK(!(r.gradient_norm <= 1e10));
    CHECK(is_finite(r.gradient_norm) == std::is_same_v<T, double>);
    auto expected = before;
    for (T& w : expected["W_rec"].data) w -= T(0.125) * w;  // a power of 2: rounded once, whatever the instructions
    CHECK(m.raw() == expected);

    const auto now = m.effective();
    const connectivity& c = m.structure().recurrent;
    long wrong = 0, trained = 0, held = 0;
    for (long i = 0; i < 10; ++i)
        for (long j = 0; j < 10; ++j) {
            const T w = effective["W_rec"](i, j), x = now["W_rec"](i, j);
            held += !c.plastic(i, j) && w != 0;
            trained += c.plastic(i, j) && w != 0;
            wrong += c.plastic(i, j) ? x != w - T(0.125) * w : x != w;
        }
    CHECK(wrong == 0);
    CHECK(held == 6);
    CHECK(trained == 21 + 21 + 27);
}
}  // namespace

TEST_CASE("the guard shrinks the recurrent weights that are trained, by its share, and leaves all others as they are") {
    check_step<backend::serial<double>>();
    check_step<backend::cpu<float>>();
    const gradient_guard published;
    CHECK(published.largest_norm == 1e10);
    CHECK(published.shrink == 0.02);
}

TEST_CASE("the guard acts above its norm only, and where gradients are clipped") {
    const auto state_after = [](const sgd& rule, std::uint64_t expected) {
        auto m = make_model();
        trainer t(m, hold_impulse{}, rule, {}, quick());
        const step_report r = t.step();
        CHECK(r.guarded == (expected == 1));
        CHECK(t.state().guarded_steps == expected);
        return t.state();
    };
    auto rule = guarded(0);
    const auto usual = state_after(rule, 0);
    auto m = make_model();
    const double norm = trainer(m, hold_impulse{}, rule, {}, quick()).step().gradient_norm;
    rule = guarded(5);
    CHECK(state_after(rule, 0) == usual);
    rule.guard.largest_norm = norm;
    CHECK(state_after(rule, 0) == usual);
    rule.guard.largest_norm = std::nextafter(norm, 0.);
    CHECK(state_after(rule, 1).raw != usual.raw);
    rule.guard.steps_in_a_row = 0;
    CHECK(state_after(rule, 0) == usual);
    rule = guarded(5), rule.clip_norm = 0;
    auto other = make_model();
    CHECK_THROWS_AS(trainer(other, loud{}, rule, {}, quick()).step(), diverged_at);
    auto third = make_model();
    CHECK_THROWS_AS(trainer(third, loud{}, adam{}, {}, quick()).step(), diverged_at);
}

namespace {
template <class Trainer>
divergence end_of(Trainer& t, int steps, const char* expected) {
    for (int k = 0; k < steps; ++k) CHECK(t.step().guarded);
    const auto before = t.state();
    CHECK(before.guarded_in_a_row == static_cast<std::uint64_t>(steps));
    try {
        t.step();
    } catch (const diverged_at& e) {
        INFO(e.what());
        CHECK(t.state() == before);
        CHECK(e.text().expected.find(expected) == 0);
        CHECK((e.text().got.find(std::to_string(steps) + " steps in a row") != std::string::npos) == (steps > 0));
        return e.found();
    }
    FAIL("the guard goes on");
    return {};
}
}  // namespace

TEST_CASE("a guard that has acted too many times in a row gives up, and says so") {
    auto m = make_model();
    trainer t(m, loud{}, guarded(3), {}, quick());
    const auto d = end_of(t, 3, "finite numbers");
    CHECK(d.guarded == 3);
    CHECK(d.trial == 4);  // the cause, not the remedy
    CHECK(d.step == 10);

    auto rule = guarded(3);
    rule.guard.largest_norm = 1e-9;
    auto other = make_model();
    trainer large(other, hold_impulse{}, rule, {}, quick());
    CHECK(end_of(large, 3, "a gradient norm up to").guarded == 3);

    auto third = make_model();
    trainer now_and_then(third, every(3, 1), guarded(1), {}, quick());
    for (int k = 0; k < 12; ++k) CHECK(now_and_then.step().guarded == (k % 3 == 1));
    CHECK(now_and_then.state().guarded_steps == 4);
}

TEST_CASE("the guard does not act where a weight or the batch is not finite") {
    model<holds, backend::serial<float>> m(seed{1});
    auto& p = m.numerics().parameters().blocks()[0];
    trainer t(m, loud{}, guarded(3), {}, quick());
    *p.of(p.raw).at(0, 1) = std::numeric_limits<float>::infinity();
    CHECK_THROWS_AS(t.step(), diverged_at);
    CHECK(t.state().guarded_steps == 0);

    hold_impulse task;
    task.loud_trial = 4, task.loud_step = 10, task.loud_target = std::numeric_limits<double>::infinity();
    auto other = make_model();
    CHECK_THROWS_AS(trainer(other, task, guarded(3), {}, quick()).step(), invalid_argument);
}

TEST_CASE("a guarded run goes on with the same bits from any step, on any number of threads, and gives up at the same one") {
    const auto with = [](small_model& m, const loud& task) {
        auto rule = guarded(2);
        rule.momentum = 0.5;
        return trainer(m, task, rule, trials(30 * 8), quick());
    };
    auto m = make_model();
    auto whole = with(m, every(4, 2));
    std::vector<trainer_state<float>> states{whole.state()};
    struct keep {
        std::vector<trainer_state<float>>& to;
        int warnings = 0;
        void on_step(const step_report&, const decltype(whole)& t) { to.push_back(t.state()); }
        void on_warning(const training_warning& w) { warnings += w.what == training_warning::kind::guarded; }
    } observer{states};
    const auto result = whole.run(observer);
    CHECK(observer.warnings == 1);
    CHECK(result.guarded_steps == 7);  // 2, 6, .. 26
    REQUIRE(result.history.size() == 6);
    CHECK(result.history[0].guarded_steps == 0);
    CHECK(result.history[1].guarded_steps == 2);  // before step 7
    CHECK(result.history[5].guarded_steps == 7);
    for (std::size_t k = 0; k < states.size(); k += 3) {
        INFO("resumed after step " << k);
        auto other = make_model(k + 2, static_cast<int>(1 + k % 4));
        auto rest = with(other, every(4, 2));
        rest.restore(states[k]);
        REQUIRE(rest.state() == states[k]);
        rest.run();
        CHECK(rest.state() == whole.state());
    }

    auto first = make_model(), second = make_model(9);
    auto begun = with(first, loud{}), goes_on = with(second, loud{});
    CHECK(begun.step().guarded);
    goes_on.restore(begun.state());
    CHECK(goes_on.step().guarded);
    CHECK_THROWS_AS(goes_on.step(), diverged_at);
    CHECK(goes_on.iteration() == 2);
}
