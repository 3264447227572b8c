// Optimisers against closed forms, in a matrix with more rows than a packet holds.
#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/train/optimizer.hpp>

#include <vector>

using namespace eirnn;
namespace {

constexpr long rows = 19, columns = 3;
double start(long k) { return 0.1 * static_cast<double>(k % 7) - 0.3; }
double slope(int step, long k) { return 0.05 * static_cast<double>((k * 5 + step * 3) % 11) - 0.2; }

/// The weights after three steps whose gradients are `slope`, each times `scale`; entry (0, 0) is not trained.
template <class B, class O>
std::vector<double> after_three(const O& o, double scale) {
    using T = typename B::scalar;
    B device(2);
    parameter_block<B> p(rows, columns, B::row_unit);
    using buffer = typename parameter_block<B>::buffer;
    if (o.moments() > 0) p.first_moment = buffer(p.raw.size());
    if (o.moments() > 1) p.second_moment = buffer(p.raw.size());
    const auto fill = [&](buffer& to, const auto& value) {
        for (long k = 1; k < rows * columns; ++k) *p.of(to).at(k % rows, k / rows) = static_cast<T>(value(k));
    };
    fill(p.raw, start);
    for (int s = 1; s <= 3; ++s) {
        fill(p.gradient, [&](long k) { return slope(s, k); });
        o.update(device, p, static_cast<std::uint64_t>(s), scale);
    }
    std::vector<double> w;
    for (long k = 0; k < rows * columns; ++k) w.push_back(double(*p.of(p.raw).at(k % rows, k / rows)));
    return w;
}

template <class B>
void check(double tolerance) {
    INFO(B::name());
    const auto near = [&](const std::vector<double>& w, const auto& expected) {
        CHECK(w[0] == 0);
        for (long k = 1; k < rows * columns; ++k) {
            INFO("entry " << k);
            CHECK(w[static_cast<std::size_t>(k)] == Approx(expected(k)).margin(tolerance));
        }
    };
    const double scale = 0.5;
    const auto g = [&](int s, long k) { return scale * slope(s, k); };
    near(after_three<B>(sgd{.learning_rate = 0.1}, scale), [&](long k) { return start(k) - 0.1 * (g(1, k) + g(2, k) + g(3, k)); });
    near(after_three<B>(sgd{.learning_rate = 0.1, .clip_norm = 1, .momentum = 0.9}, scale),
         [&](long k) { return start(k) - 0.1 * (g(1, k) * (1 + 0.9 + 0.81) + g(2, k) * (1 + 0.9) + g(3, k)); });
    near(after_three<B>(adam{.learning_rate = 0.1, .clip_norm = 1, .beta1 = 0.8, .beta2 = 0.9}, scale), [&](long k) {
        double w = start(k);
        for (int t = 1; t <= 3; ++t) {
            double mean = 0, square = 0;  // the moments as the weighted means that they are
            for (int s = 1; s <= t; ++s) {
                mean += 0.2 * std::pow(0.8, t - s) * g(s, k) / (1 - std::pow(0.8, t));
                square += 0.1 * std::pow(0.9, t - s) * g(s, k) * g(s, k) / (1 - std::pow(0.9, t));
            }
            w -= 0.1 * mean / (std::sqrt(square) + 1e-8);
        }
        return w;
    });
}
}  // namespace

TEST_CASE("three steps of every optimiser have their closed form") {
    check<backend::serial<double>>(1e-14);
    check<backend::cpu<float>>(1e-6);
}

TEST_CASE("optimisers refuse numbers that make no sense") {
    CHECK_THROWS_AS(sgd{.learning_rate = -0.1}.check(), invalid_argument);
    CHECK_THROWS_AS(sgd{.learning_rate = std::nan("")}.check(), invalid_argument);
    CHECK_THROWS_AS((sgd{.learning_rate = 0.1, .clip_norm = 1, .momentum = 1}.check()), invalid_argument);
    CHECK_THROWS_AS((adam{.learning_rate = 0.1, .clip_norm = -1}.check()), invalid_argument);
    CHECK_THROWS_AS((adam{.learning_rate = 0.1, .clip_norm = 1, .beta1 = 0.9, .beta2 = 0.9, .epsilon = 0}.check()), invalid_argument);
    CHECK_NOTHROW(sgd{}.check());
    sgd guarded;
    guarded.guard.largest_norm = 0;
    CHECK_THROWS_AS(guarded.check(), invalid_argument);
    guarded.guard = {.shrink = 0};
    CHECK_THROWS_AS(guarded.check(), invalid_argument);
    guarded.guard = {.shrink = 0.02};
    guarded.learning_rate = 51;  // its step would change signs
    CHECK_THROWS_AS(guarded.check(), invalid_argument);
    guarded.guard.steps_in_a_row = 0;
    CHECK_NOTHROW(guarded.check());
    CHECK_NOTHROW(adam{}.check());
}
