// Training of a small network: that it learns, and the promises about bits, signs and masks, schedules, and what happens when numbers end.
#include "small.hpp"

#include "../catch.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

using namespace eirnn;
using namespace small;

TEST_CASE("a small network learns to hold an impulse") {
    auto m = make_model();
    training_options o = quick();
    o.validate_every_trials = 400;
    const auto result = train(m, hold_impulse{}, adam{.learning_rate = 0.01}, until{.performance = 95}, o);
    CHECK(result.stop_reason == stop_reason::performance);
    CHECK(result.history.front().performance < 80);
    CHECK(result.best().loss < 0.5 * result.history.front().loss);

    // the weights that it leaves are the best ones, pruned
    const auto w = m.effective();
    for (const float x : w["W_rec"].data) CHECK((x == 0 || std::abs(x) >= 1e-4f));
    trainer again(m, hold_impulse{}, sgd{}, {}, o);
    CHECK(again.validate().loss == Approx(result.best().loss).epsilon(0.3));  // on other trials
}

TEST_CASE("a run goes on with the same bits from any step, with any optimiser") {
    const auto check = [](const auto& optimizer) {
        const auto with = [&](small_model& m) { return trainer(m, hold_impulse{}, optimizer, trials(30 * 8), quick()); };
        auto m = make_model();
        auto whole = with(m);
        std::vector<trainer_state<float>> states{whole.state()};
        struct keep {
            std::vector<trainer_state<float>>& to;
            void on_step(const step_report&, const decltype(whole)& t) { to.push_back(t.state()); }
        };
        CHECK(whole.run(keep{states}).stop_reason == stop_reason::max_trials);
        REQUIRE(states.size() == 31);
        CHECK(whole.history().size() == 6);  // before steps 0, 7, 14, 21, 28, and at the end
        for (std::size_t k = 0; k < states.size(); ++k) {
            INFO("resumed after step " << k);
            auto other = make_model(k + 2, 1);
            auto rest = with(other);
            rest.restore(states[k]);
            REQUIRE(rest.state() == states[k]);
            rest.run();
            CHECK(rest.state() == whole.state());
        }
        CHECK(states[30].raw != states[29].raw);
    };
    check(sgd{.learning_rate = 0.05});
    check(sgd{.learning_rate = 0.05, .clip_norm = 0.5, .momentum = 0.9});
    check(adam{.learning_rate = 0.01});
}

TEST_CASE("weights do not depend on the number of threads") {
    const auto after = [](int threads) {
        auto m = make_model(3, threads);
        trainer t(m, hold_impulse{}, adam{.learning_rate = 0.01}, trials(50 * 23), quick(23));
        t.run();
        return t.state();
    };
    const auto one = after(1);
    CHECK(one.iteration == 50);
    for (const int threads : {2, 3, 8}) CHECK(after(threads) == one);
}

TEST_CASE("signs and masks hold after every step") {
    auto m = make_model(4);
    const auto& net = m.structure();
    trainer t(m, hold_impulse{}, sgd{.learning_rate = 0.2, .clip_norm = 1, .momentum = 0.5}, {}, quick());
    long wrong = 0, negative_raw = 0;
    for (int s = 0; s < 50; ++s) {
        t.step();
        const auto raw = m.raw(), w = m.effective();
        const auto look = [&](const connectivity& c, const matrix<float>& r, const matrix<float>& e) {
            for (long i = 0; i < e.rows; ++i)
                for (long j = 0; j < e.cols; ++j) {
                    wrong += e(i, j) * static_cast<float>(c.sign(i, j)) < 0;
                    if (!c.plastic(i, j)) wrong += r(i, j) != 0 || e(i, j) != 0;
                    negative_raw += r(i, j) < 0;
                }
        };
        look(net.recurrent, raw["W_rec"], w["W_rec"]);
        look(net.input, raw["W_in"], w["W_in"]);
        look(net.output, raw["W_out"], w["W_out"]);
    }
    CHECK(wrong == 0);
    CHECK(negative_raw > 0);  // the raw weight may cross zero: its connection is then silent
}

