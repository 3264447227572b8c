// States that are carried from one trial to the next: which they are, that a run goes on with them bit for bit, and what a validation does.
#include "../io/scratch.hpp"
#include "small.hpp"

#include "../catch.hpp"

#include <eirnn/io/checkpoint.hpp>
#include <eirnn/task/sequence_execution.hpp>
#include <eirnn/task/sine_wave.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace eirnn;
using namespace small;

namespace {

// Trials of 9 to 12 steps: they end at different ones.
struct hold_unevenly : hold_impulse {
    static constexpr bool continuous = true;
    template <class T>
    task_batch<T, long> make(const trial_request& r) const {
        auto b = hold_impulse::make<T>(r);
        for (long k = 0; k < r.trials; ++k) b.trials.length[static_cast<std::size_t>(k)] = static_cast<std::int32_t>(9 + (r.first + k) % 4);
        return b;
    }
};
training_options carrying_options(carrying how, long batch = 8) {
    training_options o = quick(batch);
    o.carry = how;
    return o;
}
trial_request training_request(std::uint64_t iteration, long batch) { return {purpose::training, 5, iteration, batch, 20, 0}; }

}  // namespace

TEST_CASE("a step begins with the states with which the forward pass of the step before ended", "[train][carry]") {
    const hold_unevenly task;
    auto m = make_model();
    trainer t(m, task, sgd{.learning_rate = 0.05}, trials(1000), carrying_options(carrying::training));
    CHECK(t.state().carried.empty());
    owned_list<std::vector<float>> expected;
    for (std::uint64_t k = 0; k < 4; ++k) {
        // By the weights from before the update, with the noise of this step.
        auto by_hand = make_model();
        by_hand.set_raw(m.raw());
        auto batch = task.make<float>(training_request(k, 8));
        batch.trials.start = expected;
        const auto seen = by_hand.run(batch.trials, {5, static_cast<std::uint32_t>(k)}, {.states = true, .end = true});
        const auto g = by_hand.gradient(batch.trials, {5, static_cast<std::uint32_t>(k)}, by_hand.default_loss(), t.options().penalties);
        const auto done = t.step();
        CHECK(done.loss == g.loss);
        CHECK(done.gradient_norm == g.norm);
        expected = seen.end;
        REQUIRE(expected.size() == 1);
        CHECK(t.state().carried == expected);
        // Each trial's at its own last step.
        for (std::size_t n = 0; n < 8; ++n)
            for (std::size_t i = 0; i < 16; ++i) CHECK(expected[0][n * 16 + i] == seen.state[((8 + n % 4) * 8 + n) * 16 + i]);
        // The network's own initial values have no part in what goes on.
        const auto x0 = m.last_gradient()["x0"];
        CHECK(std::ranges::any_of(x0.data, [](float x) { return x != 0; }) == (k == 0));
    }
    // The gradient gives them whatever is minimised, in one pass or in two.
    auto batch = task.make<float>(training_request(9, 8)).trials;
    batch.start = expected;
    const auto end = m.run(batch, {5, 9}, {.end = true}).end;
    for (const objective& o : {objective{}, objective{.omega = 2}, objective{.l2_rate = 0.1}, objective{.omega = 2, .l2_rate = 0.1}}) {
        owned_list<std::vector<float>> found{{1, 2}};
        const auto with = m.gradient(batch, {5, 9}, m.default_loss(), o, &found), without = m.gradient(batch, {5, 9}, m.default_loss(), o);
        CHECK(found == end);
        CHECK(with.norm == without.norm);
        CHECK(with.penalty == without.penalty);
    }
}

TEST_CASE("a run that carries states goes on with the same bits, from memory and from a file", "[train][carry]") {
    const auto check = [](const auto& optimizer, carrying how, long batch) {
        const auto with = [&](small_model& m) {
            return trainer(m, hold_unevenly{}, optimizer, trials(20 * 8), carrying_options(how, batch));
        };
        auto m = make_model();
        auto whole = with(m);
        std::vector<trainer_state<float>> states{whole.state()};
        struct keep {
            std::vector<trainer_state<float>>& to;
            void on_step(const step_report&, const decltype(whole)& t) { to.push_back(t.state()); }
        };
        whole.run(keep{states});
        const scratch::folder here;
        for (std::size_t k = 0; k < states.size(); k += 3) {
            INFO("resumed after step " << k);
            CHECK(states[k].carried.empty() == (k == 0));
            save_checkpoint(here / "run", states[k]);
            auto other = make_model(k + 2, 1);
            auto rest = with(other);
            const auto read = load_checkpoint(here / "run", other.raw()).state;
            CHECK(read == states[k]);
            rest.restore(read);
            rest.run();
            CHECK(rest.state() == whole.state());
        }
    };
    check(sgd{.learning_rate = 0.05}, carrying::training, 8);
    check(adam{.learning_rate = 0.01}, carrying::throughout, 3);
    check(sgd{.learning_rate = 0.05}, carrying::by_task, 1);
}

TEST_CASE("carried states do not depend on the number of threads", "[train][carry]") {
    const auto after = [](int threads) {
        auto m = make_model(3, threads);
        trainer t(m, hold_unevenly{}, adam{.learning_rate = 0.01}, trials(12 * 23), carrying_options(carrying::throughout, 23));
        t.run();
        return t.state();
    };
    CHECK(after(1) == after(3));
}

