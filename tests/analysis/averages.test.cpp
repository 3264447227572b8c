// Averages by condition: alignment, what is still running, merging, preference, smoothing.
#include "catch.hpp"
#include "numpy.hpp"
#include "synthetic.hpp"

#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/preference.hpp>
#include <eirnn/analysis/smoothing.hpp>
#include <eirnn/core/random.hpp>

#include <cmath>
#include <span>

using namespace eirnn;
using namespace eirnn::analysis;
using numpy::check_near;

namespace {
std::vector<double> noise(std::size_t n, std::uint32_t which) {
    random_sequence random(key_of(17, random_stream::analysis), which);
    std::vector<double> v(n);
    for (double& x : v) x = random.normal();
    return v;
}
trial_rates<double> view_of(const std::vector<double>& v, long samples, long trials, long units) {
    return rates_of(std::span<const double>(v), samples, trials, units);
}
}  // namespace

TEST_CASE("samples are found by their times", "[analysis]") {
    const auto r = silent(1, 60, 2);  // a sample every 20 ms, the first one at 20 ms
    CHECK(samples_between(r, 100, 500) == sample_range{5, 25});
    CHECK(samples_between(r, 0, 20) == sample_range{0, 1});
    CHECK(samples_between(r, 99, 101) == sample_range{4, 5});
    CHECK(samples_between(r, -50, 1e6) == sample_range{0, 30});
    CHECK(samples_between(r, 500, 100) == sample_range{25, 25});
    CHECK(sample_at(r, 100) == 4);
    CHECK(sample_at(r, 101) == 5);
    CHECK(sample_at(r, 0) == 0);
    CHECK(sample_at(r, 1e6) == 30);
    const auto range = samples_between(r, 100, 500);
    for (long k = 0; k < r.samples(); ++k) CHECK((r.time(k) > 100 && r.time(k) <= 500) == (k >= range.begin && k < range.end));
    CHECK_THROWS_AS(rates_of(r), invalid_argument);  // no rates
    CHECK_THROWS_AS(view_of(noise(23, 1), 2, 3, 4), invalid_argument);
}

TEST_CASE("averages follow trials that end at different times", "[analysis]") {
    // One unit; trial n has the rate 10 n + sample.
    std::vector<double> rate;
    for (int k = 0; k < 8; ++k)
        for (int n = 0; n < 4; ++n) rate.push_back(10 * n + k);
    const auto rates = view_of(rate, 8, 4, 1);
    const std::vector<long> condition{0, 0, 1, no_condition};
    const std::vector<trial_alignment> where{{2, 0, 8}, {4, 3, 6}, {7, 0, 8}, {0, 5, 99}};  // the last one is not looked at
    condition_accumulator a(2, 2, 4, 1);
    a.add(rates, condition, where);
    const auto out = a.result();
    // Index 2 is the event. Condition 0: samples 0 .. 5 of trial 0 with 3 .. 5 of trial 1 (10 + sample) on indices 1 .. 3.
    CHECK(out.mean(0, 0, 0) == 0);
    CHECK(out.mean(0, 1, 0) == Approx((1 + 13) / 2.0));
    CHECK(out.mean(0, 2, 0) == Approx((2 + 14) / 2.0));
    CHECK(out.mean(0, 3, 0) == Approx((3 + 15) / 2.0));
    CHECK(out.mean(0, 4, 0) == 4);
    CHECK(out.variance(0, 2, 0) == Approx(36));
    CHECK(out.trials == std::vector<long>{1, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0});
    // Condition 1: trial 2 ends at its event.
    CHECK(out.mean(1, 0, 0) == 25);
    CHECK(out.mean(1, 2, 0) == 27);
    CHECK_FALSE(is_finite(out.mean(1, 3, 0)));
    CHECK(complete_series(out.mean) == std::vector<long>{0});
    CHECK(with_missing(out.mean, -1)(1, 3, 0) == -1);

    const auto before = a.result();
    const std::vector<trial_alignment> beyond{{0, 0, 8}, {0, 0, 8}, {0, 0, 9}, {0, 0, 8}};
    CHECK_THROWS_AS(a.add(rates, condition, beyond), invalid_argument);
    CHECK_THROWS_AS(a.add(rates, std::vector<long>{0, 0, 0, 2}), invalid_argument);
    CHECK_THROWS_AS(a.add(rates, std::vector<long>{0, 0, 0}), invalid_argument);
    CHECK_THROWS_AS(a.add(view_of(rate, 4, 4, 2), condition), invalid_argument);
    CHECK_THROWS_AS(a.add(rates, condition, std::span(where).first(3)), invalid_argument);
    CHECK(a.result().trials == before.trials);  // nothing half added
    CHECK_THROWS_AS(condition_accumulator(0, 1, 1, 1), invalid_argument);
}

