// One run on one backend: train, measure, save. Every backend is a source file of its own; the networks are compiled elsewhere.
#pragma once
#include "../common/interrupt.hpp"
#include "backends.hpp"
#include "catalogue.hpp"
#include "follow.hpp"
#include "measures.hpp"

#include <eirnn/io/model_file.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/image_classification.hpp>
#include <eirnn/train/trainer.hpp>
#include <eirnn/version.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

template <class B>
built_network<B> network_for(const options& asked, const eirnn::image_set& training, B device) {
    const bool large = training.height > small_side;
    const auto all = networks_on<B>(large);
    const auto it = std::ranges::find_if(all, [&](const auto& n) { return n.model == asked.model && n.variant == asked.variant; });
    if (it == all.end() && large)
        throw eirnn::invalid_argument({"there is no such network for images of more than 32 x 32 pixels", "--variant, --backend",
                                       "base on the cpu backend", asked.variant + " on " + std::string(asked.backend_name()),
                                       "make the images smaller, or use the variant base"});
    if (it == all.end())
        throw eirnn::invalid_argument({"the backend has not this variant", "--variant", "base", asked.variant, "use the cpu backend"});
    const network_sizes sizes{asked.channels, training.channels, training.classes, asked.kernel_scale};
    return it->build(eirnn::seed{asked.seed}, sizes, std::move(device));
}

/// Tests the first images only while training goes on, and all at its end.
class tested_in_part : public eirnn::tasks::image_classification {
public:
    tested_in_part(eirnn::image_set training, eirnn::image_set test, long during)
        : image_classification(std::move(training), std::move(test)), during_(during) {}
    long validation_trials() const { return *at_the_end_ ? validation_trials_in_all() : std::min(during_, validation_trials_in_all()); }
    void at_the_end(bool is) { *at_the_end_ = is; }

private:
    long validation_trials_in_all() const { return image_classification::validation_trials(); }
    long during_;
    std::shared_ptr<bool> at_the_end_ = std::make_shared<bool>(false);  // also of the trainer's copy
};

template <eirnn::backend::Backend B>
class multicell_run {
public:
    multicell_run(const surroundings& here, B device, int threads)
        : here_(here),
          asked_(here.asked),
          threads_(threads),
          network_(network_for(asked_, here.data.training, std::move(device))),
          net_(*network_.model),
          to_measure_(*network_.facts),
          plan_(asked_, here.data.training.size()),
          config_(plan_.config(asked_, here.data)),
          task_(std::move(here.data.training), std::move(here.data.test), asked_.test_during) {
        net_.numerics().set_running_share(asked_.running_share);
    }

    /// Trains the network or goes on with it, measures it and saves everything. Gives the exit status.
    int operator()() {
        if (!train()) return interrupt_guard::exit_code();
        if (!measured_) measured_ = measure_net([] { return !stop_asked(); });
        if (!measured_) {
            here_.out.say("stopped while measuring; " + how_to_resume());
            return interrupt_guard::exit_code();
        }
        eirnn::write_npz(here_.folder.file("measures.npz"), measured_->arrays());
        summarise();
        return 0;
    }

private:
    static bool stop_asked() { return interrupt_guard::asked() != 0; }
    std::string how_to_resume() const { return "go on with: " + asked_.resume_command(); }

    /// Tells the trainer's events to the follower, and measures in between.
    struct observer {
        multicell_run& run;
        follower& follow;
        template <class Trainer>
        void on_step(const eirnn::step_report& s, const Trainer& t) {
            run.task_.at_the_end(t.iteration() == run.plan_.steps());
            follow.on_step(s, t);
        }
        template <class Trainer>
        void on_validation(const eirnn::validation_report& v, Trainer& t) {
            follow.validated(v, t, [&](std::uint64_t epoch) { return run.measure_at(epoch); });
        }
        void on_warning(const eirnn::training_warning& w) { follow.on_warning(w); }
    };

    /// Gives false if it was asked to stop.
    bool train() {
        using namespace eirnn;
        until goal;  // the last step is the end, whatever validations show: Sun et al. report the last weights
        goal.max_trials = plan_.steps() * static_cast<std::uint64_t>(plan_.batch);
        goal.patience = std::numeric_limits<long>::max();
        training_options how;
        how.batch = plan_.batch;
        how.validate_every_trials = plan_.steps_per_epoch * static_cast<std::uint64_t>(plan_.batch);
        how.validation_batch = 250;
        how.penalties = {};
        how.prune = 0;
        how.seed = asked_.seed;
        trainer training(net_, task_, plan_.rule, goal, how);
        epoch_sums so_far;
        const bool resumed = goes_on(here_.folder, asked_.resume, here_.out);
        if (resumed) so_far = resume(training);
        task_.at_the_end(training.iteration() == plan_.steps());

        follower follow(here_, plan_, config_, so_far, seconds_before_);
        const auto steps_before = training.iteration();
        training_result trained;
        try {
            trained = training.run(observer{*this, follow}, stop_asked);
        } catch (const diverged&) {
            save(net_, here_.folder.diverged(training.iteration()), metadata());
            throw;
        }
        save_checkpoint(here_.folder.checkpoint(), training.state(), follow.config(training));
        const std::string epochs = std::to_string(training.iteration() / plan_.steps_per_epoch) + " epochs";
        if (trained.stop_reason == stop_reason::asked) {
            here_.out.say("stopped after " + epochs + " and " + std::to_string(training.iteration() % plan_.steps_per_epoch) + " steps; " +
                          how_to_resume());
            return false;
        }
        accuracy_ = trained.history.back().performance;
        if (resumed && trained.iterations == steps_before)
            here_.out.say("the run had finished after " + epochs + "; it is measured again");
        else
            here_.out.say("trained for " + epochs + " and " + clock_text(follow.seconds()) + ": test accuracy " + fixed_text(accuracy_, 2) +
                          " %");
        const auto weights = here_.folder.file("weights.safetensors");
        save(net_, weights, metadata());
        load(net_, weights);  // finds out now whether they can be read, and whether they obey the signs
        return true;
    }

