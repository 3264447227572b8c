// Trains a network of Song, Yang & Wang (2016) to decide which of two noisy inputs is the stronger, and measures how it decides.
#include "../common/interrupt.hpp"
#include "../common/program.hpp"
#include "backends.hpp"

#include <optional>
#include <string>

namespace {

constexpr const char* program = "perceptual_decision";

/// Fills the options; gives an exit status if there is nothing more to do.
std::optional<int> parse(int argc, char** argv, options& o, console& out) {
    CLI::App app{
        "Trains a network of Song, Yang & Wang (2016) on a perceptual decision, tests it, and saves weights, metrics and analyses in a "
        "folder.",
        program};
    std::string variant, backend = "cpu", folder, weights;
    std::uint64_t most = 0;
    constexpr std::uint64_t any = ~std::uint64_t{0};
    app.add_option("--variant", variant, "which network")->required()->check(one_of(variant_names));
    app.add_option("--seed", o.seed, "of weights, trials and noise (default 1)")->check(whole(0, any));
    auto* const resume = add_folder_options(app, folder, o.resume, o.overwrite);
    app.add_option("--threads", o.threads,
                   "of the cpu backend (default 0: as many as there are processors); the results do not depend on it")
        ->check(whole(0, 1024));
    app.add_option("--backend", backend, "what computes (default cpu)")->check(one_of(backend_names));
    auto* const limit = app.add_option("--max-trials", most, "training trials after which to stop short of the target (default: none)")
                            ->check(whole(0, any));
    app.add_option("--test-trials", o.test_trials,
                   "test trials for each of the 11 signed coherences (default " + std::to_string(o.test_trials) +
                       "; the paper has 2000, 4000 with variable durations, 1500 for reaction times)")
        ->check(whole(1, 1'000'000));
    app.add_option("--weights", weights, "test the weights of this file instead of training")->excludes(resume)->excludes(limit);
    app.add_flag("--quiet", o.quiet, "print nothing but warnings and errors");
    app.footer(
        "Training stops when the mean of the last five validations exceeds 85 % correct. SIGINT and SIGTERM finish the current step and "
        "save.\n" +
        std::string(meaning_of_exit_statuses));
    if (const auto status = parse(app, argc, argv, out)) return status;
    o.variant = static_cast<eirnn::tasks::decision_variant>(place_in(variant_names, variant));
    o.backend = static_cast<processor>(place_in(backend_names, backend));
    o.out = folder;
    o.weights = weights;
    o.program = argv[0];
    if (limit->count() > 0) o.max_trials = most;
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
        const run_folder folder(asked.out);
        if (!folder.notice().empty()) out.say(folder.notice());
        folder.admit(asked.resume, asked.overwrite);
        return run_on_backend(asked.backend, surroundings{asked, folder, out});
    });
}
