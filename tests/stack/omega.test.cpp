// Omega on maps: against units on one position, which have an oracle of their own, and against its definition, with dL/dx from differences
// of the loss and the recurrent kernels written out as a matrix from position to position.
#include "../catch.hpp"
#include "../omega_terms.hpp"
#include "pushed.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace omega_of_maps {
using namespace eirnn;
using device = backend::serial<double>;

struct H : population<free_sign, 6> {};
struct point : input<2, grid<1, 1>> {};
struct signals : input<2> {};
struct spot : area<rate<hyperbolic_tangent>, H, convolution<1>, wiring<project<H, H, no_self>>> {};
struct cortex : area<rate<hyperbolic_tangent>, H> {};
using on_a_map = network<areas<spot>, inputs<project<point, spot>>, outputs<project<H, line>>, time_steps<steps>>;
using of_units = network<areas<cortex>, inputs<project<signals, cortex>>, outputs<project<H, line>>>;

// What Omega alone adds to the gradient.
template <class M>
weight_set<double> gradient_of_omega(M& m, const trial_batch<double>& b, objective with = {.omega = 1}) {
    m.gradient(b, {1, 4}, m.default_loss(), with);
    auto only = m.last_gradient();
    with.omega = 0;
    m.gradient(b, {1, 4}, m.default_loss(), with);
    const auto without = m.last_gradient();
    for (std::size_t k = 0; k < only.tensors.size(); ++k)
        for (std::size_t i = 0; i < only.tensors[k].values.data.size(); ++i)
            only.tensors[k].values.data[i] -= without.tensors[k].values.data[i];
    return only;
}

TEST_CASE("Omega of a map of one position is that of the same units", "[stack]") {
    model<on_a_map, device> map(seed{3}, options());
    model_options plain = options();
    plain.physics.input_noise = plain.physics.baseline = 0, plain.physics.rectify_inputs = false;
    plain.frames = 1, plain.trained.bias = plain.trained.output_bias = true;
    model<of_units, device> units(seed{4}, plain);
    auto w = map.raw(), v = units.raw();
    random_sequence r({3, 3});
    for (auto& t : w.tensors)
        for (double& x : t.values.data) x = 0.5 * r.normal();
    v["W_rec"].data = w["spot.x<-r.kernel"].data, v["W_in"].data = w["spot.x<-X.kernel"].data;
    v["b_rec"].data = w["spot.x.bias"].data, v["W_out"].data = w["line.z<-X.kernel"].data;
    v["b_out"].data = w["line.z.bias"].data;
    std::fill(v["x0"].data.begin(), v["x0"].data.end(), 0);
    map.set_raw(w), units.set_raw(v);

    const long trials = 4;
    auto images = trial_batch<double>::of_images(trials, {1, 1}, 2, steps);
    trial_batch<double> b(trials, steps, 2, 2, 20);
    for (double& x : images.input) x = r.normal();
    b.input = images.input;
    for (long k = 0; k < 2 * trials; ++k) images.target.push_back(r.normal());
    std::copy(images.target.begin(), images.target.end(), b.target.end() - 2 * trials);
    std::fill(b.mask.end() - 2 * trials, b.mask.end(), 1.);  // the readout of a map is that of the last step
    const auto seen = map.run(images).final_output, same = units.run(b).output;
    for (std::size_t k = 0; k < seen.size(); ++k) REQUIRE(seen[k] == Approx(same[same.size() - seen.size() + k]).epsilon(1e-12));

    const double expected = units.gradient(b, {1, 4}, units.default_loss(), {.omega = 1}).omega;
    CHECK(expected > 0.01);
    CHECK(map.gradient(images, {1, 4}, map.default_loss(), {.omega = 1}).omega == Approx(expected).epsilon(1e-12));
    auto got = gradient_of_omega(map, images), wanted = gradient_of_omega(units, b);
    const auto &kernel = got["spot.x<-r.kernel"].data, &matrix = wanted["W_rec"].data;
    for (std::size_t k = 0; k < kernel.size(); ++k) CHECK(kernel[k] == Approx(matrix[k]).epsilon(1e-11).margin(1e-13));
}

// One area as the definition of Omega sees it.
struct seen_area {
    std::string name;
    long height, width, channels;
    bool separable, positive;
    std::vector<double> d, rate;  // [step][trial][position][channel], rates from step 0 on
    std::size_t positions() const { return static_cast<std::size_t>(height * width); }
    std::size_t units() const { return positions() * static_cast<std::size_t>(channels); }

    // [post][pre] over positions and channels
    std::vector<double> matrix(weight_set<double>& raw) const {
        const auto n = static_cast<std::size_t>(channels);
        const auto effective = [&](double x) { return positive ? std::max(x, 0.) : x; };
        const std::vector<double>& kernel = raw[name + ".x<-r.kernel"].data;
        const std::vector<double> none, *depthwise = separable ? &raw[name + ".x<-r.depthwise"].data : &none;
        std::vector<double> all(units() * units());
        for (long i = 0; i < height; ++i)
            for (long j = 0; j < width; ++j)
                for (long y = 0; y < 3; ++y)
                    for (long x = 0; x < 3; ++x) {
                        const long k = i + y - 1, l = j + x - 1;
                        if (k < 0 || l < 0 || k >= height || l >= width) continue;
                        const auto to = static_cast<std::size_t>(i * width + j) * n, from = static_cast<std::size_t>(k * width + l) * n;
                        const auto tap = static_cast<std::size_t>(3 * y + x);
                        for (std::size_t post = 0; post < n; ++post)
                            for (std::size_t pre = 0; pre < n; ++pre)
                                all[(to + post) * units() + from + pre] =
                                    separable ? effective(kernel[post * n + pre]) * effective((*depthwise)[9 * pre + tap])
                                              : effective(kernel[(post * n + pre) * 9 + tap]);
                    }
        return all;
    }
};