TEST_CASE("weights that are frozen stay as they are, whatever the optimiser, and the others are trained") {
    const auto check = [](const auto& optimizer) {
        auto m = make_model(5);
        auto how = quick();
        how.prune = 0.02;
        const auto before = m.raw();
        trainer free(m, hold_impulse{}, optimizer, trials(8), how);
        const double norm = free.step().gradient_norm;
        m.set_raw(before);
        how.frozen = {"W_rec", "x0"};
        trainer t(m, hold_impulse{}, optimizer, trials(40 * 8), how);
        double rest = 0;
        const double first = t.step().gradient_norm;
        const auto g = m.last_gradient();
        for (const auto& a : g.tensors)
            for (const float x : a.values.data) {
                rest += double(x) * double(x);
                CHECK((x == 0 || (a.name != "W_rec" && a.name != "x0")));
            }
        CHECK(first == Approx(std::sqrt(rest)).epsilon(1e-5));
        CHECK(first < 0.99 * norm);
        t.run();
        t.adopt_best();
        const auto after = m.raw();
        CHECK(after["W_rec"] == before["W_rec"]);  // not pruned either
        CHECK(after["x0"] == before["x0"]);
        CHECK(after["W_in"] != before["W_in"]);
        CHECK(after["W_out"] != before["W_out"]);
        // Only steps leave something out.
        m.gradient(hold_impulse{}.make<float>({purpose::training, 1, 0, 8, 20, 0}).trials, {}, m.default_loss());
        CHECK(std::ranges::any_of(m.last_gradient()["W_rec"].data, [](float x) { return x != 0; }));
    };
    check(sgd{.learning_rate = 0.05, .clip_norm = 0.5, .momentum = 0.9, .weight_decay = 0.1});
    check(adam{.learning_rate = 0.01});
    auto m = make_model();
    auto how = quick();
    how.frozen = {"W_rcc"};
    CHECK_THROWS_WITH(trainer(m, hold_impulse{}, sgd{}, {}, how), Catch::Contains("W_rcc") && Catch::Contains("W_in, W_rec, b_rec"));
}

TEST_CASE("a gradient is clipped to a norm over all parameters") {
    auto m = make_model();
    for (const double clip : {0.01, 1000., 0.}) {
        trainer t(m, hold_impulse{}, sgd{.learning_rate = 0.5, .clip_norm = clip}, {}, quick());
        const auto before = m.raw();
        const auto report = t.step();
        CHECK(report.clipped == (clip == 0.01));
        const auto after = m.raw(), g = m.last_gradient();
        double change = 0, norm = 0, off = 0;
        const double scale = report.clipped ? clip / report.gradient_norm : 1;
        const auto add = [&](const std::vector<float>& a, const std::vector<float>& b, const std::vector<float>& d) {
            for (std::size_t k = 0; k < a.size(); ++k) {
                const double moved = double(a[k]) - double(b[k]);
                change += moved * moved, norm += double(d[k]) * double(d[k]);
                off = std::max(off, std::abs(moved - 0.5 * scale * double(d[k])));
            }
        };
        add(before["W_rec"].data, after["W_rec"].data, g["W_rec"].data);
        add(before["W_in"].data, after["W_in"].data, g["W_in"].data);
        add(before["W_out"].data, after["W_out"].data, g["W_out"].data);
        add(before["x0"].data, after["x0"].data, g["x0"].data);
        CHECK(std::sqrt(norm) == Approx(report.gradient_norm).epsilon(1e-5));
        CHECK(std::sqrt(change) == Approx(0.5 * scale * report.gradient_norm).epsilon(1e-4));
        CHECK(off < 1e-6);
    }
}

namespace {
/// What the validations of a run shall find: losses and performances.
struct script {
    std::vector<std::pair<double, double>> list;  // one per validation
    std::uint32_t period = 3;
};
/// Gradients of 1 for W_rec (0, 1) only, and recordings as the script has them.
struct scripted_engine : small_model::engine_type {
    const script& says;
    scripted_engine(const small_model& of, const script& s)
        : small_model::engine_type(of.structure(), of.options().trained, {}, small_model::backend_type(2)), says(s) {}

