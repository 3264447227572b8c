// Epochs in steps, random durations, sweeps, and the numbers behind a trial.
#include "catch.hpp"

#include <eirnn/task/schedule.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <set>

using namespace eirnn;
using namespace eirnn::tasks;

TEST_CASE("an epoch holds the steps whose end lies in it", "[task]") {
    // The definition, counted: begin < (k+1) dt <= end.
    for (const double dt : {20.0, 10.0, 0.5, 0.1, 0.3})
        for (const auto e : {epoch{0, 100}, epoch{100, 900}, epoch{900, 1200}}) {
            const auto [first, last] = steps_of(e, dt);
            for (long k = 0; k < static_cast<long>(1300 / dt); ++k) {
                const double end_of_step = static_cast<double>(k + 1) * dt;
                const bool inside = end_of_step > e.begin + 1e-7 && end_of_step <= e.end + 1e-7;
                if (inside != (k >= first && k < last)) FAIL("dt " << dt << ", step " << k);
            }
        }
    CHECK(whole_steps(0.3, 0.1) == 3);  // 0.3 / 0.1 is just below 3
    CHECK(whole_steps(79.99, 20) == 3);
    CHECK(floor_to_step(333.3, 20) == 320);
    CHECK(floor_to_step(333.3, 0.5) == 333);
    CHECK_NOTHROW(require_multiple(300, 0.1, "decision"));
    CHECK_THROWS_AS(require_multiple(300, 7, "decision"), invalid_argument);
}

TEST_CASE("a truncated exponential has its bounds, its mean and its shape", "[task]") {
    const truncated_exponential d{330, 80, 1500};
    random_sequence random(key_of(1, random_stream::analysis));
    constexpr int n = 100000;
    double sum = 0;
    int below_200 = 0;
    for (int k = 0; k < n; ++k) {
        const double ms = d.draw(random);
        if (ms < 80 || ms >= 1500) FAIL("out of bounds: " << ms);
        sum += ms;
        below_200 += ms < 200;
    }
    const double tail = std::exp(-1420.0 / 330);
    CHECK(sum / n == Approx(80 + 330 - 1420 * tail / (1 - tail)).margin(4));
    CHECK(below_200 / double(n) == Approx((1 - std::exp(-120.0 / 330)) / (1 - tail)).margin(0.006));

    CHECK_THROWS_AS((truncated_exponential{330, 80, 80}.check("d")), invalid_argument);
    CHECK_THROWS_AS((truncated_exponential{-1, 80, 1500}.check("d")), invalid_argument);
    CHECK_THROWS_AS((truncated_exponential{330, 80, std::numeric_limits<double>::quiet_NaN()}.check("d")), invalid_argument);
}

TEST_CASE("a sweep varies its first factor fastest", "[task]") {
    const std::array<long, 3> sizes{2, 3, 2};
    CHECK(unravel(0, sizes) == std::vector<long>{0, 0, 0});
    CHECK(unravel(1, sizes) == std::vector<long>{1, 0, 0});
    CHECK(unravel(2, sizes) == std::vector<long>{0, 1, 0});
    CHECK(unravel(6, sizes) == std::vector<long>{0, 0, 1});
    CHECK(unravel(11, sizes) == std::vector<long>{1, 2, 1});
}

TEST_CASE("seed, purpose, iteration and trial each change a trial's numbers", "[task]") {
    const trial_request base{purpose::training, 1, 5, 1, 20.0};
    std::set<std::uint32_t> words;
    const auto first_word = [](const trial_request& r, long trial) { return trial_random(r, trial).word(); };
    words.insert(first_word(base, 0));
    words.insert(first_word(base, 1));
    words.insert(first_word({purpose::training, 2, 5, 1, 20.0}, 0));
    words.insert(first_word({purpose::training, 1, 6, 1, 20.0}, 0));
    words.insert(first_word({purpose::training, 1, 5 + (std::uint64_t{1} << 32), 1, 20.0}, 0));
    words.insert(first_word({purpose::validation, 1, 5, 1, 20.0}, 0));
    words.insert(first_word({purpose::test, 1, 5, 1, 20.0}, 0));
    CHECK(words.size() == 7);
    CHECK(first_word({purpose::training, 1, 5, 99, 0.5, 0}, 1) == first_word(base, 1));
}

TEST_CASE("a request that makes no sense is refused", "[task]") {
    const auto refused = [](long trials, double dt, long first) {
        CHECK_THROWS_AS(tasks::check({purpose::test, 1, 0, trials, dt, first}), invalid_argument);
    };
    refused(0, 20, 0);
    refused(-1, 20, 0);
    refused(1, 0, 0);
    refused(1, -20, 0);
    refused(1, std::numeric_limits<double>::quiet_NaN(), 0);
    refused(1, std::numeric_limits<double>::infinity(), 0);
    refused(1, 1e-12, 0);
    refused(1, 20, -1);
    refused(2, 20, (1L << 32) - 1);
    refused(std::numeric_limits<long>::max(), 20, 1);
    CHECK_NOTHROW(tasks::check({purpose::test, 1, 0, 1, 20, (1L << 32) - 1}));
}