TEST_CASE("aligned to the response, ramps of any slope meet where they cross", "[analysis]") {
    // Outputs and the rate climb to 1 at 200, 300 and 400 ms.
    auto r = silent(3, 60, 1, 1);
    const double slopes[] = {0.01, 0.005, 1 / 300.0};
    for (long n = 0; n < 3; ++n) {
        ramp(r, n, 0, 100, slopes[n]);
        for (long k = 0; k < r.samples(); ++k) r.rate[static_cast<std::size_t>(k * 3 + n)] = r.output_at(k, n, 0);
    }
    std::vector<trial_alignment> where;
    std::vector<long> crossing;
    for (long n = 0; n < 3; ++n) {
        const auto made = choice_at_threshold{0.999}(r, n, made_up{});
        REQUIRE(made);
        crossing.push_back(sample_at(r, made->time));
        where.push_back({crossing.back(), 0, crossing.back() + 1});
    }
    CHECK(crossing == std::vector<long>{19, 29, 39});
    condition_accumulator a(3, 15, 1, 1);
    a.add(rates_of(r), std::vector<long>{0, 1, 2}, where);
    const auto out = a.result();
    for (long c = 0; c < 3; ++c) {
        CHECK(out.mean(c, 15, 0) == Approx(1).epsilon(1e-5));
        CHECK(out.mean(c, 14, 0) == Approx(1 - 10 * slopes[c]).epsilon(1e-5));
    }
    CHECK(active_units(out.mean, 0.1) == std::vector<long>{0});
}

TEST_CASE("sums over the samples of a stimulus, trial by trial", "[analysis]") {
    // The rate of unit u in trial n at sample k is 100 n + 10 u + k.
    std::vector<double> v;
    for (long k = 0; k < 5; ++k)
        for (long n = 0; n < 2; ++n)
            for (long u = 0; u < 3; ++u) v.push_back(static_cast<double>(100 * n + 10 * u + k));
    const auto rates = view_of(v, 5, 2, 3);
    CHECK(sums_over(rates, 0, {1, 4}) == std::vector<double>{6, 36, 66});
    CHECK(sums_over(rates, 1, {4, 5}) == std::vector<double>{104, 114, 124});
    CHECK(sums_over(rates, 1, {2, 2}) == std::vector<double>{0, 0, 0});
    CHECK_THROWS_AS(sums_over(rates, 2, {1, 4}), invalid_argument);
    CHECK_THROWS_AS(sums_over(rates, 0, {1, 6}), invalid_argument);
    CHECK_THROWS_AS(sums_over(rates, 0, {3, 2}), invalid_argument);
}

TEST_CASE("batches and standardised averages give what all trials at once give", "[analysis]") {
    const long samples = 3, trials = 40, units = 2;
    auto v = noise(static_cast<std::size_t>(samples * trials * units), 2);
    for (double& x : v) x = 1000 + x;
    std::vector<long> condition;
    for (long n = 0; n < trials; ++n) condition.push_back(n % 5 == 4 ? 1 : n % 3);
    condition_accumulator all(3, 0, samples, units), parts(3, 0, samples, units), scaled(3, 0, samples, units);
    all.add(view_of(v, samples, trials, units), condition);
    for (long n = 0; n < trials; ++n) {
        std::vector<double> one;
        for (long k = 0; k < samples; ++k)
            for (long u = 0; u < units; ++u) one.push_back(v[static_cast<std::size_t>((k * trials + n) * units + u)]);
        parts.add(view_of(one, samples, 1, units), std::vector<long>{condition[static_cast<std::size_t>(n)]});
    }
    CHECK(all.result().mean == parts.result().mean);
    CHECK(all.result().trials == parts.result().trials);

    const auto z = standardized(view_of(v, samples, trials, units));
    scaled.add(view_of(z, samples, trials, units), condition);
    const auto expected = scaled.result(), got = standardized(all.result());
    check_near(got.mean.values, expected.mean.values);
    check_near(got.variance.values, expected.variance.values);
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < z.size(); k += 2) sum += z[k], squares += z[k] * z[k];
    CHECK(std::abs(sum) < 1e-9);
    CHECK(squares / (samples * trials) == Approx(1));
    // Later samples and units in another order, as if nothing else had been recorded.
    std::vector<double> late;
    for (std::size_t row = trials; row < static_cast<std::size_t>(samples * trials); ++row) {
        late.push_back(v[2 * row + 1]);
        late.push_back(v[2 * row]);
    }
    condition_accumulator some(3, 0, 2, units);
    some.add(view_of(late, 2, trials, units), condition);
    const auto chosen = select_units(select_samples(all.result(), 1, 3), std::vector<long>{1, 0});
    CHECK(chosen.mean == some.result().mean);
    CHECK(chosen.variance == some.result().variance);
    CHECK(chosen.trials == some.result().trials);
    CHECK(select_samples(all.result(), 0, 3, 2).mean(2, 1, 0) == all.result().mean(2, 2, 0));
    const std::vector<double> flat(12, 3.0);
    CHECK(standardized(view_of(flat, 2, 3, 2)) == std::vector<double>(12, 0.0));
}