    gradient_report gradient_of(const trial_batch<float>&, const dynamics&, noise_key, const loss_of_outputs<small_model::backend_type>&,
                                const objective&, const std::vector<float>*, std::vector<float>*,
                                owned_list<std::vector<float>>*) override {
        auto& p = parameters().blocks()[0];
        *p.of(p.gradient).at(0, 1) = 1;
        return {1, 0, 0, 1};
    }
    recording<float> run_trials(const trial_batch<float>& b, const dynamics&, noise_key key, const run_request<float>&) override {
        CHECK(key.iteration >= 0x80000000u);  // a training step has none of these
        const auto [loss, performance] = says.list.at((key.iteration & 0x7fffffffu) / says.period);
        recording<float> r;
        r.trials = b.trials, r.steps = b.steps, r.outputs = 2;
        for (long k = 0; k < b.trials * b.steps; ++k) {
            r.output.push_back(static_cast<float>(std::sqrt(loss)));
            r.output.push_back(static_cast<float>(performance));
        }
        r.final_output.assign(r.output.begin(), r.output.begin() + 2 * b.trials);
        return r;
    }
};
/// A model with that engine.
struct scripted : script, any_model<small_model::backend_type> {
    explicit scripted(const small_model& of = make_model()) : scripted(of, std::make_unique<scripted_engine>(of, *this)) {
        set_raw(of.raw());
    }

private:
    scripted(const small_model& of, std::unique_ptr<scripted_engine> e)
        : any_model(seed{1}, std::move(e), small_model::loss_here(squared_error), arrays_of(of), of.identity(), of.physics()) {}
    static detail::weight_arrays arrays_of(const small_model& of) {
        return detail::name_tensors(network_traits<small_model::network_type>::facts, of.structure(), of.tensors()).arrays;
    }
};
struct blank_task {
    std::vector<trial_request>* log;
    long inputs() const { return 2; }
    long outputs() const { return 2; }
    long validation_trials() const { return 5; }
    double target_performance() const { return 80; }
    template <class T>
    task_batch<T, int> make(const trial_request& r) const {
        log->push_back(r);
        task_batch<T, int> b{trial_batch<T>(r.trials, 2, 2, 2, r.dt), {}};
        for (long t = 0; t < 2; ++t)
            for (long k = 0; k < r.trials; ++k) b.trials.mask_at(t, k, 0) = 1;
        return b;
    }
    template <class T>
    double performance(const task_batch<T, int>&, const recording<T>& r) const {
        return double(r.final_at(0, 1));
    }
};
}  // namespace

