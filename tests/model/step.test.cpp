// One time step of a network as a function of its states.
#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace one_step {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct h> h;
inline constexpr input_symbol<struct u> u;
// Two states, one of them the rate.
struct building_up {
    static constexpr auto equations = system(c[h] = 0.8 * prev(c) + 0.2 * softplus(W(prev(c))) + noise,
                                             h = softplus(0.7 * prev(h) + 0.3 * (W(prev(h)) + W(u)) + 0.2 * c));
};
}  // namespace cells

struct motion : input<2> {};
struct choice : output<2> {};
struct E1 : population<excitatory, 9> {};
struct I1 : population<inhibitory, 4> {};
struct E2 : population<excitatory, 6> {};
struct sensory : area<rate<relu>, E1, I1> {};
struct motor : area<cells::building_up, E2> {};
struct circuit : network<areas<sensory, motor>, inputs<project<motion, sensory>>, long_range<project<E1, motor>, project<E2, E1>>,
                         outputs<project<E2, choice>>, signs<absolute>> {};

struct image : input<1, grid<4, 4>> {};
struct PN : population<excitatory, 2> {};
struct IG : population<inhibitory, 1> {};
struct OG : population<inhibitory, 1> {};
struct V : area<multicell::standard, PN, IG, OG, separable<3>> {};
struct seen : output<2> {};
struct on_maps : network<areas<V>, inputs<project<image, V>>, outputs<project<PN, seen>>, time_steps<2>> {};

// As many steps as a run has, from its initial values and inputs that stay.
template <class B>
void check_step() {
    using T = typename B::scalar;
    model_options noisy;
    noisy.physics.unit_noise = 0.3, noisy.physics.input_noise = 0.2;
    noisy.physics.tau_per_unit.assign(19, 60), noisy.physics.tau_per_unit[3] = 90;
    auto silent = noisy;
    silent.physics.unit_noise = silent.physics.input_noise = 0;
    model<circuit, B> m(seed{3}, noisy), reference(seed{3}, silent);
    trial_batch<T> whole(7, 30, 2, 2, 20);
    std::vector<T> input;
    for (long t = 0; t < 30; ++t)
        for (long k = 0; k < 7; ++k)
            for (long i = 0; i < 2; ++i) {
                whole.input_at(t, k, i) = static_cast<T>(k - 3 * i) / T(5);
                if (t == 0) input.push_back(whole.input_at(t, k, i));
            }
    run_request<T> ask;
    ask.end = true;
    auto part = whole;
    part.length.assign(7, 1);
    auto states = reference.run(part, {}, ask).end;  // after the first step
    REQUIRE(states.size() == 3);
    for (int t = 1; t < 30; ++t) states = m.step(states, input, 20);
    CHECK(states == reference.run(whole, {}, ask).end);

    // One input for all trials, and one trial alone.
    std::vector<T> alike;
    for (int k = 0; k < 7; ++k) alike.push_back(T(0.4)), alike.push_back(T(0.1));
    const auto together = m.step(states, {T(0.4), T(0.1)}, 20);
    CHECK(m.step(states, alike, 20) == together);
    owned_list<std::vector<T>> third;
    for (const auto& s : states) {
        const std::size_t n = s.size() / 7;
        third.emplace_back(s.begin() + static_cast<long>(2 * n), s.begin() + static_cast<long>(3 * n));
    }
    const auto alone = m.step(third, {T(0.4), T(0.1)}, 20);
    for (std::size_t v = 0; v < 3; ++v) {
        const std::size_t n = alone[v].size();
        for (std::size_t i = 0; i < n; ++i) CHECK(alone[v][i] == together[v][2 * n + i]);
    }
}

}  // namespace one_step

using namespace one_step;

TEST_CASE("so many steps of a network's states are a run without noise, to the bit", "[model]") {
    check_step<backend::serial<double>>();
    check_step<backend::cpu<float>>();
}
TEST_CASE("a step from what are no states of the network is refused", "[model]") {
    model<circuit, backend::serial<double>> m(seed{3});
    owned_list<std::vector<double>> states{std::vector<double>(26), std::vector<double>(12), std::vector<double>(12)};
    CHECK_NOTHROW(m.step(states, {0, 0}, 20));
    CHECK_THROWS_WITH(m.step({}, {0, 0}, 20), Catch::Contains("any_model::step"));
    CHECK_THROWS_WITH(m.step(states, {0, 0, 0}, 20), Catch::Contains("2, or so many for each of 2 trials") && Catch::Contains("got: 3"));
    auto wrong = states;
    wrong[1].pop_back();
    CHECK_THROWS_AS(m.step(wrong, {0, 0}, 20), invalid_argument);
    wrong = states, wrong.pop_back();
    CHECK_THROWS_AS(m.step(wrong, {0, 0}, 20), invalid_argument);
    CHECK_THROWS_AS(m.step(states, {0, 0}, 0), invalid_argument);
    model<on_maps, backend::serial<double>> maps(seed{1});
    CHECK_THROWS_WITH(maps.step({std::vector<double>(32)}, std::vector<double>(16), 20), Catch::Contains("no step of its states"));
}
