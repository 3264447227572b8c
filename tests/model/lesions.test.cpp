// Units and projections between them that are silent for a run or for some of its steps.
#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace lesions_of_units {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct z> z;
inline constexpr symbol<struct h> h;
inline constexpr input_symbol<struct u> u;
struct gated {
    static constexpr auto equations = system(z[h] = logistic(W(prev(h)) + W(u)), h = (1 - z) * prev(h) + z * softplus(W(prev(h)) + W(u)));
};
}  // namespace cells

struct motion : input<2> {};
struct cue : input<1> {};
struct choice : output<2> {};
struct E1 : population<excitatory, 9> {};
struct I1 : population<inhibitory, 4> {};
struct E2 : population<excitatory, 6> {};
struct I2 : population<inhibitory, 3> {};
struct E3 : population<excitatory, 5> {};
struct sensory : area<rate<relu>, E1, I1> {};
struct middle : area<rate<relu>, E2, I2> {};
struct motor : area<cells::gated, E3> {};
struct circuit : network<areas<sensory, middle, motor>, inputs<project<motion, sensory>, project<cue, middle>, project<cue, motor>>,
                         long_range<project<E1, middle>, project<E2, E1>, project<E2, motor>, project<E3, I2>>,
                         outputs<project<E3, choice>>, signs<absolute>> {};

template <class B>
model<circuit, B> make() {
    model_options o;
    o.physics.unit_noise = 0.1;
    return model<circuit, B>(seed{11}, o);
}
template <class T>
trial_batch<T> trials(long steps = 40, long from = 0) {
    trial_batch<T> b(6, steps, 3, 2, 20);
    for (long t = 0; t < steps; ++t)
        for (long k = 0; k < 6; ++k)
            for (long i = 0; i < 3; ++i) b.input_at(t, k, i) = static_cast<T>((t + from) * (i + 1) % 7 + k) / T(8);
    b.first_step = from;
    return b;
}

// Weights that are 0: of this array, in these rows and columns.
struct hole {
    const char* array;
    long row, rows, column, columns;
};
template <class B>
model<circuit, B> without(const std::vector<hole>& holes) {
    auto m = make<B>();
    auto w = m.raw();
    for (const hole& x : holes)
        for (long i = 0; i < x.rows; ++i)
            for (long j = 0; j < x.columns; ++j) w[x.array](x.row + i, x.column + j) = 0;
    m.set_raw(w);
    return m;
}