TEST_CASE("validations: when, on which trials, and which weights are kept") {
    scripted m;
    std::vector<trial_request> log;
    training_options o;
    o.batch = 10, o.validate_every_trials = 35, o.validation_batch = 3, o.dt = 10, o.seed = 77, o.prune = 0;
    m.list = {{4, 10}, {1, 60}, {2, 70}, {3, 85}, {2, 90}};
    const double start = double(m.raw()["W_rec"](0, 1));
    trainer t(m, blank_task{&log}, sgd{.learning_rate = 0.125}, until{.performance = 81, .window = 2}, o);
    CHECK(t.validation_period() == 3);
    const auto result = t.run();
    CHECK(result.stop_reason == stop_reason::performance);  // (85 + 90) / 2 is the first mean of two above 81
    CHECK(result.iterations == 12);
    CHECK(result.trials == 120);
    REQUIRE(result.history.size() == 5);
    for (std::size_t k = 0; k < 5; ++k) {
        CHECK(result.history[k].iteration == 3 * k);
        CHECK(result.history[k].trials == 30 * k);
        CHECK(result.history[k].loss == Approx(m.list[k].first));
        CHECK(result.history[k].rmse == Approx(std::sqrt(m.list[k].first)));
        CHECK(result.history[k].performance == Approx(m.list[k].second));
    }
    CHECK(result.best().iteration == 3);
    // validations in parts of 3 + 2 trials before the steps 0, 3, ..
    REQUIRE(log.size() == 12 + 5 * 2);
    CHECK((log[0].purpose == purpose::validation && log[0].trials == 3 && log[0].first == 0 && log[0].iteration == 0));
    CHECK((log[1].purpose == purpose::validation && log[1].trials == 2 && log[1].first == 3 && log[1].seed == 77 && log[1].dt == 10));
    CHECK((log[4].purpose == purpose::training && log[4].trials == 10 && log[4].first == 0 && log[4].iteration == 2 && log[4].seed == 77));
    CHECK((log[5].purpose == purpose::validation && log[5].iteration == 3));
    // the last weights are those of step 12, the best ones those of step 3
    CHECK(double(m.raw()["W_rec"](0, 1)) == Approx(start - 12 * 0.125));
    t.adopt_best();
    CHECK(double(m.raw()["W_rec"](0, 1)) == Approx(start - 3 * 0.125));
    CHECK(t.run().iterations == 12);  // a run that has ended stays ended

    // patience, and the end of the trials between two validations
    m.list = {{1, 0}, {2, 0}, {2, 0}, {2, 0}, {2, 0}, {2, 0}};
    until goal{.performance = 81, .window = 5, .rmse = 0, .patience = 2};
    trainer patient(m, blank_task{&log}, sgd{}, goal, o);
    CHECK(patient.run().stop_reason == stop_reason::patience);
    CHECK(patient.iteration() == 9);
    goal.max_trials = 40;
    trainer brief(m, blank_task{&log}, sgd{}, goal, o);
    const auto brief_result = brief.run();
    CHECK(brief_result.stop_reason == stop_reason::max_trials);
    CHECK(brief_result.iterations == 4);
    CHECK(brief_result.history.size() == 3);  // at 0, 3 and 4
}

TEST_CASE("a run that is asked to stop ends between two steps, and an observer's exception leaves a valid trainer") {
    auto m = make_model();
    trainer whole(m, hold_impulse{}, sgd{}, trials(20 * 8), quick());
    whole.run();
    auto other = make_model();
    trainer parts(other, hold_impulse{}, sgd{}, trials(20 * 8), quick());
    const auto stopped = parts.run(no_observer{}, [&] { return parts.iteration() == 7; });
    CHECK(stopped.stop_reason == stop_reason::asked);
    CHECK(stopped.iterations == 7);
    struct faulty {
        void on_step(const step_report& r) const {
            if (r.iteration == 12) throw std::runtime_error("disk full");
        }
    };
    CHECK_THROWS_WITH(parts.run(faulty{}), "disk full");
    CHECK(parts.iteration() == 13);
    parts.run();
    CHECK(parts.state() == whole.state());
}

namespace {
/// Steps until numbers end; the state must be the one before the failing step.
template <class Trainer>
divergence found_by(Trainer& t, int steps) {
    auto before = t.state();
    for (int k = 0; k < steps; ++k) {
        before = t.state();
        try {
            t.step();
        } catch (const diverged_at& e) {
            CHECK(t.state() == before);
            CHECK(e.code() == error_code::diverged);
            CHECK(e.text().where.find("step " + std::to_string(before.iteration)) == 0);
            CHECK(e.found().iteration == before.iteration);
            return e.found();
        }
    }
    FAIL("nothing diverged");
    return {};
}
}  // namespace

