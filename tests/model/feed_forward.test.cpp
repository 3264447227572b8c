// Cells whose units do not read each other: layers of units without recurrence, hidden units before the readout, one recurrent weight per
// unit, leaky units on maps.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace units_without_recurrence {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct x> x;
inline constexpr trainable<struct own> own;
inline constexpr input_symbol<struct u> u;
struct layer {
    static constexpr auto equations = system(h = softplus(W(u)));
};
struct gated {
    static constexpr auto equations = system(x[h] = logistic(W(u)), h = x * softplus(W(u)));
};
struct one_weight {
    static constexpr auto equations = system(h = hyperbolic_tangent(W(u) + own * prev(h)));
};
struct leaky {
    static constexpr auto equations = system(x[h] = 0.7 * prev(x) + 0.3 * W(u), h = softplus(x));
};
}  // namespace cells

struct motion : input<2> {};
struct choice : output<2> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct H : population<free_sign, 5, principal> {};
struct K : population<free_sign, 4, principal> {};
struct cortex : area<rate<softplus>, E, I> {};
struct hidden : area<cells::layer, H> {};
struct above : area<cells::layer, K> {};
struct gates : area<cells::gated, K> {};
struct own : area<cells::one_weight, H> {};

using read_through_hidden =
    network<areas<cortex, hidden>, inputs<project<motion, cortex>>, long_range<project<E, hidden>>, outputs<project<H, choice>>>;
using layers = network<areas<hidden, above>, inputs<project<motion, hidden>, project<motion, above>>, long_range<project<H, above>>,
                       outputs<project<K, choice>, project<H, choice>>>;
using behind = network<areas<hidden, gates, cortex>, inputs<project<motion, hidden>>,
                       long_range<project<H, gates>, project<K, cortex>, project<E, hidden>>, outputs<project<E, choice>>>;
using independent = network<areas<own>, inputs<project<motion, own>>, outputs<project<H, choice>>>;

model_options options() {
    model_options o;
    o.physics.unit_noise = 0.05, o.physics.tau = 40;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
trial_batch<double> trials(long n, long steps = 7) {
    trial_batch<double> b(n, steps, 2, 2, 20);
    for (long k = 0; k < n; ++k) {
        random_sequence r({5, 3}, static_cast<std::uint32_t>(k));
        for (long t = 0; t < steps; ++t)
            for (long i = 0; i < 2; ++i) {
                b.input_at(t, k, i) = r.uniform(0, 1);
                b.target_at(t, k, i) = r.uniform(-1, 1), b.mask_at(t, k, i) = t > 2;
            }
    }
    return b;
}
template <class Net>
void check_everywhere(std::size_t silent) {
    using device = backend::cpu<double>;
    model<Net, backend::serial<double>> a(seed{3}, options());
    CHECK(check_gradient_of_model(a, trials(3)) == silent);
    const auto b = trials(17);
    a.gradient(b, {1, 4}, a.default_loss());
    model<Net, device> one(seed{3}, options(), device(1)), two(seed{3}, options(), device(2));
    one.gradient(b, {1, 4}, one.default_loss()), two.gradient(b, {1, 4}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
    const auto x = a.last_gradient(), y = one.last_gradient();
    for (std::size_t k = 0; k < x.tensors.size(); ++k)
        for (std::size_t i = 0; i < x.tensors[k].values.data.size(); ++i)
            CHECK(x.tensors[k].values.data[i] == Approx(y.tensors[k].values.data[i]).margin(1e-11));
}

TEST_CASE("gradients of units that do not read each other") {
    // values at step 0 that nobody reads in a step that counts
    check_everywhere<read_through_hidden>(1);
    check_everywhere<layers>(2);
    check_everywhere<behind>(0);
    check_everywhere<independent>(0);
}

TEST_CASE("hidden units read what other areas did in the step before, and are read at once") {
    model<read_through_hidden, backend::serial<double>> m(seed{3}, options());
    const auto b = trials(4);
    const auto seen = m.run(b, {1, 4}, {.record = {"cortex.r", "hidden.h"}});
    const auto w = m.effective();
    const auto &in = w["hidden.W_rec<-cortex"], &bias = w["hidden.b_rec"], &out = w["W_out"], &z0 = w["b_out"];
    const auto &r = seen.recorded[0].values.data, &h = seen.recorded[1].values.data;
    for (std::size_t t = 1; t < 7; ++t)
        for (std::size_t k = 0; k < 4; ++k) {
            for (std::size_t i = 0; i < 5; ++i) {
                double x = bias.data[i];
                for (std::size_t j = 0; j < 8; ++j) x += in.data[8 * i + j] * r[(4 * (t - 1) + k) * 8 + j];
                CHECK(h[(4 * t + k) * 5 + i] == Approx(std::log1p(std::exp(x))).epsilon(1e-12));
            }
            for (std::size_t o = 0; o < 2; ++o) {
                double z = z0.data[o];
                for (std::size_t i = 0; i < 5; ++i) z += out.data[13 * o + 8 + i] * h[(4 * t + k) * 5 + i];
                CHECK(seen.output_at(static_cast<long>(t), static_cast<long>(k), static_cast<long>(o)) == Approx(z).epsilon(1e-12));
            }
        }
}

struct image : input<2, grid<4, 4>> {};
struct P : population<excitatory, 5> {};
struct V1 : area<cells::leaky, P, convolution<3>> {};
struct category : output<3> {};
using leaky_maps = network<areas<V1>, inputs<project<image, V1>>, outputs<project<P, category>>, time_steps<4>, readout<sum_of_steps>>;

TEST_CASE("units on a map need not read each other through weights") {
    model<leaky_maps, backend::serial<double>> m(seed{3});
    model<leaky_maps, backend::cpu<double>> other(seed{3});
    auto b = trial_batch<double>::of_images(5, {4, 4}, 2);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    b.target.resize(15);
    for (std::size_t k = 0; k < 5; ++k) b.target[3 * k + k % 3] = 1;
    CHECK(check_gradient_of_model(m, b) == 0);
    CHECK(check_gradient_of_model(other, b) == 0);
}

TEST_CASE("areas of units that do not read each other stay apart, and have no recurrent weights") {
    const auto l = lower<layers>();
    REQUIRE(l.groups.size() == 2);
    CHECK(std::count(l.recurrent.plastic.data.begin(), l.recurrent.plastic.data.end(), 1) == 20);
    model<layers, backend::serial<double>> m(seed{3});
    std::string names;
    for (const auto& t : m.raw().tensors) names += t.name + " ";
    CHECK(names == "hidden.W_in hidden.b_rec hidden.x0 above.W_in above.W_rec<-hidden above.b_rec W_out b_out above.x0 ");
    CHECK(describe<layers>().text().find("H -> H") == std::string::npos);
}

}  // namespace units_without_recurrence
