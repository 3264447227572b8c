// What a stack refuses, without changing anything; and how many numbers the networks of the paper train.
#include "small_stack.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>

#include <functional>
#include <limits>

using namespace stacks;
using processor = backend::serial<double>;

namespace {

using small_engine = stack_engine<processor, multicell::standard_ei, readout_cell>;
layout small_layout() {
    const variation v{.steps = 2};
    const auto a = make_area<multicell::standard_ei>(2, {4, 4}, {3, 2}, {3, 2}, v);
    return make_layout(v, {4, 4}, 2, {a, readout_map(a, 3)});
}
struct small_stack : small_engine {
    small_stack() : small_engine(small_layout(), processor()) { set_weights(*this, 1); }
};

}  // namespace

TEST_CASE("a batch that does not fit is refused, and changes nothing") {
    small_stack e;
    const auto good = make_images<double>(e.structure(), 3);
    const double loss = e.gradient(good, {1, 0}, categorical_cross_entropy).loss;
    const auto gradient = e.parameters().exported(&parameter_block<processor>::gradient);
    const auto running = e.running_statistics();
    using change = std::function<void(trial_batch<double>&)>;
    const std::vector<change> changes{
        [](auto& b) { b.trials = 0; },
        [](auto& b) { b.trials = -1; },
        [](auto& b) { b.trials = 2; },
        [](auto& b) { b.frames = 2; },
        [](auto& b) { b.inputs = 1; },
        [](auto& b) { b.grid = {2, 8}; },
        [](auto& b) { b.input.pop_back(); },
        [](auto& b) { b.input.clear(); },
        [](auto& b) { b.input[5] = std::numeric_limits<double>::quiet_NaN(); },
        [](auto& b) { b.input.back() = std::numeric_limits<double>::infinity(); },
        [](auto& b) { b.id.pop_back(); },
        [](auto& b) { b.id.push_back(1); },
    };
    for (std::size_t k = 0; k < changes.size(); ++k) {
        INFO("change " << k);
        auto bad = good;
        changes[k](bad);
        CHECK_THROWS_AS(e.run(bad), invalid_argument);
        CHECK_THROWS_AS(e.gradient(bad, {1, 0}, categorical_cross_entropy), invalid_argument);
    }
    auto bad = good;
    bad.target.push_back(0);
    CHECK_THROWS_AS(e.gradient(bad, {1, 0}, categorical_cross_entropy), invalid_argument);
    CHECK_NOTHROW(e.run(bad));  // targets are for gradients
    for (const probe& p : {probe{0, 17}, probe{0, -1}, probe{-1, 0}, probe{2, 0}}) CHECK_THROWS_AS(e.run(good, {p}), invalid_argument);

    CHECK(e.running_statistics() == running);
    CHECK(e.parameters().exported(&parameter_block<processor>::gradient) == gradient);
    CHECK(e.gradient(good, {1, 0}, categorical_cross_entropy).loss == loss);
    CHECK(e.parameters().exported(&parameter_block<processor>::gradient) == gradient);
}
TEST_CASE("weights that do not fit, or are not finite, are refused") {
    small_stack e;
    const auto raw = e.parameters().exported(&parameter_block<processor>::raw);
    CHECK_NOTHROW(e.parameters().check(raw, "here"));
    auto bad = raw;
    bad.pop_back();
    CHECK_THROWS_AS(e.parameters().check(bad, "here"), invalid_argument);
    bad = raw, bad[1].push_back(0);
    CHECK_THROWS_AS(e.parameters().check(bad, "here"), invalid_argument);
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double x : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity})
        for (std::size_t k = 0; k < raw.size(); ++k) {
            bad = raw, bad[k].back() = x;
            CHECK_THROWS_AS(e.parameters().check(bad, "here"), invalid_argument);
        }
    CHECK(e.parameters().exported(&parameter_block<processor>::raw) == raw);
}
TEST_CASE("running statistics that do not fit are refused, and none of them is taken") {
    small_stack e;
    const auto before = e.running_statistics();
    REQUIRE(before.size() == 1);
    auto bad = before;
    bad[0].assign(bad[0].size() + 1, 3);
    CHECK_THROWS_AS(e.set_running_statistics(bad, 7), invalid_argument);
    CHECK_THROWS_AS(e.set_running_statistics({}, 7), invalid_argument);
    bad = before, bad[0].assign(bad[0].size(), 3), bad.push_back(bad[0]);
    CHECK_THROWS_AS(e.set_running_statistics(bad, 7), invalid_argument);
    const std::size_t units = 3;  // [step][mean, variance][unit]
    for (const auto& [place, x] : {std::pair{std::size_t{0}, std::numeric_limits<double>::quiet_NaN()}, std::pair{units, -1e-3},
                                   std::pair{before[0].size() - 1, std::numeric_limits<double>::infinity()}}) {
        bad = before, bad[0][place] = x;
        CHECK_THROWS_AS(e.set_running_statistics(bad, 7), invalid_argument);
    }
    CHECK(e.running_steps() == 0);
    bad = before, bad[0][0] = -1;
    CHECK_NOTHROW(e.set_running_statistics(bad, 7));
    CHECK(e.running_steps() == 7);
    e.set_running_statistics(before, 0);
    CHECK(e.running_statistics() == before);

    for (const double share : {0., -0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(e.set_running_share(share), invalid_argument);
    CHECK(e.running_share() == long_run_share);
}
TEST_CASE("layouts that do not fit their cells, or each other, are refused") {
    CHECK_NOTHROW(small_engine(small_layout(), processor()));
    using change = std::function<void(layout&)>;
    const std::vector<change> changes{
        [](auto& l) { l.maps.pop_back(); },
        [](auto& l) { l.maps[0].terms.pop_back(); },
        [](auto& l) { l.maps[0].channels.pop_back(); },
        [](auto& l) { l.maps[0].channels[1] = 0; },
        [](auto& l) { l.maps[0].drivers[0].channels = 3; },
        [](auto& l) { l.maps[1].drivers[0].channels = 2; },
        [](auto& l) { l.images[0].channels = 3; },
        [](auto& l) { l.images.clear(); },
        [](auto& l) {
            l.images[0].grid = {4, 5};
        },
        [](auto& l) {
            l.maps[0].grid = {4, 5};
        },
        [](auto& l) { l.maps[0].terms[0].kernel.stride = 2; },
        [](auto& l) { l.maps[0].terms[0].kernel.size = 0; },
        [](auto& l) { l.maps[0].pooling.stride = 0; },
        [](auto& l) { l.maps[1].averaged_input = false; },
        [](auto& l) { l.steps = 0; },
        [](auto& l) { l.maps[0].drivers.clear(); },
        [](auto& l) { l.maps[0].drivers[0].area = 1; },
        [](auto& l) { l.maps[1].drivers[0].area = 2; },
        [](auto& l) { l.maps[1].drivers[0].delay = -1; },
        [](auto& l) { l.maps[0].terms[0].term = 1; },
        [](auto& l) { l.maps[0].terms[0].driver = 1; },
    };
    for (std::size_t k = 0; k < changes.size(); ++k) {
        INFO("change " << k);
        auto l = small_layout();
        changes[k](l);
        CHECK_THROWS_AS(small_engine(l, processor()), invalid_argument);
    }
    for (const long frames : {-1l, 0l, 3l}) CHECK_THROWS_AS(small_engine(small_layout(), processor(), frames), invalid_argument);
    CHECK_NOTHROW(small_engine(small_layout(), processor(), 2));
}

namespace {
/// The network of the paper for CIFAR-10 with areas of this cell.
template <class Cell>
long trained_numbers(const variation& v) {
    const auto a = convolution_map(3, {32, 32}, 16, ordinary, {3, 1}), b = convolution_map(16, {32, 32}, 32, ordinary, {3, 2});
    const auto c = make_area<Cell>(32, {16, 16}, {64, 16, 16}, {3, 2}, v), d = make_area<Cell>(64, {8, 8}, {128, 32, 32}, {3, 2}, v);
    const auto l = make_layout(v, {32, 32}, 3, {a, b, c, d, readout_map(d, 10)});
    stack_engine<processor, feed_forward, feed_forward, Cell, Cell, readout_cell> e(l, processor());
    return e.parameters().count();
}
}  // namespace

TEST_CASE("the networks for CIFAR-10 have as many trained numbers as in the paper") {
    CHECK(trained_numbers<multicell::standard>({.steps = 4}) == 107098);
    CHECK(trained_numbers<multicell::standard_ei>({.steps = 4}) == 59290);
}
