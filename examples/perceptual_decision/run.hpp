// One run on one backend: train, save, test. Every backend is a source file of its own that instantiates this, because that takes long.
#pragma once
#include "../common/interrupt.hpp"
#include "../common/training.hpp"
#include "backends.hpp"
#include "networks.hpp"
#include "results.hpp"

#include <eirnn/io/metrics.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/trainer.hpp>
#include <eirnn/version.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
class follower {
public:
    follower(const surroundings& here, const eirnn::until& goal, double target, double seconds_before)
        : here_(here),
          keeper_(here.folder, here.out),
          metrics_(here.folder.file("metrics.jsonl")),
          goal_(goal),
          target_(target),
          before_(seconds_before) {}

    template <class Trainer>
    void on_step(const eirnn::step_report& s, const Trainer& t) {
        last_ = {s.omega, s.gradient_norm};
        ++steps_;
        if (!s.guarded) smooth_loss_ = smooth_loss_ == 0 ? s.loss : 0.98 * smooth_loss_ + 0.02 * s.loss;
        if (here_.out.progress_due()) here_.out.progress(line(t));
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

private:
    template <class Trainer>
    std::string line(const Trainer& t) const {
        const auto trials = t.iteration() * static_cast<std::uint64_t>(t.options().batch);
        const double performance = t.history().empty() ? 0 : t.history().back().performance;
        std::string s = "training: " + std::to_string(trials) + " trials, loss " + fixed_text(smooth_loss_, 4) + ", performance " +
                        fixed_text(performance, 1) + " % (target " + fixed_text(target_, 0) + "), " + clock_text(seconds());
        // The performance is taken to go on rising as it has risen; the trials may be used up before.
        double left = -1;
        const double now = clock_.seconds(), rate = static_cast<double>(steps_) / std::max(now, 1e-9);
        if (performance > first_ && first_ >= 0 && performance < target_)
            left = (target_ - performance) / (performance - first_) * (now - first_time_);
        if (here_.asked.max_trials) {
            const double most = static_cast<double>(goal_.max_trials - std::min(goal_.max_trials, trials)) /
                                (rate * static_cast<double>(t.options().batch));
            left = left < 0 ? most : std::min(left, most);
        }
        return s + ", ETA " + clock_text(left);
    }

    const surroundings& here_;
    checkpoint_keeper keeper_;
    eirnn::jsonl_writer metrics_;
    eirnn::until goal_;
    double target_, before_;
    stopwatch clock_;
    std::optional<std::pair<double, double>> last_;
    double smooth_loss_ = 0, first_ = -1, first_time_ = 0;
    std::uint64_t steps_ = 0;
};

/// Violations of Dale's law and of the masks, counted in the effective weights that the file holds.
template <class B>
eirnn::constraint_report check_saved(const std::filesystem::path& weights, eirnn::any_model<B>& net) {
    const auto file = eirnn::read_safetensors(weights);
    auto effective = net.effective();
    for (const char* name : {"W_in", "W_rec", "W_out"}) effective[name] = file.at(name).get_matrix<typename B::scalar>();
    return eirnn::check_constraints(net.rules(), effective);
}

/// One network of the paper on one backend; which one it is matters to nothing but its construction.
template <eirnn::backend::Backend B>
class decision_run {
public:
    template <class Net>
    decision_run(const surroundings& here, eirnn::model<Net, B> net, int threads)
        : here_(here), asked_(here.asked), threads_(threads), task_(asked_.variant), structure_(net.structure()), net_(std::move(net)) {}

    /// Trains the network, or goes on with it, or takes given weights; tests it and saves everything. Gives the exit status.
    int operator()() {
        if (!(asked_.weights.empty() ? train() : take_weights()) || !test()) return interrupt_guard::exit_code();
        return summarise();
    }

private:
    static bool stop_asked() { return interrupt_guard::asked() != 0; }
    std::string how_to_resume() const { return "go on with: " + asked_.resume_command(); }

    bool take_weights() {
        load(net_, asked_.weights);
        if (const auto said = here_.folder.start_over(asked_.weights); !said.empty()) here_.out.say(said);
        save(net_, here_.folder.file("weights.safetensors"));
        summary_.add("weights", asked_.weights.string());
        return true;
    }

    /// Gives false if it was asked to stop.
    bool train() {
        using namespace eirnn;
        until goal;
        if (asked_.max_trials) goal.max_trials = *asked_.max_trials;
        // Song et al. 2016, table 1; the penalty is the one against vanishing gradients.
        const training_options how{
            .batch = 20, .dt = 20, .penalties = {.omega = 2, .l2_rate = 0, .weights = {}}, .prune = 1e-4, .seed = asked_.seed};
        trainer training(net_, task_, sgd{.learning_rate = 0.01, .clip_norm = 1}, goal, how);
        const bool resumed = goes_on(here_.folder, asked_.resume, here_.out);
        if (resumed) resume(training);

        follower progress(here_, goal, task_.target_performance(), seconds_before_);
        const auto steps_before = training.iteration();
        training_result trained;
        try {
            trained = training.run(progress, stop_asked);
        } catch (const diverged&) {
            save(net_, here_.folder.diverged(training.iteration()));
            throw;
        }
        save_checkpoint(here_.folder.checkpoint(), training.state(), asked_.config());
        const std::string trials = std::to_string(trained.trials) + " trials";
        if (trained.stop_reason == stop_reason::asked) {
            here_.out.say("stopped after " + trials + "; " + how_to_resume());
            return false;
        }
        if (resumed && trained.iterations == steps_before)
            here_.out.say("the run had finished after " + trials + "; the analysis is done again");
        else
            here_.out.say("trained in " + trials + " and " + clock_text(progress.seconds()) + ": " +
                          fixed_text(trained.history.back().performance, 1) + " % correct");
        training.adopt_best();
        save(net_, here_.folder.file("weights.safetensors"));
        add_training(trained, goal, progress.seconds());
        return true;
    }