TEST_CASE("trials are grouped by the distinct rows of a table", "[analysis]") {
    const auto table = table_of({{1, -1, 1, 1, -1}, {0.5, 0, 0.5, -0.5, -0.0}});
    const auto g = group_rows(table);
    CHECK(g.value.data == std::vector<double>{-1, 0, 1, -0.5, 1, 0.5});
    CHECK(g.group == std::vector<long>{2, 0, 2, 1, 0});
    CHECK(rows_where(table, 0, -1) == std::vector<long>{1, 4});
    CHECK(group_rows(select_columns(table, std::vector<long>{0})).value.data == std::vector<double>{-1, 1});
    CHECK_THROWS_AS(table_of({{1, 2}, {1}}), invalid_argument);
    CHECK_THROWS_AS(select_columns(table, std::vector<long>{2}), invalid_argument);
    CHECK_THROWS_AS(group_rows(table_of({{1, missing}})), invalid_argument);

    const auto percent = percent_correct_by(g.group, std::vector<int>{1, 1, 0, 0, 1}, 4);
    CHECK(percent[0] == 100);
    CHECK(percent[1] == 0);
    CHECK(percent[2] == 50);
    CHECK_FALSE(is_finite(percent[3]));
    CHECK_THROWS_AS(percent_correct_by(g.group, std::vector<int>{1}, 3), invalid_argument);
    CHECK_THROWS_AS(percent_correct_by(g.group, std::vector<int>{1, 1, 0, 0, 1}, 2), invalid_argument);
}

TEST_CASE("sorted by preference, the averages are those of NumPy, unit by unit", "[analysis]") {
    const auto c = numpy::load("axes");
    const auto rate = numpy::flat(c.at("rates"));
    const long samples = 4, trials = 120, units = 14;
    const auto table =
        table_of({numpy::flat(c.at("choice")), numpy::flat(c.at("motion")), numpy::flat(c.at("colour")), numpy::flat(c.at("context"))});
    const auto preferred = numpy::flat<int>(c.at("preferred"));
    const auto fine = group_rows(table);
    condition_accumulator a(fine.value.rows, 0, samples, units);
    a.add(view_of(rate, samples, trials, units), fine.group);
    const auto sorted = sort_by_preference(a.result(), fine.value, preferred, {{0, true}, {1, true}, {3, false}});
    check_near(sorted.value.data, c.at("conditions"), 0);
    check_near(sorted.averages.mean.values, c.at("averages"));
    long counted = 0;
    for (const long n : sorted.averages.trials) counted += n;
    CHECK(counted == samples * trials * units);

    // Only conditions with choice +1: a unit with the other preference has them as -1.
    const auto some = sort_by_preference(a.result(), fine.value, preferred, {{0, true}}, rows_where(fine.value, 0, 1));
    REQUIRE(some.value.data == std::vector<double>{-1, 1});
    for (long u = 0; u < units; ++u) {
        const bool plus = preferred[static_cast<std::size_t>(u)] > 0;
        CHECK((some.averages.trials_at(0, 0, u) == 0) == plus);
        CHECK(is_finite(some.averages.mean(plus ? 1 : 0, 0, u)));
        CHECK_FALSE(is_finite(some.averages.mean(plus ? 0 : 1, 0, u)));
    }
    const std::vector<int> alike(14, 1);
    CHECK(sort_by_preference(a.result(), fine.value, alike, {{0, true}}, rows_where(fine.value, 0, 1)).value.data ==
          std::vector<double>{1});
    CHECK(preferred_choice(std::vector<double>{0.1, -2, 0}) == std::vector<int>{1, -1, -1});
    CHECK_THROWS_AS(sort_by_preference(a.result(), fine.value, std::vector<int>(14, 0), {{0, true}}), invalid_argument);
    CHECK_THROWS_AS(sort_by_preference(a.result(), fine.value, std::vector<int>(13, 1), {{0, true}}), invalid_argument);
    CHECK_THROWS_AS(sort_by_preference(a.result(), table, preferred, {{0, true}}), invalid_argument);
    CHECK_THROWS_AS(sort_by_preference(a.result(), fine.value, preferred, {{4, true}}), invalid_argument);
}

