// Soft pins: the penalty and its gradient, which weights they hold, and what is refused.
#include "../stack/lesions.hpp"
#include "small.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>

#include <cmath>

using namespace eirnn;

namespace pinned {
using namespace small;
template <class Rule>
using net = network<areas<circuit>, inputs<project<pulses, circuit>>, outputs<project<E, memory>>, signs<Rule>>;

// Other values than the weights, not all of which exist, and importance from 0 on.
template <class T>
matrix<T> values_for(const matrix<T>& w) {
    auto v = w;
    for (std::size_t k = 0; k < v.data.size(); ++k) v.data[k] = v.data[k] * T(0.7) + T(0.05) * static_cast<T>(static_cast<int>(k % 3) - 1);
    return v;
}
template <class T>
matrix<T> importance_for(const matrix<T>& w) {
    auto m = w;
    for (std::size_t k = 0; k < m.data.size(); ++k) m.data[k] = static_cast<T>(k % 4) / 2;
    return m;
}

// The gradient of loss and penalty together by differences, array by array, in a few places of each.
template <class Model>
void check_gradient(Model& m, const trial_batch<double>& batch, const objective& o, const std::vector<std::string>& arrays) {
    const auto value = [&] {
        const auto g = m.gradient(batch, {1, 4}, m.default_loss(), o);
        return g.loss + g.penalty;
    };
    value();
    const auto g = m.last_gradient(), raw = m.raw();
    const auto rules = m.rules();
    for (const std::string& name : arrays)
        for (std::size_t a = 0; a < raw.tensors.size(); ++a) {
            if (raw.tensors[a].name != name) continue;
            INFO(name);
            for (std::size_t k = 1; k < raw.tensors[a].values.data.size(); k += 7) {
                const auto at = [&](double step) {
                    auto moved = raw;
                    moved.tensors[a].values.data[k] += step;
                    m.set_raw(moved);
                    return value();
                };
                const double expected = rules[a][k].trained ? (at(1e-6) - at(-1e-6)) / 2e-6 : 0.;
                CHECK(g.tensors[a].values.data[k] == Approx(expected).epsilon(1e-6).margin(1e-8));
            }
        }
    m.set_raw(raw);
}

template <class Model>
void check_pins(Model&& m) {
    const auto batch = hold_impulse{}.make<double>({purpose::training, 5, 3, 7, 20, 0}).trials;
    const auto w = m.effective();
    const auto rules = m.rules();
    const objective plain{}, pulled{.pins = soft_pins{}
                                                .pull("W_rec", values_for(w["W_rec"]), 0.3, importance_for(w["W_rec"]))
                                                .pull("x0", values_for(w["x0"]), 2)
                                                .pull("W_out", values_for(w["W_out"]), 0.5)};
    const auto without = m.gradient(batch, {1, 4}, m.default_loss(), plain);
    const auto g_without = m.last_gradient();
    const auto with = m.gradient(batch, {1, 4}, m.default_loss(), pulled);
    CHECK(with.loss == without.loss);
    CHECK(with.norm != without.norm);
    double expected = 0;
    for (std::size_t a = 0; a < w.tensors.size(); ++a) {
        const auto& t = w.tensors[a];
        const double strength = t.name == "W_rec" ? 0.3 : t.name == "x0" ? 2 : t.name == "W_out" ? 0.5 : 0;
        const auto to = values_for(t.values), important = importance_for(t.values);
        for (std::size_t k = 0; k < t.values.data.size(); ++k)
            if (rules[a][k].trained)
                expected += strength * (t.name == "W_rec" ? important.data[k] : 1) * std::pow(t.values.data[k] - to.data[k], 2);
    }
    CHECK(with.penalty == Approx(expected).epsilon(1e-12));
    check_gradient(m, batch, pulled, {"W_rec", "x0", "W_out", "W_in"});
    // Beside other penalties, and gone with the next gradient.
    auto all = pulled;
    all.l2_rate = 0.1, all.weights.l1_recurrent = 0.2, all.weights.l2_output = 0.3;
    check_gradient(m, batch, all, {"W_rec", "W_out"});
    CHECK(m.gradient(batch, {1, 4}, m.default_loss(), plain).norm == without.norm);
    CHECK(m.last_gradient() == g_without);
}

}  // namespace pinned

