// States of areas on maps: trained before the first step, handed from one run to the next, and one step as a function of them.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace states_of_maps {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
using equations::batch_norm;
inline constexpr equations::symbol<struct c> c;
// A state behind batch norm, as in the networks of Sun et al., that weights read as well.
struct normed {
    static constexpr auto equations = system(c[r] = batch_norm(0.6 * prev(c) + hyperbolic_tangent(W(X) + W(prev(r)))), r = relu(c));
};
}  // namespace cells

struct image : input<2, grid<4, 3>> {};
struct cue : input<2> {};
struct F : population<excitatory, 5> {};
struct G : population<free_sign, 4> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct category : output<3> {};
struct V1 : area<rate<softplus>, F, convolution<3>> {};
struct V2 : area<cells::normed, G, pointwise> {};
struct decision : area<rate<softplus>, E, I> {};

template <int Steps, class... More>
using plain = network<areas<V1>, inputs<project<image, V1>>, outputs<project<F, category>>, time_steps<Steps>, More...>;
template <int Steps>
using deep = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<F, V2>>, outputs<project<G, category>>,
                     time_steps<Steps>, normalisation<shared>, readout<sum_of_steps>>;
// A film and cues; the decision drives the first map back.
template <int Steps>
using watched = network<areas<V1, V2, decision>, inputs<project<image, V1>, project<cue, decision>>,
                        long_range<project<F, V2>, project<G, decision>, project<E, V1, delayed<1>>>, outputs<project<E, category>>,
                        time_steps<Steps>, normalisation<shared>>;
using late = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<F, V2>, project<G, V1, pointwise, delayed<1>>>,
                     outputs<project<G, category>>, time_steps<8>>;

model_options options(bool trained, long frames = 1) {
    model_options o;
    o.physics.tau = 60, o.physics.unit_noise = 0.1;
    o.trained.map_initial_state = trained;
    o.frames = frames;
    return o;
}
// Weights, initial values and statistics that are not the first ones.
template <class M>
void stir(M& m) {
    auto w = m.raw();
    random_sequence r({3, 3});
    for (auto& t : w.tensors)
        for (double& x : t.values.data) x += 0.3 * r.normal();
    for (auto& t : w.running)
        for (double& x : t.values.data) x += r.uniform(0, 0.5);
    m.set_raw(w);
}
trial_batch<double> pictures(long trials, long frames = 1) {
    auto b = trial_batch<double>::of_images(trials, {4, 3}, 2, frames);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    b.target.resize(static_cast<std::size_t>(3 * trials));
    for (std::size_t k = 0; k < static_cast<std::size_t>(trials); ++k) b.target[3 * k + k % 3] = 1;
    return b;
}
trial_batch<double> films(long trials, long steps) {
    trial_batch<double> b(trials, steps, 2, 3, 20);
    b.grid = {4, 3}, b.frames = steps;
    b.input.resize(static_cast<std::size_t>(steps * trials * 24));
    b.add_unit_inputs(2);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (double& x : b.unit_input) x = r.uniform(0, 1);
    for (double& x : b.target) x = r.uniform(0, 1);
    for (double& x : b.mask) x = 1;
    return b;
}
// Steps `first` and so many more of a batch of films.
trial_batch<double> piece(const trial_batch<double>& b, long first, long steps) {
    auto p = films(b.trials, steps);
    std::copy_n(b.input.begin() + first * b.trials * 24, p.input.size(), p.input.begin());
    std::copy_n(b.unit_input.begin() + first * b.trials * 2, p.unit_input.size(), p.unit_input.begin());
    p.first_step = first;
    return p;
}
template <class M>
double value_of(const M& m, const std::string& name, std::size_t k) {
    for (const auto& t : m.raw().tensors)
        if (t.name == name) return t.values.data[k];
    FAIL("there is no " + name);
    return 0;
}

