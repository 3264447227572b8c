// Trains a network of Sun et al., with several kinds of neurons in areas on grids, to classify images, and measures what its neurons do.
#include "../common/interrupt.hpp"
#include "../common/program.hpp"
#include "backends.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr const char* program = "multicell";

std::optional<channel_numbers> channels_in(const std::string& text) {
    const auto comma = text.find(',');
    const auto part = [&](std::size_t begin, std::size_t length) {
        return number_in(std::string_view(text).substr(begin, length), 1, 65'536);
    };
    if (comma == text.npos) return std::nullopt;
    const auto p = part(0, comma), i = part(comma + 1, text.npos);
    if (!p || !i) return std::nullopt;
    return channel_numbers{static_cast<int>(*p), static_cast<int>(*i)};
}

CLI::Validator between(double least, double most) {
    return {[=](std::string& text) {
                double x = 0;
                const auto r = std::from_chars(text.data(), text.data() + text.size(), x);
                const bool good = r.ec == std::errc{} && r.ptr == text.data() + text.size() && x >= least && x <= most;
                return good ? std::string() : "'" + text + "' is not a number from " + number_text(least) + " to " + number_text(most);
            },
            "X"};
}
/// "(default A; made images: B; larger ones: C)"
std::string defaults_text(const std::string& cifar10, const std::string& made, const std::string& large) {
    return "(default " + cifar10 + "; made images: " + made + "; larger ones: " + large + ")";
}

/// Fills the options; gives an exit status if there is nothing more to do.
std::optional<int> parse(int argc, char** argv, options& o, console& out) {
    CLI::App app{
        "Trains a network of Sun et al. (several kinds of neurons, gated by interneurons) on CIFAR-10, on images of yours or on images "
        "that it makes, "
        "measures "
        "selectivity and connection "
        "densities, and saves weights, metrics and measures in a folder.",
        program};
    constexpr const auto &paper = for_cifar10, &made = for_made_images, &large = for_imagenet;
    const auto either = [&](auto training_settings::*x) {
        return defaults_text(std::to_string(paper.*x), std::to_string(made.*x), std::to_string(large.*x));
    };
    const auto either_real = [&](double training_settings::*x) {
        return defaults_text(number_text(paper.*x), number_text(made.*x), number_text(large.*x));
    };
    std::string backend = "cpu", schedule, folder, channels;
    given_settings& given = o.given;
    long train = 0, test = 0;
    constexpr std::uint64_t any = ~std::uint64_t{0};
    app.add_option("--data", o.data,
                   "folder with the binary files of CIFAR-10 or with the four IDX files of MNIST or its kind; NPZ file with images and "
                   "labels; or 'made' for images that the program makes. Of more than 32 x 32 pixels, up to 128 x 128, it is the network "
                   "for ImageNet that sees them, variant base on the cpu backend")
        ->required();
    app.add_option("--model", o.model, "which network (default " + o.model + ")")->check(one_of(model_names));
    app.add_option("--variant", o.variant, "of the model (default base; see below)");
    app.add_option("--epochs", given.epochs, "passes through the training images " + either(&training_settings::epochs))
        ->check(whole(1, 100'000));
    auto* const when =
        app.add_option("--schedule", schedule,
                       "when the learning rate falls to a tenth: after epochs 100, 150, 200, of larger images 30, 60, 80, 90 "
                       "(paper), or after 60, 80, 92 % of all steps (short) " +
                           defaults_text("paper", "short", "paper"))
            ->check(one_of(schedule_names));
    app.add_option("--batch", given.batch, "images of a step " + either(&training_settings::batch))->check(whole(1, 65'536));
    app.add_option("--learning-rate", given.learning_rate, "of the first steps " + either_real(&training_settings::learning_rate))
        ->check(between(0, 1e15));
    app.add_option("--running-share", given.running_share,
                   "of a batch in the running statistics of batch norm, after the first 1 / share steps " +
                       either_real(&training_settings::running_share))
        ->check(between(1e-9, 1));
    app.add_option("--weight-decay", given.weight_decay,
                   "L2: each step adds so many times a trained number to its gradient " + either_real(&training_settings::weight_decay))
        ->check(between(0, 1e15));
    app.add_option(
           "--kernel-scale", given.kernel_scale,
           "of the first kernels into and inside recurrent areas, each factor of a separable one, as a share of the paper's (default "
           "1). At 1 principal neurons hardly fire until the output gates have weakened; at 0.5 they fire from the start")
        ->check(between(1e-6, 1e6));
    app.add_option("--seed", o.seed, "of weights, order and augmentation (default 1)")->check(whole(0, any));
    auto* const numbers = app.add_option("--channels", channels,
                                         "principal neurons and interneurons of each kind in area 3, doubled in the last area " +
                                             defaults_text(paper.channels.text(), made.channels.text(), large.channels.text()))
                              ->check(CLI::Validator(
                                  [](std::string& text) {
                                      return channels_in(text) ? std::string() : "'" + text + "' is not two whole numbers such as 64,16";
                                  },
                                  "E,I"));
    add_folder_options(app, folder, o.resume, o.overwrite);
    app.add_option("--threads", o.threads,
                   "of the cpu backend (default 0: as many as there are processors); the results do not depend on it")
        ->check(whole(0, 1024));
    app.add_option("--backend", backend, "what computes (default cpu); the others have the two base models only")
        ->check(one_of(backend_names));
    app.add_option("--measure-every", o.measure_every,
                   "epochs between two measurements of all neurons (default 10; 0: at the end only; a measurement takes about as long as a "
                   "test)")
        ->check(whole(0, any));
    app.add_option("--made-images", o.made_images,
                   "number of made training images (default " + std::to_string(o.made_images) + "); a tenth as many test images are added")
        ->check(whole(1, 10'000'000));
    app.add_option(
           "--made-side", o.made_side,
           "height and width of made images: 32, or 128 to try the network for ImageNet (default " + std::to_string(o.made_side) + ")")
        ->check(one_of(std::array{"32", "128"}));
    auto* const train_limit =
        app.add_option("--train-images", train, "train on the first N images only, for quick runs")->check(whole(1, any >> 1));
    auto* const test_limit =
        app.add_option("--test-images", test, "test on the first N images only, for quick runs")->check(whole(1, any >> 1));
    app.add_option("--test-during", o.test_during,
                   "after each epoch but the last, test on the first N test images only, to save time (default 2500)")
        ->check(whole(1, any >> 1));
    app.add_flag("--quiet", o.quiet, "print nothing but warnings and errors");
    std::string footer;
    for (const auto model : model_names)
        footer += "Variants of " + std::string(model) + ": " + CLI::detail::join(variant_names(processor::cpu, model), ", ") + ".\n";
    app.footer(footer + "A checkpoint is saved after every epoch. SIGINT and SIGTERM finish the current step and save.\n" +
               meaning_of_exit_statuses);
    if (const auto status = parse(app, argc, argv, out)) return status;
    if (const auto fault = fault_of(o.variant, variant_names(processor::cpu, o.model)); !fault.empty())
        return refuse(out, "--variant of " + o.model + ": " + fault);
    o.backend = static_cast<processor>(place_in(backend_names, backend));
    if (!fault_of(o.variant, variant_names(o.backend, o.model)).empty())
        return refuse(out, "the backend " + backend + " has the variant base only; use the cpu backend for " + o.variant);
    if (when->count() > 0) given.short_schedule = schedule == schedule_names[1];
    if (numbers->count() > 0) given.channels = channels_in(channels);
    o.out = folder;
    o.program = argv[0];
    if (train_limit->count() > 0) o.train_images = train;
    if (test_limit->count() > 0) o.test_images = test;
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    options asked;
    const interrupt_guard guard;
    {
        console out(program, false);
        if (const auto status = parse(argc, argv, asked, out)) return *status;
    }
    console out(program, asked.quiet);
    return status_of(out, [&] {
        image_data data = read_data(asked);
        if (!data.notice.empty()) out.say(data.notice);
        const bool large = data.training.height > small_side;
        static_cast<training_settings&>(asked) = asked.given.or_else(large                     ? for_imagenet
                                                                     : asked.data == made_data ? for_made_images
                                                                                               : for_cifar10);
        const run_folder folder(asked.out);
        if (!folder.notice().empty()) out.say(folder.notice());
        folder.admit(asked.resume, asked.overwrite);
        return run_on_backend(asked.backend, surroundings{asked, data, folder, out});
    });
}