TEST_CASE("a step whose numbers overflow changes nothing and names the culprit") {
    using stage = divergence::stage;
    auto m = make_model();
    sgd plain;
    plain.guard.steps_in_a_row = 0;
    SECTION("a target") {
        hold_impulse task;
        task.loud_trial = 4, task.loud_step = 10, task.loud_target = 1e30;
        plain.learning_rate = 0.1, plain.momentum = 0.9;
        trainer t(m, task, plain, {}, quick());
        const auto d = found_by(t, 1);
        CHECK(d.where == stage::gradient);
        CHECK(d.trial == 4);
        CHECK(d.step == 10);
        CHECK(d.time == 220);
        CHECK(!d.tensor.empty());
        CHECK(!is_finite(d.norm));
    }
    SECTION("an input through a large weight") {
        hold_impulse task;
        task.loud_trial = 3, task.loud_step = 5, task.loud_input = 3e38;
        auto w = m.raw();
        w["W_in"](2, 1) = 100;
        m.set_raw(w);
        trainer t(m, task, plain, {}, quick());
        const auto d = found_by(t, 1);
        CHECK(d.where == stage::state);
        CHECK(d.trial == 3);
        CHECK(d.step == 5);
        CHECK(d.time == 120);
        CHECK(d.unit == 2);
        CHECK(d.tensor == "W_in");
        CHECK((d.post == 2 && d.pre == 1 && d.value == 100));
    }
    SECTION("a recurrent weight, in training and in validation") {
        auto w = m.raw();
        w["W_rec"](3, 5) = 1e38f;
        m.set_raw(w);
        trainer t(m, hold_impulse{}, plain, {}, quick());
        const auto d = found_by(t, 1);
        CHECK(d.where == stage::state);
        CHECK(d.trial == 0);
        CHECK(d.unit == 3);
        CHECK(d.tensor == "W_rec");
        CHECK((d.post == 3 && d.pre == 5));
        CHECK_THROWS_AS(t.validate(), diverged_at);
        CHECK_THROWS_AS(t.run(), diverged_at);
        CHECK(t.history().empty());
    }
    SECTION("a readout") {
        auto w = m.raw();
        for (long j = 0; j < 12; ++j) w["W_out"](1, j) = 3e38f;
        w["x0"].data.assign(w["x0"].data.size(), 5);
        m.set_raw(w);
        trainer t(m, hold_impulse{}, plain, {}, quick());
        const auto d = found_by(t, 1);
        CHECK(d.where == stage::output);
        CHECK(d.trial == 0);
        CHECK(d.step == 0);
        CHECK(d.unit == 1);
        CHECK((d.tensor == "W_out" && d.post == 1));
    }
    SECTION("a learning rate") {
        trainer t(m, hold_impulse{}, adam{.learning_rate = 1e15}, {}, quick());
        const auto d = found_by(t, 5);
        CHECK(d.iteration > 0);
        auto other = make_model();
        trainer next(other, hold_impulse{}, adam{.learning_rate = 0}, {}, quick());
        next.restore(t.state());  // what is left can be saved, and taken up again
        CHECK(next.state() == t.state());
    }
}

TEST_CASE("a state of something else is refused and changes nothing") {
    auto m = make_model();
    trainer t(m, hold_impulse{}, sgd{.learning_rate = 0.1, .clip_norm = 1, .momentum = 0.9}, trials(24), quick());
    t.run();
    const auto good = t.state();
    const auto refused = [&](const auto& spoil) {
        auto s = good;
        spoil(s);
        CHECK_THROWS_AS(t.restore(s), invalid_argument);
        CHECK(t.state() == good);
    };
    refused([](auto& s) { s.raw["W_rec"] = matrix<float>(15, 16); });
    refused([](auto& s) { s.raw.tensors.pop_back(); });
    refused([](auto& s) { s.raw.tensors[0].name = "W_en"; });
    refused([](auto& s) { s.first_moment = {}; });
    refused([](auto& s) { s.second_moment = s.raw; });
    refused([](auto& s) { s.first_moment["W_out"].data[1] = std::nanf(""); });
    refused([](auto& s) { s.best = {}; });
    CHECK_THROWS_AS(trainer(m, hold_impulse{}, adam{}, {}, quick()).restore(good), invalid_argument);

    struct wide : hold_impulse {
        long inputs() const { return 3; }
    };
    CHECK_THROWS_AS(trainer(m, wide{}, sgd{}), invalid_argument);
    training_options o;
    o.dt = -1;
    CHECK_THROWS_AS(trainer(m, hold_impulse{}, sgd{}, {}, o), invalid_argument);
}
