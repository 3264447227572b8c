// Time constants and noise of populations and areas by their names, on maps and between units.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace time_constants {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct c> c;
inline constexpr equations::symbol<struct i> i;
inline constexpr equations::symbol<struct n> n;
inline constexpr equations::symbol<struct PN> PN;
inline constexpr equations::symbol<struct IN> IN;
struct inhibited {
    static constexpr auto equations = system(n[IN] = 0.1 * noise, i[IN] = (1 - alpha) * prev(i) + alpha * softplus(W(X) + W(prev(c)) + n),
                                             c[PN] = (1 - alpha) * prev(c) + alpha * softplus(W(X) - W(prev(i))));
};
struct plain {
    static constexpr auto equations = system(r[PN] = softplus(W(X)));
};
}  // namespace cells

struct image : input<2, grid<4, 4>> {};
struct P : population<excitatory, 5> {};
struct Q : population<inhibitory, 3> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct front : area<cells::plain, F, convolution<3>> {};
struct V1 : area<cells::inhibited, Q, P, separable<3>> {};
struct cortex : area<rate<softplus>, E, I> {};
struct category : output<3> {};
using seeing =
    network<areas<front, V1>, inputs<project<image, front>>, long_range<project<F, V1>>, outputs<project<P, category>>, time_steps<4>>;
using deciding = network<areas<front, V1, cortex>, inputs<project<image, front>>, long_range<project<F, V1>, project<P, cortex>>,
                         outputs<project<E, category>>, time_steps<4>>;

model_options options(const std::vector<number_of>& tau, const std::vector<number_of>& noise = {}) {
    model_options o;
    o.physics.tau = 60, o.physics.unit_noise = 0;
    o.physics.tau_of = tau, o.physics.unit_noise_of = noise;
    return o;
}
trial_batch<double> pictures(long n, bool trials = false) {
    auto b = trial_batch<double>::of_images(n, {4, 4}, 2);
    if (trials) {
        b = trial_batch<double>(n, 4, 2, 3, 20);
        b.grid = {4, 4};
        b.input.assign(static_cast<std::size_t>(32 * n), 0.);
        std::fill(b.mask.begin(), b.mask.end(), 1.);
    }
    b.target.resize(b.target.empty() ? static_cast<std::size_t>(3 * n) : b.target.size());
    for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k) {
        random_sequence r({5, 4}, static_cast<std::uint32_t>(k));
        for (std::size_t p = 0; p < 32; ++p) b.input[32 * k + p] = r.uniform(0, 1);
        b.target[3 * k + k % 3] = 1;
    }
    return b;
}
template <class Model>
void set_weights_to_0(Model& m) {
    auto w = m.raw();
    for (auto& t : w.tensors) std::fill(t.values.data.begin(), t.values.data.end(), 0.);
    m.set_raw(w);
}

TEST_CASE("populations of a map follow time constants of their own", "[stack][time_constants]") {
    model<seeing, device> m(seed{3}, options({{"V1", 40}, {"Q", 100}}));
    CHECK(m.physics().tau_of.empty());
    CHECK(m.physics().tau_per_unit[0] == 60);
    set_weights_to_0(m);
    const auto r = m.run(pictures(2), {}, {.record = {"V1.c", "V1.i"}}).recorded;  // [step][trial][position][channel]
    const double end = std::log(2.);                                               // softplus(0)
    for (std::size_t s = 0; s < 4; ++s)
        for (const auto& [values, channels, tau] : {std::tuple{&r[0].values.data, 5, 40.}, {&r[1].values.data, 3, 100.}})
            for (std::size_t k = 0; k < static_cast<std::size_t>(2 * 16 * channels); ++k)
                CHECK((*values)[s * static_cast<std::size_t>(2 * 16 * channels) + k] ==
                      Approx(end * (1 - std::pow(1 - 20 / tau, double(s + 1)))));
}

TEST_CASE("noise of a population alone, and gradients with time constants by name", "[stack][time_constants]") {
    const auto tau = std::vector<number_of>{{"P", 40}, {"Q", 100}};
    model<seeing, device> loud(seed{3}, options(tau, {{"V1", 0.4}}));
    set_weights_to_0(loud);
    const auto i = loud.run(pictures(40), {1, 2}, {.record = {"V1.i"}}).recorded[0].values.data;
    CHECK(*std::max_element(i.begin(), i.end()) > 1.01 * *std::min_element(i.begin(), i.end()));
    model<seeing, device> m(seed{3}, options(tau, {{"Q", 0.4}}));
    check_gradient_of_model(m, pictures(3));
    using threads = backend::cpu<double>;
    model<seeing, threads> two(seed{3}, options(tau, {{"Q", 0.4}}), threads(2));
    CHECK(two.gradient(pictures(7), {1, 4}, two.default_loss()).norm ==
          Approx(m.gradient(pictures(7), {1, 4}, m.default_loss()).norm).epsilon(1e-10));
}

TEST_CASE("numbers by name are those per unit", "[stack][time_constants]") {
    // Units, then front, then Q and P in the order of their equations.
    auto numbers = options({});
    numbers.physics.tau_per_unit.assign(8 + 4 + 8, 60);
    std::fill_n(numbers.physics.tau_per_unit.begin() + 6, 2, 30.);
    auto by_name = options({{"cortex", 60}, {"I", 30}});
    model<deciding, device> a(seed{3}, numbers), b(seed{3}, by_name);
    const auto same = a.run(pictures(3, true)).output;
    CHECK(b.run(pictures(3, true)).output == same);
    CHECK(b.physics() == a.physics());
    // Those of units alone may be given without those of maps.
    numbers.physics.tau_per_unit.resize(8);
    CHECK(model<deciding, device>(seed{3}, numbers).run(pictures(3, true)).output == same);
    model<deciding, device> other(seed{3}, options({{"Q", 30}}));
    CHECK(other.run(pictures(3, true)).output != same);
    by_name.trained = {.bias = true, .output_bias = true};
    model<deciding, device> trained(seed{3}, by_name);
    check_gradient_of_model(trained, pictures(2, true));
    // Steps one at a time know them, too.
    const auto end = b.run(pictures(3, true), {}, {.end = true}).end;
    CHECK(end.size() == 3);
}

TEST_CASE("names that have no time constant or noise are refused", "[stack][time_constants]") {
    const auto refused = [](const model_options& o, const std::string& word, const std::string& name) {
        CHECK_THROWS_WITH((model<deciding, device>(seed{3}, o)), Catch::Contains(word) && Catch::Contains(name));
    };
    refused(options({{"V7", 30}}), "dynamics::tau_of", "V7");
    refused(options({{"image", 30}}), "dynamics::tau_of", "image");
    refused(options({{"front", 30}}), "equations with alpha", "front");
    refused(options({}, {{"F", 30}}), "equations with noise", "F");
    auto both = options({{"I", 30}});
    both.physics.tau_per_unit.assign(8, 60);
    refused(both, "by name and per unit", "both");
    both = options({});
    both.physics.tau_per_unit.assign(9, 60);
    model<deciding, device> m(seed{3}, both);
    CHECK_THROWS_WITH(m.run(pictures(3, true)), Catch::Contains("tau_per_unit") && Catch::Contains("8 or 20"));
    model<deciding, device> slow(seed{3}, options({{"I", 10}}));
    CHECK_THROWS_WITH(slow.run(pictures(3, true)), Catch::Contains("tau"));
}

}  // namespace time_constants