using namespace pinned;

TEST_CASE("soft pins are a penalty on effective weights, with its gradient, under every rule of signs", "[train][pins]") {
    model_options o;
    o.physics.unit_noise = 0.05;
    check_pins(model<net<rectify>, backend::serial<double>>(seed{1}, o));
    check_pins(model<net<absolute>, backend::cpu<double>>(seed{2}, o));
    check_pins(model<net<soft_rectify>, backend::serial<double>>(seed{3}, o));
}
TEST_CASE("kernels of maps can be pulled too", "[train][pins]") {
    auto m = lesioned::make<backend::cpu<double>>();
    auto batch = lesioned::films<double>(5);
    for (std::size_t k = 0; k < batch.target.size(); k += 2) batch.target[k] = 1;
    const auto w = m.effective();
    objective o;
    for (const char* name : {"V1.y<-image.kernel", "V2.f<-PN.kernel", "V2.C<-X.depthwise", "V2.C.shift", "W_in"})
        o.pins.pull(name, values_for(w[name]), 0.4, importance_for(w[name]));
    CHECK(m.gradient(batch, {1, 4}, m.default_loss(), o).penalty > 0);
    check_gradient(m, batch, o, {"V1.y<-image.kernel", "V2.f<-PN.kernel", "V2.C<-X.depthwise", "V2.C.shift", "W_in"});
}
TEST_CASE("a trainer holds weights by soft pins", "[train][pins]") {
    const auto moved = [](double strength) {
        auto m = make_model();
        auto how = quick();
        const auto before = m.effective()["W_rec"];
        if (strength > 0) how.penalties.pins.pull("W_rec", before, strength);
        trainer t(m, hold_impulse{}, sgd{.learning_rate = 0.05}, trials(40 * 8), how);
        t.run();
        double square = 0;
        const auto after = m.effective()["W_rec"];
        for (std::size_t k = 0; k < after.data.size(); ++k) square += std::pow(double(after.data[k]) - double(before.data[k]), 2);
        return std::sqrt(square);
    };
    const double free = moved(0), soft = moved(1), hard = moved(8);
    CHECK(soft < 0.7 * free);
    CHECK(hard < 0.5 * soft);
    CHECK(hard > 0);
}
TEST_CASE("pins of what the network does not have are refused", "[train][pins]") {
    auto m = make_model();
    const auto w = m.effective();
    const auto batch = hold_impulse{}.make<float>({purpose::training, 5, 3, 7, 20, 0}).trials;
    const auto refused = [&](const soft_pins& pins, const char* what) {
        CHECK_THROWS_WITH(m.gradient(batch, {}, m.default_loss(), {.pins = pins}), Catch::Contains(what));
        auto how = quick();
        how.penalties.pins = pins;
        CHECK_THROWS_WITH(trainer(m, hold_impulse{}, sgd{}, {}, how), Catch::Contains(what));
    };
    refused(soft_pins{}.pull("W_rec", w["W_rec"], 1).pull("W_fb", w["W_rec"], 1), "W_fb");
    refused(soft_pins{}.pull("W_rec", w["W_in"], 1), "16 x 2");
    refused(soft_pins{}.pull("x0", matrix<float>(1, 16), 1), "16 x 1");
    CHECK_THROWS_WITH(soft_pins{}.pull("x0", w["x0"], 1).pull("x0", w["x0"], 1), Catch::Contains("twice"));
    CHECK_THROWS_WITH(soft_pins{}.pull("x0", w["x0"], -1), Catch::Contains("soft_pins::pull"));
    CHECK_THROWS_WITH(soft_pins{}.pull("x0", w["x0"], 1, matrix<float>(1, 16)), Catch::Contains("16 x 1"));
    CHECK_THROWS_WITH(soft_pins{}.pull("x0", matrix<float>(16, 1, NAN), 1), Catch::Contains("x0, number 0"));
    CHECK_THROWS_WITH(soft_pins{}.pull("x0", w["x0"], 1, matrix<float>(16, 1, -1.f)), Catch::Contains("importance"));
}