TEST_CASE("states of maps before the first step are 0, or trained for each channel", "[stack]") {
    model<deep<3>, device> m(seed{3}, options(true)), without(seed{3}, options(false));
    CHECK(m.raw().tensors.size() == without.raw().tensors.size() + 4);  // x and r, c and r
    CHECK(m.run(pictures(3)).output == without.run(pictures(3)).output);
    stir(m);
    check_gradient_of_model(m, pictures(3));
    auto with_biases = options(true, 3);
    with_biases.trained.bias = with_biases.trained.output_bias = true;
    model<watched<3>, device> film(seed{3}, with_biases);
    stir(film);
    check_gradient_of_model(film, films(3, 3));

    // what they are is what the first step reads: x = (1 - alpha) x0 + alpha (W r0 + ...)
    model<plain<2>, device> one(seed{3}, options(true));
    auto w = one.raw();
    for (auto& t : w.tensors)
        for (std::size_t k = 0; k < t.values.data.size(); ++k) t.values.data[k] = t.name == "V1.x.initial" ? double(k + 1) : 0;
    one.set_raw(w);
    auto still = options(true);
    still.physics.unit_noise = 0;
    model<plain<2>, device> quiet(seed{3}, still);
    quiet.set_raw(w);
    const auto x = quiet.run(pictures(2), {}, {.record = {"V1.x"}}).recorded[0].values.data;
    for (std::size_t k = 0; k < x.size() / 2; ++k) CHECK(x[k] == Approx((1 - 20. / 60) * double(k % 5 + 1)));
    CHECK(value_of(one, "V1.x.initial", 4) == 5);
}

TEST_CASE("a long trial in pieces equals the whole, on maps, with noise", "[stack]") {
    model<deep<16>, backend::cpu<double>> whole(seed{3}, options(true));
    model<deep<8>, backend::cpu<double>> part(seed{3}, options(true));
    stir(whole), stir(part);
    REQUIRE(whole.raw() == part.raw());
    auto b = pictures(5);
    const auto all = whole.run(b, {2, 9}, {.record = {"V1.x", "V2.c"}, .end = true});
    const auto first = part.run(b, {2, 9}, {.record = {"V1.x", "V2.c"}, .end = true});
    b.start = first.end, b.first_step = 8;
    const auto second = part.run(b, {2, 9}, {.record = {"V1.x", "V2.c"}, .end = true});
    REQUIRE(first.end.size() == 4);
    CHECK(second.end == all.end);
    for (std::size_t v = 0; v < 2; ++v) {
        const auto &long_one = all.recorded[v].values.data, &before = first.recorded[v].values.data,
                   &after = second.recorded[v].values.data;
        REQUIRE(long_one.size() == before.size() + after.size());
        CHECK(std::equal(before.begin(), before.end(), long_one.begin()));
        CHECK(std::equal(after.begin(), after.end(), long_one.begin() + static_cast<long>(before.size())));
    }
    // the readouts sum over their own steps
    for (std::size_t k = 0; k < all.output.size(); ++k) CHECK(std::abs(first.output[k]) > 1e-3);

    model<watched<16>, backend::cpu<double>> film(seed{4}, options(false, 16));
    model<watched<8>, backend::cpu<double>> half(seed{4}, options(false, 8));
    stir(film), stir(half);
    const auto long_film = films(5, 16);
    const auto seen = film.run(long_film, {2, 9}, {.end = true});
    auto p = piece(long_film, 0, 8), q = piece(long_film, 8, 8);
    const auto before = half.run(p, {2, 9}, {.end = true});
    q.start = before.end;
    const auto after = half.run(q, {2, 9}, {.end = true});
    CHECK(after.end == seen.end);
    CHECK(std::equal(before.output.begin(), before.output.end(), seen.output.begin()));
    CHECK(std::equal(after.output.begin(), after.output.end(), seen.output.begin() + static_cast<long>(before.output.size())));
    // so does the gradient's own pass leave them
    owned_list<std::vector<double>> end;
    half.set_raw(film.raw());
    half.gradient(p, {2, 9}, half.default_loss(), {}, &end);
    CHECK(end == half.run(p, {2, 9}, {.batch_statistics = true, .end = true}).end);
}

