// Dropout of units: what it keeps, what keys it, and that evaluation is free of it.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <algorithm>
#include <cstdint>
#include <vector>

namespace units_that_drop {
using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
struct dropping {
    static constexpr auto equations =
        system(x[r] = (1 - alpha) * prev(x) + alpha * (W(prev(r)) + W(u)), r = equations::dropout(0.75, softplus(x)));
};
}  // namespace cells

struct motion : input<2> {};
struct choice : output<2> {};
struct E : population<excitatory, 40> {};
struct I : population<inhibitory, 10> {};
struct cortex : area<cells::dropping, E, I> {};
using net = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
using device = backend::serial<double>;

trial_batch<double> trials(const std::vector<std::uint32_t>& ids) {
    const auto n = static_cast<long>(ids.size());
    trial_batch<double> b(n, 9, 2, 2, 20);
    b.id = ids;
    for (long k = 0; k < n; ++k)
        for (long t = 0; t < 9; ++t)
            for (long i = 0; i < 2; ++i) b.input_at(t, k, i) = 0.5, b.target_at(t, k, i) = 1, b.mask_at(t, k, i) = 1;
    return b;
}
model_options options() {
    model_options o;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}

TEST_CASE("the gradient through dropout of units is what differences say") {
    model<net, device> m(seed{3}, options());
    check_gradient_of_model(m, trials({1, 2, 3}));
    using threads = backend::cpu<double>;
    model<net, threads> one(seed{3}, options(), threads(1)), two(seed{3}, options(), threads(2));
    const auto b = trials({4, 8, 15, 16, 23, 42});
    const double expected = m.gradient(b, {1, 4}, m.default_loss()).norm;
    CHECK(one.gradient(b, {1, 4}, one.default_loss()).norm == Approx(expected).epsilon(1e-10));
    two.gradient(b, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
}

TEST_CASE("units are dropped where gradients are taken, by trial, step and iteration, and nowhere else") {
    model_options still = options();
    still.physics.unit_noise = still.physics.input_noise = 0;
    model<net, device> m(seed{3}, still);
    // asked for in one step of one trial, a weight of the readout has a gradient unless its unit was dropped
    const auto dropped = [&](std::uint32_t iteration, std::uint32_t id, long step) {
        auto b = trials({id});
        for (std::size_t t = 0; t < 9; ++t)
            for (std::size_t o = 0; o < 2; ++o) b.mask[2 * t + o] = t == static_cast<std::size_t>(step);
        m.gradient(b, {1, iteration}, m.default_loss());
        std::vector<bool> all;
        for (std::size_t unit = 0; unit < 40; ++unit) all.push_back(m.last_gradient()["W_out"].data[unit] == 0);
        return all;
    };
    CHECK(dropped(4, 1, 5) == dropped(4, 1, 5));
    CHECK(dropped(4, 1, 5) != dropped(5, 1, 5));
    CHECK(dropped(4, 1, 5) != dropped(4, 2, 5));
    CHECK(dropped(4, 1, 5) != dropped(4, 1, 6));
    long count = 0;
    for (std::uint32_t k = 0; k < 100; ++k)
        for (const bool gone : dropped(k, k, 7)) count += gone;
    CHECK(double(count) / 4000 == Approx(0.25).margin(0.03));  // four deviations
    const auto a = m.run(trials({1, 2}), {1, 4}, {.rates = true});
    for (const double r : a.rate) CHECK(r > 0);
    CHECK(m.run(trials({1, 2}), {1, 5}).output == a.output);
    // unless a run asks for it
    const auto b = m.run(trials({1, 2}), {1, 4}, {.rates = true, .dropout = true});
    CHECK(std::count(b.rate.begin(), b.rate.end(), 0.) > 0);
    CHECK(m.run(trials({1, 2}), {1, 4}, {.rates = true, .dropout = true}).rate == b.rate);
}

}  // namespace units_that_drop
