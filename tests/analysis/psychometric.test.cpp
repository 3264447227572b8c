// Psychometric functions and histograms against cases done by hand.
#include "catch.hpp"
#include "synthetic.hpp"

#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/core/random.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::analysis;

namespace {
const std::vector<double> coherences{-51.2, -25.6, -12.8, -6.4, -3.2, 0, 3.2, 6.4, 12.8, 25.6, 51.2};
double phi(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }
}  // namespace

TEST_CASE("the fit recovers the cumulative Gaussian that made the points", "[analysis]") {
    const auto [mean, sigma] = GENERATE(std::pair{0.0, 10.0}, std::pair{4.0, 7.0}, std::pair{-12.0, 30.0}, std::pair{1.0, 100.0});
    std::vector<double> p;
    for (const double c : coherences) p.push_back(phi((c - mean) / sigma));
    const auto fit = fit_cumulative_gaussian(coherences, p);
    CHECK(fit.converged);
    CHECK(fit.mean == Approx(mean).margin(1e-6));
    CHECK(fit.sigma == Approx(sigma).epsilon(1e-6));
    CHECK(fit(mean) == Approx(0.5).margin(1e-6));
}

TEST_CASE("the fit is the least squares solution of noisy points", "[analysis]") {
    random_sequence random(key_of(3, random_stream::analysis));
    std::vector<double> p;
    for (const double c : coherences) {
        int hits = 0;
        for (int k = 0; k < 500; ++k) hits += random.bernoulli(phi((c + 2) / 12)) ? 1 : 0;
        p.push_back(hits / 500.0);
    }
    const auto fit = fit_cumulative_gaussian(coherences, p);
    REQUIRE(fit.converged);
    CHECK(fit.mean == Approx(-2).margin(1));
    CHECK(fit.sigma == Approx(12).margin(1.5));
    const auto squares = [&](double mean, double sigma) {
        double s = 0;
        for (std::size_t k = 0; k < p.size(); ++k) s += std::pow(phi((coherences[k] - mean) / sigma) - p[k], 2);
        return s;
    };
    const double best = squares(fit.mean, fit.sigma);
    for (const double d : {-0.01, 0.01}) {
        CHECK(squares(fit.mean + d, fit.sigma) > best);
        CHECK(squares(fit.mean, fit.sigma + d) > best);
    }
}

TEST_CASE("a fit that the points do not determine says so", "[analysis]") {
    const std::vector<double> flat(coherences.size(), 0.5), x{1, 2}, y{0.2, 0.8}, same{3, 3, 3}, p{0, 0.5, 1};
    CHECK_FALSE(fit_cumulative_gaussian(coherences, flat).converged);
    std::vector<double> step;
    for (const double c : coherences) step.push_back(c > 1 ? 1 : 0);
    CHECK_FALSE(fit_cumulative_gaussian(coherences, step).converged);
    CHECK_FALSE(fit_cumulative_gaussian(x, y).converged);
    CHECK_FALSE(fit_cumulative_gaussian(same, p).converged);
    CHECK_THROWS_AS(fit_cumulative_gaussian(coherences, y), invalid_argument);

    psychometric only_points;
    only_points.coherence = x;
    only_points.p_choice1 = y;
    const auto arrays = arrays_of(only_points);
    CHECK(arrays[4].name == "fit_coherence");
    CHECK(arrays[4].values == x);
    CHECK(arrays[5].values == y);
}