TEST_CASE("one step of maps is a function of their states", "[stack]") {
    model<watched<8>, device> m(seed{4}, options(true, 8));
    stir(m);
    auto b = films(2, 8);
    auto still = options(true, 8);
    still.physics.unit_noise = still.physics.input_noise = 0;
    model<watched<8>, device> quiet(seed{4}, still);
    quiet.set_raw(m.raw());
    const auto all = quiet.run(b, {}, {.end = true});
    // a run of one step, then single ones
    auto states = quiet.run(piece(b, 0, 8), {}, {.end = true, .steps = 8}).end;
    CHECK(states == all.end);
    model<watched<8>, device> constant(seed{4}, options(true));
    constant.set_raw(m.raw());
    auto c = piece(b, 0, 8);
    c.frames = 1, c.input.resize(2 * 24);
    for (long t = 0; t < 8; ++t)
        for (long k = 0; k < 4; ++k) c.unit_input[static_cast<std::size_t>(t * 4 + k)] = c.unit_input[static_cast<std::size_t>(k)];
    const std::vector<double> cues(c.unit_input.begin(), c.unit_input.begin() + 4);
    auto quiet_options = still;
    quiet_options.frames = 1;
    model<watched<8>, device> single(seed{4}, quiet_options);
    single.set_raw(m.raw());
    const auto run = single.run(c, {}, {.end = true});
    auto first = c;
    first.unit_input.resize(4), first.target.resize(6), first.mask.resize(6), first.steps = 1, first.length = {1, 1};
    states = single.run(first, {}, {.end = true, .steps = 1}).end;
    for (int t = 1; t < 8; ++t) states = constant.step(states, c.input, 20, cues);
    CHECK(states == run.end);
    CHECK_THROWS_WITH(constant.step(states, {1.}, 20, cues), Catch::Contains("any_model::step, input"));
    CHECK_THROWS_WITH(constant.step({}, c.input, 20, cues), Catch::Contains("no state"));
}

TEST_CASE("fewer steps than the network has", "[stack]") {
    model<plain<9>, device> m(seed{3}, options(false));
    const auto all = m.run(pictures(2), {1, 2}, {.record = {"V1.x"}}).recorded[0].values.data;
    const auto some = m.run(pictures(2), {1, 2}, {.record = {"V1.x"}, .steps = 4}).recorded[0].values.data;
    CHECK(some.size() * 9 == all.size() * 4);
    CHECK(std::equal(some.begin(), some.end(), all.begin()));
    CHECK_THROWS_WITH(m.run(pictures(2), {}, {.steps = 10}), Catch::Contains("run_request::steps"));
    CHECK(m.run(pictures(2), {1, 2}, {.record = {"V1.x"}}).recorded[0].values.data == all);
}

TEST_CASE("states that are not the network's, or do not say all, are refused", "[stack]") {
    model<plain<8>, device> m(seed{3}, options(false));
    auto b = pictures(2);
    b.start = m.run(b, {}, {.end = true}).end;
    b.start[1].pop_back();
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("trial_batch::start") && Catch::Contains("120 finite numbers"));
    b.start.emplace_back(std::vector<double>(120));
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("trial_batch::start"));
    model<late, device> read_late(seed{3}, options(false));
    auto c = pictures(2);
    c.start = read_late.run(c, {}, {.end = true}).end;
    CHECK_THROWS_WITH(read_late.run(c), Catch::Contains("further back than a step"));
    model_options of_units;
    of_units.trained.map_initial_state = true;
    using alone = network<areas<decision>, inputs<project<cue, decision>>, outputs<project<E, category>>>;
    CHECK_THROWS_WITH((model<alone, device>(seed{1}, of_units)), Catch::Contains("model_options::trained"));
}

}  // namespace states_of_maps
