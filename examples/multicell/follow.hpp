// What a training run is told about while it goes on: progress for people, metrics and checkpoints for files.
#pragma once
#include "../common/training.hpp"
#include "backends.hpp"
#include "measures.hpp"

#include <eirnn/io/metrics.hpp>
#include <eirnn/train/optimizer.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Sums over the training steps since the last validation.
struct epoch_sums {
    double loss = 0, performance = 0;

    /// What a checkpoint keeps of them beside the state, so that metrics do not depend on interruptions; to the last bit.
    std::string text() const { return eirnn::json_object{}.add("loss_so_far", loss).add("performance_so_far", performance).text() + '\n'; }
    static std::optional<epoch_sums> from(std::string_view text) {
        epoch_sums sums;
        for (const auto& [key, value] :
             {std::pair{"\"loss_so_far\":", &sums.loss}, std::pair{"\"performance_so_far\":", &sums.performance}}) {
            const auto at = text.find(key);
            if (at == text.npos) return std::nullopt;
            const char* const begin = text.data() + at + std::string_view(key).size();
            if (std::from_chars(begin, text.data() + text.size(), *value).ec != std::errc{}) return std::nullopt;
        }
        return sums;
    }
};

/// Images, batches and steps of a run. An epoch is as many whole batches as come nearest to the number of images.
struct course {
    std::uint64_t epochs = 0, steps_per_epoch = 1;
    long batch = 1;
    eirnn::sgd rule;

    course(const options& asked, long images) : epochs(asked.epochs), batch(asked.batch) {
        const auto n = static_cast<std::uint64_t>(images), b = static_cast<std::uint64_t>(batch);
        steps_per_epoch = std::max<std::uint64_t>(1, (n + b / 2) / b);
        rule = {
            .learning_rate = asked.learning_rate, .clip_norm = 0, .momentum = 0.9, .weight_decay = asked.weight_decay, .decay_steps = {}};
        if (asked.short_schedule)
            for (const std::uint64_t percent : {60u, 80u, 92u}) rule.decay_steps.push_back(steps() * percent / 100);
        else
            for (const std::uint64_t epoch : asked.falls)
                if (epoch > 0) rule.decay_steps.push_back(steps_per_epoch * epoch);
    }
    std::uint64_t steps() const { return epochs * steps_per_epoch; }
    /// What a checkpoint must agree with to be resumed.
    std::string config(const options& asked, const image_data& data) const {
        std::string s = "model = " + asked.model + "\nvariant = " + asked.variant + "\nseed = " + std::to_string(asked.seed) +
                        "\nchannels = " + asked.channels.text() + "\nbatch = " + std::to_string(batch);
        // Where they are the paper's they are not written, as before there were options for them.
        if (asked.learning_rate != for_cifar10.learning_rate) s += "\nlearning rate = " + number_text(asked.learning_rate);
        if (asked.running_share != for_cifar10.running_share) s += "\nrunning share = " + number_text(asked.running_share);
        if (asked.weight_decay != for_cifar10.weight_decay) s += "\nweight decay = " + number_text(asked.weight_decay);
        if (asked.kernel_scale != for_cifar10.kernel_scale) s += "\nkernel scale = " + number_text(asked.kernel_scale);
        s += "\nlearning rate falls after step =";
        for (const auto step : rule.decay_steps) s += " " + std::to_string(step);
        return s + "\ntraining images = " + text_of(data.training) + "\ntest images = " + text_of(data.test) + "\n";
    }
};

class follower {
public:
    follower(const surroundings& here, const course& plan, std::string config, epoch_sums so_far, double seconds_before)
        : here_(here),
          plan_(plan),
          config_(std::move(config)),
          keeper_(here.folder, here.out),
          metrics_(here.folder.file("metrics.jsonl")),
          sums_(so_far),
          before_(seconds_before) {}

