// A task that is not in the library, and the network that learns it: delayed match to category (after Freedman & Assad 2006, Nature 443:
// 85-88). Two directions of motion, one after the other: do they belong to the same half of the circle?
#include <eirnn/eirnn.hpp>
#include <eirnn/task/trial_parts.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

using namespace eirnn;

struct match_to_category {
    static constexpr long directions = 8;  // 0 .. 3 are one category, 4 .. 7 the other
    double fixation = 100, sample = 300, delay = 500, test = 300, decision = 300;  // ms

    long inputs() const { return directions; }  // each prefers one direction
    long outputs() const { return 2; }          // match, no match
    long validation_trials() const { return 5 * (directions * directions + 1); }
    double target_performance() const { return 90; }  // percent

    template <class T>
    auto make(const trial_request& request) const {
        return tasks::assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&](trial_batch<T>& batch, long k, const tasks::choice_condition& c) {
                if (c.catch_trial) return tasks::set_catch_targets(batch, k, c.trial_end, 0.2);
                show(batch, k, {c.stimulus_onset, c.stimulus_onset + sample}, c.condition % directions);
                show(batch, k, {c.stimulus_offset - test, c.stimulus_offset}, c.condition / directions);
                tasks::set_choice_targets(batch, k, {0, c.stimulus_onset}, {c.decision_onset, c.trial_end}, c.correct, 1, 0.2);
            });
    }
    template <class T>
    double performance(const task_batch<T, tasks::choice_condition>& batch, const recording<T>& what_happened) const {
        return tasks::percent_correct(tasks::score_choices(batch.conditions, what_happened));
    }

private:
    tasks::choice_condition describe(const trial_request& request, long trial) const {
        auto random = tasks::trial_random(request, trial);
        tasks::choice_condition c;
        c.stimulus_onset = fixation;
        c.stimulus_offset = c.decision_onset = fixation + sample + delay + test;
        c.trial_end = c.decision_onset + decision;
        const auto pair = tasks::condition_of(request, trial, directions * directions, 0.05, random);
        c.catch_trial = !pair;
        if (!pair) return c;
        const auto category = [](long direction) { return direction < directions / 2; };
        c.condition = *pair;
        c.correct = category(*pair % directions) == category(*pair / directions) ? 0 : 1;
        return c;
    }
    template <class T>
    static void show(trial_batch<T>& batch, long k, tasks::epoch when, long direction) {
        for (long i = 0; i < directions; ++i)
            tasks::set_input(batch, k, when, i, std::exp(2 * std::cos(std::numbers::pi / 4 * double(i - direction)) - 2));
    }
};

struct E : population<excitatory, 80> {};
struct I : population<inhibitory, 20> {};
struct parietal : area<rate<relu>, E, I> {};
struct motion : input<8> {};
struct match : output<2> {};
using categories = network<areas<parietal>, inputs<project<motion, parietal>>, outputs<project<E, match>>>;

struct reporter {
    void on_validation(const validation_report& v) const {
        std::printf("%7llu trials: %5.1f %% correct\n", static_cast<unsigned long long>(v.trials), v.performance);
    }
};

// Usage: own_task [SEED]
int main(int argc, char** argv) {
    const std::uint64_t number = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    model_options options;
    options.physics.unit_noise = 0.05;
    options.trained = {.bias = true, .output_bias = true};
    options.initial = {.spectral_radius = 1.2, .input_scale = 0.5};
    model<categories> net(seed{number}, options);
    const auto result = train(net, match_to_category{}, adam{}, until{.max_trials = 1'000'000},
                              {.batch = 50, .validate_every_trials = 20'000, .penalties = {}, .seed = number}, reporter{});
    save(net, "categories.safetensors");
    return result.stop_reason == stop_reason::performance ? 0 : 1;
}
