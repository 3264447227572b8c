// What units have and maps have as well: time constants and noise, sums over the channels of a position, dropout beside them.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

namespace maps_in_time {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
using equations::mean, equations::sum, equations::dropout, equations::batch_norm;
inline constexpr equations::symbol<struct d> d;
inline constexpr equations::symbol<struct m> m;
inline constexpr equations::symbol<struct v> v;
struct layer_normed {
    static constexpr auto equations =
        system(x[r] = W(X) + W(prev(r)), m[r] = mean(x), d[r] = square(x - m), v[r] = mean(d), r = softplus((x - m) / sqrt(v + 0.1)));
};
// A sum that is read behind a batch norm, too, and noise in a feed-forward cell.
struct divided {
    static constexpr auto equations =
        system(d[r] = softplus(W(X) + 0.5 * noise), m[r] = sum(d), y[r] = batch_norm(W(d)), r = dropout(0.8, softplus(y)) / (1 + m));
};
}  // namespace cells

struct image : input<2, grid<4, 4>> {};
struct E : population<excitatory, 5> {};
struct I : population<inhibitory, 2> {};
struct F : population<excitatory, 4> {};
struct category : output<3> {};
struct V1 : area<rate<softplus>, F, convolution<3>> {};
struct V2 : area<cells::layer_normed, E, separable<3>, max_pool<2>> {};
struct V3 : area<cells::divided, E, pointwise> {};
using noisy = network<areas<V1>, inputs<project<image, V1>>, outputs<project<F, category>>, time_steps<11>>;
using normed = network<areas<V1, V2>, inputs<project<image, V1>>, long_range<project<F, V2>>, outputs<project<E, category>>, time_steps<3>,
                       readout<sum_of_steps>>;
using pooled = network<areas<V3>, inputs<project<image, V3>>, outputs<project<E, category>>, time_steps<3>, readout<sum_of_steps>>;

model_options options(double noise = 0.1) {
    model_options o;
    o.physics.tau = 60, o.physics.unit_noise = noise;
    return o;
}
trial_batch<double> pictures(const std::vector<std::uint32_t>& ids) {
    const auto n = ids.size();
    auto b = trial_batch<double>::of_images(static_cast<long>(n), {4, 4}, 2);
    b.dt = 20, b.id = ids;
    b.target.resize(3 * n);
    for (std::size_t k = 0; k < n; ++k) {
        random_sequence r({5, 4}, ids[k]);
        for (std::size_t p = 0; p < 32; ++p) b.input[32 * k + p] = r.uniform(0, 1);
        b.target[3 * k + k % 3] = 1;
    }
    return b;
}
template <class Net>
void check_everywhere() {
    using threads = backend::cpu<double>;
    model<Net, device> a(seed{3}, options());
    check_gradient_of_model(a, pictures({1, 2, 3}));
    const auto b = pictures({4, 8, 15, 16, 23, 42, 7});
    model<Net, threads> one(seed{3}, options(), threads(1)), two(seed{3}, options(), threads(2));
    const double expected = a.gradient(b, {1, 4}, a.default_loss()).norm;
    CHECK(one.gradient(b, {1, 4}, one.default_loss()).norm == Approx(expected).epsilon(1e-10));
    two.gradient(b, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
    const auto all = one.run(b, {1, 4}), alone = two.run(pictures({23}), {1, 4});
    for (std::size_t o = 0; o < 3; ++o) CHECK(alone.output[o] == all.output[3 * 4 + o]);
}

TEST_CASE("gradients of maps with time constants, noise and sums over channels", "[stack]") {
    check_everywhere<noisy>();
    check_everywhere<normed>();
    check_everywhere<pooled>();
}

TEST_CASE("the noise of a map is that of units: its size, and independent for every position, channel, step and trial", "[stack]") {
    model<noisy, device> m(seed{3}, options(0.5));
    auto w = m.raw();
    for (auto& t : w.tensors) std::fill(t.values.data.begin(), t.values.data.end(), 0.);
    m.set_raw(w);
    std::vector<std::uint32_t> ids;
    for (std::uint32_t k = 0; k < 60; ++k) ids.push_back(k);
    const auto x = m.run(pictures(ids), {1, 4}, {.record = {"V1.x"}}).recorded[0].values.data;  // [step][trial][position][channel]
    const std::size_t step = 60 * 16 * 4;
    const double alpha = 20. / 60;
    double variance = 0, channels = 0, positions = 0, trials = 0, steps = 0, ninth = 0;
    for (std::size_t k = 0; k < step; ++k) {
        const auto drawn = [&](std::size_t t, std::size_t i) {
            return x[t * step + i] - (t > 0 ? (1 - alpha) * x[(t - 1) * step + i] : 0);
        };
        const double n = drawn(0, k);
        variance += n * n;
        channels += k % 4 < 3 ? n * drawn(0, k + 1) : 0;
        positions += k % 64 < 60 ? n * drawn(0, k + 4) : 0;
        trials += k + 64 < step ? n * drawn(0, k + 64) : 0;
        steps += n * drawn(1, k);
        ninth += n * drawn(8, k);
    }
    CHECK(variance / double(step) == Approx(2 * alpha * 0.25).epsilon(0.06));
    for (const double c : {channels, positions, trials, steps, ninth}) CHECK(std::abs(c) < 0.06 * variance);
    // another iteration, another noise; none where none is asked for
    model<noisy, device> loud(seed{3}, options()), still(seed{3}, options(0));
    CHECK(loud.run(pictures(ids), {1, 5}).output != loud.run(pictures(ids), {1, 4}).output);
    CHECK(still.run(pictures(ids), {1, 5}).output == still.run(pictures(ids), {1, 4}).output);
}

TEST_CASE("images without the duration of a step are refused where it matters", "[stack]") {
    model<noisy, device> m(seed{3}, options());
    auto b = pictures({1});
    b.dt = 0;
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("trial_batch::dt"));
    b.dt = 70;
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("tau"));
}

}  // namespace maps_in_time
