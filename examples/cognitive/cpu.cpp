// One run: train and save.
#include "../common/interrupt.hpp"
#include "../common/training.hpp"
#include "networks.hpp"
#include "options.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/io/metrics.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/task/context_integration.hpp>
#include <eirnn/task/multisensory_integration.hpp>
#include <eirnn/task/parametric_working_memory.hpp>
#include <eirnn/task/sequence_execution.hpp>
#include <eirnn/task/sine_wave.hpp>
#include <eirnn/train/trainer.hpp>
#include <eirnn/version.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace {

using device = eirnn::backend::cpu<float>;

/// What the paper changes for one task of what it says for all of them (table 1), and how its figures call the performance.
struct setup {
    eirnn::model_options network{};
    long batch = 20;
    double dt = 20;
    const char* performance = "% correct";
};

eirnn::json_object metrics_of(const eirnn::validation_report& v, double seconds) {
    return eirnn::json_object{}
        .add("trials", v.trials)
        .add("loss", v.loss)
        .add("rmse", v.rmse)
        .add("performance_percent", v.performance)
        .add("spectral_radius", v.spectral_radius)
        .add("guarded_steps", v.guarded_steps)
        .add("seconds", seconds);
}

/// Follows a training run: progress for people, metrics and checkpoints for files.
class follower {
public:
    follower(const surroundings& here, const setup& how, double seconds_before)
        : here_(here), how_(how), keeper_(here.folder, here.out), metrics_(here.folder.file("metrics.jsonl")), before_(seconds_before) {}

    template <class Trainer>
    void on_step(const eirnn::step_report& s, const Trainer& t) {
        if (!s.guarded) smooth_loss_ = smooth_loss_ == 0 ? s.loss : 0.98 * smooth_loss_ + 0.02 * s.loss;
        if (here_.out.progress_due())
            here_.out.progress("training: " + std::to_string(t.iteration() * static_cast<std::uint64_t>(t.options().batch)) + " trials, " +
                               (s.guarded ? "a gradient for the guard" : "loss " + fixed_text(smooth_loss_, 4)) + ", " +
                               line_of(t.history().back()) + ", " + clock_text(seconds()));
    }
    template <class Trainer>
    void on_validation(const eirnn::validation_report& v, Trainer& t) {
        // First the metrics: lines after the checkpoint are known to be surplus when the run is resumed.
        try {
            metrics_.write(metrics_of(v, seconds()));
        } catch (const eirnn::error& e) {
            here_.out.warn(e.what());
        }
        keeper_.save(t.state(), here_.asked.config());
    }
    void on_warning(const eirnn::training_warning& w) { here_.out.warn(text_of(w)); }

    double seconds() const { return before_ + clock_.seconds(); }
    std::string line_of(const eirnn::validation_report& v) const {
        return fixed_text(v.performance, 1) + ' ' + how_.performance + ", RMSE " + fixed_text(v.rmse, 3);
    }

private:
    const surroundings& here_;
    const setup& how_;
    checkpoint_keeper keeper_;
    eirnn::jsonl_writer metrics_;
    stopwatch clock_;
    double before_, smooth_loss_ = 0;
};

/// Gives the seconds that the run had taken.
template <class Trainer>
double resume(const surroundings& here, Trainer& training, const eirnn::any_model<device>& net) {
    const auto saved = eirnn::load_checkpoint(here.folder.checkpoint(), net.raw());
    if (!saved.notice.empty()) here.out.warn(saved.notice);
    if (saved.config != here.asked.config())
        throw eirnn::invalid_argument({"the checkpoint is of another run", saved.file.string(), here.asked.config(), saved.config,
                                       "resume with the task and the seed of the checkpoint, or choose another folder"});
    training.restore(saved.state);
    const auto& history = saved.state.history;
    const double seconds =
        here.folder.restore_metrics(history.size(), [&](std::size_t k, double spent) { return metrics_of(history[k], spent); });
    here.out.say("resuming after " + std::to_string(saved.state.trials) + " trials");
    return seconds;
}

template <eirnn::Network Net>
eirnn::any_model<device> network(const options& asked, const setup& how) {
    return eirnn::model<Net, device>(eirnn::seed{asked.seed}, how.network, device(asked.threads));
}

