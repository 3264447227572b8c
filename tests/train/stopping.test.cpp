// The rules that end a run, and what observers are told.
#include "../catch.hpp"

#include <eirnn/kernels/loss.hpp>
#include <eirnn/train/observer.hpp>
#include <eirnn/train/stopping.hpp>
#include <eirnn/train/validation.hpp>

#include <cmath>

using namespace eirnn;
namespace {

std::vector<validation_report> performances(std::initializer_list<double> list) {
    std::vector<validation_report> history;
    for (const double p : list) history.push_back({history.size(), 0, 1, 1, p, 1});
    return history;
}
std::vector<validation_report> losses(std::initializer_list<double> list) {
    std::vector<validation_report> history;
    for (const double c : list) history.push_back({history.size(), 0, c, std::sqrt(c), 50, 1});
    return history;
}
}  // namespace

TEST_CASE("a run ends when the mean of the last validations exceeds the goal") {
    const until goal{.performance = 85};
    CHECK(judge({}, goal, 0) == stop_reason::none);
    CHECK(judge(performances({85}), goal, 0) == stop_reason::none);         // must be exceeded
    CHECK(judge(performances({86}), goal, 0) == stop_reason::performance);  // fewer than five are averaged
    CHECK(judge(performances({50, 90}), goal, 0) == stop_reason::none);
    CHECK(judge(performances({0, 0, 0, 86, 86, 86, 86, 86}), goal, 0) == stop_reason::performance);
    CHECK(judge(performances({86, 86, 86, 86, 80}), goal, 0) == stop_reason::none);
    CHECK(judge(performances({0, 86}), until{.performance = 85, .window = 1}, 0) == stop_reason::performance);
    CHECK(judge(performances({86}), until{}, 90) == stop_reason::none);  // the task's own target
    CHECK(judge(performances({91}), until{}, 90) == stop_reason::performance);
}

TEST_CASE("a run ends when the RMSE is small, or the loss has not fallen for too long") {
    const until goal{.performance = 85, .window = 5, .rmse = 0.1, .patience = 2};
    CHECK(judge(losses({1, 0.02}), goal, 0) == stop_reason::none);
    CHECK(judge(losses({1, 0.01}), goal, 0) == stop_reason::rmse);
    CHECK(judge(losses({1, 2, 1}), goal, 0) == stop_reason::none);
    CHECK(judge(losses({1, 2, 1, 1}), goal, 0) == stop_reason::patience);  // an equal loss is no improvement
    CHECK(judge(losses({1, 2, 0.9, 1, 1}), goal, 0) == stop_reason::none);
    CHECK(best_of(losses({3, 1, 2, 1})) == 1);
}

namespace {
// The word that the compiler has for an enumerator: what a programmer types, and what files must say.
template <stop_reason Reason>
constexpr std::string_view enumerator() {
    const std::string_view text = __PRETTY_FUNCTION__;
    const auto begin = text.find("stop_reason::") + 13;
    return text.substr(begin, text.find_first_of(";]", begin) - begin);
}
template <stop_reason Reason>
void check_word() {
    CHECK(name_of(Reason) == enumerator<Reason>());
}
template <stop_reason... Reasons>
void check_words() {
    (check_word<Reasons>(), ...);
}
}  // namespace

TEST_CASE("the reason of a stop has one name: its type's, its field's and, where it is written, its enumerator's") {
    using enum stop_reason;
    check_words<none, performance, rmse, patience, max_trials, asked>();
    training_result result;
    result.stop_reason = patience;
    CHECK(name_of(result.stop_reason) == "patience");
    // a rule is called what its limit in `until` is called
    CHECK(judge(performances({50}), until{.performance = 20}, 0) == performance);
    CHECK(judge(losses({1}), until{.rmse = 2}, 100) == rmse);
    CHECK(judge(losses({1, 2, 2}), until{.patience = 1}, 100) == patience);
}

TEST_CASE("rules that make no sense are refused") {
    CHECK_THROWS_AS(until{.performance = 0.85}.check(), invalid_argument);  // a fraction where percent are meant
    CHECK_THROWS_AS(until{.performance = 101}.check(), invalid_argument);
    CHECK_THROWS_AS((until{.performance = 85, .window = 0}.check()), invalid_argument);
    CHECK_NOTHROW(until{}.check());
}

namespace {
struct steps_only {
    std::vector<std::uint64_t> seen;
    void on_step(const step_report& r) { seen.push_back(r.iteration); }
};
struct with_trainer {
    int seen = 0;
    void on_validation(const validation_report&, int& trainer) { seen = trainer; }
    template <class R>
    void on_warning(const R& r) {
        seen = static_cast<int>(r.what) + 100;
    }
};
}  // namespace

