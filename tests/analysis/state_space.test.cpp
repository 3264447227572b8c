// Regression, axes and components of population activity: planted structure is found, and NumPy's numbers.
#include "catch.hpp"
#include "numpy.hpp"

#include <eirnn/analysis/regression.hpp>
#include <eirnn/analysis/spectrum.hpp>
#include <eirnn/analysis/task_axes.hpp>
#include <eirnn/core/random.hpp>

#include <cmath>
#include <span>

using namespace eirnn;
using namespace eirnn::analysis;
using numpy::check_near;

namespace {
trial_rates<double> view_of(const std::vector<double>& v, long samples, long trials, long units) {
    return rates_of(std::span<const double>(v), samples, trials, units);
}
double dot(const matrix<double>& a, long j, const matrix<double>& b, long k) {
    double sum = 0;
    for (long u = 0; u < a.rows; ++u) sum += a(u, j) * b(u, k);
    return sum;
}
}  // namespace

TEST_CASE("a regression is the least squares solution of NumPy", "[analysis]") {
    const auto c = numpy::load("regress");
    const auto design = numpy::matrix_of(c.at("design"));
    const auto rate = numpy::flat(c.at("rates"));
    check_near(regress(design, view_of(rate, 3, 40, 2)).values, c.at("beta"), 1e-12);
    const std::vector<float> single(rate.begin(), rate.end());
    check_near(regress(design, rates_of(std::span<const float>(single), 3, 40, 2)).values, c.at("beta"), 1e-6);

    CHECK_THROWS_AS(regress(design, view_of(rate, 2, 60, 2)), invalid_argument);
    auto dependent = design;
    for (long k = 0; k < 40; ++k) dependent(k, 2) = dependent(k, 0) - 2 * dependent(k, 3);
    CHECK_THROWS_AS(regress(dependent, view_of(rate, 3, 40, 2)), invalid_argument);
    auto broken = rate;
    broken[5] = missing;
    CHECK_THROWS_AS(regress(design, view_of(broken, 3, 40, 2)), invalid_argument);
    CHECK_THROWS_AS(least_squares(matrix<double>()), invalid_argument);
    CHECK_THROWS_AS(least_squares(matrix<double>(2, 3, 1)), invalid_argument);
}

TEST_CASE("the eleven regressors come in their order", "[analysis]") {
    CHECK(with_interactions(table_of({{2}, {3}, {5}, {7}})).data == std::vector<double>{2, 3, 5, 7, 1, 6, 10, 14, 15, 21, 35});
    CHECK(with_interactions(table_of({{2, 4}})).data == std::vector<double>{2, 1, 4, 1});
    CHECK(over_largest({-4, 2, 1}) == std::vector<double>{-1, 0.5, 0.25});
    CHECK(over_largest({0, 0}) == std::vector<double>{0, 0});
}

TEST_CASE("from trials to task axes: the numbers of NumPy", "[analysis]") {
    const auto c = numpy::load("axes");
    const auto rate = numpy::flat(c.at("rates"));
    const long samples = 4, trials = 120, units = 14;
    const auto rates = view_of(rate, samples, trials, units);
    const auto table =
        table_of({numpy::flat(c.at("choice")), numpy::flat(c.at("motion")), numpy::flat(c.at("colour")), numpy::flat(c.at("context"))});
    const auto preferred = numpy::flat<int>(c.at("preferred"));
    const std::vector<bool> turned{true, true, true, false};

    const auto z = standardized(rates);
    const auto beta = turned_to_preference(regress(with_interactions(table), view_of(z, samples, trials, units)), preferred, turned);
    check_near(beta.values, c.at("beta"));

    // From averages of all distinct trials instead: the same.
    const auto fine = group_rows(table);
    condition_accumulator a(fine.value.rows, 0, samples, units);
    a.add(rates, fine.group);
    const auto from_averages = regress(with_interactions(fine.value), standardized(a.result()));
    check_near(turned_to_preference(from_averages, preferred, turned).values, beta.values);

    const auto sorted = sort_by_preference(a.result(), fine.value, preferred, {{0, true}, {1, true}, {3, false}});
    const auto scaled = standardized(sorted.averages.mean);
    const auto components = find_principal_components(scaled, pca_scaling::none, 12);
    const auto clean = denoise(beta, components.component);
    check_near(clean.values, c.at("denoised"));
    const auto axes = find_task_axes(clean, 4);
    CHECK(axes.sample == numpy::flat<long>(c.at("longest")));
    check_near(axes.axis.data, c.at("axes"));
    check_near(minus_mean_over_series(project_on(scaled, axes.axis)).values, c.at("projected"));

    CHECK_THROWS_AS(turned_to_preference(beta, preferred, {true}), invalid_argument);
    CHECK_THROWS_AS(turned_to_preference(beta, std::vector<int>(13, 1), turned), invalid_argument);
    CHECK_THROWS_AS(regress(with_interactions(table), a.result()), invalid_argument);              // one row per trial, not per condition
    CHECK_THROWS_AS(regress(with_interactions(sorted.value), sorted.averages), invalid_argument);  // units saw different trials
    CHECK_THROWS_AS(find_task_axes(beta, 12), invalid_argument);
    CHECK_THROWS_AS(longest_sample(beta, 11), invalid_argument);
}

