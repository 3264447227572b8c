// What the programs of the cognitive tasks do alike: train a network, or go on with it; test it; say in the summary what came of it.
#pragma once
#include "interrupt.hpp"
#include "training.hpp"

#include <eirnn/io/metrics.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/trainer.hpp>
#include <eirnn/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Of a task: its trials, when training ends, and what a person calls its performance.
template <class Task>
struct lesson {
    Task task;
    eirnn::until goal;
    eirnn::training_options how;
    const char* performance = "% correct";
    /// Percent that the goal asks for; NaN where it asks for an RMSE.
    double target() const {
        return goal.rmse > 0 ? std::numeric_limits<double>::quiet_NaN() : goal.performance.value_or(task.target_performance());
    }
};

/// One line of metrics; `last` holds Omega and the gradient's norm of the last step, where there was one.
inline eirnn::json_object metrics_of(const eirnn::validation_report& v, std::optional<std::pair<double, double>> last, double seconds) {
    const double unknown = std::numeric_limits<double>::quiet_NaN();  // null in the file
    return eirnn::json_object{}
        .add("trials", v.trials)
        .add("loss", v.loss)
        .add("rmse", v.rmse)
        .add("performance_percent", v.performance)
        .add("omega", last ? last->first : unknown)
        .add("gradient_norm", last ? last->second : unknown)
        .add("spectral_radius", v.spectral_radius)
        .add("guarded_steps", v.guarded_steps)
        .add("seconds", seconds);
}

/// Follows a training run: progress for people, metrics and checkpoints for files.
template <class Surroundings, class Task>
class follower {
public:
    follower(const Surroundings& here, const lesson<Task>& what, double seconds_before)
        : here_(here), what_(what), keeper_(here.folder, here.out), metrics_(here.folder.file("metrics.jsonl")), before_(seconds_before) {}

    template <class Trainer>
    void on_step(const eirnn::step_report& s, const Trainer& t) {
        last_ = {s.omega, s.gradient_norm};
        ++steps_;
        if (!s.guarded) smooth_loss_ = smooth_loss_ == 0 ? s.loss : 0.98 * smooth_loss_ + 0.02 * s.loss;
        if (here_.out.progress_due()) here_.out.progress(line(s, t));
    }
    template <class Trainer>
    void on_validation(const eirnn::validation_report& v, Trainer& t) {
        // First the metrics: lines after the checkpoint are known to be surplus when the run is resumed.
        try {
            metrics_.write(metrics_of(v, last_, seconds()));
        } catch (const eirnn::error& e) {
            here_.out.warn(e.what());
        }
        keeper_.save(t.state(), here_.asked.config());
        if (first_ < 0) first_ = v.performance, first_time_ = clock_.seconds();
    }
    void on_warning(const eirnn::training_warning& w) { here_.out.warn(text_of(w)); }

    double seconds() const { return before_ + clock_.seconds(); }
    /// What a validation measured, for people.
    std::string text_of_validation(const eirnn::validation_report& v) const {
        if (!std::isfinite(v.rmse)) return "states that grow without bound";
        const bool by_error = what_.goal.rmse > 0;
        const auto target = [](double x, int digits) { return " (target " + fixed_text(x, digits) + ')'; };
        return fixed_text(v.performance, 1) + ' ' + what_.performance + (by_error ? "" : target(what_.target(), 0)) + ", RMSE " +
               fixed_text(v.rmse, 3) + (by_error ? target(what_.goal.rmse, 2) : "");
    }

private:
    static std::string text_of(const eirnn::training_warning& w) { return ::text_of(w); }
    template <class Trainer>
    std::string line(const eirnn::step_report& s, const Trainer& t) const {
        const auto trials = t.iteration() * static_cast<std::uint64_t>(t.options().batch);
        std::string text = "training: " + std::to_string(trials) + " trials, " +
                           (s.guarded ? "a gradient for the guard" : "loss " + fixed_text(smooth_loss_, 4)) + ", " +
                           (t.history().empty() ? "" : text_of_validation(t.history().back()) + ", ") + clock_text(seconds());
        // The performance is taken to go on rising as it has risen; the trials may be used up before.
        double left = -1;
        const double now = clock_.seconds(), rate = static_cast<double>(steps_) / std::max(now, 1e-9);
        const double performance = t.history().empty() ? 0 : t.history().back().performance;
        if (performance > first_ && first_ >= 0 && performance < what_.target())
            left = (what_.target() - performance) / (performance - first_) * (now - first_time_);
        if (here_.asked.max_trials) {
            const double most = static_cast<double>(what_.goal.max_trials - std::min(what_.goal.max_trials, trials)) /
                                (rate * static_cast<double>(t.options().batch));
            left = left < 0 ? most : std::min(left, most);
        }
        return text += ", ETA " + clock_text(left);
    }

