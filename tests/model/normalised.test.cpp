// Batch norm of units on one position: against the same cell on a map of one position, whose batch norm has the reference for an oracle,
// and wherever else a network of units is run.
#include "../catch.hpp"
#include "../io/scratch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/model/stepper.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace normalised_cells {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
using equations::batch_norm;
inline constexpr equations::symbol<struct c> c;
inline constexpr equations::symbol<struct d> d;
inline constexpr equations::symbol<struct g> g;
struct normed {
    static constexpr auto equations = system(c[r] = batch_norm(0.6 * prev(c) + hyperbolic_tangent(W(u) + W(prev(r)))), r = softplus(c));
};
// Two statistics in a step, the second of what the first has normalised; a gate that is needed behind the last one alone.
struct twice {
    static constexpr auto equations = system(c[r] = batch_norm(W(u) + W(prev(r)) + noise), g[r] = logistic(W(prev(r))),
                                             d[r] = batch_norm(0.5 * prev(d) + 0.5 * hyperbolic_tangent(c)), r = g * softplus(d + 0.3 * c));
};
}  // namespace cells

struct F : population<free_sign, 6> {};
struct E : population<excitatory, 5> {};
struct point : input<2, grid<1, 1>> {};
struct signals : input<2> {};
struct line : output<3, identity, squared_error> {};
struct spot : area<cells::normed, F, convolution<1>, wiring<project<F, F, no_self>>> {};
struct cortex : area<cells::normed, F> {};
struct motor : area<cells::twice, E> {};
constexpr long steps = 5;
using on_a_map = network<areas<spot>, inputs<project<point, spot>>, outputs<project<F, line>>, time_steps<steps>, normalisation<shared>>;
using of_units = network<areas<cortex>, inputs<project<signals, cortex>>, outputs<project<F, line>>>;
using of_two = network<areas<cortex, motor>, inputs<project<signals, cortex>>, long_range<project<F, motor>, project<E, cortex>>,
                       outputs<project<E, line>>>;

model_options options() {
    model_options o;
    o.physics.unit_noise = o.physics.input_noise = o.physics.baseline = 0;
    o.physics.rectify_inputs = false;
    o.trained.bias = o.trained.output_bias = true;
    return o;
}
template <class M>
void stir(M& m, double by = 0.4) {
    auto w = m.raw();
    random_sequence r({3, 3});
    for (auto& t : w.tensors)
        for (double& x : t.values.data) x += by * r.normal();
    for (auto& t : w.running)
        for (double& x : t.values.data) x += r.uniform(0, 0.5);
    m.set_raw(w);
}
trial_batch<double> trials(long n, long of_steps = steps) {
    trial_batch<double> b(n, of_steps, 2, 3, 20);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.normal();
    for (double& x : b.target) x = r.uniform(-1, 1);
    for (double& x : b.mask) x = 1;
    return b;
}

TEST_CASE("units are normalised as a map of one position is", "[model]") {
    model_options film;
    film.frames = steps;
    film.trained.map_initial_state = true;
    model<on_a_map, device> map(seed{3}, film);
    model<of_units, device> units(seed{4}, options());
    stir(map);
    auto v = units.raw();
    const auto w = map.raw();
    const std::pair<const char*, const char*> same[] = {
        {"W_rec", "spot.c<-r.kernel"}, {"W_in", "spot.c<-X.kernel"}, {"b_rec", "spot.c.bias"},  {"W_out", "line.z<-X.kernel"},
        {"b_out", "line.z.bias"},      {"scale", "spot.c.scale"},    {"shift", "spot.c.shift"}, {"x0", "spot.c.initial"}};
    for (const auto& [ours, theirs] : same) v[ours].data = w[theirs].data;
    // on the map the first rates are numbers of their own
    auto begin = w;
    for (std::size_t k = 0; k < 6; ++k) begin["spot.r.initial"].data[k] = std::log1p(std::exp(v["x0"].data[k]));
    v.running[0].values.data = begin.running[0].values.data, v.running_steps = begin.running_steps;
    CHECK(v.running[0].name == "running");
    CHECK(v.running[0].shape == std::vector<std::uint64_t>{1, 2, 6});
    map.set_raw(begin), units.set_raw(v);

    auto b = trials(7);
    auto images = trial_batch<double>::of_images(7, {1, 1}, 2, steps);
    images.input = b.input;
    std::fill(b.mask.begin(), b.mask.end() - 21, 0.);
    images.target.assign(b.target.end() - 21, b.target.end());
    const auto check_runs = [&](bool batch_statistics) {
        const run_request<double> ask{.record = {"spot.c", "spot.r"}, .batch_statistics = batch_statistics},
            of_ours{.record = {"cortex.c", "cortex.r"}, .batch_statistics = batch_statistics};
        const auto x = map.run(images, {}, ask), y = units.run(b, {}, of_ours);
        for (std::size_t k = 0; k < 21; ++k) CHECK(y.output[y.output.size() - 21 + k] == Approx(x.output[k]).epsilon(1e-10).margin(1e-11));
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t k = 0; k < x.recorded[i].values.data.size(); ++k)
                CHECK(y.recorded[i].values.data[k] == Approx(x.recorded[i].values.data[k]).epsilon(1e-10).margin(1e-11));
    };
    check_runs(false), check_runs(true);
    for (int k = 0; k < 3; ++k) {
        const auto x = map.gradient(images, {}, map.default_loss()), y = units.gradient(b, {}, units.default_loss());
        CHECK(x.loss == Approx(3 * y.loss).epsilon(1e-12));  // of an image, and of an output
        const auto g = units.last_gradient(), h = map.last_gradient();
        for (const auto& [ours, theirs] : same) {
            INFO(ours);
            if (std::string(ours) == "x0") continue;  // the rates follow it here
            for (std::size_t i = 0; i < g[ours].data.size(); ++i)
                CHECK(3 * g[ours].data[i] == Approx(h[theirs].data[i]).epsilon(1e-8).margin(1e-11));
        }
        const auto mine = units.raw(), its = map.raw();
        CHECK(mine.running_steps == its.running_steps);
        for (std::size_t i = 0; i < 12; ++i) CHECK(mine.running[0].values.data[i] == Approx(its.running[0].values.data[i]).epsilon(1e-10));
    }
    check_runs(false);
}