template <class B>
void check_cuts() {
    using T = typename B::scalar;
    auto m = make<B>();
    const auto whole = trials<T>();
    run_request<T> ask;
    ask.rates = ask.states = ask.end = true;
    const auto intact = m.run(whole, {5, 2}, ask);
    // sensory+middle is one cell of 22 units, motor another one of 5.
    const auto same = [&](const std::vector<lesion>& lesions, const std::vector<hole>& holes) {
        auto cut = without<B>(holes);
        const auto expected = cut.run(whole, {5, 2}, ask);
        ask.lesions = lesions;
        const auto found = m.run(whole, {5, 2}, ask);
        CHECK(found.rate == expected.rate);
        CHECK(found.state == expected.state);
        CHECK(found.output == expected.output);
        CHECK(found.rate != intact.rate);

        // For the steps 17 to 24 alone: three pieces of a trial.
        for (lesion& l : ask.lesions) l.begin = 17, l.end = 25;
        const auto briefly = m.run(whole, {5, 2}, ask);
        ask.lesions.clear();
        CHECK(m.run(whole, {5, 2}, ask).rate == intact.rate);
        auto first = trials<T>(16), second = trials<T>(8, 16), third = trials<T>(16, 24);
        auto a = m.run(first, {5, 2}, ask);
        second.start = a.end;
        auto b = cut.run(second, {5, 2}, ask);
        third.start = b.end;
        const auto c = m.run(third, {5, 2}, ask);
        std::vector<T> pieces = a.rate;
        pieces.insert(pieces.end(), b.rate.begin(), b.rate.end());
        pieces.insert(pieces.end(), c.rate.begin(), c.rate.end());
        CHECK(briefly.rate == pieces);
        CHECK(briefly.end == c.end);
        CHECK(briefly.final_output == c.final_output);
    };
    const char* const first = "sensory+middle.W_rec";
    same({{.of = "I1", .to = "E1"}}, {{first, 0, 9, 9, 4}});
    same({{.of = "E1", .to = "middle"}}, {{first, 13, 9, 0, 9}});
    same({{.of = "sensory", .to = "middle"}}, {{first, 13, 9, 0, 9}});
    same({{.of = "E1", .first = 2, .units = 3, .to = "E1", .to_first = 5, .to_units = 2}}, {{first, 5, 2, 2, 3}});
    same({{.of = "E3", .to = "I2"}}, {{"sensory+middle.W_rec<-motor", 19, 3, 0, 5}});
    // Of a cell with gates all its weighted equations.
    same({{.of = "E2", .to = "motor"}}, {{"motor.W_rec.0<-sensory+middle", 0, 5, 13, 6}, {"motor.W_rec.1<-sensory+middle", 0, 5, 13, 6}});
    same({{.of = "motor", .to = "motor"}}, {{"motor.W_rec.0", 0, 5, 0, 5}, {"motor.W_rec.1", 0, 5, 0, 5}});
    same({{.of = "cue", .to = "E2"}}, {{"sensory+middle.W_in", 13, 6, 2, 1}});
    same({{.of = "motion", .first = 1, .to = "I1"}, {.of = "I1", .to = "I1"}}, {{"sensory+middle.W_in", 9, 4, 1, 1}, {first, 9, 4, 9, 4}});

    // A population that is silent is one whose weights are 0, its own readout aside; so is all that it sends.
    run_request<T> silent = ask;
    silent.lesions = {{.of = "I1"}};
    auto x = m.run(whole, {5, 2}, silent).rate;
    silent.lesions = {{.of = "I1", .to = "sensory"}};
    auto y = m.run(whole, {5, 2}, silent).rate;
    for (std::size_t k = 0; k < x.size(); ++k)
        if (k % 27 >= 9 && k % 27 < 13) {
            CHECK(x[k] == 0);
            y[k] = 0;
        }
    CHECK(x == y);

    // Windows that overlap: a projection is silent where any of them says so.
    silent.lesions = {{.of = "I1", .begin = 5, .end = 20, .to = "E1"}, {.of = "E1", .begin = 12, .end = 30, .to = "middle"}};
    const auto overlapping = m.run(whole, {5, 2}, silent).rate;
    silent.lesions = {{.of = "I1", .begin = 5, .end = 12, .to = "E1"},
                      {.of = "E1", .begin = 20, .end = 30, .to = "middle"},
                      {.of = "I1", .begin = 12, .end = 20, .to = "E1"},
                      {.of = "E1", .begin = 12, .end = 20, .to = "middle"}};
    CHECK(m.run(whole, {5, 2}, silent).rate == overlapping);
    CHECK(std::equal(overlapping.begin(), overlapping.begin() + 4 * 6 * 27, intact.rate.begin()));
    CHECK(!std::equal(overlapping.begin(), overlapping.begin() + 5 * 6 * 27, intact.rate.begin()));

    // Weights, gradients and later runs are those of the whole network.
    CHECK(m.effective() == make<B>().effective());
    auto batch = whole;
    std::fill(batch.mask.begin(), batch.mask.end(), T(1));
    auto fresh = make<B>();
    CHECK(m.gradient(batch, {5, 2}, m.default_loss()).norm == fresh.gradient(batch, {5, 2}, fresh.default_loss()).norm);
    CHECK(m.last_gradient() == fresh.last_gradient());
}

}  // namespace lesions_of_units

using namespace lesions_of_units;

TEST_CASE("a projection is silent as if its weights were 0, to the bit, all the time or for some steps", "[model]") {
    check_cuts<backend::serial<double>>();
    check_cuts<backend::cpu<float>>();
}
TEST_CASE("projections that do not exist cannot be silent", "[model]") {
    auto m = make<backend::serial<double>>();
    const auto batch = trials<double>();
    const auto refused = [&](const lesion& l, const char* what) {
        CHECK_THROWS_WITH(m.run(batch, {}, {.lesions = {l}}), Catch::Contains(what) && Catch::Contains("run_request::lesions"));
    };
    refused({.of = "E1", .to = "E4"}, "got: E4");
    refused({.of = "E4", .to = "E1"}, "got: E4");
    refused({.of = "E1", .to = "choice"}, "E1, I1, E2, I2, E3, sensory, middle, motor, motion, cue");
    refused({.of = "E1", .to = "motion"}, "no such");
    refused({.of = "motion"}, "projection");
    refused({.of = "I1", .to = "middle"}, "no projection");
    refused({.of = "E1", .first = 7, .units = 3, .to = "I1"}, "E1: 9");
    refused({.of = "E1", .to = "I1", .to_first = 4}, "I1: 4");
    refused({.of = "E1", .end = -2, .to = "I1"}, "no such");
}