TEST_CASE("planted axes are recovered, and noise outside the planted space is removed", "[analysis]") {
    // Rates of 20 units move along three oblique directions, by choice, motion and colour; a fourth carries noise that no condition shares.
    const long units = 20, samples = 10, trials = 400;
    random_sequence random(key_of(5, random_stream::analysis));
    matrix<double> direction(units, 4);
    for (double& d : direction.data) d = random.normal();
    const auto planted = orthonormal_columns(direction);
    for (long u = 0; u < units; ++u) direction(u, 1) = planted(u, 1) + 0.5 * planted(u, 0);  // motion also moves along the choice axis
    std::vector<std::vector<double>> columns(4);
    for (auto& column : columns)
        for (long n = 0; n < trials; ++n) column.push_back(random.bernoulli(0.5) ? 1 : -1);
    const auto table = table_of(columns);
    std::vector<double> rate;
    for (long k = 0; k < samples; ++k)
        for (long n = 0; n < trials; ++n) {
            const double jitter = random.normal();
            for (long u = 0; u < units; ++u)
                // Choice grows with time, motion peaks at sample 3, colour falls.
                rate.push_back(2 + 0.1 * static_cast<double>(k + 1) * table(n, 0) * planted(u, 0) +
                               std::exp(-0.1 * static_cast<double>((k - 3) * (k - 3))) * table(n, 1) * direction(u, 1) +
                               0.1 * static_cast<double>(samples - k) * table(n, 2) * planted(u, 2) + 0.3 * jitter * planted(u, 3));
        }
    const auto rates = view_of(rate, samples, trials, units);
    const auto beta = regress(with_interactions(table), rates);
    const auto groups = group_rows(select_columns(table, std::vector<long>{0, 1, 2}));
    condition_accumulator a(groups.value.rows, 0, samples, units);
    a.add(rates, groups.group);
    // Without centring the first component is the common rate; it and the three directions hold everything but the jitter.
    const auto pca = find_principal_components(minus_mean_over_series(a.result().mean), pca_scaling::none, 3);
    const auto axes = find_task_axes(denoise(beta, pca.component), 3);
    CHECK(axes.sample == std::vector<long>{9, 3, 0});
    for (long v = 0; v < 3; ++v)
        for (long w = 0; w < 3; ++w) CHECK(dot(axes.axis, v, planted, w) == Approx(v == w ? 1 : 0).margin(0.05));
    double raw = 0, clean = 0;
    const auto denoised = denoise(beta, pca.component);
    for (long u = 0; u < units; ++u) {
        raw += beta(0, 9, u) * planted(u, 3);
        clean += denoised(0, 9, u) * planted(u, 3);
    }
    CHECK(std::abs(raw) > 1e-3);
    CHECK(std::abs(clean) < 0.5 * std::abs(raw));
}

TEST_CASE("orthonormal columns keep their order and direction", "[analysis]") {
    const auto q = orthonormal_columns(table_of({{-3, -4, 0}, {1, 0, 0}}));
    check_near(q.data, std::vector<double>{-0.6, 0.8, -0.8, -0.6, 0, 0}, 1e-15);
    CHECK_THROWS_AS(orthonormal_columns(table_of({{1, 2, 3}, {2, 4, 6}})), invalid_argument);
    CHECK_THROWS_AS(orthonormal_columns(table_of({{1, 2, 3}, {0, 0, 0}})), invalid_argument);
    CHECK_THROWS_AS(orthonormal_columns(table_of({{1}, {2}})), invalid_argument);
    CHECK_THROWS_AS(orthonormal_columns(table_of({{1, missing}})), invalid_argument);
}

