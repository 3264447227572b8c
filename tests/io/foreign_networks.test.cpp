// Networks of other libraries: their weights, named and turned as they save them, give the states that their equations give.
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/load_weights.hpp>
#include <eirnn/model/model.hpp>

#include <cmath>

using namespace eirnn;

namespace {

struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct stimulus : input<2> {};
struct choice : output<3> {};

namespace torch {
struct H : population<free_sign, 5> {};
struct hidden : area<rate<hyperbolic_tangent>, H, wiring<project<H, H, with_self, allow<self_connection>>>> {};
using rnn = network<areas<hidden>, inputs<project<stimulus, hidden, unconstrained>>, outputs<project<H, choice>>>;

const weight_options names{.sources = {{"W_in", {"rnn.weight_ih_l0"}},
                                       {"W_rec", {"rnn.weight_hh_l0"}},
                                       {"b_rec", {"rnn.bias_ih_l0", "rnn.bias_hh_l0"}},  // they add
                                       {"x0", {}},                                       // zeros
                                       {"W_out", {"readout.weight"}},
                                       {"b_out", {"readout.bias"}}}};
}  // namespace torch

namespace nn4n {
struct hidden : area<rate<relu>, E, I> {};
using ctrnn = network<areas<hidden>, inputs<project<stimulus, hidden>>, outputs<project<E, choice>>>;

const weight_options names{.sources = {{"W_in", {"recurrent_layer.input_layer.weight"}},
                                       {"W_rec", {"recurrent_layer.hidden_layer.weight"}},
                                       {"b_rec", {"recurrent_layer.input_layer.bias", "recurrent_layer.hidden_layer.bias"}},
                                       {"x0", {"recurrent_layer.hidden_state"}},
                                       {"W_out", {"readout_layer.weight"}},
                                       {"b_out", {"readout_layer.bias"}}}};
}  // namespace nn4n

namespace pycog {
struct mutual {
    static constexpr double values[2][2] = {{0, 0.25}, {0.5, 0}};
};
struct hidden : area<rate<relu>, E, I, wiring<project<E, hidden>, project<I, E>, project<I, I, fixed<mutual>>>> {};
using rnn = network<areas<hidden>, inputs<project<stimulus, hidden>>, outputs<project<E, choice>>>;
}  // namespace pycog

/// The inputs as they are: no noise, no baseline, no rectification.
model_options plain(double tau) {
    model_options o;
    o.physics.tau = tau;
    o.physics.unit_noise = o.physics.input_noise = o.physics.baseline = 0;
    o.physics.rectify_inputs = false;
    return o;
}

/// The largest difference from the recorded trials, in rates and outputs of every step.
template <class Model>
double difference(Model& m, const std::filesystem::path& trials, double dt) {
    const auto arrays = read_npz(trials);
    const tensor& input = tensor_at(arrays, "input");
    trial_batch<double> batch(static_cast<long>(input.shape[1]), static_cast<long>(input.shape[0]), m.inputs(), m.outputs(), dt);
    batch.input = input.get<double>();
    const auto found = m.run(batch, {}, {.rates = true});
    double largest = 0;
    const auto compare = [&](const std::vector<double>& ours, const std::vector<double>& theirs) {
        REQUIRE(ours.size() == theirs.size());
        for (std::size_t k = 0; k < ours.size(); ++k) largest = std::max(largest, std::abs(ours[k] - theirs[k]));
    };
    compare(found.rate, tensor_at(arrays, "rate").get<double>());
    compare(found.output, tensor_at(arrays, "output").get<double>());
    return largest;
}

const std::filesystem::path data = std::filesystem::path(EIRNN_TEST_DATA) / "weights";

}  // namespace

TEST_CASE("a network of PyTorch gives the states of torch.nn.RNN", "[io][weights]") {
    model<torch::rnn, backend::serial<double>> m(seed{1}, plain(1));
    CHECK(load_weights(m, data / "pytorch.npz", torch::names).largest_rounding == 0);
    CHECK(difference(m, data / "pytorch_trials.npz", 1) < 1e-12);
    // The control: without the names there is nothing to load; with the recurrent matrix the other way round, other states.
    CHECK_THROWS_AS(load_weights(m, data / "pytorch.npz"), bad_file);
    auto wrong = torch::names;
    wrong.sources[1].axes = {1, 0};
    load_weights(m, data / "pytorch.npz", wrong);
    CHECK(difference(m, data / "pytorch_trials.npz", 1) > 1e-3);
}

TEST_CASE("a network of nn4n gives the states of its CTRNN", "[io][weights]") {
    model<nn4n::ctrnn, backend::serial<double>> m(seed{1}, plain(100));
    load_weights(m, data / "nn4n.npz", nn4n::names);
    CHECK(difference(m, data / "nn4n_trials.npz", 20) < 1e-12);
}

TEST_CASE("a network of pycog gives the states of its RNN, fixed weights scaled with the others", "[io][weights]") {
    model_options noiseless;  // baseline 0.2, rectified inputs and tau = 100 ms are pycog's defaults too
    noiseless.physics.unit_noise = noiseless.physics.input_noise = 0;
    model<pycog::rnn, backend::serial<double>> m(seed{1}, noiseless);
    load_weights(m, data / "pycog.npz");
    CHECK(difference(m, data / "pycog_trials.npz", 20) < 1e-12);
    CHECK(m.effective()["W_rec"](6, 7) == static_cast<double>(-1.7f * 0.25f));
}

TEST_CASE("the scripts of the recorded networks still write what is recorded", "[io][weights][numpy]") {
    const std::string python = scratch::python_with_numpy();
    if (python.empty()) {
        WARN("skipped: no Python with NumPy");
        return;
    }
    const scratch::folder here;
    for (const std::string name : {"pytorch", "nn4n", "pycog"}) {
        const auto result = scratch::shell(python + " -B '" + (data / (name + ".py")).string() + "' '" + here.path().string() + "'");
        INFO(result.output);
        REQUIRE(result.code == 0);
        CHECK(read_npz(here / (name + ".npz")) == read_npz(data / (name + ".npz")));
        const auto written = read_npz(here / (name + "_trials.npz")), recorded = read_npz(data / (name + "_trials.npz"));
        REQUIRE(written.size() == recorded.size());
        for (const tensor& t : recorded) {
            const auto a = t.get<double>(), b = tensor_at(written, t.name).get<double>();
            REQUIRE(a.size() == b.size());
            for (std::size_t k = 0; k < a.size(); ++k) CHECK(std::abs(a[k] - b[k]) < 1e-14);  // another processor sums in another order
        }
    }
}