TEST_CASE("observers are told what they have a hook for") {
    int trainer = 7;
    steps_only a;
    with_trainer b;
    no_observer c;
    for (std::uint64_t k = 0; k < 3; ++k) detail::notify(trainer, a, step_report{k});
    detail::notify(trainer, a, validation_report{});
    CHECK(a.seen == std::vector<std::uint64_t>{0, 1, 2});
    detail::notify(trainer, b, validation_report{});
    CHECK(b.seen == 7);
    detail::notify(trainer, b, training_warning{});
    CHECK(b.seen == 100);
    detail::notify(trainer, c, training_result{});
}

TEST_CASE("warnings: each kind once, at the step that shows it") {
    std::vector<training_warning> told;
    detail::alarm alarm;
    const auto step = [&](std::uint64_t k, double loss, double norm) {
        step_report r;
        r.iteration = k, r.loss = loss, r.gradient_norm = norm;
        alarm.look(r, [&](const training_warning& w) { told.push_back(w); });
    };
    step(0, 1, 1);
    for (std::uint64_t k = 1; k < 500; ++k) step(k, 11, 1);
    CHECK(told.empty());
    step(500, 9, 1);  // once below, and the count begins again
    for (std::uint64_t k = 501; k < 1000; ++k) step(k, 11, 1);
    CHECK(told.empty());
    for (std::uint64_t k = 1000; k < 1010; ++k) step(k, 11, 1);
    REQUIRE(told.size() == 1);
    CHECK(told[0].what == training_warning::kind::rising_loss);
    CHECK(told[0].iteration == 1000);
    CHECK(told[0].limit == 10);
    step(1010, 1, 2e6), step(1011, 1, 2e6), step(1012, 1, 0), step(1013, 1, 0);
    REQUIRE(told.size() == 3);
    CHECK(told[1].what == training_warning::kind::large_gradient);
    CHECK(told[2].what == training_warning::kind::no_gradient);
    CHECK(told[2].iteration == 1012);
    step_report guarded;
    guarded.iteration = 1014, guarded.loss = guarded.gradient_norm = std::nan(""), guarded.guarded = true;
    for (int k = 0; k < 2; ++k) alarm.look(guarded, [&](const training_warning& w) { told.push_back(w); });
    REQUIRE(told.size() == 4);
    CHECK(told[3].what == training_warning::kind::guarded);
    CHECK(told[3].iteration == 1014);
}

TEST_CASE("validation losses are the losses of the gradients") {
    // two steps, one trial, two outputs: logits and what activations make of them
    const double z[2][2] = {{0.3, -1.2}, {2, 0.5}};
    trial_batch<double> b(1, 2, 1, 2, 20);
    b.target = {1, 0, 0.25, 0.75};
    b.mask = {1, 1, 0.5, 0.5};
    const auto recorded = [&](const auto& activation) {
        recording<double> r;
        r.trials = 1, r.steps = 2, r.outputs = 2;
        r.output.resize(4);
        for (std::size_t t = 0; t < 2; ++t) kernels::activate_column(activation, z[t], r.output.data() + 2 * t, 2);
        return r;
    };
    const auto expected = [&](auto loss, auto activation, double weight) {
        double sum = 0;
        for (std::size_t t = 0; t < 2; ++t) {
            double column[2] = {z[t][0], z[t][1]};
            sum += kernels::column_loss(loss, activation, column, b.target.data() + 2 * t, b.mask.data() + 2 * t, 2, 1.);
        }
        return sum / weight;
    };
    tally squared(kernels::record_loss<squared_error_t, tanh_t>());
    squared.add(b, recorded(tanh_t{}));
    CHECK(squared.loss() == Approx(expected(squared_error, tanh_t{}, 3)));
    CHECK(squared.rmse() == Approx(std::sqrt(squared.loss())));
    tally binary(kernels::record_loss<binary_cross_entropy_t, logistic_t>());
    binary.add(b, recorded(logistic_t{}));
    CHECK(binary.loss() == Approx(expected(binary_cross_entropy, identity_t{}, 3)));
    tally categorical(kernels::record_loss<categorical_cross_entropy_t, softmax_t>());
    categorical.add(b, recorded(softmax_t{}));
    CHECK(categorical.loss() == Approx(expected(categorical_cross_entropy, identity_t{}, 1.5)));
    tally logits(kernels::record_loss<categorical_cross_entropy_t, identity_t>());
    logits.add(b, recorded(identity_t{}));
    CHECK(logits.loss() == Approx(categorical.loss()));

    // in two parts, one of which is ruined where the mask does not look
    tally parts(kernels::record_loss<squared_error_t, tanh_t>());
    auto first = b, second = b;
    first.mask = {1, 1, 0, 0}, second.mask = {0, 0, 0.5, 0.5};
    auto ruined = recorded(tanh_t{});
    ruined.output[0] = std::nan("");
    parts.add(first, recorded(tanh_t{})), parts.add(second, ruined);
    CHECK(parts.loss() == Approx(squared.loss()));
    CHECK(parts.rmse() == Approx(squared.rmse()));
}
