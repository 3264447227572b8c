// Sums of W(...) in cells of units: a minus in front of a term, and a variable that different sums read.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sums {
using namespace eirnn;
using device = backend::serial<double>;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct a> a;
inline constexpr equations::symbol<struct b> b;
inline constexpr equations::symbol<struct z> z;
struct plus {
    static constexpr auto equations =
        system(x[r] = 0.5 * prev(x) + (W(prev(a)) + W(prev(r)) + W(u)), a[r] = hyperbolic_tangent(x), r = softplus(x));
};
struct minus {
    static constexpr auto equations =
        system(x[r] = 0.5 * prev(x) + (W(prev(a)) - W(prev(r)) - W(u)), a[r] = hyperbolic_tangent(x), r = softplus(x));
};
// The gate has inputs, the candidate does not, and a third sum reads one more variable.
struct different {
    static constexpr auto equations = system(z[r] = logistic(W(prev(r)) + W(u)), a[r] = hyperbolic_tangent(W(prev(r))),
                                             b[r] = 0.5 * prev(b) + (W(prev(a)) - W(prev(r))), r = (1 - z) * prev(r) + z * softplus(a + b));
};
// The same with all terms in all sums.
struct everything {
    static constexpr auto equations =
        system(z[r] = logistic(W(prev(r)) + W(prev(a)) + W(u)), a[r] = hyperbolic_tangent(W(prev(r)) + W(prev(a)) + W(u)),
               b[r] = 0.5 * prev(b) + (W(prev(r)) + W(prev(a)) + W(u)), r = (1 - z) * prev(r) + z * softplus(a + b));
};
// Two sums of this step, the second of which also reads what the first made no use of.
struct of_this_step {
    static constexpr auto equations = system(a[r] = hyperbolic_tangent(W(prev(r)) + W(u)), b[r] = softplus(0.3 * prev(b) + a),
                                             z[r] = logistic(W(a)), r = softplus(0.5 * prev(r) + z + (W(b) - W(a))));
};
}  // namespace cells

struct cue : input<2> {};
struct F : population<free_sign, 5> {};
struct choice : output<2> {};
struct plus_area : area<cells::plus, F> {};
struct minus_area : area<cells::minus, F> {};
struct different_area : area<cells::different, F> {};
struct everything_area : area<cells::everything, F> {};
struct this_step_area : area<cells::of_this_step, F> {};
template <class Area>
using around = network<areas<Area>, inputs<project<cue, Area, unconstrained>>, outputs<project<F, choice>>>;

