// What is measured on networks that run on from trial to trial: eyes that follow sequences (Song et al. 2016, Fig 8), and an oscillation.
#pragma once
#include "../common/console.hpp"
#include "../common/example_trials.hpp"
#include "../common/learning.hpp"

#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/principal_components.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/sequence_execution.hpp>
#include <eirnn/task/sine_wave.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

/// Of what the mask lets through, at the samples of a recording.
struct error_sum {
    double squares = 0, count = 0;
    template <class T>
    void add(const eirnn::trial_batch<T>& batch, const eirnn::recording<T>& r) {
        for (long k = 0; k < r.samples(); ++k)
            for (long n = 0; n < r.trials; ++n)
                for (long o = 0; o < r.outputs; ++o) {
                    const long step = (k + 1) * r.every - 1;
                    const double weight = batch.mask_at(step, n, o), miss = r.output_at(k, n, o) - batch.target_at(step, n, o);
                    squares += weight * miss * miss, count += weight;
                }
    }
    double rmse() const { return std::sqrt(squares / count); }
};

class sequence_results {
public:
    static constexpr long trials_of_paper = 100, between_samples = 2;  // blocks of eight; ms

    /// Gives false if it was asked to stop. `another(physics)` makes a network with the same weights.
    template <class Surroundings, class Net, class Another, class Attempt>
    static bool test(const Surroundings& here, Net& net, const Another& another, const eirnn::tasks::sequence_execution& task, long blocks,
                     eirnn::json_object& summary, const Attempt& attempt) {
        using namespace eirnn;
        using analysis::array_of;
        // The network runs on: every trial begins with the states that the one before it ended with.
        const long trials = blocks * task.conditions();
        trial_batch<float> before;
        recording<float> last;
        error_sum error;
        double right = 0, right_halfway = 0, end_of_wait = 0, farthest = 0;
        std::vector<analysis::named_array> shown;
        std::vector<double> sequence, eye;
        bool stopped = false;
        // The states of a network that has hardly been trained may grow beyond all numbers.
        attempt("the test of trials in a row", [&] {
            for (long k = 0; k < trials; ++k) {
                if (stop_asked()) {
                    here.out.say("stopped while testing; go on with: " + here.asked.resume_command());
                    stopped = true;
                    return;
                }
                if (here.out.progress_due())
                    here.out.progress("testing: " + std::to_string(k) + " of " + std::to_string(trials) + " trials");
                auto batch = task.make<float>({purpose::test, here.asked.seed, 0, 1, here.asked.test_dt, k});
                batch.trials.start = std::move(last.end);
                run_request<float> ask;
                ask.every = steps_between_samples(between_samples, here.asked.test_dt);
                ask.end = true;
                last = net.run(batch.trials, {here.asked.seed, 0xffffffffu}, ask);
                error.add(batch.trials, last);
                right += task.performance(batch, last) / static_cast<double>(trials);
                const auto& c = batch.conditions.front();
                // When a move ends the eye is already on its way to the next dot, which the network expects; halfway it should be there.
                for (std::size_t m = 0; m < c.move_onset.size(); ++m) {
                    const long place = analysis::sample_at(last, (c.move_onset[m] + c.move_end(m)) / 2);
                    const int nearest = tasks::sequence_execution::nearest_dot({last.output_at(place, 0, 0), last.output_at(place, 0, 1)});
                    right_halfway += nearest == c.dot(m + 1) ? 100 / static_cast<double>(3 * trials) : 0;
                }
                if (k > 0) {  // nothing is asked for between trials; where does the eye go from the corner where it was?
                    const long place = analysis::sample_at(last, c.fixation_onset);
                    const double d = std::hypot(double(last.output_at(place, 0, 0)), double(last.output_at(place, 0, 1)));
                    end_of_wait += d / static_cast<double>(trials - 1), farthest = std::max(farthest, d);
                }
                if (k >= 2 * task.conditions()) continue;
                if (k == 0) shown = arrays_of_trials(batch.trials, last, {0});
                sequence.push_back(c.sequence);
                for (const float x : last.output) eye.push_back(x);
            }
            summary.add("test_performance_percent", right).add("halfway_performance_percent", right_halfway).add("test_rmse", error.rmse());
            summary.add("wait_end_distance", trials > 1 ? end_of_wait : std::numeric_limits<double>::quiet_NaN())
                .add("wait_end_largest_distance", trials > 1 ? farthest : std::numeric_limits<double>::quiet_NaN());
        });
        if (stopped) return false;
        // Two blocks are kept: one in the order of the sequences, one in another.
        shown.push_back(array_of("sequence", sequence));
        shown.push_back({"eye", {static_cast<long>(sequence.size()), last.samples(), 2}, eye});
        write_npz(here.folder.file("example.npz"), shown);

        // Every sequence without any noise, from the initial state.
        attempt("state_space.npz", [&] {
            auto physics = net.physics();
            physics.unit_noise = physics.input_noise = 0;
            auto quiet = another(physics);
            const auto batch = task.make<float>({purpose::test, here.asked.seed, 0, task.conditions(), here.asked.test_dt, 0});
            run_request<float> ask;
            ask.every = steps_between_samples(between_samples, here.asked.test_dt);
            ask.rates = true;
            const auto r = quiet.run(batch.trials, {here.asked.seed, 0xffffffffu}, ask);
            std::vector<long> which;
            std::vector<double> time;
            for (const auto& c : batch.conditions) which.push_back(c.sequence);
            for (long k = 0; k < r.samples(); ++k) time.push_back(r.time(k));
            analysis::condition_accumulator rates(task.conditions(), 0, r.samples(), r.units);
            rates.add(analysis::rates_of(r), which);
            const auto mean = rates.result().mean;
            const auto active = analysis::active_units(mean, 0.1, analysis::activity_over::all_series);
            const auto of_active = analysis::select_units(mean, active);
            const auto components = analysis::find_principal_components(of_active, analysis::pca_scaling::standardized);
            const auto paths = analysis::select_units(analysis::trajectories(of_active, components), std::vector<long>{0, 1, 2});
            const auto& c = batch.conditions.front();
            const std::vector<double> marks{c.fixation_onset, c.move_onset[0], c.move_onset[1], c.move_onset[2], c.trial_end};
            write_npz(here.folder.file("state_space.npz"),
                      std::vector{array_of("time", time), array_of("marks", marks), array_of("unit", active),
                                  array_of("trajectories", paths), array_of("explained", components.explained)});
            summary.add("active_units", active.size()).add("explained_by_two", components.explained[0] + components.explained[1]);
        });
        return true;
    }
};

