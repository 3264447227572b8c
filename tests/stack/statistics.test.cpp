// Running statistics of batch norm: what they become, what evaluation makes of them, how they travel.
#include "plain_mean.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

using namespace stacks;
using eirnn::multicell::standard;
using processor = backend::serial<double>;

namespace {

constexpr int C = 5;  // the state of Standard among its variables
std::size_t at(long k) { return static_cast<std::size_t>(k); }

struct moments {
    std::vector<double> mean, variance, unbiased;
};
/// Of [column][unit].
moments moments_of(const std::vector<double>& v, long units) {
    const auto n = static_cast<double>(v.size()) / static_cast<double>(units);
    moments m{std::vector<double>(at(units)), std::vector<double>(at(units)), std::vector<double>(at(units))};
    for (std::size_t k = 0; k < v.size(); ++k) m.mean[k % at(units)] += v[k] / n;
    for (std::size_t k = 0; k < v.size(); ++k) m.variance[k % at(units)] += std::pow(v[k] - m.mean[k % at(units)], 2) / n;
    for (std::size_t k = 0; k < at(units); ++k) m.unbiased[k] = m.variance[k] * n / (n - 1);
    return m;
}
/// The mean of n numbers from that of the n - 1 before.
double follow(double running, double now, int n) { return running + (now - running) / n; }

layout on_image(const variation& v) {
    const auto a = make_area<standard>(2, {4, 3}, {4, 3, 2}, {3, 2}, v);
    return make_layout(v, {4, 3}, 2, {a, readout_map(a, 3)});
}
using small_engine = stack_engine<processor, standard, readout_cell>;

/// The moments of C before its normalisation at each step: statistics of the batch are handed in step by step, behind them ones that leave
/// the next step as it is.
std::vector<moments> moments_of_steps(small_engine& e, const trial_batch<double>& batch, std::vector<double>& statistics) {
    const long units = 4, per_step = batch.trials * batch.grid.positions() * units;
    const auto raw = e.parameters().exported(&parameter_block<processor>::raw);
    const std::vector<double>*scale = nullptr, *shift = nullptr;
    for (std::size_t k = 0; k < raw.size(); ++k) {
        if (e.parameters().tensors()[k].role == tensor_role::scale) scale = &raw[k];
        if (e.parameters().tensors()[k].role == tensor_role::shift) shift = &raw[k];
    }
    std::vector<moments> all;
    const int steps = e.structure().steps;
    statistics.assign(at(steps * 2 * units), 0);
    for (int s = 0; s < steps; ++s)
        for (long u = 0; u < units; ++u) statistics[at((s * 2 + 1) * units + u)] = 1 - kernels::normalisation_epsilon;
    for (int s = 0; s < steps; ++s) {
        e.set_running_statistics({statistics}, 0);
        const auto c = e.run(batch, {{0, C, false}}).probed[0];
        std::vector<double> before(c.begin() + s * per_step, c.begin() + (s + 1) * per_step);
        for (std::size_t k = 0; k < before.size(); ++k) {
            const std::size_t u = at(s * units) + k % at(units);
            before[k] = (before[k] - (*shift)[u]) / (*scale)[u];
        }
        all.push_back(moments_of(before, units));
        for (long u = 0; u < units; ++u) {
            statistics[at(s * 2 * units + u)] = all.back().mean[at(u)];
            statistics[at((s * 2 + 1) * units + u)] = all.back().variance[at(u)];
        }
    }
    return all;
}
bool near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    if (a.size() != b.size() || a.empty()) return false;
    for (std::size_t k = 0; k < a.size(); ++k)
        if (!(std::abs(a[k] - b[k]) <= tolerance * std::max(1., std::abs(b[k])))) return false;
    return true;
}

}  // namespace

