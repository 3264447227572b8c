// Maps that read units, which see them at every position, and smaller maps, which cover several positions each.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace feeding_back {
using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
struct relay {
    static constexpr auto equations = equations::system(r = relu(W(X)));
};
struct smooth {
    static constexpr auto equations = equations::system(r = softplus(W(X)));
};
// Units that hand on what they see.
struct at_once {
    static constexpr auto equations = equations::system(r = softplus(W(prev(r)) + W(u)));
};
}  // namespace cells

struct image : input<2, grid<6, 4>> {};
struct F : population<excitatory, 3> {};
struct PN : population<excitatory, 4> {};
struct IG : population<inhibitory, 2> {};
struct OG : population<inhibitory, 3> {};
struct E : population<excitatory, 5> {};
struct I : population<inhibitory, 2> {};
struct N : population<inhibitory, 3> {};
struct M : population<excitatory, 6> {};
struct choice : output<2, softmax> {};
struct V1 : area<feed_forward, F, convolution<3>, max_pool<3, 2>> {};
struct V2 : area<multicell::standard, PN, IG, OG, separable<3>> {};
struct parietal : area<rate<softplus>, E, I> {};
struct motor : area<cells::at_once, N, M> {};

/// M reaches V2 two steps late, past three units that stand before it; PN reaches V1 where its map is half as large.
struct loop : network<areas<V1, V2, parietal, motor>, inputs<project<image, V1, unconstrained>>,
                      long_range<project<F, V2>, project<PN, parietal>, project<E, motor>, project<M, E>, project<E, V1, delayed<1>>,
                                 project<M, V2, delayed<2>>, project<PN, V1, enlarged<2>, delayed<1>>>,
                      outputs<project<M, choice>>, signs<absolute>, time_steps<4>> {};

/// Nothing but a way round: what the units do reaches them again past the map.
struct V : area<cells::smooth, F, convolution<3>> {};
struct ring : network<areas<V, motor>, inputs<project<image, V, unconstrained>>, long_range<project<F, motor>, project<M, V, delayed<1>>>,
                      outputs<project<M, choice>>, signs<absolute>, time_steps<4>> {};

struct spot : input<1, grid<1, 2>> {};
struct A : population<excitatory, 1, principal> {};
struct B : population<excitatory, 1, principal> {};
struct seen : output<1> {};
struct small : area<cells::relay, A, pointwise> {};
struct large : area<cells::relay, B, pointwise> {};
struct growing : network<areas<small, large>, inputs<project<spot, small>>, long_range<project<A, large, enlarged<3>>>,
                         outputs<project<B, seen>>, signs<absolute>> {};

using in_order = backend::serial<double>;
using threads = backend::cpu<double>;
model_options options(long frames) {
    model_options o;
    o.frames = frames;
    o.physics.tau = 40, o.physics.unit_noise = 0.05;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
trial_batch<double> trials(const std::vector<std::uint32_t>& ids, long frames) {
    const auto n = static_cast<long>(ids.size());
    trial_batch<double> b(n, 4, 2, 2, 20);
    b.grid = {6, 4}, b.frames = frames, b.id = ids;
    b.input.assign(static_cast<std::size_t>(frames * n * 48), 0.);
    for (long k = 0; k < n; ++k) {
        random_sequence r({3, 3}, ids[static_cast<std::size_t>(k)]);
        for (long f = 0; f < frames; ++f)
            for (long p = 0; p < 48; ++p) b.input[static_cast<std::size_t>((f * n + k) * 48 + p)] = r.normal();
        for (long t = 0; t < 4; ++t) {
            b.target_at(t, k, r.bernoulli(0.5)) = 1;
            for (long o = 0; o < 2; ++o) b.mask_at(t, k, o) = 1;
        }
    }
    return b;
}

/// Weights under which every path matters: drawn, what is three areas away would hardly be felt.
template <class M>
void strengthen(M& m) {
    auto w = m.raw();
    for (auto& t : w.tensors) {
        const double by = t.name.find("W_") < t.name.find("_out")                            ? 6
                          : t.name.ends_with("<-E.kernel") || t.name.ends_with("<-M.kernel") ? 4
                                                                                             : 1;
        for (double& x : t.values.data) x *= by;
    }
    m.set_raw(w);
}

}  // namespace feeding_back
using namespace feeding_back;