template <class Task>
int train(const surroundings& here, eirnn::any_model<device> net, Task task, const setup& how) {
    using namespace eirnn;
    const options& asked = here.asked;
    if (asked.validation_trials) task.validations = *asked.validation_trials;
    until goal = task.stopping();
    if (asked.max_trials) goal.max_trials = *asked.max_trials;
    const training_options settings{
        .batch = how.batch, .dt = how.dt, .penalties = {.omega = 2, .l2_rate = 0, .weights = {}}, .prune = 1e-4, .seed = asked.seed};
    trainer training(net, task, sgd{.learning_rate = 0.01, .clip_norm = 1}, goal, settings);

    const double seconds_before = goes_on(here.folder, asked.resume, here.out) ? resume(here, training, net) : 0;
    if constexpr (requires { Task::continuous; })
        here.out.say("every trial starts from the initial state: states are not carried over from trial to trial");

    follower progress(here, how, seconds_before);
    training_result trained;
    try {
        trained = training.run(progress, [] { return interrupt_guard::asked() != 0; });
    } catch (const diverged&) {
        save(net, here.folder.diverged(training.iteration()));
        throw;
    }
    save_checkpoint(here.folder.checkpoint(), training.state(), asked.config());
    const std::string trials = std::to_string(trained.trials) + " trials";
    if (trained.stop_reason == stop_reason::asked) {
        here.out.say("stopped after " + trials + "; go on with: " + asked.resume_command());
        return interrupt_guard::exit_code();
    }
    training.adopt_best();
    save(net, here.folder.file("weights.safetensors"));
    const auto& last = trained.history.back();
    const bool reached = trained.stop_reason == stop_reason::performance || trained.stop_reason == stop_reason::rmse;
    const json_object summary = json_object{}
                                    .add("task", asked.name())
                                    .add("seed", asked.seed)
                                    .add("threads", net.device().threads())
                                    .add("eirnn_version", EIRNN_VERSION)
                                    .add("trials", trained.trials)
                                    .add("reached_target", reached)
                                    .add("stop_reason", name_of(trained.stop_reason))
                                    .add("last_performance_percent", last.performance)
                                    .add("last_rmse", last.rmse)
                                    .add("best_performance_percent", trained.best().performance)
                                    .add("best_rmse", trained.best().rmse)
                                    .add("seconds", progress.seconds());
    replace_file(here.folder.file("summary.json"), summary.text() + '\n');
    here.out.say((reached ? "the target is reached after " : "the target is not reached after ") + trials + " and " +
                 clock_text(progress.seconds()) + ": " + progress.line_of(last) + "; everything is in " + asked.out.string());
    return 0;
}

}  // namespace

int run_on_cpu(const surroundings& here) {
    using namespace eirnn::tasks;
    setup how;
    switch (here.asked.task) {
        case task_name::two_areas:
            how.batch = 50;
            return train(here, network<two_areas::integration>(here.asked, how), context_integration{}, how);
        case task_name::multisensory:
            return train(here, network<multisensory::integration>(here.asked, how), multisensory_integration{}, how);
        case task_name::memory:
            how.performance = "% correct in the worst condition";
            return train(here, network<working_memory::comparison>(here.asked, how), parametric_working_memory{}, how);
        case task_name::sequence:
            how.network.physics.tau = 50;
            how.network.physics.unit_noise = 0.01;
            how.network.trained.initial_state = false;  // as the code of the paper has it where trials follow each other
            how.batch = 1;
            how.dt = 10;
            how.performance = "% of the moves to the right dot";
            return train(here, network<sequential::execution>(here.asked, how), sequence_execution{}, how);
        case task_name::sine:
            how.network.physics.unit_noise = 0.05;
            how.network.trained.bias = how.network.trained.output_bias = true;
            how.network.trained.initial_state = false;
            how.batch = 1;
            how.performance = "% of the variance";
            return train(here, network<oscillating::oscillation>(here.asked, how), sine_wave{}, how);
        default:
            how.batch = 50;
            return train(here, network<contextual::integration>(here.asked, how), context_integration{}, how);
    }
}