TEST_CASE("running statistics are plain means at first, and follow exponentially in the long run") {
    check_plain_mean<backend::serial<double>>();
    check_plain_mean<backend::serial<float>>();
    check_plain_mean<backend::cpu<double>>();
    check_plain_mean<backend::cpu<float>>();
}
TEST_CASE("running statistics are the mean over the batches, whatever their sizes") {
    const auto a = convolution_map(2, {3, 4}, 3, one_by_one);
    stack_engine<processor, feed_forward, readout_cell> e(make_layout({.steps = 3}, {3, 4}, 2, {a, readout_map(a, 2)}), processor());
    set_weights(e, 1);
    const auto kernel = e.parameters().exported(&parameter_block<processor>::raw)[0];
    std::vector<double> expected{0, 0, 0, 1, 1, 1};  // mean, variance
    CHECK(e.running_statistics().at(0) == expected);
    for (const int n : {1, 2, 3, 4}) {
        const auto batch = make_images<double>(e.structure(), 2 + n, 1, static_cast<std::uint64_t>(n));
        e.run(batch), e.run(batch, {}, true);  // leave them alone
        e.gradient(batch, {1, 0}, categorical_cross_entropy);
        std::vector<double> y;
        for (std::size_t p = 0; p < batch.input.size(); p += 2)
            for (std::size_t c = 0; c < 3; ++c) y.push_back(kernel[c * 2] * batch.input[p] + kernel[c * 2 + 1] * batch.input[p + 1]);
        const auto m = moments_of(y, 3);
        for (std::size_t c = 0; c < 3; ++c)
            expected[c] = follow(expected[c], m.mean[c], n), expected[3 + c] = follow(expected[3 + c], m.unbiased[c], n);
    }
    CHECK(near(e.running_statistics().at(0), expected, 1e-13));
}
TEST_CASE("every step of a recurrent area has its own statistics, and evaluation uses them") {
    small_engine e(on_image({.steps = 3}), processor());
    set_weights(e, 2);
    const auto before = make_images<double>(e.structure(), 3, 1, 6), batch = make_images<double>(e.structure(), 4);
    e.gradient(before, {1, 0}, categorical_cross_entropy), e.gradient(batch, {1, 0}, categorical_cross_entropy);
    const auto got = e.running_statistics().at(0);
    std::vector<double> statistics;
    const auto first = moments_of_steps(e, before, statistics), steps = moments_of_steps(e, batch, statistics);
    std::vector<double> expected;
    for (std::size_t s = 0; s < 3; ++s) {
        for (std::size_t u = 0; u < 4; ++u) expected.push_back((first[s].mean[u] + steps[s].mean[u]) / 2);
        for (std::size_t u = 0; u < 4; ++u) expected.push_back((first[s].unbiased[u] + steps[s].unbiased[u]) / 2);
    }
    CHECK(near(got, expected, 1e-12));
    CHECK_FALSE(near(steps[0].mean, steps[1].mean, 1e-3));

    const auto normalised = e.run(batch, {}, true).output;
    e.set_running_statistics({statistics}, 0);
    CHECK(near(e.run(batch).output, normalised, 1e-11));
    e.set_running_statistics({got}, 1);
    CHECK_FALSE(near(e.run(batch).output, normalised, 1e-3));
}
TEST_CASE("one normalisation for all steps is the mean over batches and steps, and follows each step in turn") {
    small_engine shared(on_image({.steps = 3, .shared = true}), processor()), own(on_image({.steps = 3}), processor());
    set_weights(shared, 3);
    auto raw = shared.parameters().exported(&parameter_block<processor>::raw);
    for (std::size_t k = 0; k < raw.size(); ++k)
        if (const auto& t = own.parameters().tensors()[k]; t.role == tensor_role::scale || t.role == tensor_role::shift) {
            REQUIRE(t.size() == 3 * static_cast<long>(raw[k].size()));
            const auto one = raw[k];
            for (int copies = 0; copies < 2; ++copies) raw[k].insert(raw[k].end(), one.begin(), one.end());
        }
    own.parameters().upload(raw, &parameter_block<processor>::raw);
    const auto batch = make_images<double>(own.structure(), 4);
    CHECK(near(shared.run(batch, {}, true).output, own.run(batch, {}, true).output, 1e-13));
    std::vector<double> statistics, expected(8);
    const auto other = make_images<double>(own.structure(), 3, 1, 6);
    for (const auto* const b : {&batch, &other})
        for (const auto& m : moments_of_steps(own, *b, statistics))
            for (std::size_t u = 0; u < 4; ++u) expected[u] += m.mean[u] / 6, expected[4 + u] += m.unbiased[u] / 6;
    shared.gradient(batch, {1, 0}, categorical_cross_entropy), shared.gradient(other, {1, 0}, categorical_cross_entropy);
    CHECK(near(shared.running_statistics().at(0), expected, 1e-12));
    CHECK(shared.running_steps() == 2);

    // In the long run each of the three steps has a share of 0.003.
    shared.set_running_statistics({expected}, 112);  // 336 updates
    for (const auto& m : moments_of_steps(own, batch, statistics))
        for (std::size_t u = 0; u < 4; ++u) {
            expected[u] = 0.997 * expected[u] + 0.003 * m.mean[u];
            expected[4 + u] = 0.997 * expected[4 + u] + 0.003 * m.unbiased[u];
        }
    shared.gradient(batch, {1, 0}, categorical_cross_entropy);
    CHECK(near(shared.running_statistics().at(0), expected, 1e-12));

    // in evaluation every step uses the same ones
    const auto once = shared.running_statistics().at(0);
    std::vector<double> repeated;
    for (int s = 0; s < 3; ++s) repeated.insert(repeated.end(), once.begin(), once.end());
    own.set_running_statistics({repeated}, 1);
    CHECK(near(shared.run(batch).output, own.run(batch).output, 1e-13));
}
TEST_CASE("running statistics go out and in again") {
    small_engine a(on_image({.steps = 2}), processor()), b(on_image({.steps = 2}), processor());
    set_weights(a, 4), set_weights(b, 4);
    const auto batch = make_images<double>(a.structure(), 3);
    a.gradient(batch, {1, 0}, categorical_cross_entropy);
    CHECK(a.run(batch).output != b.run(batch).output);
    b.set_running_statistics(a.running_statistics(), a.running_steps());
    CHECK(b.running_statistics() == a.running_statistics());
    CHECK(a.run(batch).output == b.run(batch).output);
}
