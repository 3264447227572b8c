// Linear tuning and its significance, cue integration, weights in numbers, learning curves.
#include "catch.hpp"
#include "numpy.hpp"

#include <eirnn/analysis/bootstrap.hpp>
#include <eirnn/analysis/cue_integration.hpp>
#include <eirnn/analysis/learning_curve.hpp>
#include <eirnn/analysis/linear_tuning.hpp>
#include <eirnn/analysis/weight_statistics.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::analysis;
using numpy::check_near;

TEST_CASE("linear tuning and its p values are SciPy's", "[analysis]") {
    const auto c = numpy::load("linregress");
    const auto f = numpy::flat(c.at("f"));
    const auto rates = numpy::series_of(c.at("rates"));
    const auto fit = fit_linear_tuning(rates, f);
    check_near(fit.slope.data, c.at("slope"), 1e-13);
    check_near(fit.intercept.data, c.at("intercept"), 1e-13);
    const auto p = numpy::flat(c.at("p"));
    for (std::size_t k = 0; k < p.size(); ++k) CHECK(fit.p.data[k] == Approx(p[k]).epsilon(1e-10));  // relative: some are 1e-7
    check_near(tuning_correlation(fit.slope, 1), c.at("correlation"), 1e-12);
    const auto fraction = fraction_significant(fit.p);
    for (long k = 0; k < 4; ++k) {
        double tuned = 0;
        for (std::size_t u = 0; u < 6; ++u) tuned += p[static_cast<std::size_t>(k) * 6 + u] < 0.05;
        CHECK(fraction[static_cast<std::size_t>(k)] == Approx(tuned / 6));
    }
    CHECK(arrays_of(fit)[0].shape == std::vector<long>{4, 6});
}

TEST_CASE("perfect lines, flat units and p values done by hand", "[analysis]") {
    unit_series x(3, 1, 3, 4);
    for (long c = 0; c < 3; ++c) {
        x(c, 0, 0) = 1 - 2 * static_cast<double>(c);
        x(c, 0, 2) = c == 1 ? 1 : 0;
    }
    const auto fit = fit_linear_tuning(x, std::vector<double>{0, 1, 2});
    check_near(fit.slope.data, std::vector<double>{-2, 0, 0}, 1e-15);
    check_near(fit.intercept.data, std::vector<double>{1, 4, 1 / 3.0}, 1e-15);
    CHECK(fit.p(0, 0) < 1e-7);
    CHECK(fit.p(0, 1) == 1);
    CHECK(fit.p(0, 2) == Approx(1));
    // With one degree of freedom p = 1 - (2 / pi) atan(t); r^2 = 1/2 means t = 1.
    CHECK(p_of_correlation(0.5, 3) == Approx(0.5).epsilon(1e-14));
    // With two degrees of freedom p = 1 - |r|.
    CHECK(p_of_correlation(1 - 0.36, 4) == Approx(0.4).epsilon(1e-14));
    CHECK(p_of_correlation(0, 9) == 0);
    CHECK(p_of_correlation(1, 9) == 1);
    CHECK_THROWS_AS(p_of_correlation(0.5, 2), invalid_argument);
    CHECK_THROWS_AS(p_of_correlation(1.5, 9), invalid_argument);
    CHECK_THROWS_AS(fit_linear_tuning(x, std::vector<double>{0, 1}), invalid_argument);
    CHECK_THROWS_AS(fit_linear_tuning(x, std::vector<double>{1, 1, 1}), invalid_argument);
    x(0, 0, 0) = missing;
    CHECK_THROWS_AS(fit_linear_tuning(x, std::vector<double>{0, 1, 2}), invalid_argument);

    CHECK(pearson(std::vector<double>{1, 2, 3}, std::vector<double>{-2, -4, -6}) == Approx(-1));
    CHECK_FALSE(is_finite(pearson(std::vector<double>{1, 2}, std::vector<double>{3, 3})));
    CHECK_THROWS_AS(pearson(std::vector<double>{1, 2}, std::vector<double>{3}), invalid_argument);
    CHECK_THROWS_AS(tuning_correlation(fit.slope, 1), invalid_argument);
}

TEST_CASE("planted tuning is found where it was planted", "[analysis]") {
    // Unit u is tuned from sample u on, with slopes of both signs that turn at sample 6.
    unit_series x(5, 10, 4);
    const std::vector<double> f{10, 15, 20, 25, 30};
    for (long c = 0; c < 5; ++c)
        for (long k = 0; k < 10; ++k)
            for (long u = 0; u < 4; ++u) {
                const double slope = (u % 2 ? 1 : -0.5) * (k < 6 ? 1 : -1);
                x(c, k, u) = k >= u ? 3 + slope * f[static_cast<std::size_t>(c)] + (c % 2 ? 0.1 : 0) : (c == 2 ? 1 : 0);
            }
    const auto fit = fit_linear_tuning(x, f);
    CHECK(fraction_significant(fit.p) == std::vector<double>{0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1});
    const auto r = tuning_correlation(fit.slope, 4);
    CHECK(r[4] == Approx(1));
    CHECK(r[5] == Approx(1));
    CHECK(r[6] == Approx(-1));
}

