// Noise of inputs by name: of films, in every frame and at every position, and of the inputs that units read.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace noise_of_images {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
struct copy {
    static constexpr auto equations = system(r = W(X));
};
}  // namespace cells

struct left : input<2, grid<4, 3>> {};
struct right : input<1, grid<4, 3>> {};
struct cue : input<2> {};
struct F : population<free_sign, 3> {};
struct H : population<free_sign, 2, principal> {};
struct line : output<2, identity, squared_error> {};
constexpr long steps = 20;
struct V1 : area<cells::copy, F, pointwise> {};
struct hears : area<cells::copy, H> {};
// V1 is what the two images are together; the units hear the cue alone.
using seen = network<areas<V1>, inputs<project<left, V1>, project<right, V1>>, outputs<project<F, line>>, time_steps<steps>>;
using cued = network<areas<V1, hears>, inputs<project<left, V1>, project<right, V1>, project<cue, hears>>, long_range<project<F, hears>>,
                     outputs<project<H, line>>, time_steps<steps>>;

template <class Net>
model_options options(std::vector<number_of> noise) {
    model_options o;
    o.frames = steps;
    o.physics.input_noise_of = std::move(noise);
    return o;
}
template <class M>
void see_through(M& m) {
    auto w = m.raw();
    for (auto& t : w.tensors) std::fill(t.values.data.begin(), t.values.data.end(), 0.);
    w["V1.r<-left.kernel"].data = {1, 0, 0, 1, 0, 0};
    w["V1.r<-right.kernel"].data = {0, 0, 1};
    m.set_raw(w);
}
trial_batch<double> films(long trials, long n = steps) {
    auto b = trial_batch<double>::of_images(trials, {4, 3}, 2, n);
    b.add_image({4, 3}, 1, n);
    b.target.resize(static_cast<std::size_t>(2 * trials));
    return b;
}
struct moments {
    double mean = 0, deviation = 0;
};
moments of(const std::vector<double>& x) {
    moments m;
    for (const double v : x) m.mean += v / static_cast<double>(x.size());
    for (const double v : x) m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(x.size());
    m.deviation = std::sqrt(m.deviation);
    return m;
}
// Channel i of V1.r, [step][trial][position].
std::vector<double> channel(const recording<double>& r, std::size_t i) {
    std::vector<double> x;
    for (std::size_t k = i; k < r.recorded[0].values.data.size(); k += 3) x.push_back(r.recorded[0].values.data[k]);
    return x;
}

TEST_CASE("a film has the noise of its name, of a frame, position and channel each", "[stack]") {
    model<seen, device> m(seed{3}, options<seen>({{"left", 0.2}}));
    see_through(m);
    CHECK(m.physics().input_noise_of.empty());
    CHECK(m.physics().input_noise_per_channel == std::vector<double>{0.2, 0.2, 0});
    const auto b = films(50);
    const run_request<double> ask{.record = {"V1.r"}};
    const auto run = m.run(b, {4, 7}, ask);
    const double sigma = std::sqrt(2 * 100. / 20) * 0.2;  // Song et al. 2016, equation 11
    const auto a = channel(run, 0), c = channel(run, 1), quiet = channel(run, 2);
    CHECK(of(a).mean == Approx(0).margin(0.03));
    CHECK(of(a).deviation == Approx(sigma).epsilon(0.03));
    CHECK(of(c).deviation == Approx(sigma).epsilon(0.03));
    CHECK(of(quiet).deviation == 0);
    // neither channels, positions, trials nor steps have anything in common
    const auto correlation = [&](const std::vector<double>& x, const std::vector<double>& y, std::size_t apart) {
        double sum = 0;
        for (std::size_t k = apart; k < x.size(); ++k) sum += x[k] * y[k - apart];
        return sum / static_cast<double>(x.size()) / (sigma * sigma);
    };
    for (const double rho :
         {correlation(a, c, 0), correlation(a, a, 1), correlation(a, a, 12), correlation(a, a, 600), correlation(a, a, 4800)})
        CHECK(std::abs(rho) < 0.05);
    CHECK(m.run(b, {4, 8}, ask).recorded[0].values.data != run.recorded[0].values.data);

    // a trial alone, on threads
    using threads = backend::cpu<double>;
    model<seen, threads> two(seed{3}, options<seen>({{"left", 0.2}}), threads(2));
    see_through(two);
    auto alone = films(1);
    alone.id = {31};
    const auto all = two.run(b, {4, 7}, ask).recorded[0].values.data, one = two.run(alone, {4, 7}, ask).recorded[0].values.data;
    for (std::size_t t = 0; t < static_cast<std::size_t>(steps); ++t)
        for (std::size_t k = 0; k < 36; ++k) CHECK(one[t * 36 + k] == all[(t * 50 + 31) * 36 + k]);
    for (std::size_t k = 0; k < all.size(); ++k) CHECK(all[k] == Approx(run.recorded[0].values.data[k]).epsilon(1e-6).margin(1e-6));
}

TEST_CASE("inputs of units have the noise of their name, and films beside them theirs", "[stack]") {
    auto o = options<cued>({{"cue", 0.3}, {"right", 0.1}});
    o.physics.baseline = 0, o.physics.rectify_inputs = false;
    model<cued, device> m(seed{3}, o);
    see_through(m);
    auto w = m.raw();
    w["W_in"](0, 0) = w["W_in"](1, 1) = 1;
    m.set_raw(w);
    auto b = m.make_trials(40, steps, 20);
    const run_request<double> ask{.record = {"V1.r", "hears.r"}};
    const auto run = m.run(b, {4, 7}, ask);
    const double scale = std::sqrt(2 * 100. / 20);
    CHECK(of(channel(run, 0)).deviation == 0);
    CHECK(of(channel(run, 2)).deviation == Approx(0.1 * scale).epsilon(0.03));
    CHECK(of(run.recorded[1].values.data).deviation == Approx(0.3 * scale).epsilon(0.06));

    o.trained.bias = o.trained.output_bias = true;
    model<cued, device> drawn(seed{3}, o);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (double& x : b.target) x = r.uniform(0, 1);
    for (double& x : b.mask) x = 1;
    check_gradient_of_model(drawn, b);
}

TEST_CASE("noise of images that cannot be is refused", "[stack]") {
    model_options still = options<seen>({{"left", 0.2}});
    still.frames_of = {{"left", 1}};
    model<seen, device> m(seed{3}, still);
    auto b = trial_batch<double>::of_images(2, {4, 3}, 2, 1);
    b.add_image({4, 3}, 1, steps);
    CHECK_THROWS_WITH(m.run(b), Catch::Contains("dynamics::input_noise_of"));
    CHECK_THROWS_WITH((model<seen, device>(seed{3}, options<seen>({{"middle", 1}}))), Catch::Contains("middle"));
    CHECK_THROWS_WITH((model<seen, device>(seed{3}, options<seen>({{"F", 1}}))), Catch::Contains("unit_noise_of"));
    auto o = options<seen>({{"left", -1}});
    model<seen, device> negative(seed{3}, o);
    CHECK_THROWS_WITH(negative.run(films(2)), Catch::Contains("input_noise"));
    o.physics.input_noise_of.clear(), o.physics.input_noise_per_channel = {0.1};
    model<seen, device> few(seed{3}, o);
    CHECK_THROWS_WITH(few.run(films(2)), Catch::Contains("input_noise_per_channel"));
}

}  // namespace noise_of_images