TEST_CASE("units that maps read are drivers of the map, from their place among the units of their cell", "[stack]") {
    const layout l = lower<loop>();
    REQUIRE(l.maps.size() == 2);
    CHECK(l.maps[0].drivers == std::vector<driver_entry>{{2, 1, 5, {}, 0}, {1, 1, 4, {3, 2}}, {-1, 0, 2, {6, 4}}});
    CHECK(l.maps[1].drivers == std::vector<driver_entry>{{0, 0, 3, {3, 2}}, {3, 2, 6, {}, 3}});
    CHECK(l.maps[0].terms[1].kernel == kernel_entry{kernel_form::enlarged, 1, 1});
    const std::string text = describe<loop>().text();
    CHECK(text.find("E -> F (y<-E): enlarged, 1 step late, excitatory, absolute, 15 weights\n") != std::string::npos);
    const auto id = model<loop, in_order>(seed{1}, options(1)).identity();
    CHECK(id.parts.at("late") == "3 to 1 by 1, 2 to 1 by 1, 4 to 2 by 2");
    CHECK(lower<growing>().maps[1].grid == grid_entry{3, 6});
}
TEST_CASE("every position of a larger map sees the one that covers it", "[stack]") {
    model<growing, in_order> m(seed{1});
    auto w = m.raw();
    w["small.r<-X.kernel"].data = {2}, w["large.r<-X.kernel"].data = {0.5};
    for (auto& t : w.tensors)
        if (t.name.ends_with("bias")) std::ranges::fill(t.values.data, 0.);
    m.set_raw(w);
    auto b = trial_batch<double>::of_images(2, {1, 2}, 1);
    b.input = {1, 2, 3, 4};
    const auto r = m.run(b, {}, {.probes = {{1, 0, false}}});
    REQUIRE(r.probed[0].size() == 36);
    for (std::size_t k = 0; k < 36; ++k) CHECK(r.probed[0][k] == double(1 + k / 18 * 2 + k % 6 / 3));
}
TEST_CASE("gradients go back from maps to units and to smaller maps", "[stack]") {
    model<loop, in_order> still(seed{2}, options(1));
    model<loop, threads> film(seed{2}, options(4), threads(2));
    strengthen(still), strengthen(film);
    CHECK(check_gradient_of_model(still, trials({0, 1, 2}, 1)) < 10);
    CHECK(check_gradient_of_model(film, trials({0, 1, 2}, 4)) < 10);
    model<ring, in_order> round(seed{2}, options(1));
    strengthen(round);
    CHECK(check_gradient_of_model(round, trials({0, 1, 2}, 1)) == 0);
    model<growing, in_order> larger(seed{3});
    auto b = trial_batch<double>::of_images(2, {1, 2}, 1);
    b.input = {1, 2, 3, 4}, b.target = {1, 1};
    larger.gradient(b, {}, larger.loss_here(squared_error));
    CHECK(larger.last_gradient()["large.r<-X.kernel"].data[0] != 0);
}
TEST_CASE("maps and units that feed each other are the same for any threads and in any batch", "[stack]") {
    const auto batch = trials({40, 41, 42, 43, 44, 45, 46}, 4);
    model<loop, in_order> a(seed{3}, options(4));
    model<loop, threads> b(seed{3}, options(4), threads(1)), c(seed{3}, options(4), threads(2));
    const run_request<double> ask{.rates = true};
    const auto x = a.run(batch, {5, 2}, ask), y = b.run(batch, {5, 2}, ask);
    for (std::size_t k = 0; k < x.rate.size(); ++k) CHECK(x.rate[k] == Approx(y.rate[k]).epsilon(1e-11).margin(1e-12));
    for (const std::uint32_t n : {40u, 46u}) {
        const auto alone = c.run(trials({n}, 4), {5, 2}, ask);
        for (std::size_t t = 0; t < 4; ++t)
            for (std::size_t i = 0; i < 16; ++i) CHECK(alone.rate[t * 16 + i] == y.rate[(t * 7 + n - 40) * 16 + i]);
    }
    for (int k = 0; k < 2; ++k) {
        CHECK(a.gradient(batch, {5, 2}, a.default_loss()).norm == Approx(b.gradient(batch, {5, 2}, b.default_loss()).norm).epsilon(1e-9));
        c.gradient(batch, {5, 2}, c.default_loss());
        CHECK(b.last_gradient() == c.last_gradient());
    }
}