TEST_CASE("Omega of areas on maps, and its gradient, are those of the definition", "[stack]") {
    for (const bool initial : {false, true}) {
        CAPTURE(initial);
        model<pushed, device> m(seed{3}, options(initial));
        stir(m);
        const std::size_t trials = 3;
        const double alpha = 20. / 60;
        auto b = films(static_cast<long>(trials));
        std::vector<seen_area> areas{{"V1", 4, 4, 3, true, false, {}, {}}, {"V2", 2, 2, 2, false, true, {}, {}}};
        const auto run = m.run(b, {1, 4}, {.record = {"V1.r", "V2.r"}});
        auto raw = m.raw();
        for (std::size_t a = 0; a < 2; ++a) {
            seen_area& area = areas[a];
            area.rate.resize(trials * area.units());
            if (initial)
                for (std::size_t k = 0; k < area.rate.size(); ++k)
                    area.rate[k] = raw[area.name + ".r.initial"].data[k % static_cast<std::size_t>(area.channels)];
            area.rate.insert(area.rate.end(), run.recorded[a].values.data.begin(), run.recorded[a].values.data.end());
            for (double& u : b.more_images[a].input) {
                const double h = 1e-5;
                const auto loss = [&](double at) {
                    u = at;
                    return m.gradient(b, {1, 4}, m.default_loss()).loss;
                };
                area.d.push_back((loss(h) - loss(-h)) / (2 * h * alpha));
                u = 0;
            }
        }
        const auto omega = [&](weight_set<double>& w) {
            double sum = 0, count = 0;
            for (const seen_area& area : areas) {
                const auto [terms, number] =
                    omega_terms(area.d, area.rate, area.matrix(w), area.units(), alpha, [](double r) { return r > 0 ? 1. : 0.; });
                CHECK(terms > 0.01);
                sum += terms, count += number;
            }
            return sum / count;
        };
        CHECK(m.gradient(b, {1, 4}, m.default_loss(), {.omega = 1}).omega == Approx(omega(raw)).epsilon(1e-7));

        const auto only = gradient_of_omega(m, b);
        random_sequence r({5, 9});
        for (std::size_t k = 0; k < only.tensors.size(); ++k) {
            const auto& name = only.tensors[k].name;
            const auto& values = only.tensors[k].values;
            INFO(name);
            double top = 0, slope = 0;
            for (const double x : values.data) top = std::max(top, std::abs(x));
            if (name.find("<-r.") == std::string::npos) {
                CHECK(top < 1e-12);
                continue;
            }
            CHECK(top > 1e-3);
            std::vector<double> direction;
            for (const double x : values.data) direction.push_back(r.normal()), slope += direction.back() * x;
            const auto at = [&](double h) {
                auto w = raw;
                for (std::size_t i = 0; i < direction.size(); ++i) w.tensors[k].values.data[i] += h * direction[i];
                return omega(w);
            };
            const double h = 1e-4;
            CHECK(slope == Approx((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)).epsilon(1e-6));
        }
    }
}

TEST_CASE("Omega on maps beside penalties, on threads, and where no cell has it", "[stack]") {
    const auto b = films(7);
    objective all;
    all.omega = 2, all.l2_rate = 0.3, all.weights.l2_kernel = 0.1;
    model<pushed, device> one(seed{3}, options());
    stir(one);
    const auto report = one.gradient(b, {1, 4}, one.default_loss(), all);
    const auto alone = one.gradient(b, {1, 4}, one.default_loss(), {.omega = 2});
    CHECK(report.omega == Approx(alone.omega).epsilon(1e-12));  // of the loss alone
    CHECK(report.loss == alone.loss);
    CHECK(report.performance == alone.performance);
    // what Omega adds does not depend on the penalties
    auto with = gradient_of_omega(one, b, all), without = gradient_of_omega(one, b, {.omega = 2});
    for (std::size_t k = 0; k < with.tensors.size(); ++k)
        for (std::size_t i = 0; i < with.tensors[k].values.data.size(); ++i)
            CHECK(with.tensors[k].values.data[i] == Approx(without.tensors[k].values.data[i]).epsilon(1e-9).margin(1e-12));

    one.gradient(b, {1, 4}, one.default_loss(), all);
    const auto expected = one.last_gradient();
    using threads = backend::cpu<double>;
    model<pushed, threads> first(seed{3}, options(), threads(1)), second(seed{3}, options(), threads(2));
    for (auto* m : {&first, &second}) {
        stir(*m);
        CHECK(m->gradient(b, {1, 4}, m->default_loss(), all).omega == Approx(report.omega).epsilon(1e-11));
    }
    CHECK(first.last_gradient() == second.last_gradient());
    for (std::size_t k = 0; k < expected.tensors.size(); ++k)
        for (std::size_t i = 0; i < expected.tensors[k].values.data.size(); ++i)
            CHECK(first.last_gradient().tensors[k].values.data[i] ==
                  Approx(expected.tensors[k].values.data[i]).epsilon(1e-9).margin(1e-11));
}

}  // namespace omega_of_maps
