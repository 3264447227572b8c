// What the programs of the gallery that learn images have in common: they read the four IDX files of a data set, train on them, and say
// after every epoch how far they have come.
#pragma once
#include <eirnn/eirnn.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

/// The folder of the Debian package dataset-fashion-mnist.
inline constexpr const char* usual_folder = "/usr/share/datasets/fashion-mnist";
inline constexpr long batch_size = 100;

/// How long and how fast, unless the command line says otherwise.
struct image_course {
    std::uint64_t epochs = 1;
    double learning_rate = 0.1;  // a tenth of it from 60 % of the steps on, a hundredth from 85 %
    double weight_decay = 0;     // of everything that is trained
};

/// Says a line after every epoch: training loss and accuracy are means over its steps, before each of them.
class epoch_reporter {
public:
    explicit epoch_reporter(std::uint64_t steps_per_epoch) : steps_per_epoch_(steps_per_epoch) {}
    void on_step(const eirnn::step_report& s) { loss_ += s.loss, hits_ += s.performance; }
    void on_validation(const eirnn::validation_report& v) {
        if (v.iteration == 0) return;
        const auto steps = static_cast<double>(steps_per_epoch_);
        std::printf("epoch %llu: loss %.4f, training accuracy %.2f %%, test accuracy %.2f %%\n",
                    static_cast<unsigned long long>(v.iteration / steps_per_epoch_), loss_ / steps, hits_ / steps, v.performance);
        std::fflush(stdout);
        loss_ = hits_ = 0;
    }

private:
    std::uint64_t steps_per_epoch_;
    double loss_ = 0, hits_ = 0;
};

template <class Net, class AsSeen>
void learn(const char* folder, const image_course& course, std::uint64_t number, const AsSeen& as_seen) {
    using namespace eirnn;
    // As they are: a shift of what has no neighbours, as in a picture on one position, would leave nothing of it.
    image_set training = as_seen(read_idx_training(folder)), test = as_seen(read_idx_test(folder));
    const tasks::image_classification task(std::move(training), std::move(test), {.augmented = false});
    const auto batch = static_cast<std::uint64_t>(batch_size), images = static_cast<std::uint64_t>(task.training_images().size());
    const std::uint64_t epoch = std::max<std::uint64_t>(1, images / batch), steps = course.epochs * epoch;

    model_options options;
    options.running_share = 0.03;  // at a high learning rate the weights soon leave older statistics behind
    model<Net> net(seed{number}, options);
    const sgd rule{.learning_rate = course.learning_rate,
                   .clip_norm = 0,
                   .momentum = 0.9,
                   .weight_decay = course.weight_decay,
                   .decay_steps = {steps * 60 / 100, steps * 85 / 100}};
    // The test images do not decide when to stop, nor which weights are kept: all epochs are run, and the last weights count.
    const until goal{.patience = std::numeric_limits<long>::max(), .max_trials = steps * batch};
    const training_options how{
        .batch = batch_size, .validate_every_trials = epoch * batch, .validation_batch = 500, .penalties = {}, .seed = number};
    trainer(net, task, rule, goal, how).run(epoch_reporter(epoch));
}

/// A number from 1 on that a text is, as a whole.
inline std::optional<std::uint64_t> number_of(const char* text) {
    std::uint64_t n = 0;
    const char* const end = text + std::strlen(text);
    const auto r = std::from_chars(text, end, n);
    if (r.ec != std::errc{} || r.ptr != end || n < 1 || n > 1'000'000) return std::nullopt;
    return n;
}

/// The whole program: [FOLDER] [EPOCHS] [SEED]. `as_seen` makes of a set of images what the network takes. Gives the exit status.
template <class Net, class AsSeen>
int learn_images(int argc, char** argv, image_course course, const AsSeen& as_seen) {
    const char* const folder = argc > 1 ? argv[1] : usual_folder;
    const auto epochs = argc > 2 ? number_of(argv[2]) : course.epochs, number = argc > 3 ? number_of(argv[3]) : 1;
    if (argc > 4 || !epochs || !number) {
        std::fprintf(stderr, "usage: %s [FOLDER] [EPOCHS] [SEED]\n", argv[0]);
        return static_cast<int>(eirnn::error_code::usage);
    }
    course.epochs = *epochs;
    try {
        learn<Net>(folder, course, *number, as_seen);
        return 0;
    } catch (const eirnn::missing_file& e) {
        std::fprintf(stderr, "%s\nOn Debian, apt-get install dataset-fashion-mnist puts such files into %s.\n", e.what(), usual_folder);
        return static_cast<int>(e.code());
    } catch (const eirnn::error& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return static_cast<int>(e.code());
    }
}