TEST_CASE("choices are counted by signed coherence", "[analysis]") {
    // Trials: a catch trial, +10 right, +10 wrong, -10 right, -10 right, 0 with choice 1, 0 with choice 2.
    const std::vector<made_up> conditions{{true},          {false, 10, 1}, {false, 10, 1}, {false, 10, -1},
                                          {false, 10, -1}, {false, 0, -1}, {false, 0, 1}};
    const std::vector<long> choices{0, 0, 1, 1, 1, 0, 1};
    auto r = silent(7, 60);
    for (long k = 0; k < 7; ++k) choose(r, k, choices[static_cast<std::size_t>(k)]);
    psychometric_accumulator all;
    all.add(conditions, r);
    const auto p = all.result();
    CHECK(p.coherence == std::vector<double>{-10, 0, 10});
    CHECK_FALSE(std::signbit(p.coherence[1]));
    CHECK(p.p_choice1 == std::vector<double>{0, 0.5, 0.5});
    CHECK(p.trials == std::vector<long>{2, 2, 2});
    CHECK(p.standard_error[2] == Approx(std::sqrt(0.125)));
    CHECK(p.percent_correct == Approx(75));
    CHECK(p.without_choice == 0);

    // In two batches: the same numbers.
    psychometric_accumulator parts;
    for (const auto& [from, to] : {std::pair{0L, 3L}, std::pair{3L, 7L}}) {
        auto part = silent(to - from, 60);
        for (long k = from; k < to; ++k) choose(part, k - from, choices[static_cast<std::size_t>(k)]);
        parts.add(std::vector<made_up>(conditions.begin() + from, conditions.begin() + to), part);
    }
    CHECK(parts.result().p_choice1 == p.p_choice1);
    CHECK(parts.result().percent_correct == p.percent_correct);

    const auto arrays = arrays_of(p);
    CHECK(arrays[1].name == "p_choice1");
    CHECK(arrays[1].shape == std::vector<long>{3});
    CHECK_THROWS_AS(psychometric_accumulator{}.result(), invalid_argument);
    CHECK_THROWS_AS(all.add(conditions, silent(6, 60)), invalid_argument);
}

TEST_CASE("with a threshold, the first output above it is the choice", "[analysis]") {
    const std::vector<made_up> conditions(4, made_up{false, 10, 1, 100, 500, 600});
    auto r = silent(4, 80);
    ramp(r, 0, 0, 100, 0.01);  // crosses first
    ramp(r, 0, 1, 150, 0.1);   // crosses later, ends higher
    choose(r, 0, 1);           // the end of the trial says otherwise, and does not count
    ramp(r, 1, 1, 100, 0.01);
    ramp(r, 2, 0, 100, 0.001);  // never
    ramp(r, 3, 0, 600, 1);      // only in the padding
    psychometric_accumulator a;
    a.add(conditions, r, choice_at_threshold{1});
    const auto p = a.result();
    // Output 0 of trial 0 exceeds 1 at 210 ms, output 1 already at 170 ms.
    CHECK(p.trials == std::vector<long>{2});
    CHECK(p.p_choice1 == std::vector<double>{0});
    CHECK(p.without_choice == 2);
}

TEST_CASE("histograms follow their bin rules", "[analysis]") {
    const std::vector<double> five{0, 1, 2, 3, 4};
    const auto sturges = histogram_of(five);  // ceil(log2 5 + 1) = 4 bins
    CHECK(sturges.edges == std::vector<double>{0, 1, 2, 3, 4});
    CHECK(sturges.counts == std::vector<long>{1, 1, 1, 2});
    std::vector<double> many;
    for (int k = 0; k < 1000; ++k) many.push_back(k);
    // std = 288.67, width = 3.5 * 288.67 / 10 = 101.04, range 999: 10 bins
    CHECK(histogram_of(many).counts.size() == 10);
    CHECK(histogram_of(std::vector<double>(300, 2.0)).counts == std::vector<long>{300});
    const std::vector<double> times{120, 130, 199, 200, 310};
    const auto fixed = histogram_of_width(times, 100);
    CHECK(fixed.edges == std::vector<double>{100, 200, 300, 400});
    CHECK(fixed.counts == std::vector<long>{3, 1, 1});
    CHECK_THROWS_AS(histogram_of_width(times, 0), invalid_argument);

    const std::vector<double> sample{0, 0, 0, 4};
    const auto m = moments_of(sample);
    CHECK(m.mean == 1);
    CHECK(m.deviation == Approx(std::sqrt(3.0)));
    CHECK(m.skewness == Approx(6 / std::pow(3.0, 1.5)));  // (3 (-1)^3 + 3^3) / 4 = 6
}