TEST_CASE("smoothing is SciPy's", "[analysis]") {
    const auto c = numpy::load("smooth");
    const auto x = numpy::flat(c.at("x"));
    // Two series of two units; the other ones are constant and stay so.
    unit_series s(2, 30, 2, 5);
    for (long k = 0; k < 30; ++k) s(1, k, 0) = x[static_cast<std::size_t>(k)];
    const auto one = [](const unit_series& y) {
        std::vector<double> v;
        for (long k = 0; k < y.samples; ++k) v.push_back(y(1, k, 0));
        return v;
    };
    check_near(one(smooth(s, 2)), c.at("by_2"), 1e-13);
    check_near(one(smooth(s, 0.7)), c.at("by_0_7"), 1e-13);
    check_near(one(smooth(select_samples(s, 0, 5), 3)), c.at("short"), 1e-13);
    CHECK(smooth(s, 2)(0, 7, 0) == Approx(5).epsilon(1e-14));
    CHECK(smooth(s, 2)(1, 7, 1) == Approx(5).epsilon(1e-14));
    CHECK(smooth(s, 0) == s);
    CHECK_THROWS_AS(smooth(s, -1), invalid_argument);
    CHECK_THROWS_AS(smooth(s, missing), invalid_argument);
}

TEST_CASE("series, samples and units can be chosen, standardised and judged", "[analysis]") {
    unit_series x(2, 3, 2);
    for (std::size_t k = 0; k < x.values.size(); ++k) x.values[k] = static_cast<double>(k);
    CHECK(select_series(x, std::vector<long>{1}).values == std::vector<double>{6, 7, 8, 9, 10, 11});
    CHECK(select_units(x, std::vector<long>{1}).values == std::vector<double>{1, 3, 5, 7, 9, 11});
    CHECK(select_samples(x, 0, 3, 2).values == std::vector<double>{0, 1, 4, 5, 6, 7, 10, 11});
    CHECK(select_samples(x, 1, 1).samples == 0);
    CHECK_THROWS_AS(select_series(x, std::vector<long>{2}), invalid_argument);
    CHECK_THROWS_AS(select_units(x, std::vector<long>{-1}), invalid_argument);
    CHECK_THROWS_AS(select_samples(x, 0, 4), invalid_argument);
    CHECK_THROWS_AS(select_samples(x, 0, 3, 0), invalid_argument);
    CHECK(array_of("x", x).shape == std::vector<long>{2, 3, 2});

    // Unit 0: 1, 3, missing, 5; unit 1 never changes.
    unit_series y(2, 2, 2, 7);
    y(0, 0, 0) = 1, y(0, 1, 0) = 3, y(1, 0, 0) = missing, y(1, 1, 0) = 5;
    const auto z = standardized(y);
    CHECK(z(0, 0, 0) == Approx(-std::sqrt(1.5)));
    CHECK(z(0, 1, 0) == Approx(0).margin(1e-15));
    CHECK(z(1, 1, 0) == Approx(std::sqrt(1.5)));
    CHECK_FALSE(is_finite(z(1, 0, 0)));
    CHECK(z(1, 1, 1) == 0);

    // Unit 0 changes within a series by 0.2 (standard deviation 0.1), unit 1 only from one series to the other, unit 2 never.
    unit_series a(2, 2, 3, 1);
    a(0, 1, 0) = 1.21;
    a(1, 0, 1) = a(1, 1, 1) = 4;
    CHECK(active_units(a) == std::vector<long>{0});
    CHECK(active_units(a, 0.1, activity_over::all_series) == std::vector<long>{1});
    CHECK(active_units(a, 0.05, activity_over::all_series) == std::vector<long>{0, 1});
    CHECK(active_units(a, 0.11).empty());
}
