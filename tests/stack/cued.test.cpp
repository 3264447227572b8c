// Units that read inputs of their own beside maps, and more than one map.
#include "../catch.hpp"
#include "../io/scratch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/kernels/loss.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/diagnose.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace maps_and_cues {
using namespace eirnn;

struct cue : input<2> {};
struct image : input<1, grid<4, 4>> {};
struct gaze : input<3> {};
struct S : population<excitatory, 4> {};
struct PN : population<excitatory, 3> {};
struct IN : population<inhibitory, 2> {};
struct V1 : area<feed_forward, S, convolution<3>> {};
struct V2 : area<multicell::standard_ei, PN, IN, separable<3>, max_pool<2>> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct parietal : area<rate<softplus>, E, I> {};
struct layer {
    static constexpr auto equations = equations::system(notation::r = softplus(equations::W(notation::u)));
};
struct H : population<free_sign, 5, principal> {};
struct hidden : area<layer, H> {};
struct choice : output<2, softmax> {};
struct circuit
    : network<areas<V1, V2, parietal, hidden>, inputs<project<cue, parietal>, project<image, V1>, project<gaze, hidden>, project<gaze, I>>,
              long_range<project<S, V2>, project<S, hidden>, project<PN, parietal>, project<PN, hidden, sparse<0.5>>, project<E, hidden>,
                         project<E, V1, delayed<1>>>,
              outputs<project<H, choice>, project<E, choice>>, signs<absolute>, time_steps<4>> {};