class sine_results {
public:
    static constexpr long trials_of_paper = 1, between_samples = 20;  // ms

    template <class Surroundings, class Net, class Another, class Attempt>
    static bool test(const Surroundings& here, Net& net, const Another& another, const eirnn::tasks::sine_wave& task, long trials,
                     eirnn::json_object& summary, const Attempt&) {
        using namespace eirnn;
        auto physics = net.physics();
        physics.unit_noise = 0.01;  // as the published code tests it
        auto calm = another(physics);
        const auto batch = task.make<float>({purpose::test, here.asked.seed, 0, trials, here.asked.test_dt, 0});
        run_request<float> ask;
        ask.every = steps_between_samples(between_samples, here.asked.test_dt);
        const auto r = calm.run(batch.trials, {here.asked.seed, 0xffffffffu}, ask);
        error_sum error;
        error.add(batch.trials, r);
        const auto [least, most] = std::ranges::minmax(r.output);
        // Periods are counted by the upward crossings of 0.
        double crossings = 0, first = 0, last = 0;
        for (long k = 1; k < r.samples(); ++k)
            if (r.output_at(k - 1, 0, 0) < 0 && r.output_at(k, 0, 0) >= 0) {
                const double before = r.output_at(k - 1, 0, 0), now = r.output_at(k, 0, 0);
                last = r.time(k - 1) + (r.time(k) - r.time(k - 1)) * before / (before - now);
                if (crossings++ == 0) first = last;
            }
        const double nan = std::numeric_limits<double>::quiet_NaN();
        write_npz(here.folder.file("example.npz"), arrays_of_trials(batch.trials, r, {0}));
        summary.add("test_performance_percent", task.performance(batch, r))
            .add("test_rmse", error.rmse())
            .add("least_output", least)
            .add("largest_output", most)
            .add("period", crossings > 1 ? (last - first) / (crossings - 1) : nan);
        return true;
    }
};
