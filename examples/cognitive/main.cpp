// Trains a network of Song, Yang & Wang (2016) on one of their cognitive tasks, and measures what it does.
#include "../common/interrupt.hpp"
#include "../common/program.hpp"
#include "options.hpp"

#include <optional>
#include <string>

namespace {

constexpr const char* program = "cognitive";

/// Fills the options; gives an exit status if there is nothing more to do.
std::optional<int> parse(int argc, char** argv, options& o, console& out) {
    CLI::App app{
        "Trains a network of Song, Yang & Wang (2016) on a cognitive task, tests it, and saves weights, metrics and analyses in a folder.",
        program};
    std::string task, folder, weights, carry;
    std::uint64_t most = 0;
    double target = 0;
    long validations = 0, tests = 0;
    constexpr std::uint64_t any = ~std::uint64_t{0};
    app.add_option("--task", task, "what to learn, with the network of that figure")->required()->check(one_of(task_names));
    app.add_option("--seed", o.seed, "of weights, trials and noise (default 1)")->check(whole(0, any));
    auto* const resume = add_folder_options(app, folder, o.resume, o.overwrite);
    app.add_option("--threads", o.threads, "default 0: as many as there are processors; the results do not depend on it")
        ->check(whole(0, 1024));
    auto* const limit = app.add_option("--max-trials", most, "training trials after which to stop short of the target (default: none)")
                            ->check(whole(0, any));
    auto* const sweep = app.add_option("--validation-trials", validations,
                                       "trials of a validation, at least one for each condition (default: as in the paper)")
                            ->check(whole(1, 1'000'000));
    auto* const tested =
        app.add_option("--test-trials", tests,
                       "test trials for each condition (default: as in the paper, 2000 of perceptual decisions, 4000 with variable "
                       "durations, 1500 for reaction times, 200 of context and two_areas, 500 of "
                       "multisensory, 100 of memory and sequence, 1 of sine)")
            ->check(whole(1, 1'000'000));
    app.add_option("--test-dt", o.test_dt,
                   "time step of the test in ms (default 0.5, as in the paper); all durations must be multiples of it")
        ->check(CLI::PositiveNumber);
    auto* const carried =
        app.add_option("--carry", carry,
                       "where a trial begins in sequence and sine, whose trials follow each other: throughout (where the one before it "
                       "ended; the default of sequence), training (so in training alone), never (as the network does; the default of sine)")
            ->check(one_of(carry_names));
    auto* const aimed = app.add_option("--target", target,
                                       "percent that ends training, of what the task counts (default: as in the paper; not of sequence and "
                                       "sine, which end by their RMSE)")
                            ->check(CLI::Range(0., 100.));
    app.add_option("--freeze", o.frozen, "an array of weights.safetensors that keeps its first values; may be given again");
    app.add_option("--weights", weights, "test the weights of this file instead of training")->excludes(resume)->excludes(limit);
    app.add_flag("--quiet", o.quiet, "print nothing but warnings and errors");
    app.footer("Training stops as in the paper: docs/tasks.md says when. SIGINT and SIGTERM finish the current step and save.\n" +
               std::string(meaning_of_exit_statuses));
    app.callback([&] {
        o.task = static_cast<task_name>(place_in(task_names, task));
        if (carried->count() > 0 && !o.runs_on())
            throw CLI::ValidationError("--carry", "is for tasks whose trials follow each other: sequence and sine");
        if (aimed->count() > 0 && o.runs_on()) throw CLI::ValidationError("--target", "is for tasks that count what is right");
    });
    if (const auto status = parse(app, argc, argv, out)) return status;
    o.out = folder;
    o.program = argv[0];
    if (limit->count() > 0) o.max_trials = most;
    if (aimed->count() > 0) o.target = target;
    if (sweep->count() > 0) o.validation_trials = validations;
    if (tested->count() > 0) o.test_trials = tests;
    o.weights = weights;
    if (carried->count() > 0)
        o.carry = place_in(carry_names, carry);
    else if (o.task == task_name::sequence)
        o.carry = place_in(carry_names, "throughout");
    return std::nullopt;
}

int run(const surroundings& here) {
    switch (here.asked.task) {
        case task_name::two_areas:
            return run_two_areas(here);
        case task_name::multisensory:
            return run_multisensory(here);
        case task_name::memory:
            return run_memory(here);
        case task_name::sequence:
            return run_sequence(here);
        case task_name::sine:
            return run_sine(here);
        case task_name::context:
            return run_context(here);
        default:
            return run_decision(here);
    }
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
        return run(surroundings{asked, folder, out});
    });
}
