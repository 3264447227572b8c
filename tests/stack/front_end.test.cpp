// Areas on maps that drive a rate network on one position: one engine runs both kinds, through the same stages.
#include "small_stack.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/units.hpp>

#include <algorithm>
#include <cmath>

using namespace eirnn;
using namespace stacks;

namespace {

constexpr long units = 7, channels = 5, trials = 7, steps = 3;

/// A recurrent area with batch norm, maxima every second position, then the rate network, whose inputs are the area's channels.
template <class B>
struct observer : engine<B, grid_area<planned<feed_forward, equations::way::grid>, B>,
                         grid_area<planned<multicell::standard, equations::way::grid>, B>,
                         dense_area<planned<rate<softplus>>, identity_t, B>> {
    using T = typename B::scalar;
    explicit observer(bool film = false, B b = B(2))
        : observer::engine(structure(), {.bias = true, .output_bias = true}, film ? steps : 1, std::move(b)) {
        set_weights(*this, 3);
    }
    static layout structure() {
        const variation v{.steps = steps};
        const auto a = convolution(2, {4, 4}, 3, ordinary);
        layout l = make_layout(v, {4, 4}, 2, {a, make_area<multicell::standard>(3, {4, 4}, {channels, 3, 2}, {3, 2}, v)});
        random_sequence r({1, 2});
        const auto make = [&](long posts, long pres, bool dale) {
            connectivity c{matrix<std::uint8_t>(posts, pres), matrix<double>(posts, pres), matrix<signed char>(posts, pres, 1),
                           matrix<sign_rule>(posts, pres, sign_rule::rectify)};
            for (long i = 0; i < posts; ++i)
                for (long j = 0; j < pres; ++j) {
                    c.plastic(i, j) = r.bernoulli(0.8);
                    if (!c.plastic(i, j) && r.bernoulli(0.5)) c.fixed(i, j) = 0.2;
                    if (dale && j >= 5) c.sign(i, j) = -1;
                }
            return c;
        };
        l.units = units, l.inputs = channels, l.outputs = 2;
        l.recurrent = make(units, units, true), l.input = make(units, channels, false), l.output = make(2, units, true);
        return l;
    }
    gradient_report gradient(const trial_batch<T>& b, const objective& o = {}) {
        return this->gradient_of(b, how(), {5, 2}, erase_loss<squared_error_t, identity_t, B>(squared_error), o);
    }
    recording<T> run(const trial_batch<T>& b) {
        run_request<T> ask;
        ask.rates = true, ask.probes = {{1, multicell_output(), false}};
        return this->run_trials(b, how(), {5, 2}, ask);
    }
    static int multicell_output() { return planned<multicell::standard, equations::way::grid>::plan.output(); }
    static dynamics how() {
        dynamics d;
        d.unit_noise = 0.1, d.baseline = 0.4;
        return d;
    }
};

/// Trials of images or films, with a target in every step that the mask lets through.
template <class T>
trial_batch<T> make_trials(const std::vector<long>& which, bool film = false) {
    const long n = static_cast<long>(which.size()), frames = film ? steps : 1;
    trial_batch<T> b(n, steps, 2, 2, 20);
    b.grid = {4, 4}, b.frames = frames;
    b.input.assign(static_cast<std::size_t>(frames * n * 32), T(0));
    for (long k = 0; k < n; ++k) {
        random_sequence r({7, 1}, static_cast<std::uint32_t>(which[static_cast<std::size_t>(k)]));
        b.id[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(40 + which[static_cast<std::size_t>(k)]);
        for (long f = 0; f < frames; ++f)
            for (long i = 0; i < 32; ++i) b.input[static_cast<std::size_t>((f * n + k) * 32 + i)] = static_cast<T>(r.normal());
        for (long t = 0; t < steps; ++t)
            for (long o = 0; o < 2; ++o)
                b.target_at(t, k, o) = static_cast<T>(r.uniform(0, 1)), b.mask_at(t, k, o) = T(t > 0 || r.bernoulli(0.5));
    }
    return b;
}
const std::vector<long> all{0, 1, 2, 3, 4, 5, 6};

template <class B>
void check_differences(bool film) {
    observer<B> e(film);
    const auto batch = make_trials<double>(all, film);
    objective o;
    o.l2_rate = 0.3, o.weights = {0, 0, 0, 0.1, 0.2, 0.3};
    const auto value = [&] {
        const auto r = e.gradient(batch, o);
        return r.loss + r.penalty;
    };
    value();
    const auto gradient = e.parameters().exported(&parameter_block<B>::gradient), raw = e.parameters().exported(&parameter_block<B>::raw);
    double largest = 0;
    for (const auto& g : gradient)
        for (const double x : g) largest = std::max(largest, std::abs(x));
    random_sequence r({9, 9});
    auto moved = raw;
    std::size_t silent = 0;
    for (std::size_t k = 0; k < raw.size(); ++k) {
        const auto& t = e.parameters().tensors()[k];
        INFO("tensor " << k << ", area " << t.area << ", role " << static_cast<int>(t.role) << ", equation " << t.equation);
        std::vector<double> direction(raw[k].size());
        double expected = 0, square = 0, best = 1e300;
        for (std::size_t i = 0; i < direction.size(); ++i)
            direction[i] = r.normal(), expected += direction[i] * gradient[k][i], square += direction[i] * direction[i];
        silent += std::abs(expected) < 1e-7 * largest;
        for (const double h : {1e-4, 1e-5, 1e-6}) {
            const double step = h / std::sqrt(square);
            const auto at = [&](double s) {
                for (std::size_t i = 0; i < direction.size(); ++i) moved[k][i] = raw[k][i] + s * direction[i];
                e.parameters().upload(moved, &parameter_block<B>::raw);
                return value();
            };
            const double got = (at(step) - at(-step)) / (2 * step);
            best = std::min(best, std::abs(got - expected) / std::max(std::abs(expected), 0.01 * largest * std::sqrt(square)));
            if (best < 1e-7) break;
        }
        moved[k] = raw[k];
        CHECK(best < 1e-6);
    }
    CHECK(silent * 4 < raw.size());  // a bias in front of batch norm moves nothing
}

}  // namespace

TEST_CASE("the gradient of a rate network goes back into the areas on maps that drive it", "[stack]") {
    check_differences<backend::serial<double>>(false);
    check_differences<backend::cpu<double>>(true);
}
TEST_CASE("areas on maps and a rate network behind them are the same on every backend", "[stack]") {
    const auto batch = make_trials<double>(all);
    observer<backend::serial<double>> a;
    observer<backend::cpu<double>> b;
    const auto x = a.run(batch), y = b.run(batch);
    REQUIRE(x.output.size() == static_cast<std::size_t>(steps * trials * 2));
    REQUIRE(x.rate.size() == static_cast<std::size_t>(steps * trials * units));
    for (std::size_t k = 0; k < x.output.size(); ++k) CHECK(x.output[k] == Approx(y.output[k]).epsilon(1e-12));
    CHECK(a.gradient(batch).norm == Approx(b.gradient(batch).norm).epsilon(1e-11));
}
TEST_CASE("a trial of images gives the same bits for any threads and in any batch", "[stack]") {
    using B = backend::cpu<float>;
    const auto batch = make_trials<float>(all);
    observer<B> one(false, B(1)), two(false, B(2));
    for (int k = 0; k < 3; ++k) CHECK(one.gradient(batch).norm == two.gradient(batch).norm);
    CHECK(one.parameters().exported(&parameter_block<B>::gradient) == two.parameters().exported(&parameter_block<B>::gradient));
    const auto together = one.run(batch);
    for (const long n : {0l, 4l, 6l}) {
        const auto alone = two.run(make_trials<float>({n}));
        for (long t = 0; t < steps; ++t)
            for (long o = 0; o < 2; ++o)
                CHECK(alone.output[static_cast<std::size_t>(t * 2 + o)] ==
                      together.output[static_cast<std::size_t>((t * trials + n) * 2 + o)]);
    }
}
TEST_CASE("trials that do not fit a network with a front end of maps are refused", "[stack]") {
    observer<backend::serial<double>> e;
    auto longer = trial_batch<double>(1, steps + 1, 2, 2, 20);
    longer.grid = {4, 4}, longer.input.assign(32, 0.);
    CHECK_THROWS_AS(e.run(longer), invalid_argument);
    auto smaller = make_trials<double>({0});
    smaller.grid = {4, 2};
    CHECK_THROWS_AS(e.run(smaller), invalid_argument);
    CHECK_THROWS_AS(e.run(trial_batch<double>::of_images(1, {4, 4}, 2)), invalid_argument);
}
