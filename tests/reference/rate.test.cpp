// The rate network against the reference: states, loss, Omega, penalties and every gradient, on every backend.
#include "case.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

using namespace eirnn;
namespace {

template <class Activation, class Output, class Loss, class B>
void check(const std::string& name, B device, double tolerance) {
    using T = typename B::scalar;
    const auto c = reference::load(name);
    const auto& o = c.at("options");
    INFO(name << " on " << B::name());
    dynamics how;
    how.tau = 100;
    how.baseline = 0;
    how.rectify_inputs = false;
    how.input_noise = 0;
    const double dt = 100 * o.at("alpha").get<double>();
    dense_engine<rate<Activation{}>, Output, B> net(reference::layout_of(c), {.bias = true, .output_bias = true, .initial_state = true},
                                              std::move(device));
    net.set_raw(reference::weights_of<T>(c.at("params")));
    const auto batch = reference::batch_of<T>(c, dt);
    const auto noise = reference::flat<T>(c.at("inputs").at("noise"));
    const auto near = [&](const auto& got, const char* what, const reference::json& expected) {
        INFO(what);
        CHECK(reference::distance(got, reference::flat<double>(expected)) < tolerance);
    };

    // effective weights and states
    run_request<T> ask;
    ask.rates = ask.states = true;
    ask.noise = &noise;
    const auto r = net.run(batch, how, {}, ask);
    const auto effective = net.exported(&parameter_block<B>::effective);
    near(effective["W_rec"].data, "effective W_rec", c.at("effective").at("W_rec"));
    near(effective["W_in"].data, "effective W_in", c.at("effective").at("W_in"));
    near(effective["W_out"].data, "effective W_out", c.at("effective").at("W_out"));
    near(r.state, "x", c.at("states").at("x"));
    near(r.rate, "r", c.at("states").at("r"));
    auto z = reference::flat<double>(c.at("states").at("z"));
    if constexpr (!std::is_same_v<Output, softmax_t>) {
        for (double& v : z) v = double(Output::value(v));
        near(r.output, "output", reference::json(z));
    }

    const auto check_gradient = [&](const weight_set<T>& g, const char* part) {
        INFO(part);
        const auto& e = c.at("grads").at(part);
        near(g["W_rec"].data, "W_rec", e.at("W_rec"));
        if (!e.contains("W_in")) return;
        near(g["W_in"].data, "W_in", e.at("W_in"));
        near(g["W_out"].data, "W_out", e.at("W_out"));
        near(g["b_rec"].data, "b_rec", e.at("b_rec"));
        near(g["b_out"].data, "b_out", e.at("b_out"));
        near(g["x0"].data, "x0", e.at("x0"));
    };
    // the loss and its gradient
    std::vector<T> adjoints;
    auto report = net.gradient(batch, how, {}, Loss{}, {}, &noise, &adjoints);
    const auto of_loss = net.exported(&parameter_block<B>::gradient);
    CHECK(report.loss == Approx(c.at("loss").get<double>()).epsilon(tolerance));
    CHECK(report.omega == Approx(c.at("omega").get<double>()).epsilon(tolerance));
    check_gradient(of_loss, "loss");
    near(adjoints, "dL/dx", c.at("states").at("dL_dx"));

    // Omega and the penalties: differences of gradients, since they are added to that of the loss. Omega with a large factor, so that the
    // difference does not lose a float's digits.
    const T many = 256;
    const auto minus = [](weight_set<T> a, const weight_set<T>& b, T factor = 1) {
        const auto sub = [factor](std::vector<T>& x, const std::vector<T>& y) {
            for (std::size_t k = 0; k < x.size(); ++k) x[k] = (x[k] - y[k]) / factor;
        };
        sub(a["W_rec"].data, b["W_rec"].data), sub(a["W_in"].data, b["W_in"].data), sub(a["W_out"].data, b["W_out"].data);
        sub(a["b_rec"].data, b["b_rec"].data), sub(a["b_out"].data, b["b_out"].data), sub(a["x0"].data, b["x0"].data);
        return a;
    };
    objective with_omega;
    with_omega.omega = many;
    net.gradient(batch, how, {}, Loss{}, with_omega, &noise);
    check_gradient(minus(net.exported(&parameter_block<B>::gradient), of_loss, many), "omega");
    objective with_penalties;
    with_penalties.weights.l1_recurrent = o.at("l1_rec");
    with_penalties.l2_rate = o.at("l2_rate");
    if (with_penalties.l2_rate > 0) {
        report = net.gradient(batch, how, {}, Loss{}, with_penalties, &noise);
        CHECK(report.penalty == Approx(c.at("regulariser").get<double>()).epsilon(tolerance));
        const auto both = net.exported(&parameter_block<B>::gradient);
        check_gradient(minus(both, of_loss), "regulariser");
        with_penalties.omega = many;  // the penalty on rates must not enter Omega
        net.gradient(batch, how, {}, Loss{}, with_penalties, &noise);
        check_gradient(minus(net.exported(&parameter_block<B>::gradient), both, many), "omega");
    }
}
template <class B>
void all_cases(double tolerance) {
    check<relu_t, identity_t, squared_error_t>("rate_dale_rectify", B(2), tolerance);
    check<softplus_t, softmax_t, categorical_cross_entropy_t>("rate_dale_abs_areas_fixed", B(2), tolerance);
    check<tanh_t, logistic_t, squared_error_t>("rate_free_tanh_sparse", B(2), tolerance);
}
}  // namespace

TEST_CASE("the rate cases of the reference, serial, double") { all_cases<backend::serial<double>>(1e-10); }
TEST_CASE("the rate cases of the reference, cpu, double") { all_cases<backend::cpu<double>>(1e-10); }
TEST_CASE("the rate cases of the reference, serial, float") { all_cases<backend::serial<float>>(2e-4); }
TEST_CASE("the rate cases of the reference, cpu, float") { all_cases<backend::cpu<float>>(2e-4); }