TEST_CASE("gradients of normalised units, beside penalties and dropped columns", "[model]") {
    model<of_units, device> m(seed{4}, options());
    stir(m);
    check_gradient_of_model(m, trials(7));
    auto noisy = options();
    noisy.physics.unit_noise = noisy.physics.input_noise = 0.1;
    model<of_two, device> two(seed{4}, noisy);
    stir(two);
    check_gradient_of_model(two, trials(6, 7), {.l2_rate = 0.3, .weights = {.l2_recurrent = 0.2}});
    CHECK(two.raw().contains("motor.scale.1"));
}

TEST_CASE("the bits of normalised units do not depend on threads", "[model]") {
    using threads = backend::cpu<double>;
    auto noisy = options();
    noisy.physics.unit_noise = 0.1;
    model<of_two, device> plain(seed{4}, noisy);
    model<of_two, threads> one(seed{4}, noisy, threads(1)), two(seed{4}, noisy, threads(2));
    stir(plain), stir(one), stir(two);
    const auto b = trials(23, 9);
    for (int k = 0; k < 3; ++k) {
        const double expected = plain.gradient(b, {1, 4}, plain.default_loss()).norm;
        CHECK(one.gradient(b, {1, 4}, one.default_loss()).norm == Approx(expected).epsilon(1e-10));
        two.gradient(b, {1, 4}, two.default_loss());
        CHECK(one.last_gradient() == two.last_gradient());
        CHECK(one.raw() == two.raw());
    }
    const auto x = one.run(b), y = two.run(b), z = plain.run(b);
    CHECK(x.output == y.output);
    for (std::size_t k = 0; k < z.output.size(); ++k) CHECK(x.output[k] == Approx(z.output[k]).epsilon(1e-10).margin(1e-12));
    // a trial alone, by running statistics
    trial_batch<double> alone(1, 9, 2, 3, 20);
    alone.id = {b.id[17]};
    for (long t = 0; t < 9; ++t)
        for (long i = 0; i < 2; ++i) alone.input_at(t, 0, i) = b.input_at(t, 17, i);
    const auto last = one.run(alone).output;
    for (std::size_t t = 0; t < 9; ++t)
        for (std::size_t o = 0; o < 3; ++o) CHECK(last[t * 3 + o] == x.output[(t * 23 + 17) * 3 + o]);
}

TEST_CASE("normalised units go on from their states, one step a call too, and are kept in files", "[model]") {
    auto noisy = options();
    noisy.physics.unit_noise = 0.1;
    model<of_two, device> m(seed{4}, noisy);
    stir(m);
    m.gradient(trials(5), {}, m.default_loss());
    const auto whole = trials(3, 20);
    const auto x = m.run(whole, {1, 4}, {.states = true, .end = true});
    auto first = trials(3, 8), second = trials(3, 12);
    std::copy_n(whole.input.begin(), first.input.size(), first.input.begin());
    std::copy_n(whole.input.end() - static_cast<long>(second.input.size()), second.input.size(), second.input.begin());
    second.start = m.run(first, {1, 4}, {.end = true}).end, second.first_step = 8;
    const auto y = m.run(second, {1, 4}, {.states = true, .end = true});
    CHECK(std::equal(y.output.begin(), y.output.end(), x.output.end() - static_cast<long>(y.output.size())));
    CHECK(std::equal(y.state.begin(), y.state.end(), x.state.end() - static_cast<long>(y.state.size())));
    CHECK(y.end == x.end);
    // as others read it, c is where its state says
    CHECK(x.end[0][0] == x.state[(19 * 3 + 0) * 11]);

    stepper<model<of_two, device>> s(m, 20, {.trials = 3, .key = {1, 4}});
    for (std::size_t t = 0; t < 20; ++t) {
        const auto out = s(std::span(whole.input).subspan(t * 6, 6));
        for (std::size_t k = 0; k < 9; ++k) REQUIRE(out[k] == x.output[t * 9 + k]);
    }
    CHECK(s.states() == x.end);

    const scratch::folder folder;
    save(m, folder / "normed.safetensors");
    model<of_two, device> other(seed{9}, noisy);
    load(other, folder / "normed.safetensors");
    CHECK(other.raw() == m.raw());
    CHECK(other.run(whole, {1, 4}).output == x.output);
}

}  // namespace normalised_cells
