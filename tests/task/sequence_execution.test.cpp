// Sequence execution: numbers worked out by hand from Song et al. 2016.
#include "trial_checks.hpp"

#include <eirnn/task/sequence_execution.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <set>

using namespace eirnn;
using namespace eirnn::tasks;
using namespace trial_checks;

static_assert(Task<sequence_execution> && Task<sequence_execution, double>);

namespace {
// The channels that are 1; the others are 0.
std::vector<double> on(std::initializer_list<std::size_t> channels) {
    std::vector<double> input(17, 0);
    for (const auto c : channels) input[c] = 1;
    return input;
}
std::vector<int> shown(const sequence_execution& task, enum purpose p, long trials, std::uint64_t iteration = 0, long first = 0) {
    std::vector<int> sequences;
    for (const auto& c : task.make<float>(request(p, trials, 20, iteration, first)).conditions) sequences.push_back(c.sequence);
    return sequences;
}
// Whether every eight in a row, from the start, are the eight sequences.
bool in_blocks(const std::vector<int>& sequences) {
    for (std::size_t k = 0; k < sequences.size(); k += 8)
        if (std::set<int>(sequences.begin() + static_cast<long>(k), sequences.begin() + static_cast<long>(k) + 8).size() != 8) return false;
    return true;
}
}  // namespace

TEST_CASE("sequence: the first block of a test is exact in every step", "[task]") {
    const sequence_execution task;
    const auto b = task.make<double>(request(purpose::test, 8, 10));
    REQUIRE(b.trials.inputs == 17);
    REQUIRE(b.trials.steps == 350);
    // Sequence 1: 4, 5, 1, 0. Dots 4 and 5 are at (0, 0) and (0.5, 0), 1 and 0 at (0, 0.5) and (-0.5, 0.5).
    check_span(b.trials, 0, 0, 100, on({9}));
    check_span(b.trials, 0, 100, 200, on({4, 9}), {0, 0});
    check_span(b.trials, 0, 200, 250, on({3, 4, 5, 9}), {0.5, 0});
    check_span(b.trials, 0, 250, 300, on({1, 5, 7, 9}), {0, 0.5});
    check_span(b.trials, 0, 300, 350, on({0, 1, 2, 9}), {-0.5, 0.5});
    // Sequence 7: 4, 3, 7, 6: left, below, lower left.
    check_span(b.trials, 6, 0, 100, on({15}));
    check_span(b.trials, 6, 100, 200, on({4, 15}), {0, 0});
    check_span(b.trials, 6, 200, 250, on({3, 4, 5, 15}), {-0.5, 0});
    check_span(b.trials, 6, 250, 300, on({1, 3, 7, 15}), {0, -0.5});
    check_span(b.trials, 6, 300, 350, on({6, 7, 8, 15}), {-0.5, -0.5});

    // All eight by their last two dots, and that every dot of a path is an option of the one before.
    const std::array<std::array<int, 2>, 8> ends{{{1, 0}, {1, 2}, {7, 8}, {7, 6}, {1, 2}, {1, 0}, {7, 6}, {7, 8}}};
    for (std::size_t k = 0; k < 8; ++k) {
        const auto& c = b.conditions[k];
        REQUIRE(c.sequence == static_cast<int>(k));
        REQUIRE((c.dot(0) == 4 && c.dot(2) == ends[k][0] && c.dot(3) == ends[k][1]));
        for (std::size_t m = 0; m < 3; ++m)
            REQUIRE((c.dot(m + 1) == dot_grid::options[c.dot(m)][0] || c.dot(m + 1) == dot_grid::options[c.dot(m)][1]));
    }
    const auto table = table_of(b.conditions);
    CHECK((table.at("sequence")[6] == 6 && table.at("move_2_onset")[6] == 2500 && table.at("trial_end")[6] == 3500));
}