TEST_CASE("a validation runs in sequences, or every trial of it begins as the network does", "[train][carry]") {
    const hold_unevenly task;
    auto m = make_model();
    const auto report = [&](carrying how, long batch, long part = 5000) {
        auto o = carrying_options(how, batch);
        o.validation_batch = part;
        trainer t(m, task, sgd{}, trials(1000), o);
        return t.validate();
    };
    const auto apart = report(carrying::never, 8);
    CHECK(report(carrying::training, 8) == apart);
    CHECK(report(carrying::training, 3) == apart);
    // By hand: 40 trials, three side by side.
    const noise_key key{5, 0x80000000u};
    owned_list<std::vector<float>> states;
    tally sums(m.default_loss().recorded);
    double right = 0;
    for (long first = 0; first < 40; first += 3) {
        const long count = std::min(3l, 40 - first);
        auto some = task.make<float>({purpose::validation, 5, 0, count, 20, first});
        for (auto& s : states) s.resize(static_cast<std::size_t>(count) * 16);
        some.trials.start = states;
        const auto seen = m.run(some.trials, key, {.end = true});
        states = seen.end;
        sums.add(some.trials, seen);
        right += task.performance(some, seen) * double(count) / 40;
    }
    const auto together = report(carrying::throughout, 3);
    CHECK(together.loss == Approx(sums.loss()).epsilon(1e-12));
    CHECK(together.rmse == Approx(sums.rmse()).epsilon(1e-12));
    CHECK(together.performance == Approx(right));
    CHECK(together.loss != apart.loss);
    CHECK(report(carrying::throughout, 40) == apart);                 // nobody follows anybody
    CHECK(report(carrying::throughout, 3, 7).loss != together.loss);  // each part of a long validation begins anew
}

TEST_CASE("continuous tasks say so, and a trainer can ask them", "[train][carry]") {
    static_assert(is_continuous<tasks::sequence_execution> && is_continuous<tasks::sine_wave> && !is_continuous<hold_impulse>);
    const auto after = [](const auto& task, carrying how) {
        auto m = make_model();
        trainer t(m, task, sgd{.learning_rate = 0.05}, trials(8 * 8), carrying_options(how));
        t.run();
        return t.state();
    };
    CHECK(after(hold_impulse{}, carrying::by_task) == after(hold_impulse{}, carrying::never));
    CHECK(after(hold_unevenly{}, carrying::by_task) == after(hold_unevenly{}, carrying::throughout));
    CHECK(after(hold_unevenly{}, carrying::training).raw == after(hold_unevenly{}, carrying::throughout).raw);
    CHECK(after(hold_unevenly{}, carrying::training).raw != after(hold_unevenly{}, carrying::never).raw);
}

TEST_CASE("what cannot be carried is refused, and a step of the guard carries nothing on", "[train][carry]") {
    auto m = make_model();
    trainer t(m, hold_unevenly{}, sgd{}, trials(1000), carrying_options(carrying::training));
    t.step();
    const auto good = t.state();
    auto wrong = good;
    wrong.carried[0].pop_back();
    CHECK_THROWS_WITH(t.restore(wrong), Catch::Contains("trainer_state::carried") && Catch::Contains("128"));
    wrong = good, wrong.carried.push_back({});
    CHECK_THROWS_AS(t.restore(wrong), invalid_argument);
    wrong = good, wrong.carried[0][5] = NAN;
    CHECK_THROWS_AS(t.restore(wrong), invalid_argument);
    CHECK(t.state() == good);
    // Without carrying they are not looked at.
    trainer plain(m, hold_unevenly{}, sgd{}, trials(1000), quick());
    plain.restore(good);
    CHECK(plain.state().carried.empty());

    // A gradient far too large: the guard acts, and the next step begins anew.
    auto how = sgd{};
    how.guard.largest_norm = 1e-12;
    auto n = make_model();
    trainer guarded(n, hold_unevenly{}, how, trials(1000), carrying_options(carrying::training));
    CHECK(guarded.step().guarded);
    CHECK(guarded.state().carried.empty());
}

TEST_CASE("a trial that diverges from a carried state is found from there", "[train][carry]") {
    auto m = make_model();
    auto o = carrying_options(carrying::training);
    trainer t(m, hold_unevenly{}, sgd{.guard = {.steps_in_a_row = 0}}, trials(1000), o);
    t.step();
    auto s = t.state();
    for (std::size_t i = 0; i < 16; ++i) s.carried[0][3 * 16 + i] = i < 12 ? 3e38f : 0;
    t.restore(s);
    try {
        t.step();
        FAIL("it did not diverge");
    } catch (const diverged_at& e) {
        CHECK(e.found().where == divergence::stage::state);
        CHECK(e.found().trial == 3);
        CHECK(e.found().step == 0);
    }
    CHECK(t.state() == s);
}

TEST_CASE("a network that grows without bound when it runs on is infinitely wrong, and can be trained", "[train][carry]") {
    auto m = make_model();
    auto raw = m.raw();
    for (float& w : raw["W_rec"].data) w *= 10;
    m.set_raw(raw);
    const scratch::folder here;
    const hold_unevenly task;
    const auto o = carrying_options(carrying::throughout, 1);
    trainer apart(m, task, sgd{}, trials(1000), carrying_options(carrying::never, 1));
    CHECK(is_finite(apart.validate().loss));
    trainer t(m, task, sgd{.clip_norm = 1}, trials(3), o);
    const auto first = t.run().history.front();
    const double infinite = std::numeric_limits<double>::infinity();
    CHECK(first.loss == infinite);
    CHECK(first.rmse == infinite);
    CHECK(first.performance == -infinite);
    CHECK(t.iteration() == 3);
    // So it is in a file.
    save_checkpoint(here / "run", t.state());
    CHECK(load_checkpoint(here / "run", m.raw()).state == t.state());
    // Any finite validation is better.
    auto s = t.state();
    for (float& w : s.raw["W_rec"].data) w = 0;
    s.carried.clear(), s.iteration = 4;
    t.restore(s);
    CHECK(is_finite(t.validate().loss));
}
