// d', the order of the units it gives, and the weights seen in that order.
#include "catch.hpp"
#include "synthetic.hpp"

#include <eirnn/analysis/connectivity.hpp>
#include <eirnn/core/random.hpp>

#include <cmath>

using namespace eirnn;
using namespace eirnn::analysis;

namespace {
// Two groups of E, then I: units 0 .. 3, 4 .. 7 and 8 .. 11.
layout three_populations() {
    layout net;
    net.units = 12;
    net.inputs = 2;
    net.outputs = 2;
    net.populations = {
        {0, 4, 0, polarity::excitatory, false}, {4, 4, 0, polarity::excitatory, false}, {8, 4, 0, polarity::inhibitory, true}};
    return net;
}
}  // namespace

TEST_CASE("d' follows its formula", "[analysis]") {
    selectivity_accumulator a(3);
    // Unit 0: 4, 6 against 1, 3: (5 - 2) / sqrt((1 + 1) / 2) = 3. Unit 1 never varies. Unit 2 varies with the choice only.
    a.add(0, std::vector<double>{4, 7, 1});
    a.add(1, std::vector<double>{1, 7, 2});
    a.add(0, std::vector<double>{6, 7, 1});
    CHECK_THROWS_AS(selectivity_accumulator(3).d_prime(), invalid_argument);
    a.add(1, std::vector<double>{3, 7, 2});
    const auto d = a.d_prime();
    CHECK(d[0] == Approx(3));
    CHECK(d[1] == 0);
    CHECK((d[2] < 0 && std::abs(d[2]) > 1e300));
    CHECK(a.trials(0) == 2);
    CHECK_THROWS_AS(a.add(2, std::vector<double>{1, 2, 3}), invalid_argument);
    CHECK_THROWS_AS(a.add(0, std::vector<double>{1, 2}), invalid_argument);
}

TEST_CASE("rates are summed over the stimulus and grouped by the choice made", "[analysis]") {
    // Samples every 20 ms; the stimulus lasts from 100 to 500, so the samples at 120 .. 500 count: 20 of them.
    const std::vector<made_up> conditions{{false, 10, 1}, {false, 10, 1}, {false, 10, -1}, {false, 0, 1}, {true}};
    const std::vector<long> choices{0, 1, 1, 0, 0};
    auto whole = silent(5, 60, 2, 2);
    random_sequence random(key_of(9, random_stream::analysis));
    for (float& x : whole.rate) x = static_cast<float>(random.uniform());
    for (long k = 0; k < 5; ++k) choose(whole, k, choices[static_cast<std::size_t>(k)]);
    selectivity_accumulator at_once(2), by_hand(2), parts(2);
    at_once.add(conditions, whole);
    for (long k = 0; k < 4; ++k) {
        std::vector<double> sums(2);
        for (long s = 5; s < 25; ++s)
            for (long u = 0; u < 2; ++u) sums[static_cast<std::size_t>(u)] += static_cast<double>(whole.rate_at(s, k, u));
        by_hand.add(choices[static_cast<std::size_t>(k)], sums);
    }
    for (long k = 0; k < 5; ++k) {
        auto one = silent(1, 60, 2, 2);
        for (long s = 0; s < 30; ++s)
            for (long u = 0; u < 2; ++u) one.rate[static_cast<std::size_t>(s * 2 + u)] = whole.rate_at(s, k, u);
        choose(one, 0, choices[static_cast<std::size_t>(k)]);
        parts.add(std::vector<made_up>{conditions[static_cast<std::size_t>(k)]}, one);
    }
    CHECK(at_once.d_prime() == by_hand.d_prime());
    CHECK(at_once.d_prime() == parts.d_prime());
    CHECK_THROWS_AS(at_once.add(conditions, silent(5, 60)), invalid_argument);  // no rates
}

TEST_CASE("the most selective units are kept by sign and sorted by d'", "[analysis]") {
    const auto net = three_populations();
    const std::vector<double> d{0.1, -3, 2, 0, 1, -0.5, 4, 0.2, 0.3, -2, 1, 0.1};
    const auto half = sort_by_selectivity(net, d, 0.5);
    CHECK(half.unit == std::vector<long>{6, 2, 4, 1, 10, 9});
    CHECK(half.d_prime == std::vector<double>{4, 2, 1, -3, 1, -2});
    CHECK(half.sign[3] == polarity::excitatory);
    CHECK(half.sign[4] == polarity::inhibitory);
    CHECK(sort_by_selectivity(net, d).unit == std::vector<long>{6, 1, 9});
    CHECK(sort_by_selectivity(net, d, 1).unit.size() == 12);

    layout unsigned_net;
    unsigned_net.units = 100;
    unsigned_net.populations = {{0, 100, 0, polarity::free, false}};
    std::vector<double> many;
    for (int k = 0; k < 100; ++k) many.push_back(k - 50);
    const auto quarter = sort_by_selectivity(unsigned_net, many);
    REQUIRE(quarter.unit.size() == 25);
    CHECK(quarter.unit.front() == 99);
    CHECK(quarter.unit.back() == 0);
    CHECK_THROWS_AS(sort_by_selectivity(net, many), invalid_argument);
    CHECK_THROWS_AS(sort_by_selectivity(net, d, 0), invalid_argument);
}

