// Percent correct by stimulus duration, and reaction times, on trials made up for the purpose.
#include "catch.hpp"
#include "synthetic.hpp"

#include <eirnn/analysis/durations.hpp>
#include <eirnn/analysis/reaction_time.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::analysis;

TEST_CASE("durations are cut in bins of equally many trials", "[analysis]") {
    // Two coherences; at 10 % the choice is right from 300 ms on, at 50 % always. Trials come in no order.
    std::vector<made_up> conditions;
    for (int k = 0; k < 20; ++k)
        for (const double coherence : {50.0, 10.0}) {
            const double shown = 100 + 20 * ((k * 7) % 20);
            conditions.push_back({false, coherence, k % 2 == 0 ? 1 : -1, 100, 100 + shown, 800});
        }
    conditions.push_back({true});
    conditions.push_back({false, 0, 1, 100, 1000, 1300});
    const auto n = static_cast<long>(conditions.size());
    auto r = silent(n, 80);
    for (long k = 0; k < n; ++k) {
        const auto& c = conditions[static_cast<std::size_t>(k)];
        const bool right = c.coherence == 50 || c.stimulus_offset - c.stimulus_onset >= 300;
        choose(r, k, (c.direction > 0) == right ? 0 : 1);
    }
    duration_accumulator a;
    a.add(conditions, r);
    const auto d = a.result(10);
    CHECK(d.coherence == std::vector<double>{10, 50});
    for (long b = 0; b < 10; ++b) {
        CHECK(d.trials(0, b) == 2);
        // Bin b holds 100 + 40 b and 120 + 40 b; the next one begins at 140 + 40 b, the last edge is the longest duration.
        CHECK(d.duration(0, b) == Approx(b < 9 ? 120 + 40.0 * static_cast<double>(b) : 470));
        CHECK(d.percent_correct(0, b) == (b < 5 ? 0 : 100));
        CHECK(d.percent_correct(1, b) == 100);
    }
    CHECK(a.result(1000).trials.cols == 20);  // never more bins than trials
    CHECK(arrays_of(d)[2].shape == std::vector<long>{2, 10});
    CHECK_THROWS_AS(a.result(0), invalid_argument);
    CHECK_THROWS_AS(duration_accumulator{}.result(), invalid_argument);
}

TEST_CASE("a reaction time runs from stimulus onset to the first crossing", "[analysis]") {
    // A ramp of slope s from onset exceeds 1 at the first sample after 1 / s.
    const auto make = [](long every) {
        auto r = silent(7, 80, every);
        ramp(r, 0, 0, 100, 1 / 95.0);    // 200 ms: RT 100, correct at 50 %
        ramp(r, 1, 0, 100, 1 / 115.0);   // 220 ms: RT 120, correct at 50 %
        ramp(r, 2, 1, 100, 1 / 295.0);   // 400 ms: RT 300, correct at 10 % (direction -1)
        ramp(r, 3, 1, 100, 1 / 395.0);   // 500 ms: RT 400, an error
        ramp(r, 4, 0, 100, 1 / 5000.0);  // none
        ramp(r, 5, 0, 100, 1 / 95.0);    // catch trial
        ramp(r, 6, 0, 100, 1 / 95.0);    // zero coherence
        return r;
    };
    const std::vector<made_up> conditions{{false, 50, 1}, {false, 50, 1}, {false, 10, -1}, {false, 10, 1},
                                          {false, 10, 1}, {true},         {false, 0, 1}};
    reaction_time_accumulator a;
    a.add(conditions, make(1));
    const auto t = a.result(50);
    CHECK(t.coherence == std::vector<double>{10, 50});
    CHECK(t.mean == std::vector<double>{300, 110});
    CHECK(t.trials == std::vector<long>{1, 2});
    CHECK(t.standard_error[1] == Approx(10 / std::sqrt(2.0)));
    CHECK(t.mean_correct == Approx(520 / 3.0));
    CHECK(t.mean_error == 400);
    CHECK(t.errors == 1);
    CHECK(t.without_choice == 1);
    CHECK(t.skewness > 0);
    CHECK(t.distribution.edges == std::vector<double>{100, 150, 200, 250, 300, 350});
    CHECK(t.distribution.counts == std::vector<long>{2, 0, 0, 0, 1});

    // A coarser recording sees the crossing at its own samples: 40, 80, ..., so 200, 240, 400.
    reaction_time_accumulator coarse;
    coarse.add(conditions, make(4));
    CHECK(coarse.result().mean == std::vector<double>{300, 120});
    CHECK(coarse.result().mean_error == 420);

    reaction_time_accumulator high{choice_at_threshold{1000}};
    high.add(conditions, make(1));
    CHECK_THROWS_AS(high.result(), invalid_argument);
}

TEST_CASE("reaction times collected in batches equal those collected at once", "[analysis]") {
    std::vector<made_up> conditions;
    auto whole = silent(20, 80);
    reaction_time_accumulator all, parts;
    for (long k = 0; k < 20; ++k) {
        conditions.push_back({false, k % 3 == 0 ? 10.0 : 50.0, k % 4 == 0 ? -1 : 1});
        ramp(whole, k, 0, 100, 1 / (100.0 + 7 * static_cast<double>(k)));
        auto one = silent(1, 80);
        ramp(one, 0, 0, 100, 1 / (100.0 + 7 * static_cast<double>(k)));
        parts.add(std::vector<made_up>{conditions.back()}, one);
    }
    all.add(conditions, whole);
    const auto a = arrays_of(all.result()), b = arrays_of(parts.result());
    for (std::size_t k = 0; k < a.size(); ++k) CHECK(a[k].values == b[k].values);
}
