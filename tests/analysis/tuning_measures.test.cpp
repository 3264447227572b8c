// The measures of the multi-cell network: gratings, selectivity, skewness, density, differences between types, and their confidence.
#include "catch.hpp"

#include <eirnn/analysis/bootstrap.hpp>
#include <eirnn/analysis/kernel_density.hpp>
#include <eirnn/analysis/tuning_measures.hpp>
#include <eirnn/analysis/type_difference.hpp>
#include <eirnn/core/random.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <tuple>
#include <vector>

using namespace eirnn;
using namespace eirnn::analysis;

namespace {
random_sequence numbers(std::uint32_t which) { return {key_of(7, random_stream::analysis), which}; }

std::vector<double> normals(std::uint32_t which, long n) {
    auto random = numbers(which);
    std::vector<double> out;
    for (long k = 0; k < n; ++k) out.push_back(random.normal());
    return out;
}

matrix<double> random_matrix(std::uint32_t which, long rows, long cols) {
    matrix<double> m(rows, cols);
    m.data = normals(which, rows * cols);
    return m;
}

// One unit's responses to the 432 gratings, as the formula says.
template <class F>
matrix<double> responses_of(const F& formula) {
    const auto set = grating_set();
    matrix<double> r(1, static_cast<long>(set.size()));
    for (std::size_t k = 0; k < set.size(); ++k) r.data[k] = formula(set[k]);
    return r;
}

unit_measures measure_one(const matrix<double>& responses) { return measure_units(grating_set(), responses, unit_values(1)); }

unit_measures with_image_skewness(unit_values values) {
    const auto units = static_cast<long>(values.size());
    return measure_units(grating_set(), matrix<double>(units, 432), std::move(values));
}

bool is_nan(double x) { return (std::bit_cast<std::uint64_t>(x) & 0x7fff'ffff'ffff'ffffu) > 0x7ff0'0000'0000'0000u; }
}  // namespace

TEST_CASE("432 gratings, all different and as the paper lists them", "[analysis]") {
    const auto set = grating_set();
    CHECK(set.size() == 432);
    std::set<std::tuple<double, double, double>> different;
    std::set<double> cycles, orientations, phases;
    for (const auto& g : set) {
        different.emplace(g.cycles, g.orientation, g.phase);
        cycles.insert(g.cycles);
        orientations.insert(g.orientation);
        phases.insert(g.phase);
    }
    CHECK(different.size() == 432);
    CHECK(cycles == std::set<double>{1, 2, 3, 4, 6, 8});
    CHECK(orientations.size() == 18);
    CHECK(*orientations.rbegin() == Approx(std::acos(-1.0) * 170 / 180));
    CHECK(phases.size() == 4);
    CHECK(*phases.rbegin() == Approx(std::acos(-1.0) * 1.5));
}

TEST_CASE("a grating is shown like a training image", "[analysis]") {
    const grating_parameters g{3, 0.7, 0.4};
    const auto image = grating_image<float>(8, g);
    REQUIRE(image.size() == 8 * 8 * 3);
    double mean = 0, square = 0;
    for (std::size_t k = 0; k < image.size(); ++k) {
        mean += static_cast<double>(image[k]) / 192;
        square += static_cast<double>(image[k]) * static_cast<double>(image[k]) / 192;
        CHECK(image[k] == image[k / 3 * 3]);  // grey
    }
    CHECK(mean == Approx(0).margin(1e-6));
    CHECK(square == Approx(1).epsilon(1e-5));
    // The same picture: an affine function of the grating, row by row.
    const auto grey = grating(8, g.cycles, g.orientation, g.phase);
    const double scale = (static_cast<double>(image[3]) - static_cast<double>(image[0])) / (grey(0, 1) - grey(0, 0));
    CHECK(scale > 0);
    for (long y = 0; y < 8; ++y)
        for (long x = 0; x < 8; ++x)
            CHECK(static_cast<double>(image[static_cast<std::size_t>((y * 8 + x) * 3)]) - static_cast<double>(image[0]) ==
                  Approx(scale * (grey(y, x) - grey(0, 0))).margin(1e-5));

    // The zeros of this cosine lie on the pixels: an even image stays one, and its rounding errors are not blown up.
    for (const double x : grating_image<double>(8, {4, 0, 0})) CHECK(std::abs(x) < 1e-12);
    CHECK_THROWS_AS(grating_image<float>(8, g, 0), invalid_argument);
}

TEST_CASE("gOSI is taken at the preferred frequency and phase", "[analysis]") {
    const auto set = grating_set();
    const auto& target = set[5 * 72 + 2 * 18 + 4];
    const auto preferred_plane = [&](const grating_parameters& g) { return g.cycles == target.cycles && g.phase == target.phase; };

    const auto perfect = measure_one(responses_of([&](const auto& g) { return g == target ? 2. : 0.; }));
    CHECK(perfect.gosi[0].value() == Approx(1));
    CHECK(perfect.preferred[0] == 5 * 72 + 2 * 18 + 4);
    CHECK(perfect.tuning(0, 4) == 2);
    // One response of 2 among 432: skewness (1 - 2p) / sqrt(p (1 - p)).
    const double p = 1. / 432;
    CHECK(perfect.orientation_skewness[0].value() == Approx((1 - 2 * p) / std::sqrt(p * (1 - p))));

    const auto flat = measure_one(responses_of([](const auto&) { return 0.3; }));
    CHECK(flat.gosi[0].value() == Approx(0).margin(1e-12));
    CHECK(!flat.orientation_skewness[0].has_value());

    // r = 1 + c cos 2 (theta - t): the sums over 18 equidistant orientations are 18 and 18 c / 2.
    const auto cosine = measure_one(responses_of([&](const auto& g) {
        return preferred_plane(g) ? 1 + 0.6 * std::cos(2 * (g.orientation - 0.3)) : g.orientation == 0 ? 1. : 0.;  // sharp elsewhere
    }));
    CHECK(cosine.gosi[0].value() == Approx(0.3));
    // One number of equal height at an earlier frequency makes that one preferred, and with it the tuning curve there.
    const auto tie = measure_one(responses_of([&](const auto& g) { return preferred_plane(g) || g == set[40] ? 1. : 0.; }));
    CHECK(tie.preferred[0] == 40);
    CHECK(tie.gosi[0].value() == Approx(1));
}

TEST_CASE("skewness of a stream of stimuli is that of the list", "[analysis]") {
    const long stimuli = 3000;
    // Symmetric; rarely active; far from 0 against its deviation; very rarely active; silent; always 0.1.
    std::vector<std::vector<double>> lists(6);
    auto random = numbers(1);
    for (long k = 0; k < stimuli; ++k) {
        const double z = random.normal();
        lists[0].push_back(z);
        lists[1].push_back(std::max(0., z - 2));
        lists[2].push_back(1000 + z * z);
        lists[3].push_back(k == 1234 ? 1e-3 : 0);
        lists[4].push_back(0);
        lists[5].push_back(0.1);
    }
    skewness_accumulator a(6), in_float(6);
    for (std::size_t k = 0; k < static_cast<std::size_t>(stimuli); ++k) {
        std::vector<double> one;
        for (const auto& list : lists) one.push_back(list[k]);
        a.add(one);
        in_float.add(std::vector<float>(one.begin(), one.end()));
    }
    CHECK(a.stimuli() == stimuli);
    const auto skewness = a.skewness();
    for (std::size_t u = 0; u < 4; ++u) {
        CHECK(skewness[u].value() == Approx(response_skewness(lists[u]).value()).epsilon(1e-10).margin(1e-10));
        CHECK(in_float.skewness()[u].value() == Approx(skewness[u].value()).epsilon(1e-3).margin(1e-5));
    }
    CHECK(skewness[3].value() > 50);
    for (std::size_t u = 4; u < 6; ++u) {
        CHECK(!skewness[u].has_value());
        CHECK(!response_skewness(lists[u]).has_value());
    }

    const std::vector<double> unfinished{1, 2, 3, 4, 5, std::bit_cast<double>(std::uint64_t{0x7ff8'0000'0000'0000})};
    CHECK_THROWS_AS(a.add(unfinished), invalid_argument);
    CHECK_THROWS_AS(a.add(std::vector<double>{1, 2}), invalid_argument);
    CHECK(a.skewness() == skewness);
    CHECK(!skewness_accumulator(1).skewness()[0].has_value());
}

TEST_CASE("silent units are counted, not averaged", "[analysis]") {
    const auto set = grating_set();
    matrix<double> r(4, 432);
    for (std::size_t k = 0; k < 432; ++k) {
        r(0, static_cast<long>(k)) = k == 7;                                      // perfectly tuned
        r(1, static_cast<long>(k)) = 1 + 0.5 * std::cos(2 * set[k].orientation);  // gOSI 0.25
        r(3, static_cast<long>(k)) = 2;                                           // untuned, always alike
    }                                                                             // unit 2 is silent
    const auto m = measure_units(set, r, {4., std::nullopt, std::nullopt, 1.});
    const auto s = summarise("area3", "PN", m);
    CHECK(s.channels == 4);
    CHECK(s.image_skewness.value() == Approx(2.5));
    CHECK(s.silent == 2);
    CHECK(s.gosi.value() == Approx((1 + 0.25 + 0) / 3));
    CHECK(!m.gosi[2].has_value());
    CHECK(s.orientation_skewness.value() == Approx((*m.orientation_skewness[0] + *m.orientation_skewness[1]) / 2));
    CHECK(s.silent_gratings == 2);

    const auto none = summarise("area4", "OG", with_image_skewness({std::nullopt, std::nullopt}));
    CHECK((!none.image_skewness && !none.gosi && !none.orientation_skewness));
    CHECK((none.silent == 2 && none.silent_gratings == 2));

    const auto arrays = arrays_of("area3.PN", m);
    CHECK(arrays[0].name == "area3.PN.gosi");
    CHECK(arrays[0].values[0] == Approx(1));
    CHECK(is_nan(arrays[0].values[2]));
    CHECK(!is_nan(arrays[0].values[3]));
    CHECK(arrays[3].name == "area3.PN.tuning");
    CHECK(arrays[3].shape == std::vector<long>{4, 18});

    CHECK_THROWS_AS(measure_units(set, r, unit_values(3)), invalid_argument);
    r(1, 5) = -1;
    CHECK_THROWS_AS(measure_units(set, r, unit_values(4)), invalid_argument);
}

TEST_CASE("separable kernels are as dense as the kernels they stand for", "[analysis]") {
    const auto depthwise = random_matrix(2, 5, 9), pointwise = random_matrix(3, 4, 5);
    const double threshold = 0.4;
    const auto w = weights_of_separable(depthwise, pointwise);
    double above = 0, taps_above = 0;
    std::vector<float> ordinary;
    for (long post = 0; post < 4; ++post)
        for (long pre = 0; pre < 5; ++pre) {
            double sum = 0;
            for (long tap = 0; tap < 9; ++tap) {
                const double k = std::abs(depthwise(pre, tap) * pointwise(post, pre));
                ordinary.push_back(static_cast<float>(depthwise(pre, tap) * pointwise(post, pre)));
                sum += k;
                taps_above += k > threshold;
            }
            CHECK(w.connections[static_cast<std::size_t>(post * 5 + pre)] == Approx(sum / 9));
            above += sum / 9 > threshold;
        }
    const auto m = measure_density(w, threshold);
    CHECK(m.density == Approx(above / 20));
    CHECK(m.density_of_taps == Approx(taps_above / 180));
    CHECK((above > 0 && above < 20));
    CHECK(measure_density(weights_of_kernels(std::span<const float>(ordinary), 9), threshold).density == m.density);

    // Signs that cancel in the mean do not make a connection weak.
    const std::vector<double> kernel{1, -1, 1, -1};
    CHECK(weights_of_kernels(std::span<const double>(kernel), 4).connections == std::vector<double>{1});
    CHECK_THROWS_AS(weights_of_kernels(std::span<const double>(kernel), 3), invalid_argument);
    CHECK_THROWS_AS(weights_of_separable(depthwise, random_matrix(3, 5, 4)), invalid_argument);
}

TEST_CASE("log weights fall on both sides of the threshold's edge", "[analysis]") {
    kernel_weights w{{0, 0, std::exp(-10.2), std::exp(-9.8), std::exp(-9.7), 1}, {}};
    const auto m = measure_density(w);
    CHECK(m.density == Approx(0.5));
    CHECK(m.zero == 2);
    long below = 0, all = 0;
    for (std::size_t k = 0; k < m.log_weights.counts.size(); ++k) {
        all += m.log_weights.counts[k];
        if (m.log_weights.edges[k + 1] <= -10) below += m.log_weights.counts[k];
    }
    CHECK((below == 1 && all == 4));
    const auto silent = measure_density({{0, 0}, {0, 0}});
    CHECK((silent.density == 0 && silent.zero == 2 && silent.log_weights.counts.empty()));
    const auto arrays = arrays_of("area3.PN_PN", m);
    CHECK(arrays[0].name == "area3.PN_PN.log_weight_histogram");
    CHECK(arrays[1].values.size() == arrays[0].values.size() + 1);
}

TEST_CASE("a network is one point in the difference space", "[analysis]") {
    const auto neurons = with_image_skewness({5., 7., std::nullopt});
    const auto input_gating = with_image_skewness({1.}), output_gating = with_image_skewness({2., 3., std::nullopt});
    const std::vector both{input_gating, output_gating};
    const auto interneurons = pooled(both);
    CHECK(interneurons.units() == 4);
    CHECK(interneurons.tuning.rows == 4);
    const std::vector<kernel_weights> inhibition{{{1, 1, 0, 1}, {}}, {{1, 1}, {}}};
    const auto d = difference_of(neurons, interneurons, {{0, 1, 0, 0}, {}}, pooled(inhibition));
    CHECK(d.selectivity.value() == Approx(6 - 2));  // by channel; by type it would be 6 - 1.75
    CHECK(d.density == Approx(5. / 6 - 1. / 4));
    CHECK(!difference_of(neurons, with_image_skewness({std::nullopt}), {}, {}).selectivity.has_value());
}

TEST_CASE("the bootstrap interval of a mean", "[analysis]") {
    const auto wide = normals(4, 5), narrow = normals(5, 80);
    const auto a = bootstrap_interval(wide, seed(1)), b = bootstrap_interval(narrow, seed(1));
    CHECK((a.low < a.mean && a.mean < a.high));
    CHECK((b.low < b.mean && b.mean < b.high));
    CHECK(b.high - b.low < a.high - a.low);
    const auto again = bootstrap_interval(wide, seed(1));
    CHECK((again.low == a.low && again.high == a.high));
    CHECK(bootstrap_interval(narrow, seed(2)).low != b.low);
    CHECK(bootstrap_interval(narrow, seed(2)).low == Approx(b.low).margin(0.02));
    // For many values the interval is that of the normal distribution.
    const double error = moments_of(narrow).deviation / std::sqrt(80.);
    CHECK(b.low == Approx(b.mean - 1.96 * error).margin(0.1 * error));
    CHECK(b.high == Approx(b.mean + 1.96 * error).margin(0.1 * error));
    const auto half = bootstrap_interval(narrow, seed(1), 0.5);
    CHECK(half.high - half.low < 0.5 * (b.high - b.low));
    // Two values: a quarter of the samples hold only the smaller, a quarter only the larger one.
    const std::vector<double> two{0, 1};
    const auto all = bootstrap_interval(two, seed(3));
    CHECK((all.low == 0 && all.mean == 0.5 && all.high == 1));
    const auto one = bootstrap_interval(std::vector<double>{0.7}, seed(3));
    CHECK((one.low == 0.7 && one.mean == 0.7 && one.high == 0.7));
    CHECK_THROWS_AS(bootstrap_interval(std::vector<double>{}, seed(1)), invalid_argument);
    CHECK_THROWS_AS(bootstrap_interval(two, seed(1), 1), invalid_argument);
}
