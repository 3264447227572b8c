// The check of one combination of activation, loss, sign rule and penalties.
#pragma once
#include "../catch.hpp"
#include "small_network.hpp"

namespace oracle {
using namespace eirnn;
using serial_device = backend::serial<double>;

inline objective all_penalties() {
    objective o;
    o.l2_rate = 0.3;
    o.weights = {.l1_recurrent = .2, .l1_input = .1, .l1_output = .15, .l2_recurrent = .3, .l2_input = .25, .l2_output = .05};
    return o;
}
template <class S>
S mean_square(const std::vector<S>& r, std::size_t skip) {
    S sum = 0;
    for (std::size_t k = skip; k < r.size(); ++k) sum += r[k] * r[k];
    return sum / S(double(r.size() - skip));
}

template <class Activation, class Output, class Loss>
void check(sign_rule rule, const objective& o, bool one_hot = false) {
    const auto p = make_problem(rule, 11 + static_cast<std::uint64_t>(rule), 7, 9, 3, one_hot);
    auto e = make_engine<Activation, Output, serial_device>(p);
    const auto report = e.gradient(p.batch, p.how, {}, Loss{}, o, &p.noise);
    const auto got = e.exported(&parameter_block<serial_device>::gradient);

    const auto value = [&](const auto& w) {
        using S = std::remove_cvref_t<decltype(w["b_out"].data[0])>;
        const auto t = rate<S>(Activation{}, Output{}, Loss{}, p.l, w, p.batch, p.alpha, p.noise, p.how.baseline);
        return t.loss + S(o.l2_rate) * mean_square(t.r, static_cast<std::size_t>(p.batch.trials * p.l.units)) +
               penalty<S>(p.l.recurrent, w["W_rec"], o.weights.l1_recurrent, o.weights.l2_recurrent) +
               penalty<S>(p.l.input, w["W_in"], o.weights.l1_input, o.weights.l2_input) +
               penalty<S>(p.l.output, w["W_out"], o.weights.l1_output, o.weights.l2_output);
    };
    CHECK(report.loss + report.penalty == Approx(value(p.w)).epsilon(1e-12));
    CHECK(worst_entry(got, gradient(p.w, value)) < 1e-12);

    // central differences of what the library itself says the objective is
    std::vector<double> differences;
    auto w = p.w;
    const double h = 1e-5;
    each(w, [&](double& x, const char*) {
        const double at = x;
        const auto objective_at = [&](double v) {
            x = v;
            e.set_raw(w);
            const auto r = e.gradient(p.batch, p.how, {}, Loss{}, o, &p.noise);
            return r.loss + r.penalty;
        };
        const double up = objective_at(at + h), down = objective_at(at - h);
        differences.push_back((up - down) / (2 * h));
        x = at;
    });
    double largest = 0, worst = 0;
    for (double d : differences) largest = std::max(largest, std::abs(d));
    std::size_t k = 0;
    auto g = got;
    each(g, [&](double& v, const char*) { worst = std::max(worst, std::abs(v - differences[k++]) / largest); });
    CHECK(worst < 1e-8);
}

}  // namespace oracle