    /// Gives the sums of the epoch that the checkpoint lies in.
    template <class Trainer>
    epoch_sums resume(Trainer& training) {
        const auto saved = eirnn::load_checkpoint(here_.folder.checkpoint(), net_.raw());
        if (!saved.notice.empty()) here_.out.warn(saved.notice);
        const auto refuse = [&](const std::string& expected, const std::string& got) {
            throw eirnn::invalid_argument(
                {"the checkpoint is of another run", saved.file.string(), expected, got,
                 "resume with the options that the run was started with (more epochs only where the schedule is the paper's), or "
                 "choose another folder"});
        };
        if (!saved.config.starts_with(config_)) refuse(config_, saved.config);
        const auto& history = saved.state.history;
        if (saved.state.iteration > plan_.steps())
            refuse("at most " + std::to_string(plan_.steps()) + " steps", std::to_string(saved.state.iteration));
        epoch_sums sums;
        if (saved.config.size() > config_.size()) {
            const auto found = epoch_sums::from(std::string_view(saved.config).substr(config_.size()));
            if (!found) refuse(config_, saved.config);
            sums = *found;
        }
        training.restore(saved.state);
        seconds_before_ = here_.folder.restore_metrics(history.size(), [&](std::size_t k, double seconds) {
            return follower::metrics_of(history[k], plan_, std::nullopt).add("images_per_second", unknown).add("seconds", seconds);
        });
        here_.out.say("resuming after " + std::to_string(saved.state.iteration) + " of " + std::to_string(plan_.steps()) + " steps");
        return sums;
    }

    /// The measures at the end of an epoch where it is time for them; the last ones are kept for the summary. An epoch's line is not left
    /// half, so this is not interrupted.
    std::optional<network_measures> measure_at(std::uint64_t epoch) {
        const bool last = epoch == plan_.epochs;
        if (!last && (asked_.measure_every == 0 || epoch % asked_.measure_every != 0)) return std::nullopt;
        auto found = measure_net([] { return true; });
        if (last) measured_ = found;
        return found;
    }
    template <class GoOn>
    std::optional<network_measures> measure_net(const GoOn& go_on) {
        return measure(net_, to_measure_, task_.test_images(), [&](long done, long all) {
            if (here_.out.progress_due())
                here_.out.progress("measuring: " + std::to_string(done) + " of " + std::to_string(all) + " images");
            return go_on();
        });
    }

    eirnn::file_metadata metadata() const {
        return {{"model", asked_.model}, {"variant", asked_.variant}, {"channels", asked_.channels.text()}};
    }

    /// Percent of the test images, with dropout going on.
    double accuracy_with_dropout() {
        double percent = 0;
        const long all = task_.test_images().size(), most = 250;
        for (long first = 0; first < all; first += most) {
            const long count = std::min(most, all - first);
            const auto batch = task_.template make<typename B::scalar>({eirnn::purpose::test, asked_.seed, 0, count, 20, first});
            const auto r = net_.run(batch.trials, {asked_.seed, 0}, {.dropout = true});
            percent += task_.performance(batch, r) * static_cast<double>(count) / static_cast<double>(all);
        }
        return percent;
    }

    void summarise() {
        const double seconds = seconds_before_ + clock_.seconds();
        eirnn::json_object summary;
        summary.add("model", asked_.model)
            .add("variant", asked_.variant)
            .add("seed", asked_.seed)
            .add("channels", std::array{asked_.channels.principal, asked_.channels.interneurons})
            .add("epochs", asked_.epochs)
            .add("schedule", asked_.schedule_name())
            .add("batch", asked_.batch)
            .add("learning_rate", asked_.learning_rate)
            .add("running_share", asked_.running_share)
            .add("weight_decay", asked_.weight_decay)
            .add("kernel_scale", asked_.kernel_scale)
            .add("data", here_.data.name)
            .add("image", std::array{task_.test_images().height, task_.test_images().width, task_.test_images().channels})
            .add("classes", task_.test_images().classes)
            .add("train_images", task_.training_images().size())
            .add("test_images", task_.test_images().size())
            .add("parameters", net_.parameters())
            .add("test_accuracy_percent", accuracy_)
            .add("backend", B::name())
            .add("threads", threads_)
            .add("eirnn_version", EIRNN_VERSION);
        if (net_.numerics().drops()) summary.add("test_accuracy_with_dropout_percent", accuracy_with_dropout());
        measured_->add_to(summary);
        summary.add("seconds", seconds);
        eirnn::replace_file(here_.folder.file("summary.json"), summary.text() + '\n');
        here_.out.say("done in " + clock_text(seconds) + "; everything is in " + asked_.out.string());
    }

    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const surroundings& here_;
    const options& asked_;
    int threads_;
    stopwatch clock_;
    double seconds_before_ = 0, accuracy_ = 0;
    built_network<B> network_;
    eirnn::any_model<B>& net_;
    measuring_plan to_measure_;
    course plan_;
    std::string config_;
    tested_in_part task_;
    std::optional<network_measures> measured_;
};

template <eirnn::backend::Backend B>
int run_on(const surroundings& here, B device, int threads) {
    return multicell_run<B>(here, std::move(device), threads)();
}