TEST_CASE("psychometric functions per modality, and what two cues allow", "[analysis]") {
    const auto c = numpy::load("psychometric");
    const auto f = numpy::flat(c.at("f"));
    std::vector<cumulative_gaussian> fits;
    for (std::size_t k = 0; k < 3; ++k) {
        fits.push_back(fit_cumulative_gaussian(f, numpy::flat(c.at("p")[k])));
        CHECK(fits[k].converged);
        CHECK(fits[k].mean == Approx(c.at("mu")[k].get<double>()).epsilon(1e-7));
        CHECK(fits[k].sigma == Approx(c.at("sigma")[k].get<double>()).epsilon(1e-7));
    }
    const auto cues = integrate_cues(fits[0], fits[1], fits[2]);
    CHECK(cues.both == Approx(1 / (fits[2].sigma * fits[2].sigma)));
    CHECK(cues.optimal() == Approx(1 / (fits[0].sigma * fits[0].sigma) + 1 / (fits[1].sigma * fits[1].sigma)));
    const auto by_hand = integrate_cues({0, 3, true}, {0, 4, true}, {0, 2.4, true});
    CHECK(by_hand.optimal_sigma() == Approx(2.4));
    CHECK(by_hand.efficiency() == Approx(1));
    CHECK_THROWS_AS(integrate_cues({0, 3, true}, {0, 4, true}, {0, 2.4, false}), invalid_argument);

    const std::vector<long> group{0, 0, 1, 1, 1, no_condition};
    const std::vector<double> stimulus{9, 10, 9, 9, 16, 16};
    const std::vector<int> first{0, 1, 0, 1, 1, 1}, correct{1, 0, 1, 0, 1, 1};
    const auto curves = psychometrics_by(group, 2, stimulus, first, correct);
    REQUIRE(curves.size() == 2);
    CHECK(curves[0].p_choice1 == std::vector<double>{0, 1});
    CHECK(curves[0].percent_correct == 50);
    CHECK(curves[1].coherence == std::vector<double>{9, 16});
    CHECK(curves[1].p_choice1 == std::vector<double>{0.5, 1});
    CHECK(curves[1].percent_correct == Approx(200 / 3.0));
    CHECK_THROWS_AS(psychometrics_by(group, 1, stimulus, first, correct), invalid_argument);
    CHECK_THROWS_AS(psychometrics_by(group, 3, stimulus, first, correct), invalid_argument);  // the third has no trial
    CHECK_THROWS_AS(psychometrics_by(group, 2, stimulus, first, std::vector<int>{1}), invalid_argument);
}

TEST_CASE("quantiles are NumPy's percentiles", "[analysis]") {
    const auto c = numpy::load("percentile");
    const auto x = numpy::flat(c.at("x")), p = numpy::flat(c.at("p")), value = numpy::flat(c.at("value"));
    for (std::size_t k = 0; k < p.size(); ++k) CHECK(quantile_of_sorted(x, p[k] / 100) == Approx(value[k]).epsilon(1e-14));
    CHECK_THROWS_AS(quantile_of_sorted({}, 0.5), invalid_argument);
    CHECK_THROWS_AS(quantile_of_sorted(x, 50), invalid_argument);
}

TEST_CASE("densities count weights by sign, and colours end at a quantile of both signs apart", "[analysis]") {
    layout net;
    net.units = 3;
    net.populations = {{0, 2, 0, polarity::excitatory, false}, {2, 1, 0, polarity::inhibitory, true}};
    matrix<float> w(3, 3);
    w(0, 1) = 1, w(2, 0) = 3, w(2, 1) = 2, w(1, 2) = -4;
    const auto d = density_of(net, w);
    CHECK(d.all == Approx(4 / 9.0));
    CHECK(d.excitatory == Approx(3 / 6.0));
    CHECK(d.inhibitory == Approx(1 / 3.0));
    CHECK_THROWS_AS(density_of(net, matrix<float>(2, 3)), invalid_argument);

    // Positive: 1, 2, 3 and 5, 7 of another network; the 90th percentile lies 0.6 of the way from 5 to 7.
    matrix<float> other(1, 2);
    other(0, 0) = 5, other(0, 1) = 7;
    const auto limits = colour_limits_of(std::vector{w, other});
    CHECK(limits.positive == Approx(6.2));
    CHECK(limits.negative == 4);
    CHECK(colour_limits_of(std::vector{other}, 1).positive == 7);
    CHECK(colour_limits_of(std::vector{other}).negative == 0);
}

TEST_CASE("a learning curve is the history, and tells when the target was reached", "[analysis]") {
    std::vector<validation_report> history;
    const double performance[] = {50, 70, 90, 95, 80, 99};
    for (std::size_t k = 0; k < 6; ++k) history.push_back({k * 10, k * 10'000, 1.0 / static_cast<double>(k + 1), 0.5, performance[k], 1.5});
    history[3].loss = 0.01;
    const auto curve = learning_curve_of(history);
    CHECK(curve.trials == std::vector<double>{0, 10'000, 20'000, 30'000, 40'000, 50'000});
    CHECK(curve.performance == std::vector<double>{50, 70, 90, 95, 80, 99});
    CHECK(curve.rmse[2] == 0.5);
    CHECK(curve.spectral_radius[5] == 1.5);
    CHECK(curve.best == 3);
    CHECK(trials_to_target(curve, 85, 1) == 20'000);
    CHECK(trials_to_target(curve, 76, 5) == 30'000);  // (50 + 70 + 90 + 95) / 4 = 76.25
    CHECK(trials_to_target(curve, 86, 5) == 50'000);  // (70 + 90 + 95 + 80 + 99) / 5 = 86.8
    CHECK(trials_to_target(curve, 86.8, 5) == std::nullopt);
    CHECK(arrays_of(curve)[1].values == curve.performance);
    CHECK_THROWS_AS(trials_to_target(curve, 85, 0), invalid_argument);
    CHECK_THROWS_AS(learning_curve_of({}), invalid_argument);
    std::swap(history[1], history[2]);
    CHECK_THROWS_AS(learning_curve_of(history), invalid_argument);
}