    const Surroundings& here_;
    const lesson<Task>& what_;
    checkpoint_keeper keeper_;
    eirnn::jsonl_writer metrics_;
    stopwatch clock_;
    double before_;
    std::optional<std::pair<double, double>> last_;
    double smooth_loss_ = 0, first_ = -1, first_time_ = 0;
    std::uint64_t steps_ = 0;
};

/// What a training run came to.
struct trained_run {
    eirnn::training_result result;
    double seconds = 0;         ///< of training, all resumptions together
    double seconds_before = 0;  ///< those of them before this process
};

inline bool stop_asked() { return interrupt_guard::asked() != 0; }

/// Trains the network, or goes on with it, and gives it its best weights, which are saved. Empty if it was asked to stop.
template <class Surroundings, class Net, class Task>
std::optional<trained_run> learn(const Surroundings& here, Net& net, const lesson<Task>& what) {
    using namespace eirnn;
    trainer training(net, what.task, sgd{.learning_rate = 0.01, .clip_norm = 1}, what.goal, what.how);
    trained_run run;
    const bool resumed = goes_on(here.folder, here.asked.resume, here.out);
    if (resumed) {
        const auto saved = load_checkpoint(here.folder.checkpoint(), net.raw());
        if (!saved.notice.empty()) here.out.warn(saved.notice);
        if (saved.config != here.asked.config())
            throw invalid_argument({"the checkpoint is of another run", saved.file.string(), here.asked.config(), saved.config,
                                    "resume with what the checkpoint was saved with, or choose another folder"});
        training.restore(saved.state);
        const auto& history = saved.state.history;
        run.seconds_before = here.folder.restore_metrics(
            history.size(), [&](std::size_t k, double seconds) { return metrics_of(history[k], std::nullopt, seconds); });
        here.out.say("resuming after " + std::to_string(saved.state.trials) + " trials");
    }

    follower progress(here, what, run.seconds_before);
    const auto steps_before = training.iteration();
    try {
        run.result = training.run(progress, stop_asked);
    } catch (const diverged&) {
        save(net, here.folder.diverged(training.iteration()));
        throw;
    }
    save_checkpoint(here.folder.checkpoint(), training.state(), here.asked.config());
    const std::string trials = std::to_string(run.result.trials) + " trials";
    if (run.result.stop_reason == stop_reason::asked) {
        here.out.say("stopped after " + trials + "; go on with: " + here.asked.resume_command());
        return std::nullopt;
    }
    // A run that had ended before takes no time but that of reading it.
    const bool finished = resumed && run.result.iterations == steps_before;
    run.seconds = finished ? run.seconds_before : progress.seconds();
    if (finished)
        here.out.say("the run had finished after " + trials + "; the analysis is done again");
    else
        here.out.say("trained in " + trials + " and " + clock_text(run.seconds) + ": " +
                     progress.text_of_validation(run.result.history.back()));
    training.adopt_best();
    save(net, here.folder.file("weights.safetensors"));
    return run;
}

