// What the program was asked to do.
#pragma once
#include "../common/options.hpp"

#include <eirnn/model/running.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

inline constexpr std::array<std::string_view, 2> model_names{"standard", "standard_ei"}, schedule_names{"paper", "short"};
inline constexpr std::string_view base_variant = "base", made_data = "made";

/// The variants of a model that a backend has.
std::vector<std::string> variant_names(processor backend, std::string_view model);

/// Channels of area 3; the last area, 4 or 5, has twice as many.
struct channel_numbers {
    int principal = 64, interneurons = 16;  // of each kind
    std::string text() const { return std::to_string(principal) + "," + std::to_string(interneurons); }
};

/// How a network is trained. The defaults are those of the paper.
struct training_settings {
    std::uint64_t epochs = 250;
    bool short_schedule = false;
    long batch = 128;
    double learning_rate = 0.1, running_share = eirnn::long_run_share;
    channel_numbers channels;
    double weight_decay = 2e-4;
    std::array<std::uint64_t, 4> falls{100, 150, 200,
                                       0};  // epochs after which the paper's schedule has a tenth of the learning rate; 0: none
    double kernel_scale = 1;                // of the first kernels of recurrent areas
};
inline constexpr training_settings for_cifar10{};
/// A quarter of the channels, small batches and a short run, within which running statistics with a share of 0.003 would not follow.
inline constexpr training_settings for_made_images{3, true, 32, 0.05, 0.01, {16, 4}};
/// Images of more than 32 x 32 pixels.
inline constexpr training_settings for_imagenet{100, false, 256, 0.1, eirnn::long_run_share, {256, 64}, 1e-4, {30, 60, 80, 90}};

/// What the command line says of them.
struct given_settings {
    std::optional<std::uint64_t> epochs;
    std::optional<bool> short_schedule;
    std::optional<long> batch;
    std::optional<double> learning_rate, running_share, weight_decay, kernel_scale;
    std::optional<channel_numbers> channels;

    training_settings or_else(training_settings s) const {
        s.epochs = epochs.value_or(s.epochs);
        s.short_schedule = short_schedule.value_or(s.short_schedule);
        s.batch = batch.value_or(s.batch);
        s.learning_rate = learning_rate.value_or(s.learning_rate);
        s.running_share = running_share.value_or(s.running_share);
        s.weight_decay = weight_decay.value_or(s.weight_decay);
        s.channels = channels.value_or(s.channels);
        s.kernel_scale = kernel_scale.value_or(s.kernel_scale);
        return s;
    }
};

struct options : training_settings {
    given_settings given;  // the others follow from the images
    std::string data, model{model_names[0]}, variant{base_variant};
    std::uint64_t seed = 1;  // of the weights, and of the order and the augmentation of the images
    long made_images = 24'000, made_side = 32;
    std::optional<long> train_images, test_images;  // use only so many
    long test_during = 2500;                        // test images of all epochs but the last
    std::uint64_t measure_every = 10;               // epochs; 0: only at the end
    std::filesystem::path out;
    int threads = 0;
    processor backend = processor::cpu;
    bool resume = false, overwrite = false, quiet = false;
    std::string program;

    std::string_view schedule_name() const { return schedule_names[short_schedule]; }
    std::string_view backend_name() const { return backend_names[static_cast<std::size_t>(backend)]; }
    /// The command line that goes on with this run.
    std::string resume_command() const {
        std::string s = program + " --data " + quoted(data) + " --model " + model + " --variant " + variant + " --epochs " +
                        std::to_string(epochs) + " --schedule " + std::string(schedule_name()) + " --batch " + std::to_string(batch) +
                        " --learning-rate " + number_text(learning_rate) + " --running-share " + number_text(running_share) +
                        " --weight-decay " + number_text(weight_decay) + " --seed " + std::to_string(seed) + " --channels " +
                        channels.text() + " --backend " + std::string(backend_name()) + " --measure-every " + std::to_string(measure_every);
        if (kernel_scale != 1) s += " --kernel-scale " + number_text(kernel_scale);
        if (data == made_data) s += " --made-images " + std::to_string(made_images) + " --made-side " + std::to_string(made_side);
        if (train_images) s += " --train-images " + std::to_string(*train_images);
        if (test_images) s += " --test-images " + std::to_string(*test_images);
        if (test_during != options{}.test_during) s += " --test-during " + std::to_string(test_during);
        return s + " --out " + quoted(out.string()) + " --resume";
    }
};
