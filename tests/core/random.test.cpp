#include <eirnn/core/random.hpp>

#include "../catch.hpp"

#include <algorithm>
#include <vector>

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#define EIRNN_HAS_RANDOM123 1
#endif

using namespace eirnn;
namespace {
std::vector<double> draw(std::size_t n, auto f) {
    random_sequence r(key_of(7, random_stream::analysis));
    std::vector<double> v(n);
    for (double& x : v) x = f(r);
    return v;
}
double mean(const std::vector<double>& v) {
    double s = 0;
    for (double x : v) s += x;
    return s / static_cast<double>(v.size());
}
double variance(const std::vector<double>& v) {
    const double m = mean(v);
    double s = 0;
    for (double x : v) s += (x - m) * (x - m);
    return s / static_cast<double>(v.size());
}
/// Kolmogorov-Smirnov distance times sqrt(n); above 1.95 in one of a thousand samples.
double ks(std::vector<double> v, auto cdf) {
    std::sort(v.begin(), v.end());
    double worst = 0;
    for (std::size_t k = 0; k < v.size(); ++k) {
        const double p = cdf(v[k]), n = static_cast<double>(v.size());
        worst = std::max({worst, std::abs(p - static_cast<double>(k) / n), std::abs(p - static_cast<double>(k + 1) / n)});
    }
    return worst * std::sqrt(static_cast<double>(v.size()));
}
}  // namespace

#ifdef EIRNN_HAS_RANDOM123
TEST_CASE("philox is Random123's philox, for any counter and key") {
    random_sequence r(key_of(1, random_stream::analysis));
    for (int k = 0; k < 20000; ++k) {
        const philox_block c{r.word(), r.word(), r.word(), r.word()};
        const random_key key{r.word(), r.word()};
        const auto ten = r123::Philox4x32_R<10>()({{c[0], c[1], c[2], c[3]}}, {{key.lo, key.hi}}),
                   seven = r123::Philox4x32_R<7>()({{c[0], c[1], c[2], c[3]}}, {{key.lo, key.hi}});
        for (std::size_t i = 0; i < 4; ++i) {
            REQUIRE(philox<10>(c, key)[i] == ten[i]);
            REQUIRE(philox<7>(c, key)[i] == seven[i]);
        }
    }
}
#endif

TEST_CASE("a sequence is a function of its address") {
    const random_key key = key_of(3, random_stream::weights);
    random_sequence a(key, 1, 2, 3), b(key, 1, 2, 3), c(key, 1, 2, 4), d(key_of(3, random_stream::masks), 1, 2, 3);
    int same_c = 0, same_d = 0;
    for (int k = 0; k < 1000; ++k) {
        const auto w = a.word();
        REQUIRE(w == b.word());
        same_c += w == c.word();
        same_d += w == d.word();
    }
    CHECK(same_c < 3);
    CHECK(same_d < 3);
    auto copy = a;
    CHECK(copy.word() == a.word());
    CHECK(key_of(1, random_stream::weights) != key_of(2, random_stream::weights));
    CHECK(key_of(1, random_stream::weights) != key_of(1ull << 32 | 1, random_stream::weights));
}
TEST_CASE("uniforms, integers and normals have their distributions") {
    const auto u = draw(20000, [](auto& r) { return r.uniform(); });
    CHECK(ks(u, [](double x) { return x; }) < 1.95);
    CHECK(*std::min_element(u.begin(), u.end()) >= 0);
    CHECK(*std::max_element(u.begin(), u.end()) < 1);
    CHECK(ks(draw(20000, [](auto& r) { return r.normal(); }), [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.)); }) < 1.95);
    CHECK(ks(draw(20000, [](auto& r) { return r.exponential(330); }), [](double x) { return 1 - std::exp(-x / 330); }) < 1.95);
    std::vector<int> count(7);
    random_sequence r(key_of(9, random_stream::analysis));
    for (int k = 0; k < 70000; ++k) ++count[r.below(7)];
    for (int n : count) CHECK(std::abs(n - 10000) < 400);  // 4.3 standard deviations
}
TEST_CASE("gamma has mean k s, variance k s^2, and the distribution of shape 2") {
    const auto g = draw(40000, [](auto& r) { return r.gamma(2, 0.05); });
    CHECK(mean(g) == Approx(0.1).epsilon(0.02));
    CHECK(variance(g) == Approx(0.005).epsilon(0.05));
    CHECK(ks(g, [](double x) { return 1 - (1 + x / 0.05) * std::exp(-x / 0.05); }) < 1.95);
}
