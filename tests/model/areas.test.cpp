// Areas whose units have different cells: each has matrices of its own, and what it reads of the others arrives one step late.
#include "../catch.hpp"
#include "../io/scratch.hpp"
#include "../model_gradient.hpp"
#include "../omega_terms.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/optimizer.hpp>
#include <eirnn/train/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace areas_of_cells {
using namespace eirnn;

namespace of_gates {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct z> z;
inline constexpr symbol<struct q> q;
inline constexpr symbol<struct c> c;
inline constexpr input_symbol<struct u> u;
struct gru {
    static constexpr auto equations = system(z[h] = logistic(W(prev(h)) + W(u)), q[h] = logistic(W(prev(h)) + W(u)) * prev(h),
                                             h = (1 - z) * prev(h) + z * hyperbolic_tangent(W(q) + W(u)));
};
// Two products of what the step before left, one of them without inputs.
struct building_up {
    static constexpr auto equations = system(c[h] = 0.8 * prev(c) + 0.2 * softplus(W(prev(c))) + noise,
                                             h = softplus(0.7 * prev(h) + 0.3 * (W(prev(h)) + W(u)) + 0.2 * c));
};
// The rate cell again, as another type.
template <int>
struct again {
    static constexpr auto equations = rate<softplus>::equations;
};
}  // namespace of_gates

struct motion : input<2> {};
struct choice : output<3> {};
struct E1 : population<excitatory, 6> {};
struct I1 : population<inhibitory, 3> {};
struct G : population<free_sign, 5, principal> {};
struct E3 : population<excitatory, dynamic> {};
struct I3 : population<inhibitory, 2> {};
struct sensory : area<rate<softplus>, E1, I1> {};
struct memory : area<of_gates::gru, G> {};
struct motor : area<of_gates::building_up, E3, I3> {};
struct circuit : network<areas<sensory, memory, motor>, inputs<project<motion, sensory>, project<motion, memory>>,
                         long_range<project<E1, memory>, project<G, motor, sparse<0.6>>, project<E3, E1>, project<E3, memory>>,
                         outputs<project<G, choice>, project<E3, choice>>, signs<absolute>> {};

model_options options() {
    model_options o;
    o.sizes = sizes{}.of<E3>(7);
    o.physics.tau = 40, o.physics.unit_noise = 0.05, o.physics.input_noise = 0.05;
    o.physics.tau_per_unit = std::vector<double>(23, 40);
    for (std::size_t k = 0; k < 23; ++k) o.physics.tau_per_unit[k] = 30 + double(k);
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
trial_batch<double> trials(const std::vector<std::uint32_t>& ids, long steps = 11) {
    const auto n = static_cast<long>(ids.size());
    trial_batch<double> b(n, steps, 2, 3, 20);
    b.id = ids;
    for (long k = 0; k < n; ++k) {
        random_sequence r({3, 3}, ids[static_cast<std::size_t>(k)]);
        for (long t = 0; t < steps; ++t) {
            for (long i = 0; i < 2; ++i) b.input_at(t, k, i) = r.uniform(0, 1);
            for (long o = 0; o < 3; ++o) b.target_at(t, k, o) = r.uniform(-1, 1), b.mask_at(t, k, o) = t > 2;
        }
    }
    return b;
}
std::vector<std::uint32_t> numbers(std::uint32_t n, std::uint32_t first = 0) {
    std::vector<std::uint32_t> ids;
    for (std::uint32_t k = 0; k < n; ++k) ids.push_back(first + k);
    return ids;
}
/// The third output tells which input is larger.
struct compare {
    long inputs() const { return 2; }
    long outputs() const { return 3; }
    long validation_trials() const { return 60; }
    double target_performance() const { return 95; }
    template <class T>
    task_batch<T, int> make(const trial_request& r) const {
        const bool trains = r.purpose == purpose::training;
        auto b = trials(numbers(static_cast<std::uint32_t>(r.trials),
                                static_cast<std::uint32_t>(trains ? 1000 + r.iteration * 100 : 0) + static_cast<std::uint32_t>(r.first)));
        for (long k = 0; k < b.trials; ++k) {
            const bool right = b.id[static_cast<std::size_t>(k)] % 2 == 1;
            for (long t = 0; t < b.steps; ++t)
                for (long o = 0; o < 3; ++o) {
                    if (o < 2) b.input_at(t, k, o) += (o == 1) == right ? 1 : 0;
                    b.target_at(t, k, o) = o == 2 ? (right ? 1 : -1) : 0, b.mask_at(t, k, o) = o == 2 && t > 5;
                }
        }
        return {b, {}};
    }
    template <class T>
    double performance(const task_batch<T, int>& batch, const recording<T>& r) const {
        long right = 0;
        for (long k = 0; k < r.trials; ++k) right += (r.final_at(k, 2) > 0) == (batch.trials.target_at(10, k, 2) > 0);
        return 100. * double(right) / double(r.trials);
    }
};

using in_order = backend::serial<double>;
using threads = backend::cpu<double>;

// The same circuit with one cell, and with areas that have its equations under three names.
struct E2 : population<excitatory, 5> {};
struct I2 : population<inhibitory, 2> {};
template <class A, class B, class C>
struct three {
    struct first : area<A, E1, I1> {};
    struct second : area<B, E2, I2> {};
    struct third : area<C, E3, I3> {};
    struct circuit : network<areas<first, second, third>, inputs<project<motion, first>, project<motion, third>>,
                             long_range<project<E1, second>, project<E2, third>, project<E3, E1>, project<E1, E3>>,
                             outputs<project<E2, choice>, project<E3, choice>>> {};
};
using together = three<rate<softplus>, rate<softplus>, rate<softplus>>;
using apart = three<of_gates::again<1>, of_gates::again<2>, of_gates::again<3>>;

}  // namespace areas_of_cells

