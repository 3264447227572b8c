// A declared network of maps and units as users meet it: weights by name, gradients, files, training.
#include "../spec/observer.hpp"
#include "../catch.hpp"
#include "../io/scratch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/optimizer.hpp>
#include <eirnn/train/trainer.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace observing;

namespace {

using serial = backend::serial<double>;
using threads = backend::cpu<double>;
using observer_model = model<observer, serial>;

model_options options(long frames = 1) {
    model_options o;
    o.frames = frames;
    o.sizes = sizes{}.of<E2>(6);
    o.physics.tau = 40, o.physics.unit_noise = 0.05;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
/// Pictures of horizontal or vertical stripes, or films of them; the choice is asked for in the last two steps.
trial_batch<double> pictures(const std::vector<std::uint32_t>& ids, long frames = 1) {
    const auto n = static_cast<long>(ids.size());
    trial_batch<double> b(n, 3, 1, 2, 20);
    b.grid = {6, 4}, b.frames = frames, b.id = ids;
    b.input.assign(static_cast<std::size_t>(frames * n * 24), 0.);
    for (long k = 0; k < n; ++k) {
        random_sequence r({3, 3}, ids[static_cast<std::size_t>(k)]);
        const bool vertical = r.bernoulli(0.5);
        for (long f = 0; f < frames; ++f)
            for (long p = 0; p < 24; ++p)
                b.input[static_cast<std::size_t>((f * n + k) * 24 + p)] = r.uniform(0, 0.3) + double((vertical ? p : p / 4) % 2);
        for (long t = 0; t < 3; ++t) {
            b.target_at(t, k, vertical) = 1;
            for (long o = 0; o < 2; ++o) b.mask_at(t, k, o) = t > 0;
        }
    }
    return b;
}
trial_batch<double> pictures(long n, std::uint32_t first = 0, long frames = 1) {
    std::vector<std::uint32_t> ids;
    for (long k = 0; k < n; ++k) ids.push_back(first + static_cast<std::uint32_t>(k));
    return pictures(ids, frames);
}
/// Which way the stripes go.
struct stripes {
    long inputs() const { return 1; }
    long outputs() const { return 2; }
    long validation_trials() const { return 100; }
    double target_performance() const { return 95; }
    template <class T>
    task_batch<T, int> make(const trial_request& r) const {
        const bool trains = r.purpose == purpose::training;
        return {pictures(r.trials,
                         static_cast<std::uint32_t>(trains ? 1000 + r.iteration * 100 + std::uint64_t(r.first) : std::uint64_t(r.first))),
                {}};
    }
    template <class T>
    double performance(const task_batch<T, int>& batch, const recording<T>& r) const {
        long right = 0;
        for (long k = 0; k < batch.trials.trials; ++k) right += (final_choice(r, k) == 1) == (batch.trials.target_at(2, k, 1) > 0);
        return 100. * double(right) / double(batch.trials.trials);
    }
};

}  // namespace

TEST_CASE("weights of maps and of units have their names in one set", "[stack]") {
    observer_model m(seed{1}, options());
    const auto w = m.effective();
    for (const char* name : {"visual.f<-X.kernel", "visual.C.scale", "W_in", "W_rec", "b_rec", "W_out", "b_out", "x0"})
        CHECK(w.contains(name));
    CHECK(w["W_in"].rows == 19);
    CHECK(w["W_in"].cols == 5);
    CHECK(m.inputs() == 1);
    CHECK(m.outputs() == 2);
    CHECK(m.identity().parts.at("areas") == "parietal 11, motor 8");
    CHECK(m.identity().parts.at("area 1") == "6 x 4, pooled to 3 x 2 by windows of 3");
    for (const double x : w["W_in"].data) CHECK(x >= 0);
    for (long i = 0; i < 19; ++i)
        for (long j = 0; j < 19; ++j) CHECK((j >= 17 || (j >= 8 && j < 11) ? w["W_rec"](i, j) <= 0 : w["W_rec"](i, j) >= 0));
    CHECK(std::ranges::any_of(w["W_in"].data, [](double x) { return x > 0; }));
    CHECK(std::ranges::all_of(w["x0"].data, [](double x) { return x == 0.1; }));
    // What is drawn for the maps does not depend on the units, and the other way round.
    auto larger = options();
    larger.sizes = sizes{}.of<E2>(7);
    const auto other = observer_model(seed{1}, larger).raw();
    CHECK(other["visual.f<-PN.kernel"].data == m.raw()["visual.f<-PN.kernel"].data);
}
TEST_CASE("every array of a declared network of maps and units has the gradient that differences say", "[stack]") {
    observer_model m(seed{2}, options());
    check_gradient_of_model(m, pictures(3));
    model<observer, threads> film(seed{2}, options(3), threads(2));
    check_gradient_of_model(film, pictures(3, 0, 3));
}
TEST_CASE("maps and units are the same on every backend, for any threads and in any batch", "[stack]") {
    const auto batch = pictures(7, 40);
    observer_model a(seed{3}, options());
    model<observer, threads> b(seed{3}, options(), threads(1)), c(seed{3}, options(), threads(2));
    const run_request<double> ask{.rates = true, .probes = {{0, 6, false}}};
    const auto x = a.run(batch, {5, 2}, ask), y = b.run(batch, {5, 2}, ask);
    REQUIRE(x.output.size() == 3 * 7 * 2);
    REQUIRE(x.rate.size() == 3 * 7 * 19);
    REQUIRE(x.probed.at(0).size() == 3 * 7 * 24 * 5);
    const auto named = a.run(batch, {5, 2}, {.record = {"visual.PN", "motor.r"}});
    CHECK(named.recorded[0].shape == std::vector<std::uint64_t>{3, 7, 24, 5});
    CHECK(named.recorded[0].values.data == x.probed[0]);
    CHECK(named.recorded[1].shape == std::vector<std::uint64_t>{3, 7, 8});
    CHECK(named.recorded[1].values.data[8] == x.rate[19 + 11]);
    for (std::size_t k = 0; k < x.output.size(); ++k) CHECK(x.output[k] == Approx(y.output[k]).epsilon(1e-12));
    for (const std::uint32_t n : {40u, 44u, 46u}) {
        const auto alone = c.run(pictures(std::vector{n}), {5, 2}, ask);
        for (std::size_t t = 0; t < 3; ++t)
            for (std::size_t o = 0; o < 2; ++o) CHECK(alone.output[t * 2 + o] == y.output[(t * 7 + n - 40) * 2 + o]);
    }
    const double expected = a.gradient(batch, {5, 2}, a.default_loss()).norm;
    for (int k = 0; k < 3; ++k) {
        CHECK(b.gradient(batch, {5, 2}, b.default_loss()).norm == Approx(expected).epsilon(1e-11));
        c.gradient(batch, {5, 2}, c.default_loss());
        CHECK(b.last_gradient() == c.last_gradient());
    }
}
TEST_CASE("trials that do not fit a network of maps and units are refused", "[stack]") {
    observer_model m(seed{1}, options());
    auto longer = trial_batch<double>(1, 4, 1, 2, 20);
    longer.grid = {6, 4}, longer.input.assign(24, 0.);
    CHECK_THROWS_AS(m.run(longer), invalid_argument);
    auto smaller = pictures(1);
    smaller.grid = {6, 2};
    CHECK_THROWS_AS(m.run(smaller), invalid_argument);
    CHECK_THROWS_AS(m.run(trial_batch<double>::of_images(1, {6, 4}, 1)), invalid_argument);
    CHECK_THROWS_AS(m.run(pictures(1, 0, 3)), invalid_argument);
}
TEST_CASE("Omega changes the gradient of the recurrent weights of the units alone", "[stack]") {
    observer_model m(seed{2}, options());
    const auto batch = pictures(5);
    m.gradient(batch, {1, 4}, m.default_loss());
    const auto plain = m.last_gradient();
    CHECK(m.gradient(batch, {1, 4}, m.default_loss(), {.omega = 2}).omega > 0);
    const auto with = m.last_gradient();
    for (std::size_t k = 0; k < plain.tensors.size(); ++k) {
        INFO(plain.tensors[k].name);
        double off = 0, size = 0;
        for (std::size_t i = 0; i < plain.tensors[k].values.data.size(); ++i) {
            const double x = plain.tensors[k].values.data[i];
            off = std::max(off, std::abs(x - with.tensors[k].values.data[i])), size = std::max(size, std::abs(x));
        }
        if (plain.tensors[k].name == "W_rec")
            CHECK(off > 1e-3 * size);
        else
            CHECK(off <= 1e-12 * size);
    }
    CHECK(m.numerics().running_steps() == 2);
}
TEST_CASE("a network of maps and units is trained like any other, and its file holds all of it", "[stack]") {
    observer_model m(seed{5}, options());
    training_options how;
    how.validate_every_trials = 400;
    const auto result = train(m, stripes{}, adam{.learning_rate = 0.01}, until{.performance = 95, .window = 1, .max_trials = 6'000}, how);
    CHECK(result.stop_reason == stop_reason::performance);
    const auto test = pictures(100, 1'000'000);
    CHECK(stripes{}.performance({test, {}}, m.run(test, {5, 0})) > 90);

    const scratch::folder folder;
    save(m, folder / "observer.safetensors");
    observer_model again(seed{4}, options());
    load(again, folder / "observer.safetensors");
    CHECK(again.raw() == m.raw());
    CHECK(again.run(test, {5, 0}).output == m.run(test, {5, 0}).output);
    auto larger = options();
    larger.sizes = sizes{}.of<E2>(7);
    observer_model other(seed{4}, larger);
    CHECK_THROWS_AS(load(other, folder / "observer.safetensors"), bad_file);

    // A trial that overflows is found and named, as in networks of units alone.
    auto w = again.raw();
    for (double& x : w["W_rec"].data) x *= 1e200;
    again.set_raw(w);
    how.penalties.omega = 0;
    trainer overflows(again, stripes{}, sgd{.guard = {.steps_in_a_row = 0}}, {}, how);
    try {
        overflows.step();
        FAIL("it did not overflow");
    } catch (const diverged_at& e) {
        CHECK(e.found().where == divergence::stage::state);
        CHECK(e.found().trial == 0);
        CHECK(e.found().tensor == "W_rec");
    }

    how.carry = carrying::training;  // what a map reads late of another is no state
    CHECK_THROWS_WITH(trainer(m, stripes{}, adam{}, {}, how), Catch::Contains("training_options::carry"));
}
