// What networks on maps are trained by: readouts with an activation and a loss of their own, penalties on rates and on kernels.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/validation.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace objectives {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
using equations::batch_norm;
inline constexpr equations::symbol<struct c> c;
struct layer {
    static constexpr auto equations = system(c[r] = batch_norm(W(X)), r = relu(c));
};
}  // namespace cells

struct image : input<2, grid<4, 4>> {};
struct F : population<excitatory, 5> {};
struct G : population<free_sign, 4> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct V0 : area<cells::layer, G, convolution<3>> {};
struct V1 : area<rate<softplus>, F, separable<3>, max_pool<2>> {};
struct decision : area<rate<softplus>, E, I> {};
template <class Output>
using reading = network<areas<V1>, inputs<project<image, V1>>, outputs<project<F, Output>>, time_steps<3>>;
struct category : output<3> {};
struct chances : output<3, softmax> {};
struct features : output<3, logistic> {};
struct angles : output<3, hyperbolic_tangent> {};
struct lines : output<3, identity, squared_error> {};
using deep = network<areas<V0, V1>, inputs<project<image, V0>>, long_range<project<G, V1>>, outputs<project<F, category>>, time_steps<3>>;
using layers = network<areas<V0>, inputs<project<image, V0>>, outputs<project<G, category>>, time_steps<3>>;
using mixed = network<areas<V0, V1, decision>, inputs<project<image, V0>>, long_range<project<G, V1>, project<F, decision>>,
                      outputs<project<E, category>>, time_steps<3>>;

trial_batch<double> pictures(long trials) {
    auto b = trial_batch<double>::of_images(trials, {4, 4}, 2);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (long k = 0; k < 3 * trials; ++k) b.target.push_back(r.uniform(0, 1));
    return b;
}

// The outputs are the activation of the logits, the loss is that of the outputs, and its gradient is right.
template <class Output, class F, class Loss>
void check_readout(const F& activation, const Loss& loss_of) {
    model<reading<Output>, device> m(seed{3});
    model<reading<category>, device> logits(seed{3});
    const auto b = pictures(4);
    const auto seen = m.run(b, {}, {.batch_statistics = true}), z = logits.run(b, {}, {.batch_statistics = true});
    double expected = 0;
    for (std::size_t k = 0; k < 12; ++k) {
        CHECK(seen.output[k] == Approx(activation(&z.output[k - k % 3], k % 3)).margin(1e-14));
        CHECK(seen.final_output[k] == seen.output[k]);
        expected += loss_of(seen.output[k], b.target[k]) / 4;
    }
    CHECK(m.gradient(b, {}, m.default_loss()).loss == Approx(expected));
    tally t(m.default_loss().recorded);
    t.add(b, seen);
    double squares = 0;
    for (std::size_t k = 0; k < 12; ++k) squares += std::pow(seen.output[k] - b.target[k], 2);
    CHECK(t.rmse() == Approx(std::sqrt(squares / 12)));
    check_gradient_of_model(m, b);
}

TEST_CASE("a readout of maps has the activation and the loss that its output states", "[stack]") {
    const auto squared = [](double y, double t) { return (y - t) * (y - t); };
    check_readout<chances>(
        [](const double* z, std::size_t o) { return std::exp(z[o]) / (std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2])); },
        [](double y, double t) { return -t * std::log(y); });
    check_readout<features>([](const double* z, std::size_t o) { return 1 / (1 + std::exp(-z[o])); },
                            [](double y, double t) { return -t * std::log(y) - (1 - t) * std::log(1 - y); });
    check_readout<angles>([](const double* z, std::size_t o) { return std::tanh(z[o]); }, squared);
    check_readout<lines>([](const double* z, std::size_t o) { return z[o]; }, squared);
    // without a word, classes: logits, and the loss of their softmax
    model<reading<category>, device> m(seed{3});
    model<reading<chances>, device> same(seed{3});
    CHECK(m.gradient(pictures(4), {}, m.default_loss()).loss == same.gradient(pictures(4), {}, same.default_loss()).loss);
    CHECK(m.run(pictures(4)).output != same.run(pictures(4)).output);
}

double mean_square(const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x * x;
    return sum / static_cast<double>(v.size());
}

