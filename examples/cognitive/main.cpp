// Trains a network of Song, Yang & Wang (2016) on one of their cognitive tasks.
#include "../common/interrupt.hpp"
#include "../common/program.hpp"
#include "options.hpp"

#include <optional>
#include <string>

namespace {

constexpr const char* program = "cognitive";

/// Fills the options; gives an exit status if there is nothing more to do.
std::optional<int> parse(int argc, char** argv, options& o, console& out) {
    CLI::App app{"Trains a network of Song, Yang & Wang (2016) on a cognitive task and saves weights and metrics in a folder.", program};
    std::string task, folder;
    std::uint64_t most = 0;
    long validations = 0;
    constexpr std::uint64_t any = ~std::uint64_t{0};
    app.add_option("--task", task, "what to learn, with the network of that figure")->required()->check(one_of(task_names));
    app.add_option("--seed", o.seed, "of weights, trials and noise (default 1)")->check(whole(0, any));
    add_folder_options(app, folder, o.resume, o.overwrite);
    app.add_option("--threads", o.threads, "default 0: as many as there are processors; the results do not depend on it")
        ->check(whole(0, 1024));
    auto* const limit = app.add_option("--max-trials", most, "training trials after which to stop short of the target (default: none)")
                            ->check(whole(0, any));
    auto* const sweep = app.add_option("--validation-trials", validations,
                                       "trials of a validation, at least one for each condition (default: as in the paper)")
                            ->check(whole(1, 1'000'000));
    app.add_flag("--quiet", o.quiet, "print nothing but warnings and errors");
    app.footer("Training stops as in the paper: docs/tasks.md says when. SIGINT and SIGTERM finish the current step and save.\n" +
               std::string(meaning_of_exit_statuses));
    if (const auto status = parse(app, argc, argv, out)) return status;
    o.task = static_cast<task_name>(place_in(task_names, task));
    o.out = folder;
    o.program = argv[0];
    if (limit->count() > 0) o.max_trials = most;
    if (sweep->count() > 0) o.validation_trials = validations;
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
        return run_on_cpu(surroundings{asked, folder, out});
    });
}