/// What the summary says of a training run.
template <class Task>
void add_training(eirnn::json_object& summary, const trained_run& run, const lesson<Task>& what) {
    const auto& history = run.result.history;
    double recent = 0;
    const auto window = std::min(history.size(), static_cast<std::size_t>(what.goal.window));
    for (std::size_t k = history.size() - window; k < history.size(); ++k) recent += history[k].performance / static_cast<double>(window);
    const auto why = run.result.stop_reason;
    summary.add("trials", run.result.trials)
        .add("reached_target", why == eirnn::stop_reason::performance || why == eirnn::stop_reason::rmse)
        .add("stop_reason", name_of(why))
        .add("best_performance_percent", run.result.best().performance)
        .add("recent_performance_percent", recent)
        .add("best_rmse", run.result.best().rmse)
        .add("last_rmse", history.back().rmse)
        .add("training_seconds", run.seconds);
}

/// What the network may take with --weights in the place of training.
template <class Surroundings, class Net>
void take_weights(const Surroundings& here, Net& net, eirnn::json_object& summary) {
    load(net, here.asked.weights);
    if (const auto said = here.folder.start_over(here.asked.weights); !said.empty()) here.out.say(said);
    save(net, here.folder.file("weights.safetensors"));
    summary.add("weights", here.asked.weights.string());
}

/// Which test trials, and how they are recorded.
struct test_plan {
    long all = 0, at_once = 0;  ///< trials
    double dt = 0.5;            ///< ms
    eirnn::run_request<float> ask;
};

/// Of samples that lie so many ms apart; one where the steps are longer.
inline long steps_between_samples(double ms, double dt) { return std::max(1L, std::lround(ms / dt)); }

/// Runs test trials in batches, so that memory does not grow with their number: `take(conditions, recording)`. Gives false if it was asked
/// to stop.
template <class Surroundings, class Net, class Task, class Take>
bool test_in_batches(const Surroundings& here, Net& net, const Task& task, const test_plan& plan, const Take& take) {
    const stopwatch clock;
    for (long first = 0; first < plan.all; first += plan.at_once) {
        if (stop_asked()) {
            here.out.say("stopped while testing" +
                         (here.asked.weights.empty() ? "; go on with: " + here.asked.resume_command() : std::string()));
            return false;
        }
        if (here.out.progress_due()) {
            const double left = first == 0 ? -1 : clock.seconds() * static_cast<double>(plan.all - first) / static_cast<double>(first);
            here.out.progress("testing: " + std::to_string(first) + " of " + std::to_string(plan.all) + " trials, ETA " + clock_text(left));
        }
        const long count = std::min(plan.at_once, plan.all - first);
        const auto batch = task.template make<float>({eirnn::purpose::test, here.asked.seed, 0, count, plan.dt, first});
        // Training and validation never come to this iteration, so the noise of the test trials is their own.
        take(batch, net.run(batch.trials, {here.asked.seed, 0xffffffffu}, plan.ask));
    }
    return true;
}

/// Violations of Dale's law and of the masks, counted in the effective weights that the file holds.
template <class Net>
eirnn::constraint_report check_saved(const std::filesystem::path& weights, Net& net) {
    const auto file = eirnn::read_safetensors(weights);
    auto effective = net.effective();
    for (auto& t : effective.tensors)
        if (t.name == "W_in" || t.name == "W_rec" || t.name == "W_out")
            t.values = file.at(t.name).template get_matrix<typename Net::scalar>();
    return eirnn::check_constraints(net.rules(), effective);
}

/// The end of a run: how it was made and how long it took, and whether the saved weights keep their rules. Gives the exit status.
template <class Surroundings, class Net>
int conclude(const Surroundings& here, Net& net, eirnn::json_object& summary, std::string_view backend, int threads, double target,
             double seconds) {
    const auto broken = check_saved(here.folder.file("weights.safetensors"), net);
    summary.add("seed", here.asked.seed)
        .add("backend", backend)
        .add("threads", threads)
        .add("eirnn_version", EIRNN_VERSION)
        .add("target_performance_percent", target)
        .add("dale_violations", broken.sign_violations)
        .add("mask_violations", broken.mask_violations)
        .add("seconds", seconds);
    eirnn::replace_file(here.folder.file("summary.json"), summary.text() + '\n');
    here.out.say("done in " + clock_text(seconds) + "; everything is in " + here.asked.out.string());
    return broken.kept() ? 0 : static_cast<int>(eirnn::error_code::bad_data);
}