TEST_CASE("rates of maps and units are penalised together", "[stack]") {
    objective o;
    o.l2_rate = 0.7;
    model<deep, device> m(seed{3});
    const auto b = pictures(3);
    check_gradient_of_model(m, b, o);
    // V0, which is the same in every step, counts in each: 16 x 4 rates beside 16 x 5
    const auto r = m.run(b, {1, 4}, {.record = {"V0.r", "V1.r"}, .batch_statistics = true});
    const double v0 = mean_square(r.recorded[0].values.data), v1 = mean_square(r.recorded[1].values.data);
    REQUIRE(r.recorded[0].values.data.size() == 3 * 16 * 4);
    CHECK(m.gradient(b, {1, 4}, m.default_loss(), o).penalty == Approx(0.7 * (v0 * 4 + v1 * 5) / 9));

    model_options biased;
    biased.trained.bias = biased.trained.output_bias = true;
    model<mixed, device> both(seed{3}, biased);
    trial_batch<double> t(3, 3, 2, 3, 20);
    t.grid = {4, 4}, t.frames = 1, t.input = b.input;
    random_sequence draw({5, 6});
    for (double& x : t.target) x = draw.uniform(0, 1);
    for (double& x : t.mask) x = 1;
    check_gradient_of_model(both, t, o);
    using threads = backend::cpu<double>;
    model<mixed, threads> one(seed{3}, biased, threads(1)), two(seed{3}, biased, threads(2));
    CHECK(one.gradient(t, {1, 4}, one.default_loss(), o).penalty ==
          Approx(both.gradient(t, {1, 4}, both.default_loss(), o).penalty).epsilon(1e-10));
    two.gradient(t, {1, 4}, two.default_loss(), o);
    CHECK(one.last_gradient() == two.last_gradient());
}

TEST_CASE("kernels and the readout of maps have penalties of their own", "[stack]") {
    model<deep, device> m(seed{3});
    const auto b = pictures(3);
    double mean = 0, squares = 0;
    for (const auto& w : m.raw().tensors) {
        const bool kernel = w.name.find(".kernel") != std::string::npos || w.name.find(".depthwise") != std::string::npos;
        if (!kernel || w.name.find("category") != std::string::npos) continue;
        double sum = 0;
        for (const double x : w.values.data) sum += std::abs(x);
        mean += sum / static_cast<double>(w.values.data.size()), squares += mean_square(w.values.data);
    }
    objective o;
    o.weights.l1_kernel = 0.3, o.weights.l2_kernel = 0.2;
    CHECK(m.gradient(b, {1, 4}, m.default_loss(), o).penalty == Approx(0.3 * mean + 0.2 * squares));
    o.weights.l2_output = 0.5, o.l2_rate = 0.1;
    check_gradient_of_model(m, b, o);
    const double with = m.gradient(b, {1, 4}, m.default_loss(), o).penalty;
    o.weights.l2_output = 0;
    CHECK(m.gradient(b, {1, 4}, m.default_loss(), o).penalty < with);
    model<layers, device> without(seed{3});
    CHECK_THROWS_WITH(without.gradient(b, {1, 4}, without.default_loss(), {.omega = 1}), Catch::Contains("Omega is not defined"));
}

TEST_CASE("what maps have no use for is refused", "[stack]") {
    model<deep, device> m(seed{3});
    const auto b = pictures(3);
    objective o;
    o.weights.l1_recurrent = 0.1;
    CHECK_THROWS_WITH(m.gradient(b, {1, 4}, m.default_loss(), o), Catch::Contains("objective::weights"));
    for (const bool rates : {true, false})
        CHECK_THROWS_WITH(m.run(b, {}, {.every = rates ? 1 : 2, .rates = rates}), Catch::Contains("run_request"));
    model_options noisy;
    noisy.physics.input_noise = 0.3;
    CHECK_THROWS_WITH((model<deep, device>(seed{3}, noisy)), Catch::Contains("model_options::physics"));
    noisy.physics = {};
    noisy.physics.tau_per_unit = {20, 30};
    model<deep, device> counted(seed{3}, noisy);
    CHECK_THROWS_WITH(counted.run(b), Catch::Contains("dynamics::tau_per_unit"));
}

}  // namespace objectives