TEST_CASE("principal components are those of NumPy", "[analysis]") {
    const auto c = numpy::load("pca");
    const auto x = numpy::series_of(c.at("x"));
    const auto pca = find_principal_components(x, pca_scaling::standardized);
    check_near(pca.component.data, c.at("component"));
    check_near(pca.variance, c.at("variance"));
    check_near(pca.explained, c.at("explained"));
    check_near(trajectories(x, pca).values, c.at("trajectories"));
    const auto two = find_principal_components(x, pca_scaling::standardized, 2);
    CHECK(two.explained == std::vector<double>{pca.explained[0], pca.explained[1]});
    CHECK(trajectories(x, two).units == 2);

    // Points on a line: one component, along it.
    unit_series line(1, 3, 2);
    line.values = {1, 1, 4, 5, 7, 9};
    const auto along = find_principal_components(line, pca_scaling::centred);
    CHECK(along.explained[0] == Approx(1));
    check_near({along.component(0, 0), along.component(1, 0)}, std::vector<double>{0.6, 0.8}, 1e-14);
    CHECK(along.variance[0] == Approx(2 * 25 / 3.0));
    check_near(std::vector<double>{trajectories(line, along)(0, 2, 0)}, std::vector<double>{5}, 1e-14);

    // Whatever the solver says, the largest entry is positive.
    for (std::uint32_t which = 0; which < 10; ++which) {
        random_sequence random(key_of(8, random_stream::analysis), which);
        unit_series y(1, 8, 4);
        for (double& v : y.values) v = random.normal();
        const auto found = find_principal_components(y, pca_scaling::centred);
        for (long k = 0; k < 4; ++k) {
            double largest = 0;
            for (long u = 0; u < 4; ++u)
                if (std::abs(found.component(u, k)) > std::abs(largest)) largest = found.component(u, k);
            CHECK(largest > 0);
        }
    }

    CHECK_THROWS_AS(find_principal_components(x, pca_scaling::none, 6), invalid_argument);
    CHECK_THROWS_AS(find_principal_components(unit_series(1, 4, 2, 3), pca_scaling::standardized), invalid_argument);
    CHECK_THROWS_AS(find_principal_components(unit_series(1, 4, 2, missing), pca_scaling::none), invalid_argument);
    CHECK_THROWS_AS(find_principal_components(unit_series(), pca_scaling::none), invalid_argument);
    CHECK_THROWS_AS(trajectories(select_units(x, std::vector<long>{0}), pca), invalid_argument);
    CHECK_THROWS_AS(project_on(x, matrix<double>(4, 2)), invalid_argument);
}

TEST_CASE("eigenvalues are those of NumPy, and of matrices done by hand", "[analysis]") {
    const auto c = numpy::load("eigenvalues");
    const auto s = spectrum_of(numpy::matrix_of(c.at("w")));
    const auto arrays = arrays_of(s);
    check_near(arrays[0].values, c.at("real"));
    check_near(arrays[1].values, c.at("imag"));
    matrix<float> turn(3, 3);  // a rotation by 90 degrees scaled by 2, and 0.5
    turn(0, 1) = -2;
    turn(1, 0) = 2;
    turn(2, 2) = 0.5;
    const auto by_hand = spectrum_of(turn);
    REQUIRE(by_hand.eigenvalue.size() == 3);
    CHECK(std::abs(by_hand.eigenvalue[0] - std::complex<double>(0, 2)) < 1e-14);
    CHECK(std::abs(by_hand.eigenvalue[1] - std::complex<double>(0, -2)) < 1e-14);
    CHECK(std::abs(by_hand.eigenvalue[2] - std::complex<double>(0.5, 0)) < 1e-14);
    CHECK(by_hand.radius() == Approx(2));
    CHECK_THROWS_AS(spectrum_of(matrix<double>(2, 3)), invalid_argument);
    CHECK_THROWS_AS(spectrum_of(matrix<double>(2, 2, missing)), invalid_argument);
}