TEST_CASE("the sorted weights show groups, densities and segregation", "[analysis]") {
    const auto net = three_populations();
    // E units 0 .. 3 and I units 8, 9 prefer choice 1, the others choice 2.
    const auto first = [](long u) { return u < 4 || u == 8 || u == 9; };
    matrix<float> recurrent(12, 12), input(12, 2), output(2, 12);
    std::vector<double> d;
    for (long a = 0; a < 12; ++a) {
        d.push_back((first(a) ? 1 : -1) * (1 + 0.01 * static_cast<double>(a)));
        for (long b = 0; b < 12; ++b) {
            if (a == b) continue;
            const bool same = first(a) == first(b);
            // E to E: 0.5 within, 0.25 between; E to I: within only; I to E: -1 between only; I to I: none.
            if (a < 8 && b < 8) recurrent(a, b) = same ? 0.5f : 0.25f;
            if (a >= 8 && b < 8 && same) recurrent(a, b) = 0.75f;
            if (a < 8 && b >= 8 && !same) recurrent(a, b) = -1;
        }
        input(a, 0) = first(a) ? 2 : 0;
        input(a, 1) = first(a) ? 0 : 3;
        if (a < 8) output(first(a) ? 0 : 1, a) = 1;
    }
    const auto order = sort_by_selectivity(net, d, 1);
    const auto map = map_connectivity(net, input, recurrent, output, order);
    CHECK(order.unit == std::vector<long>{3, 2, 1, 0, 4, 5, 6, 7, 9, 8, 10, 11});
    CHECK(map.recurrent(0, 1) == 0.5);
    CHECK(map.recurrent(0, 10) == -1);
    CHECK(map.input(4, 1) == 3);
    CHECK(map.output(1, 4) == 1);

    REQUIRE(map.classes.size() == 4);
    const auto E = polarity::excitatory, I = polarity::inhibitory;
    CHECK(map.between(E, E, true).mean == Approx(0.5));
    CHECK(map.between(E, E, true).count == 24);  // two groups of 4 * 3, the diagonal left out
    CHECK(map.between(E, E, false).mean == Approx(0.25));
    CHECK(map.between(E, E, false).count == 32);
    CHECK(map.between(E, I, true).mean == Approx(0.75));
    CHECK(map.between(E, I, false).mean == 0);
    CHECK(map.between(I, E, true).mean == 0);
    CHECK(map.between(I, E, false).mean == Approx(-1));
    CHECK(map.between(polarity::free, E, true).count == 0);
    CHECK(map.input_means(0, 0).mean == 2);
    CHECK(map.input_means(0, 1).mean == 0);
    CHECK(map.input_means(3, 1).mean == 3);
    CHECK(map.output_means(0, 0).mean == 1);
    CHECK(map.output_means(0, 1).mean == 0);

    // 56 E to E, 16 E to I, 16 I to E.
    CHECK(map.density == Approx(88 / 144.0));
    CHECK(map.density_excitatory == Approx(72 / 96.0));
    CHECK(map.density_inhibitory == Approx(16 / 48.0));
    long counted = 0;
    for (const long c : map.weights.counts) counted += c;
    CHECK(counted == 88);

    const auto arrays = arrays_of(map);
    CHECK(arrays[1].name == "W_rec");
    CHECK(arrays[1].shape == std::vector<long>{12, 12});
    CHECK(arrays[1].values[1] == 0.5);
    CHECK_THROWS_AS(map_connectivity(net, recurrent, recurrent, output, order), invalid_argument);
    auto foreign = order;
    foreign.unit[0] = 12;
    CHECK_THROWS_AS(map_connectivity(net, input, recurrent, output, foreign), invalid_argument);
}

TEST_CASE("a network without signs has two classes", "[analysis]") {
    layout net;
    net.units = 4;
    net.inputs = net.outputs = 1;
    net.populations = {{0, 4, 0, polarity::free, false}};
    matrix<double> recurrent(4, 4);
    for (long a = 0; a < 4; ++a)
        for (long b = 0; b < 4; ++b) recurrent(a, b) = a == b ? 0 : (a < 2) == (b < 2) ? 1 : -1;
    const std::vector<double> d{2, 1, -1, -2};
    const auto map = map_connectivity(net, matrix<double>(4, 1), recurrent, matrix<double>(1, 4), sort_by_selectivity(net, d, 1));
    REQUIRE(map.classes.size() == 2);
    CHECK(map.between(polarity::free, polarity::free, true).mean == 1);
    CHECK(map.between(polarity::free, polarity::free, false).mean == -1);
    CHECK(map.density == Approx(12 / 16.0));
    CHECK(map.density_excitatory == Approx(4 / 16.0));
    CHECK(map.density_inhibitory == Approx(8 / 16.0));
}