    template <class Trainer>
    void on_step(const eirnn::step_report& s, const Trainer& t) {
        sums_.loss += s.loss, sums_.performance += s.performance;
        ++steps_, ++steps_here_;
        training_seconds_ = epoch_clock_.seconds();
        if (here_.out.progress_due()) here_.out.progress(line(t));
    }
    /// `measure_now(epoch)` gives the measures where it is time for them.
    template <class Trainer, class Measure>
    void validated(const eirnn::validation_report& v, Trainer& t, const Measure& measure_now) {
        const auto epoch = v.iteration / plan_.steps_per_epoch;
        const bool trained = v.iteration > 0;
        auto line = metrics_of(v, plan_, trained ? std::optional(sums_) : std::nullopt);
        line.add("images_per_second", speed());
        if (const std::optional<network_measures> measured = measure_now(epoch)) {
            eirnn::json_object found;
            measured->add_to(found);
            line.add("measures", found);
        }
        line.add("seconds", seconds());
        // First the metrics: lines after the checkpoint are known to be surplus when the run is resumed.
        try {
            metrics_.write(line);
        } catch (const eirnn::error& e) {
            here_.out.warn(e.what());
        }
        keeper_.save(t.state(), config_);
        here_.out.say("epoch " + std::to_string(epoch) + ": " + (trained ? training_text(plan_.steps_per_epoch) + ", " : std::string()) +
                      "test accuracy " + fixed_text(v.performance, 2) + " %");
        sums_ = {};
        steps_here_ = 0;
        training_seconds_ = 0;
        epoch_clock_ = {};
    }
    void on_warning(const eirnn::training_warning& w) { here_.out.warn(text_of(w)); }
    double seconds() const { return before_ + clock_.seconds(); }
    /// What a checkpoint between two validations is saved with.
    template <class Trainer>
    std::string config(const Trainer& t) const {
        const bool between = !t.history().empty() && t.history().back().iteration != t.iteration();
        return between ? config_ + sums_.text() : config_;
    }
    /// One line of metrics, as far as the state of a run tells.
    static eirnn::json_object metrics_of(const eirnn::validation_report& v, const course& plan, const std::optional<epoch_sums>& sums) {
        const double unknown = std::numeric_limits<double>::quiet_NaN();  // null in the file
        const auto steps = static_cast<double>(plan.steps_per_epoch);
        return eirnn::json_object{}
            .add("epoch", v.iteration / plan.steps_per_epoch)
            .add("train_loss", sums ? sums->loss / steps : unknown)
            .add("train_accuracy_percent", sums ? sums->performance / steps : unknown)
            .add("test_accuracy_percent", v.performance)
            .add("test_loss", v.loss)
            .add("learning_rate", plan.rule.rate_at(std::max<std::uint64_t>(v.iteration, 1)));
    }

private:
    /// Images per second of training since the last validation, or not a number.
    double speed() const { return static_cast<double>(steps_here_) * static_cast<double>(plan_.batch) / training_seconds_; }
    std::string training_text(std::uint64_t steps) const {
        const auto n = static_cast<double>(steps);
        return "loss " + fixed_text(sums_.loss / n, 4) + ", training accuracy " + fixed_text(sums_.performance / n, 2) + " %";
    }
    template <class Trainer>
    std::string line(const Trainer& t) const {
        const auto step = t.iteration();
        const auto seen = step - (t.history().empty() ? 0 : t.history().back().iteration);
        const double left =
            static_cast<double>(plan_.steps() - std::min(step, plan_.steps())) * clock_.seconds() / static_cast<double>(steps_);
        return "training: epoch " + std::to_string((step + plan_.steps_per_epoch - 1) / plan_.steps_per_epoch) + " of " +
               std::to_string(plan_.epochs) + ", " + std::to_string(100 * seen / plan_.steps_per_epoch) + " %, " + training_text(seen) +
               ", " + fixed_text(speed(), 0) + " images/s, " + clock_text(seconds()) + ", ETA " + clock_text(left);
    }

    const surroundings& here_;
    const course& plan_;
    std::string config_;
    checkpoint_keeper keeper_;
    eirnn::jsonl_writer metrics_;
    epoch_sums sums_;
    double before_;
    stopwatch clock_, epoch_clock_;
    double training_seconds_ = 0;               // of the epoch in this process, without the validation
    std::uint64_t steps_ = 0, steps_here_ = 0;  // of this process; of the epoch in it
};
