// The noise of the kernels: distribution, independence, and the same bits from scalars and packets.
#include <eirnn/backend/cpu/packet.hpp>

#include "../catch.hpp"

#include <algorithm>
#include <vector>

using namespace eirnn;

TEST_CASE("normals of the kernels are normal and uncorrelated over units, steps, trials and iterations") {
    const random_key key = key_of(5, random_stream::unit_noise);
    std::vector<double> all;
    double along[4] = {};
    const auto at = [&](std::uint32_t unit, std::uint32_t step, std::uint32_t trial, std::uint32_t iteration) {
        float n[noise_steps];
        kernels::noise_of<float, std::uint32_t>(unit, step / noise_steps, trial, iteration, key, n);
        return static_cast<double>(n[step % noise_steps]);
    };
    for (std::uint32_t k = 0; k < 40000; ++k) {
        const std::uint32_t unit = k % 100, step = k / 100 % 40, trial = k / 4000;
        const double x = at(unit, step, trial, 3);
        all.push_back(x);
        along[0] += x * at(unit + 1, step, trial, 3);
        along[1] += x * at(unit, step + 1, trial, 3);
        along[2] += x * at(unit, step, trial + 1, 3);
        along[3] += x * at(unit, step, trial, 4);
    }
    double m = 0, v = 0, s = 0, q = 0;
    const auto n = static_cast<double>(all.size());
    for (double x : all) m += x / n;
    for (double x : all) v += (x - m) * (x - m) / n, s += x * x * x / n, q += x * x * x * x / n;
    CHECK(std::abs(m) < 0.02);
    CHECK(v == Approx(1).epsilon(0.03));
    CHECK(std::abs(s) < 0.06);
    CHECK(q == Approx(3).epsilon(0.06));
    for (double c : along) CHECK(std::abs(c / n) < 0.02);
    std::sort(all.begin(), all.end());
    double worst = 0;
    for (std::size_t k = 0; k < all.size(); ++k)
        worst = std::max(worst, std::abs(0.5 * std::erfc(-all[k] / std::sqrt(2.)) - (static_cast<double>(k) + 0.5) / n));
    CHECK(worst * std::sqrt(n) < 1.95);  // Kolmogorov-Smirnov, one of a thousand
}

// The two normals of a pair come from one word: together they must be as even as if they came from two.
TEST_CASE("radius and angle of the two normals of a word are uniform, alone, together and in the tails") {
    constexpr int cells = 64, words = 1 << 20;
    std::vector<int> hit(cells * cells);
    double beyond[2] = {}, cross = 0, squares = 0;
    for (std::uint32_t k = 0; k < words / 4; ++k) {
        float n[noise_steps];
        kernels::noise_of<float, std::uint32_t>(k % 512, k / 512, 3, 9, key_of(2, random_stream::unit_noise), n);
        for (int pair = 0; pair < 4; ++pair) {
            const double x = n[2 * pair], y = n[2 * pair + 1], q = x * x + y * y;
            const double radius = std::exp(-q / 2), angle = std::atan2(y, x) / 6.283185307179586 + 0.5;
            const auto cell = [](double u) { return std::min(static_cast<int>(u * cells), cells - 1); };
            ++hit[static_cast<std::size_t>(cell(radius) * cells + cell(angle))];
            for (double z : {x, y}) beyond[0] += std::abs(z) > 3, beyond[1] += std::abs(z) > 4.5;
            cross += x * y, squares += (x * x - 1) * (y * y - 1);
        }
    }
    const double expected = static_cast<double>(words) / (cells * cells);
    double chi2 = 0;
    for (int n : hit) chi2 += (n - expected) * (n - expected) / expected;
    CHECK(std::abs(chi2 - (cells * cells - 1)) < 4 * std::sqrt(2. * cells * cells));
    const auto five_sigma = [](double got, double p) { return std::abs(got - p * 2 * words) < 5 * std::sqrt(p * 2 * words); };
    CHECK(five_sigma(beyond[0], 2.699796e-3));
    CHECK(five_sigma(beyond[1], 6.795346e-6));
    CHECK(std::abs(cross) < 4 * std::sqrt(words));
    CHECK(std::abs(squares) < 4 * 2 * std::sqrt(words));
}

// clang may contract another product than g++ in the packet's sums; there the two agree to rounding.
TEST_CASE("packets and scalars make the same normals") {
    const random_key key{17, 4};
    long differ = 0;
    double worst = 0;
    for (std::uint32_t unit = 0; unit < 1024; unit += static_cast<std::uint32_t>(packet<float>::width))
        for (std::uint32_t step = 0; step < 64; ++step) {
            kernels::packet_u32 units;
            for (int k = 0; k < packet<float>::width; ++k) units.v[k] = unit + static_cast<std::uint32_t>(k);
            packet<float> n[noise_steps];
            kernels::noise_of<packet<float>>(units, step, 7u, 1u, key, n);
            for (int k = 0; k < packet<float>::width; ++k) {
                float one[noise_steps];
                kernels::noise_of<float, std::uint32_t>(unit + static_cast<std::uint32_t>(k), step, 7, 1, key, one);
                for (int j = 0; j < noise_steps; ++j) {
                    differ += one[j] != n[j].v[k];
                    worst = std::max(worst, std::abs(static_cast<double>(one[j]) - static_cast<double>(n[j].v[k])));
                }
            }
        }
#ifdef __clang__
    constexpr bool same_contraction = false;
#else
    constexpr bool same_contraction = true;
#endif
    if (same_contraction) CHECK(differ == 0);
    CHECK(worst < 1e-6);
}

TEST_CASE("functions of packets are those of the standard library to a few units in the last place") {
    const auto relative = [](float got, double expected) {
        return std::abs(static_cast<double>(got) - expected) / std::max(std::abs(expected), 1e-30);
    };
    double exp_error = 0, tanh_error = 0, softplus_error = 0, slope_error = 0;
    for (float x = -30; x < 30; x += 0.0137f) {
        const packet<float> p = packet<float>{} + x;
        exp_error = std::max(exp_error, relative(exp_of(p).v[0], std::exp(static_cast<double>(x))));
        tanh_error = std::max(tanh_error, relative(tanh_of(p).v[1], std::tanh(static_cast<double>(x))));
        softplus_error = std::max(softplus_error, relative(softplus_of(p).v[2], std::log1p(std::exp(static_cast<double>(x)))));
        if (x > 0) slope_error = std::max(slope_error, relative(one_minus_exp(p).v[3], -std::expm1(-static_cast<double>(x))));
    }
    CHECK(exp_error < 2e-7);
    CHECK(tanh_error < 3e-7);
    CHECK(softplus_error < 2e-6);
    CHECK(slope_error < 2e-6);
    CHECK(exp_of(packet<float>{} + 1000.f).v[0] > 1e38f);  // clamped, not infinite
    CHECK(exp_of(packet<float>{} - 1000.f).v[0] < 1e-37f);
}
TEST_CASE("finite sees NaN and infinity by their bits") {
    CHECK(is_finite(1.f));
    CHECK(is_finite(-0.0));
    CHECK_FALSE(is_finite(std::numeric_limits<float>::infinity()));
    CHECK_FALSE(is_finite(-std::numeric_limits<double>::infinity()));
    CHECK_FALSE(is_finite(std::numeric_limits<double>::quiet_NaN()));
}