model_options options() {
    model_options o;
    o.physics.tau = 40, o.physics.unit_noise = 0.05, o.physics.input_noise = 0.05;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
trial_batch<double> trials(const std::vector<std::uint32_t>& ids) {
    const auto n = static_cast<long>(ids.size());
    trial_batch<double> b(n, 4, 1, 2, 20);
    b.grid = {4, 4}, b.id = ids;
    b.input.assign(static_cast<std::size_t>(n * 16), 0.);
    b.add_unit_inputs(5);
    for (long k = 0; k < n; ++k) {
        random_sequence r({3, 3}, ids[static_cast<std::size_t>(k)]);
        for (std::size_t p = 0; p < 16; ++p) b.input[static_cast<std::size_t>(k) * 16 + p] = r.uniform(0, 1);
        for (long t = 0; t < 4; ++t) {
            for (long i = 0; i < 5; ++i) b.unit_input_at(t, k, i) = r.uniform(0, 1);
            b.target_at(t, k, r.bernoulli(0.5)) = 1;
            for (long o = 0; o < 2; ++o) b.mask_at(t, k, o) = t > 0;
        }
    }
    return b;
}

TEST_CASE("units read maps and inputs side by side", "[stack]") {
    const auto l = lower<circuit>();
    CHECK(l.inputs == 12);
    CHECK(l.unit_inputs() == 5);
    REQUIRE(l.read_maps.size() == 2);
    CHECK(l.read_maps[0] == driver_entry{0, 0, 4, {4, 4}, 5});
    CHECK(l.read_maps[1] == driver_entry{1, 0, 3, {2, 2}, 9});
    model<circuit, backend::serial<double>> m(seed{2}, options());
    CHECK(m.inputs() == 6);
    const auto w = m.raw();
    CHECK(w["parietal.W_in"].cols == 12);
    for (std::size_t k = 0; k < 4; ++k) CHECK(w["parietal.W_in"].data[5 + k] == 0);  // S does not reach it
    check_gradient_of_model(m, trials({3, 5, 9}));
    // An input that is told apart from the others
    const auto b = trials({1, 2});
    auto other = b;
    other.unit_input_at(1, 0, 0) += 0.5;
    const auto x = m.run(b, {1, 4}, {.rates = true}), y = m.run(other, {1, 4}, {.rates = true});
    CHECK(x.rate[0] == y.rate[0]);
    CHECK(x.rate_at(1, 0, 0) != y.rate_at(1, 0, 0));
    CHECK(x.rate_at(1, 1, 0) == y.rate_at(1, 1, 0));
    CHECK(x.rate_at(1, 0, 8) == y.rate_at(1, 0, 8));  // hidden units see it one step later, through parietal ones
    CHECK(x.rate_at(2, 0, 8) != y.rate_at(2, 0, 8));
}

TEST_CASE("maps and cues are the same on every backend, for any threads and in any batch", "[stack]") {
    using device = backend::cpu<double>;
    const std::vector<std::uint32_t> ids{4, 8, 15, 16, 23, 42, 108};
    const auto b = trials(ids);
    model<circuit, backend::serial<double>> a(seed{3}, options());
    model<circuit, device> one(seed{3}, options(), device(1)), two(seed{3}, options(), device(2));
    const double expected = a.gradient(b, {5, 2}, a.default_loss()).norm;
    CHECK(one.gradient(b, {5, 2}, one.default_loss()).norm == Approx(expected).epsilon(1e-11));
    two.gradient(b, {5, 2}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
    const auto all = one.run(b, {5, 2});
    for (std::size_t k : {0u, 3u, 6u}) {
        const auto alone = two.run(trials({ids[k]}), {5, 2});
        for (std::size_t t = 0; t < 4; ++t)
            for (std::size_t o = 0; o < 2; ++o) CHECK(alone.output[2 * t + o] == all.output[(7 * t + k) * 2 + o]);
    }
}

TEST_CASE("a network of maps and cues is described, saved and loaded", "[stack]") {
    model<circuit, backend::serial<double>> a(seed{3}, options()), b(seed{4}, options());
    const scratch::folder folder;
    save(a, folder / "weights.safetensors");
    load(b, folder / "weights.safetensors");
    CHECK(a.effective() == b.effective());
    const std::string text = describe<circuit>().text();
    for (const char* words :
         {"input cue: 2 channels", "input image: 1 channel on 4 x 4", "input gaze: 3 channels", "5 input channels, 7 channels of maps"}) {
        INFO(words << "\n" << text);
        CHECK(text.find(words) != std::string::npos);
    }
    REQUIRE(a.identity().inputs.size() == 4);
    CHECK(a.identity().inputs[2].name == "S");
    CHECK(a.identity().inputs[3].begin == 9);
}

struct by_place : network<areas<V1, V2, parietal, hidden>, inputs<project<image, V1>, project<cue, parietal>>,
                          long_range<project<S, V2>, project<PN, parietal, whole>, project<PN, hidden, whole, sparse<0.5>>,
                                     project<S, hidden>, project<E, hidden>>,
                          outputs<project<H, choice>>, signs<absolute>, time_steps<4>> {};

TEST_CASE("units read a map whole, by a weight for each position and channel", "[stack]") {
    const auto l = lower<by_place>();
    CHECK(l.inputs == 2 + 4 + 3 * 4);
    CHECK(l.unit_inputs() == 2);
    CHECK(l.read_maps[1] == driver_entry{1, 0, 3, {2, 2}, 6, true});
    auto b = trials({3, 5, 9});
    b.add_unit_inputs(2);
    model<by_place, backend::serial<double>> m(seed{2}, options());
    check_gradient_of_model(m, b);
    using device = backend::cpu<double>;
    model<by_place, device> one(seed{2}, options(), device(1)), two(seed{2}, options(), device(2));
    one.gradient(b, {1, 4}, one.default_loss()), two.gradient(b, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
    const auto x = m.last_gradient(), y = one.last_gradient();
    m.gradient(b, {1, 4}, m.default_loss());
    CHECK(m.last_gradient()["parietal.W_in"].data[7] == Approx(y["parietal.W_in"].data[7]).epsilon(1e-9));

    // a unit that reads one channel at one position follows what is there
    auto w = m.raw();
    for (auto& t : w.tensors)
        if (t.name.starts_with("hidden.")) std::fill(t.values.data.begin(), t.values.data.end(), 0.);
    const long position = 0, channel = 1;
    const auto rules = m.rules();
    long unit = 0;
    for (std::size_t k = 0; k < w.tensors.size(); ++k)
        if (w.tensors[k].name == "hidden.W_in")
            for (; !rules[k][static_cast<std::size_t>(unit * 18 + 6 + position * 3 + channel)].trained;) ++unit;
    w["hidden.W_in"](unit, 6 + position * 3 + channel) = 1;
    m.set_raw(w);
    const auto seen = m.run(b, {}, {.record = {"V2.E", "hidden.r"}});
    const auto &map = seen.recorded[0].values.data, &rate = seen.recorded[1].values.data;  // V2 is pooled from 4 x 4 to 2 x 2
    for (std::size_t t = 0; t < 4; ++t)
        for (std::size_t k = 0; k < 3; ++k) {
            double largest = 0;
            for (const std::size_t p : {0u, 1u, 4u, 5u}) largest = std::max(largest, map[((3 * t + k) * 16 + p) * 3 + channel]);
            CHECK(rate[(3 * t + k) * 5 + static_cast<std::size_t>(unit)] == Approx(std::log1p(std::exp(largest))).epsilon(1e-12));
        }
}

TEST_CASE("projections to units from cues, and from maps that they average or read whole, can be cut", "[stack]") {
    using device = backend::cpu<double>;
    auto b = trials({3, 5, 9});
    b.add_unit_inputs(2);
    for (double& x : b.unit_input) x = 0.7;
    // the first and last column of what is cut in parietal.W_in or hidden.W_in
    struct projection {
        const char *of, *to, *array;
        long first, end, channel;
    };
    for (const auto& [of, to, array, first, end, channel] :
         {projection{"cue", "parietal", "parietal.W_in", 0, 2, -1}, projection{"S", "hidden", "hidden.W_in", 2, 6, -1},
          projection{"PN", "parietal", "parietal.W_in", 6, 18, -1}, projection{"PN", "hidden", "hidden.W_in", 6, 18, 1}}) {
        INFO(of << " to " << to);
        model<by_place, device> m(seed{2}, options()), without(seed{2}, options());
        auto w = without.raw();
        for (long i = 0; i < w[array].rows; ++i)
            for (long j = first; j < end; ++j)
                if (channel < 0 || (j - first) % 3 == channel) w[array](i, j) = 0;
        without.set_raw(w);
        lesion l;
        l.of = of, l.to = to;
        if (channel >= 0) l.first = channel, l.units = 1;
        const auto whole = m.run(b, {1, 4}, {.rates = true}), cut = m.run(b, {1, 4}, {.rates = true, .lesions = {l}});
        CHECK(cut.rate != whole.rate);
        CHECK(cut.rate == without.run(b, {1, 4}, {.rates = true}).rate);
    }
}

TEST_CASE("what diverges in a network of maps and units is told by trial, step and unit", "[stack]") {
    model<circuit, backend::serial<double>> m(seed{3}, options());
    auto w = m.raw();
    for (double& x : w["parietal.W_rec"].data) x *= 1e200;
    m.set_raw(w);
    try {
        detail::explain(m, trials({7, 8}), noise_key{1, 4}, m.default_loss(), {}, {});
    } catch (const diverged_at& e) {
        CHECK(std::string(e.what()).find("trial 0") != std::string::npos);
        return;
    }
    FAIL("nothing was told");
}

TEST_CASE("trials without the inputs of units are refused", "[stack]") {
    model<circuit, backend::serial<double>> m(seed{3}, options());
    auto b = trials({1});
    b.unit_inputs = 0, b.unit_input.clear();
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("add_unit_inputs"));
    b = trials({1});
    b.unit_input.back() = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("trial_batch::unit_input"));
}

}  // namespace maps_and_cues