TEST_CASE("sequence: validation and test come in permuted blocks, training as asked", "[task]") {
    sequence_execution task;
    const std::vector<int> in_order{0, 1, 2, 3, 4, 5, 6, 7};
    const auto test = shown(task, purpose::test, 80), validation = shown(task, purpose::validation, 80);
    CHECK(in_blocks(test));
    CHECK(in_blocks(validation));
    CHECK(std::vector<int>(test.begin(), test.begin() + 8) == in_order);
    CHECK(std::vector<int>(test.begin() + 8, test.begin() + 16) != in_order);
    std::set<std::vector<int>> orders;
    for (long k = 0; k < 80; k += 8) orders.insert({validation.begin() + k, validation.begin() + k + 8});
    CHECK(orders.size() == 10);  // two of ten agree once in 900 seeds
    CHECK(shown(task, purpose::validation, 80, 1) != validation);

    // One trial an iteration. Drawn with replacement: 1000 expected of each, with a deviation of 30.
    std::array<long, 8> drawn{};
    std::vector<int> one_by_one;
    for (std::uint64_t i = 0; i < 8000; ++i) {
        one_by_one.push_back(shown(task, purpose::training, 1, i)[0]);
        ++drawn.at(static_cast<std::size_t>(one_by_one.back()));
    }
    for (const long n : drawn) CHECK(std::abs(n - 1000) < 150);
    CHECK_FALSE(in_blocks(one_by_one));

    task.training_blocks = true;
    std::vector<int> blocks;
    for (std::uint64_t i = 0; i < 80; ++i) blocks.push_back(shown(task, purpose::training, 1, i)[0]);
    CHECK(in_blocks(blocks));
    CHECK(std::vector<int>(blocks.begin(), blocks.begin() + 8) != std::vector<int>(blocks.begin() + 8, blocks.begin() + 16));
    // A trial's place is its iteration plus its index.
    CHECK(shown(task, purpose::training, 8, 16) == std::vector<int>(blocks.begin() + 16, blocks.begin() + 24));
    check_parts_equal_the_whole(task);
}

TEST_CASE("sequence: trials depend neither on dt nor on their batch", "[task]") {
    check_independence_of_dt(sequence_execution{});
    check_parts_equal_the_whole(sequence_execution{});
}

TEST_CASE("sequence: performance counts moves that end at the right dot, and the error alone ends training", "[task]") {
    const sequence_execution task;
    CHECK(task.validation_trials() == 800);
    const auto b = task.make<float>(request(purpose::test, 8));
    recording<float> r;
    r.trials = 8, r.outputs = 2, r.steps = 175, r.every = 5, r.dt = 20;
    r.output.assign(static_cast<std::size_t>(r.samples() * 16), 0.f);
    const auto look = [&](long trial, double ms, float x, float y) {
        const auto sample = static_cast<std::size_t>(ms / 100) - 1, at = (sample * 8 + static_cast<std::size_t>(trial)) * 2;
        r.output[at] = x, r.output[at + 1] = y;
    };
    CHECK(task.performance(b, r) == 0);  // an eye at the centre is at no dot where a move ends
    look(0, 2500, 0.4f, 0.2f);           // nearest to dot 5
    look(0, 3000, 0.24f, 0.5f);          // nearest to dot 1
    look(0, 3500, -0.2f, 0.5f);          // nearest to dot 1, but sequence 1 ends at 0
    look(6, 3500, -9.f, -9.f);           // nearest to dot 6
    CHECK(task.performance(b, r) == Approx(100. * 3 / 24));
    r.steps = 170;
    CHECK_THROWS_AS(task.performance(b, r), invalid_argument);
    r.steps = 175, r.every = 3;
    CHECK_THROWS_AS(task.performance(b, r), invalid_argument);

    const auto judged = [&](double error, double performance) {
        return judge({{0, 0, 1, error, performance, 1}}, task.stopping(), task.target_performance());
    };
    CHECK(judged(0.051, 100) == stop_reason::none);
    CHECK(judged(0.05, 50) == stop_reason::rmse);
}

TEST_CASE("sequence: numbers that make no sense are refused", "[task]") {
    const sequence_execution task;
    check_refused(
        task, [](auto&) {}, 30);
    check_refused(task, [](auto& t) { t.between_trials = 0; });
    check_refused(task, [](auto& t) { t.fixation = -1000; });
    check_refused(task, [](auto& t) { t.move = std::numeric_limits<double>::infinity(); });
    check_refused(task, [](auto& t) { t.least_error = -1; });
    check_refused(task, [](auto& t) { t.validations = 7; });
}