using namespace areas_of_cells;

TEST_CASE("areas of different cells have weights under their own names", "[model]") {
    model<circuit, in_order> m(seed{1}, options());
    const auto w = m.effective();
    std::string names;
    for (const auto& t : w.tensors) names += t.name + " ";
    CHECK(names ==
          "sensory.W_in sensory.W_rec sensory.W_rec<-motor sensory.b_rec sensory.x0 "
          "memory.W_in.0 memory.W_rec.0 memory.W_rec.0<-sensory memory.W_rec.0<-motor memory.b_rec.0 "
          "memory.W_in.1 memory.W_rec.1 memory.W_rec.1<-sensory memory.W_rec.1<-motor memory.b_rec.1 "
          "memory.W_in.2 memory.W_rec.2 memory.W_rec.2<-sensory memory.W_rec.2<-motor memory.b_rec.2 memory.x0 "
          "motor.W_rec.0 motor.b_rec.0 motor.W_rec.1 motor.W_rec.1<-memory motor.b_rec.1 W_out b_out motor.x0.0 motor.x0.1 ");
    CHECK(w["sensory.W_rec<-motor"].rows == 9);
    CHECK(w["sensory.W_rec<-motor"].cols == 9);
    for (long i = 0; i < 9; ++i)
        for (long j = 0; j < 9; ++j) CHECK((i < 6 && j < 7) == (w["sensory.W_rec<-motor"](i, j) > 0));
    CHECK(std::ranges::count(w["motor.W_rec.1<-memory"].data, 0.) > 9);  // a sparse mask
    // Every gate begins with weights of its own, of the same size.
    CHECK(w["memory.W_rec.0"] != w["memory.W_rec.1"]);
    CHECK(w["memory.W_rec.1"] != w["memory.W_rec.2"]);
    CHECK(w["memory.W_in.0"] != w["memory.W_in.1"]);
    CHECK(w["memory.W_rec.0<-sensory"] != w["memory.W_rec.1<-sensory"]);
    CHECK(w["W_out"].cols == 23);
    CHECK(w["W_out"](0, 0) == 0);
    CHECK(w["W_out"](0, 9) != 0);
    CHECK(w["W_out"](0, 14) > 0);
    CHECK(w["W_out"](0, 21) == 0);
    CHECK(m.identity().parts.at("cell") == "sensory rate, memory gru, motor building_up");
    CHECK(describe<circuit>(options().sizes).text().find("long-range E3 -> E1: dense, excitatory") != std::string::npos);
}
TEST_CASE("the gradient of every array of areas of different cells is what differences say", "[model]") {
    model<circuit, in_order> a(seed{2}, options());
    check_gradient_of_model(a, trials(numbers(3)));
    model<circuit, threads> b(seed{2}, options(), threads(2));
    check_gradient_of_model(b, trials(numbers(7), 23));  // more than one tile, more than one block of noise
}
TEST_CASE("areas of different cells are the same on every backend, for any threads and in any batch", "[model]") {
    const auto batch = trials(numbers(7, 40), 19);
    model<circuit, in_order> a(seed{3}, options());
    model<circuit, threads> b(seed{3}, options(), threads(1)), c(seed{3}, options(), threads(2));
    const run_request<double> ask{.every = 2, .rates = true, .states = true};
    const auto x = a.run(batch, {5, 2}, ask), y = b.run(batch, {5, 2}, ask);
    REQUIRE(x.rate.size() == 9 * 7 * 23);
    REQUIRE(x.units == 23);
    for (std::size_t k = 0; k < x.output.size(); ++k) CHECK(x.output[k] == Approx(y.output[k]).epsilon(1e-11).margin(1e-12));
    for (std::size_t k = 0; k < x.rate.size(); ++k) CHECK(x.rate[k] == Approx(y.rate[k]).epsilon(1e-11).margin(1e-12));
    for (const std::uint32_t n : {40u, 44u, 46u}) {
        const auto alone = c.run(trials({n}, 19), {5, 2}, ask);
        for (std::size_t t = 0; t < 9; ++t)
            for (std::size_t i = 0; i < 23; ++i) {
                CHECK(alone.rate[t * 23 + i] == y.rate[(t * 7 + n - 40) * 23 + i]);
                CHECK(alone.state[t * 23 + i] == y.state[(t * 7 + n - 40) * 23 + i]);
            }
    }
    const double expected = a.gradient(batch, {5, 2}, a.default_loss(), {.l2_rate = 0.3}).norm;
    for (int k = 0; k < 3; ++k) {
        CHECK(b.gradient(batch, {5, 2}, b.default_loss(), {.l2_rate = 0.3}).norm == Approx(expected).epsilon(1e-10));
        c.gradient(batch, {5, 2}, c.default_loss(), {.l2_rate = 0.3});
        CHECK(b.last_gradient() == c.last_gradient());
    }
}
TEST_CASE("variables of any area are recorded by their names", "[model]") {
    model<circuit, threads> m(seed{3}, options(), threads(2));
    const auto batch = trials(numbers(7), 19);
    const auto x =
        m.run(batch, {5, 2}, {.every = 2, .rates = true, .states = true, .record = {"memory.h", "motor.c", "sensory.x", "motor.h"}});
    REQUIRE(x.recorded.size() == 4);
    CHECK(x.probed.empty());
    const auto shape = [](std::uint64_t units) { return std::vector<std::uint64_t>{9, 7, units}; };
    const long first[4] = {9, 14, 0, 14};
    for (std::size_t v = 0; v < 4; ++v) {
        const auto& r = x.recorded[v];
        INFO(r.name);
        const long units = v == 0 ? 5 : 9;
        REQUIRE(r.shape == shape(static_cast<std::uint64_t>(units)));
        const auto& from = v == 0 || v == 3 ? x.rate : x.state;  // h is the rate, x and c the first variable
        for (long k = 0; k < 63; ++k)
            for (long i = 0; i < units; ++i)
                CHECK(r.values.data[static_cast<std::size_t>(k * units + i)] == from[static_cast<std::size_t>(k * 23 + first[v] + i)]);
    }
    // Areas that share a cell have their own units of it.
    model<together::circuit, in_order> one(seed{4}, {.sizes = sizes{}.of<E3>(7)});
    const auto y = one.run(batch, {}, {.rates = true, .record = {"second.r"}});
    CHECK(y.recorded[0].shape == std::vector<std::uint64_t>{19, 7, 7});
    for (std::size_t k = 0; k < 19 * 7; ++k)
        for (std::size_t i = 0; i < 7; ++i) CHECK(y.recorded[0].values.data[k * 7 + i] == y.rate[k * 25 + 9 + i]);
    CHECK_THROWS_WITH(m.run(batch, {}, {.record = {"motor.x"}}), Catch::Contains("motor.x") && Catch::Contains("motor.c, motor.h"));
    for (const probe& p : {probe{1, 3}, probe{1, -1}, probe{1, 2, false, 3, 3}, probe{3, 0}})
        CHECK_THROWS_AS(m.run(batch, {}, {.probes = {p}}), invalid_argument);
}
TEST_CASE("units can be silenced for a run, all the time or for some steps", "[model]") {
    model<circuit, threads> m(seed{8}, options(), threads(2));
    const auto batch = trials(numbers(7), 19);
    const auto intact = m.run(batch, {5, 2}, {.rates = true});
    const auto without = m.run(batch, {5, 2}, {.rates = true, .lesions = {{.of = "I3"}}});
    CHECK(m.run(batch, {5, 2}, {.rates = true}).rate == intact.rate);  // only for that run
    // Without what they send everything else is the same.
    model<circuit, threads> cut(seed{8}, options(), threads(2));
    auto w = cut.raw();
    for (long i = 0; i < 9; ++i)
        for (long j = 7; j < 9; ++j) w["motor.W_rec.1"](i, j) = 0;
    cut.set_raw(w);
    const auto expected = cut.run(batch, {5, 2}, {.rates = true});
    for (std::size_t k = 0; k < 19 * 7; ++k)
        for (std::size_t i = 0; i < 23; ++i)
            CHECK(without.rate[k * 23 + i] == Approx(i < 21 ? expected.rate[k * 23 + i] : 0.).epsilon(1e-12).margin(1e-14));
    CHECK(without.output != intact.output);

    const auto briefly = m.run(batch, {5, 2}, {.rates = true, .lesions = {{.of = "E1", .first = 2, .units = 3, .begin = 5, .end = 9}}});
    bool changed = false;
    for (std::size_t t = 0; t < 19; ++t)
        for (std::size_t k = 0; k < 7; ++k)
            for (std::size_t i = 0; i < 23; ++i) {
                const double x = briefly.rate[(t * 7 + k) * 23 + i], y = intact.rate[(t * 7 + k) * 23 + i];
                if (t + 1 < 5)
                    CHECK(x == y);
                else if (t + 1 < 9 && i >= 2 && i < 5)
                    CHECK(x == 0);
                else
                    changed = changed || x != y;
            }
    CHECK(changed);
    const auto all = m.run(batch, {5, 2}, {.rates = true, .lesions = {{}}});
    CHECK(std::ranges::all_of(all.rate, [](double x) { return x == 0; }));
    for (const lesion& l :
         {lesion{.of = "I4"}, lesion{.of = "I3", .first = 2}, lesion{.of = "I3", .first = 1, .units = 2}, lesion{.first = -1}})
        CHECK_THROWS_AS(m.run(batch, {}, {.lesions = {l}}), invalid_argument);
}
TEST_CASE("cells of equal equations compute what one cell does", "[model]") {
    auto how = options();
    how.physics.tau_per_unit.resize(25, 50);
    model<together::circuit, threads> one(seed{4}, how, threads(2));
    model<apart::circuit, threads> many(seed{4}, how, threads(2));
    // First weights are drawn for the whole matrix, so that they are those of one cell in parts.
    const auto whole = one.raw(), parts = many.raw();
    const long begin[4] = {0, 9, 16, 25};
    const std::string name[3] = {"first", "second", "third"};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            const auto array = name[i] + (i == j ? ".W_rec" : ".W_rec<-" + name[j]);
            REQUIRE(parts.contains(array) == (j != (i + 1) % 3 || i == 2));
            if (parts.contains(array))
                CHECK(parts[array] == whole["W_rec"].part(begin[i], begin[i + 1] - begin[i], begin[j], begin[j + 1] - begin[j]));
        }
    CHECK(parts["W_out"] == whole["W_out"]);
    CHECK_FALSE(parts.contains("second.W_in"));

    // Noise is drawn by area; noise that is handed in is that of the unit.
    const auto batch = trials(numbers(12), 25);
    std::vector<double> noise;
    random_sequence r({8, 8});
    for (int k = 0; k < 25 * 12 * 25; ++k) noise.push_back(0.1 * r.normal());
    const run_request<double> ask{.rates = true, .states = true, .noise = &noise};
    const auto x = one.run(batch, {5, 2}, ask), y = many.run(batch, {5, 2}, ask);
    for (std::size_t k = 0; k < x.output.size(); ++k) CHECK(x.output[k] == Approx(y.output[k]).epsilon(1e-11).margin(1e-12));
    for (std::size_t k = 0; k < x.state.size(); ++k) CHECK(x.state[k] == Approx(y.state[k]).epsilon(1e-11).margin(1e-12));
    const objective o{.l2_rate = 0.3, .weights = {.l2_recurrent = 0.2}};
    const auto p = one.numerics().gradient_of(batch, how.physics, {5, 2}, one.default_loss(), o, &noise);
    const auto q = many.numerics().gradient_of(batch, how.physics, {5, 2}, many.default_loss(), o, &noise);
    CHECK(p.loss == Approx(q.loss).epsilon(1e-12));
    CHECK(p.norm == Approx(q.norm).epsilon(1e-11));
    const auto g = one.last_gradient(), h = many.last_gradient();
    for (long i = 0; i < 9; ++i)
        for (long j = 0; j < 9; ++j) {
            CHECK(g["W_rec"](i, 16 + j) == Approx(h["first.W_rec<-third"](i, j)).epsilon(1e-9).margin(1e-13));
            CHECK(g["W_rec"](16 + i, j) == Approx(h["third.W_rec<-first"](i, j)).epsilon(1e-9).margin(1e-13));
        }

    // Two areas of one cell draw noise of their own, and so do two cells.
    auto quiet = how;
    quiet.physics.unit_noise = 0, quiet.physics.unit_noise_per_unit.assign(25, 0.);
    for (const std::size_t k : {0u, 9u, 16u}) quiet.physics.unit_noise_per_unit[k] = 1;
    model<apart::circuit, threads> loud(seed{4}, quiet, threads(1));
    auto silent = loud.raw();
    for (auto& t : silent.tensors) std::ranges::fill(t.values.data, 0.);
    loud.set_raw(silent);
    const auto drawn = loud.run(batch, {5, 2}, ask.noise ? run_request<double>{.states = true} : ask).state;
    CHECK(drawn[0] != drawn[9]);
    CHECK(drawn[9] != drawn[16]);
    CHECK(drawn[1] != drawn[0]);
}
namespace with_states {
struct push : input<13> {};
struct A : area<rate<relu>, E1, I1> {};
struct H : population<free_sign, 4, principal> {};
struct B : area<rate<softplus>, H> {};
using circuit = network<areas<memory, A, B>, inputs<project<push, A>, project<push, B>>,
                        long_range<project<E1, B>, project<E1, memory>, project<G, B>, project<H, A>>,
                        outputs<project<E1, choice>, project<H, choice>>>;
}  // namespace with_states
TEST_CASE("Omega is taken of the units of each cell that has it", "[model]") {
    model_options how;
    how.physics.tau = 60, how.physics.unit_noise = how.physics.input_noise = how.physics.baseline = 0;
    how.physics.rectify_inputs = false;
    how.trained.bias = true;
    model<with_states::circuit, backend::serial<double>> m(seed{4}, how);
    auto raw = m.raw();
    random_sequence r({3, 9});
    for (auto& t : raw.tensors)
        for (double& x : t.values.data) x += 0.3 * r.normal();
    for (const auto& [name, first, units] : {std::tuple{"A.W_in", 0l, 9l}, {"B.W_in", 9l, 4l}}) {
        matrix<double>& W = raw[name];
        REQUIRE((W.rows == units && W.cols == 13));
        for (long i = 0; i < units; ++i)
            for (long j = 0; j < 13; ++j) W(i, j) = j == first + i;  // what is pushed into x, one number for each, shows dL/dx
    }
    m.set_raw(raw);
    const std::size_t trials = 3, steps = 6;
    trial_batch<double> b(trials, steps, 13, 3, 20);
    for (double& x : b.target) x = r.uniform(-1, 1);
    for (double& x : b.mask) x = 1;
    const auto run = m.run(b, {1, 4}, {.record = {"A.r", "B.r"}});

    struct {
        std::string W, x0;
        long first, units;
        std::vector<double> d, rate;
    } areas[2] = {{"A.W_rec", "A.x0", 0, 9, {}, {}}, {"B.W_rec", "B.x0", 9, 4, {}, {}}};
    const auto slope = [](std::size_t a, double rate) { return a == 0 ? (rate > 0 ? 1. : 0.) : 1 - std::exp(-rate); };
    for (std::size_t a = 0; a < 2; ++a) {
        auto& area = areas[a];
        for (std::size_t k = 0; k < trials; ++k)
            for (const double x : raw[area.x0].data) area.rate.push_back(a == 0 ? std::max(x, 0.) : std::log1p(std::exp(x)));
        area.rate.insert(area.rate.end(), run.recorded[a].values.data.begin(), run.recorded[a].values.data.end());
        for (std::size_t s = 0; s < steps * trials; ++s)
            for (long i = 0; i < area.units; ++i) {
                const double h = 1e-4;
                double& u = b.input[s * 13 + static_cast<std::size_t>(area.first + i)];
                const auto loss = [&](double at) {
                    u = at;
                    return m.gradient(b, {1, 4}, m.default_loss()).loss;
                };
                area.d.push_back((8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h) * 3);
                u = 0;
            }
    }
    const auto omega = [&](const weight_set<double>& w) {
        m.set_raw(w);
        const auto effective = m.effective();
        double sum = 0, count = 0;
        for (std::size_t a = 0; a < 2; ++a) {
            const auto [terms, number] =
                omega_terms(areas[a].d, areas[a].rate, effective[areas[a].W].data, static_cast<std::size_t>(areas[a].units), 1. / 3,
                            [&](double x) { return slope(a, x); });
            sum += terms, count += number;
        }
        return sum / count;
    };
    CHECK(omega(raw) > 0.01);
    m.set_raw(raw);
    m.gradient(b, {1, 4}, m.default_loss());
    const auto without = m.last_gradient();
    CHECK(m.gradient(b, {1, 4}, m.default_loss(), {.omega = 1}).omega == Approx(omega(raw)).epsilon(1e-7));
    const auto with = m.last_gradient();
    for (std::size_t k = 0; k < raw.tensors.size(); ++k) {
        const std::string& name = raw.tensors[k].name;
        INFO(name);
        double top = 0, along = 0;
        auto up = raw, down = raw;
        for (std::size_t i = 0; i < raw.tensors[k].values.data.size(); ++i) {
            const double only = with.tensors[k].values.data[i] - without.tensors[k].values.data[i], to = r.normal();
            top = std::max(top, std::abs(only)), along += only * to;
            up.tensors[k].values.data[i] += 1e-5 * to, down.tensors[k].values.data[i] -= 1e-5 * to;
        }
        if (name == "A.W_rec" || name == "B.W_rec") {
            CHECK(top > 1e-3);
            CHECK(along == Approx((omega(up) - omega(down)) / 2e-5).epsilon(1e-6));
        } else {
            CHECK(top < 1e-12);
        }
    }
}
TEST_CASE("areas of different cells are trained, and parts of them can be frozen", "[model]") {
    model<circuit, threads> m(seed{7}, options(), threads(2));
    training_options how;
    how.validate_every_trials = 400, how.penalties = {}, how.frozen = {"memory.W_rec.1", "sensory.W_rec<-motor"};
    const auto before = m.raw();
    const auto result = train(m, compare{}, adam{.learning_rate = 0.01}, until{.performance = 95, .window = 1, .max_trials = 6'000}, how);
    CHECK(result.stop_reason == stop_reason::performance);
    CHECK(result.history.back().spectral_radius > 0);
    for (const auto& name : how.frozen) CHECK(m.raw()[name] == before[name]);
    CHECK(m.raw()["memory.W_rec.0"] != before["memory.W_rec.0"]);
}
TEST_CASE("a file holds all areas, and refuses another circuit", "[model]") {
    model<circuit, in_order> m(seed{5}, options());
    const scratch::folder folder;
    save(m, folder / "areas.safetensors");
    model<circuit, in_order> again(seed{6}, options());
    load(again, folder / "areas.safetensors");
    CHECK(again.raw() == m.raw());
    model<apart::circuit, in_order> parts(seed{4}, {.sizes = sizes{}.of<E3>(7)});
    model<together::circuit, in_order> one(seed{4}, {.sizes = sizes{}.of<E3>(7)});
    save(parts, folder / "apart.safetensors");
    CHECK_THROWS_AS(load(one, folder / "apart.safetensors"), bad_file);
}
TEST_CASE("a long trial in pieces is the whole trial", "[model]") {
    // Trials of 40, 33 and 36 steps, cut after 16.
    auto whole = trials(numbers(7), 40);
    whole.length[1] = 33, whole.length[4] = 36;
    const auto piece = [&](long from, long steps) {
        trial_batch<double> b(7, steps, 2, 3, 20);
        for (long t = 0; t < steps; ++t)
            for (long k = 0; k < 7; ++k) {
                for (long i = 0; i < 2; ++i) b.input_at(t, k, i) = whole.input_at(from + t, k, i);
                for (long o = 0; o < 3; ++o) {
                    b.target_at(t, k, o) = whole.target_at(from + t, k, o);
                    b.mask_at(t, k, o) = whole.mask_at(from + t, k, o);
                }
            }
        b.first_step = from;
        return b;
    };
    auto first = piece(0, 16), second = piece(16, 24);
    second.length[1] = 17, second.length[4] = 20;
    const run_request<double> ask{.rates = true, .states = true, .end = true};
    const auto check = [&](auto&& m) {
        const auto x = m.run(whole, {5, 2}, ask), a = m.run(first, {5, 2}, ask);
        REQUIRE(x.end.size() == 4);  // of the sensory x, the memory h, the motor c and h
        CHECK(x.end[0].size() == 7 * 9);
        second.start = a.end;
        const auto b = m.run(second, {5, 2}, ask);
        CHECK(b.end == x.end);
        CHECK(b.final_output == x.final_output);
        CHECK(std::equal(a.rate.begin(), a.rate.end(), x.rate.begin()));
        CHECK(std::equal(b.rate.begin(), b.rate.end(), x.rate.begin() + 16 * 7 * 23));
        CHECK(std::equal(b.state.begin(), b.state.end(), x.state.begin() + 16 * 7 * 23));
        CHECK(std::equal(b.output.begin(), b.output.end(), x.output.begin() + 16 * 7 * 3));
        // The states at the end are those of the trial's own last step.
        for (std::size_t i = 0; i < 9; ++i) CHECK(x.end[0][9 + i] == x.state[(32 * 7 + 1) * 23 + i]);
        CHECK(m.run(whole, {5, 2}).end.empty());
    };
    check(model<circuit, in_order>(seed{7}, options()));
    check(model<circuit, threads>(seed{7}, options(), threads(2)));

    // The gradient from there is that of the piece, and the network's own initial values have no part in it.
    model<circuit, threads> m(seed{7}, options(), threads(2));
    second.start = m.run(first, {5, 2}, ask).end;
    check_gradient_of_model(m, second);
    m.gradient(second, {5, 2}, m.default_loss());
    const auto g = m.last_gradient();
    for (const char* name : {"sensory.x0", "memory.x0", "motor.x0.0", "motor.x0.1"})
        CHECK(std::ranges::all_of(g[name].data, [](double x) { return x == 0; }));
    CHECK(std::ranges::any_of(g["sensory.W_rec"].data, [](double x) { return x != 0; }));

    auto wrong = second;
    wrong.first_step = 4;
    CHECK_THROWS_AS(m.run(wrong), invalid_argument);
    wrong = second, wrong.start.pop_back();
    CHECK_THROWS_AS(m.run(wrong), invalid_argument);
    wrong = second, wrong.start.push_back({});
    CHECK_THROWS_AS(m.run(wrong), invalid_argument);
    wrong = second, wrong.start[1].pop_back();
    CHECK_THROWS_AS(m.run(wrong), invalid_argument);
    wrong = second, wrong.start[0][3] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(m.run(wrong), invalid_argument);
}