trial_batch<double> trials() {
    trial_batch<double> b(3, 6, 2, 2, 20);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (double& x : b.target) x = r.normal();
    for (double& x : b.mask) x = 1;
    return b;
}
model_options options() {
    model_options o;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
template <class M>
weight_set<double> drawn(const M& m) {
    auto w = m.raw();
    random_sequence r({3, 3});
    for (auto& t : w.tensors)
        for (double& x : t.values.data) x = 0.5 * r.normal();
    return w;
}

TEST_CASE("a minus in front of a weighted term is a minus, of units and of inputs", "[model]") {
    model<around<plus_area>, device> p(seed{1}, options());
    model<around<minus_area>, device> m(seed{1}, options());
    auto w = drawn(p);
    p.set_raw(w), m.set_raw(w);
    w = p.raw();  // without weights of units to themselves
    CHECK(p.run(trials()).output != m.run(trials()).output);
    for (const auto& t : m.effective().tensors) {
        const auto& raw = w[t.name];
        for (long i = 0; i < raw.rows; ++i)
            for (long j = 0; j < raw.cols; ++j) {
                const bool minus = t.name == "W_in" || (t.name == "W_rec" && j >= 5);  // columns of a, then those of r
                CHECK(t.values(i, j) == (minus ? -raw(i, j) : raw(i, j)));
            }
    }
    for (double& x : w["W_in"].data) x = -x;
    for (long i = 0; i < 5; ++i)
        for (long j = 5; j < 10; ++j) w["W_rec"](i, j) = -w["W_rec"](i, j);
    m.set_raw(w);
    CHECK(p.run(trials()).output == m.run(trials()).output);
    check_gradient_of_model(m, trials());
}

TEST_CASE("different sums read one variable", "[model]") {
    model<around<different_area>, device> d(seed{1}, options());
    model<around<everything_area>, device> e(seed{1}, options());
    auto w = drawn(d);
    d.set_raw(w);
    check_gradient_of_model(d, trials());

    // in the larger cell, what the other does not read has weights of 0
    auto all = e.raw();
    for (auto& t : all.tensors) std::fill(t.values.data.begin(), t.values.data.end(), 0.);
    for (const char* const same : {"b_rec.0", "b_rec.1", "b_rec.2", "W_out", "b_out"}) all[same] = w[same];
    for (const char* const same : {"x0.0", "x0.1", "x0.2"}) all[same] = w[same];
    all["W_in.0"] = w["W_in.0"];
    const auto copy = [&](const char* name, long from, long to, double sign) {
        for (long i = 0; i < 5; ++i)
            for (long j = 0; j < 5; ++j) all[name](i, to + j) = sign * w[name](i, from + j);
    };
    copy("W_rec.0", 0, 0, 1), copy("W_rec.1", 0, 0, 1), copy("W_rec.2", 0, 5, 1), copy("W_rec.2", 5, 0, -1);  // a, then r; r, then a
    e.set_raw(all);
    const auto one = d.run(trials()), other = e.run(trials());
    for (std::size_t k = 0; k < one.output.size(); ++k) CHECK(one.output[k] == Approx(other.output[k]).epsilon(1e-12));

    model<around<this_step_area>, device> t(seed{1}, options());
    t.set_raw(drawn(t));
    check_gradient_of_model(t, trials());
    using threads = backend::cpu<double>;
    model<around<different_area>, threads> two(seed{1}, options(), threads(2));
    two.set_raw(w);
    CHECK(two.gradient(trials(), {}, two.default_loss()).norm == Approx(d.gradient(trials(), {}, d.default_loss()).norm).epsilon(1e-10));
}

namespace cells {
inline constexpr equations::symbol<struct gain> gain;
// A gain that comes from outside.
struct attended {
    static constexpr auto equations =
        system(gain[r] = softplus(W(u)), r = 0.5 * prev(r) + 0.5 * gain * hyperbolic_tangent(W(prev(r)) + W(u)));
};
}  // namespace cells
struct motion : input<3> {};
struct S : population<excitatory, 4> {};
struct attended_area : area<cells::attended, F> {};
struct sender : area<rate<softplus>, S> {};
using led = network<areas<sender, attended_area>,
                    inputs<project<cue, attended_area, unconstrained, into<cells::gain>>, project<motion, attended_area, into<notation::r>>,
                           project<cue, sender>>,
                    long_range<project<S, attended_area, into<cells::gain, notation::r>>>, outputs<project<F, choice>>>;

TEST_CASE("a projection enters the equations of the variables that it names", "[model]") {
    model<led, device> m(seed{1}, options());
    m.set_raw(drawn(m));
    const auto weights = m.raw().tensors;
    const auto rules = m.rules();
    const auto missing = [&](const std::string& name, long from, long columns) {
        long n = 0;
        for (std::size_t k = 0; k < weights.size(); ++k)
            for (long i = 0; weights[k].name == name && i < 5; ++i)
                for (long j = from; j < from + columns; ++j)
                    n += !rules[k][static_cast<std::size_t>(i * weights[k].values.cols + j)].exists();
        return n;
    };
    // columns: cue, motion
    CHECK(missing("attended_area.W_in.0", 0, 2) == 0);
    CHECK(missing("attended_area.W_in.0", 2, 3) == 15);
    CHECK(missing("attended_area.W_in.1", 0, 2) == 10);
    CHECK(missing("attended_area.W_in.1", 2, 3) == 0);
    CHECK(missing("attended_area.W_rec.0<-sender", 0, 4) == 0);
    CHECK(missing("attended_area.W_rec.1<-sender", 0, 4) == 0);
    trial_batch<double> b(3, 6, 5, 2, 20);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (double& x : b.target) x = r.normal();
    for (double& x : b.mask) x = 1;
    check_gradient_of_model(m, b);
}

}  // namespace sums