    template <class Trainer>
    void resume(Trainer& training) {
        const auto saved = eirnn::load_checkpoint(here_.folder.checkpoint(), net_.raw());
        if (!saved.notice.empty()) here_.out.warn(saved.notice);
        if (saved.config != asked_.config())
            throw eirnn::invalid_argument({"the checkpoint is of another run", saved.file.string(), asked_.config(), saved.config,
                                           "resume with the variant and the seed of the checkpoint, or choose another folder"});
        training.restore(saved.state);
        const auto& history = saved.state.history;
        seconds_before_ = here_.folder.restore_metrics(
            history.size(), [&](std::size_t k, double seconds) { return metrics_of(history[k], std::nullopt, seconds); });
        here_.out.say("resuming after " + std::to_string(saved.state.trials) + " trials");
    }

    void add_training(const eirnn::training_result& trained, const eirnn::until& goal, double seconds) {
        double recent = 0;
        const auto window = std::min(trained.history.size(), static_cast<std::size_t>(goal.window));
        for (std::size_t k = trained.history.size() - window; k < trained.history.size(); ++k)
            recent += trained.history[k].performance / static_cast<double>(window);
        summary_.add("trials", trained.trials)
            .add("reached_target", trained.stop_reason == eirnn::stop_reason::performance)
            .add("stop_reason", name_of(trained.stop_reason))
            .add("best_performance_percent", trained.best().performance)
            .add("recent_performance_percent", recent)
            .add("training_seconds", seconds);
    }

    /// Gives false if it was asked to stop.
    bool test() {
        const stopwatch clock;
        const long slots = task_.conditions() + 1, all = slots * asked_.test_trials, at_once = slots * 20;
        const double dt = 0.5;
        eirnn::run_request<float> ask;
        ask.every = asked_.variant == eirnn::tasks::decision_variant::reaction_time ? 20 : 40;  // 10 ms, 20 ms
        ask.rates = true;
        results measured(asked_, structure_.units);
        for (long first = 0; first < all; first += at_once) {
            if (stop_asked()) {
                here_.out.say("stopped while testing" + (asked_.weights.empty() ? "; " + how_to_resume() : std::string()));
                return false;
            }
            if (here_.out.progress_due()) {
                const double left = first == 0 ? -1 : clock.seconds() * static_cast<double>(all - first) / static_cast<double>(first);
                here_.out.progress("testing: " + std::to_string(first) + " of " + std::to_string(all) + " trials, ETA " + clock_text(left));
            }
            const auto batch =
                task_.template make<float>({eirnn::purpose::test, asked_.seed, 0, std::min(at_once, all - first), dt, first});
            // Training and validation never come to this iteration, so the noise of the test trials is their own.
            measured.add(batch.conditions, net_.run(batch.trials, {asked_.seed, 0xffffffffu}, ask));
        }
        for (const auto& sentence : measured.save(here_.folder, structure_, net_.effective(), summary_)) here_.out.warn(sentence);
        summary_.add("test_trials", asked_.test_trials).add("test_seconds", clock.seconds());
        return true;
    }

    int summarise() {
        const auto broken = check_saved(here_.folder.file("weights.safetensors"), net_);
        summary_.add("variant", asked_.variant_name())
            .add("seed", asked_.seed)
            .add("backend", B::name())
            .add("threads", threads_)
            .add("eirnn_version", EIRNN_VERSION)
            .add("target_performance_percent", task_.target_performance())
            .add("dale_violations", broken.sign_violations)
            .add("mask_violations", broken.mask_violations)
            .add("seconds", seconds_before_ + clock_.seconds());
        eirnn::replace_file(here_.folder.file("summary.json"), summary_.text() + '\n');
        here_.out.say("done in " + clock_text(seconds_before_ + clock_.seconds()) + "; everything is in " + asked_.out.string());
        return broken.kept() ? 0 : static_cast<int>(eirnn::error_code::bad_data);
    }

    const surroundings& here_;
    const options& asked_;
    int threads_;
    stopwatch clock_;
    double seconds_before_ = 0;
    eirnn::tasks::perceptual_decision task_;
    eirnn::layout structure_;
    eirnn::any_model<B> net_;
    eirnn::json_object summary_;
};

template <class Net, eirnn::backend::Backend B>
int run_network(const surroundings& here, B device, int threads) {
    return decision_run<B>(here, eirnn::model<Net, B>(eirnn::seed{here.asked.seed}, {}, std::move(device)), threads)();
}

template <eirnn::backend::Backend B>
int run_on(const surroundings& here, B device, int threads) {
    using enum eirnn::tasks::decision_variant;
    switch (here.asked.variant) {
        case fixed:
            return run_network<structured::decision>(here, std::move(device), threads);
        case no_dale:
            return run_network<::no_dale::decision>(here, std::move(device), threads);
        case variable_duration:
        case reaction_time:
            return run_network<cued::decision>(here, std::move(device), threads);
        default:
            return run_network<::dense::decision>(here, std::move(device), threads);
    }
}
