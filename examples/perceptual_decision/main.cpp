// Trains a network of Song, Yang & Wang (2016) to decide which of two noisy inputs is the stronger, and measures how it decides.
#include "backends.hpp"
#include "interrupt.hpp"

#include <eirnn/core/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr int usage = static_cast<int>(eirnn::error_code::usage);

/// The number of letters to change, add or remove to turn one word into another.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}
std::string nearest(const std::string& word, const std::vector<std::string>& words) {
    return *std::ranges::min_element(words, {}, [&](const std::string& w) { return distance(word, w); });
}

/// A whole number from `least` to `most`, all of it.
CLI::Validator whole(std::uint64_t least, std::uint64_t most) {
    return {[=](std::string& text) {
                std::uint64_t n = 0;
                const auto r = std::from_chars(text.data(), text.data() + text.size(), n);
                const bool good = r.ec == std::errc{} && r.ptr == text.data() + text.size() && n >= least && n <= most;
                return good ? std::string()
                            : "'" + text + "' is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
            },
            "N"};
}
template <class Names>
CLI::Validator one_of(const Names& names) {
    std::vector<std::string> words(names.begin(), names.end());
    return {[words](std::string& text) {
                return std::ranges::find(words, text) != words.end()
                           ? std::string()
                           : "'" + text + "' is not known; did you mean '" + nearest(text, words) + "'?";
            },
            CLI::detail::join(words, "|")};
}
template <class Names>
std::size_t place_in(const Names& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

/// Fills the options; gives an exit status if there is nothing more to do.
std::optional<int> parse(int argc, char** argv, options& o, console& out) {
    CLI::App app{
        "Trains a network of Song, Yang & Wang (2016) on a perceptual decision, tests it, and saves weights, metrics and analyses in a "
        "folder.",
        "perceptual_decision"};
    std::string variant, backend = "cpu", folder, weights;
    std::uint64_t most = 0;
    constexpr std::uint64_t any = ~std::uint64_t{0};
    app.add_option("--variant", variant, "which network")->required()->check(one_of(variant_names));
    app.add_option("--seed", o.seed, "of weights, trials and noise (default 1)")->check(whole(0, any));
    app.add_option("--out", folder, "folder for the results; made where missing")->required();
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
    auto* const resume = app.add_flag("--resume", o.resume, "go on with the run in the folder from its last checkpoint");
    app.add_option("--weights", weights, "test the weights of this file instead of training")->excludes(resume)->excludes(limit);
    app.add_flag("--quiet", o.quiet, "print nothing but warnings and errors");
    app.footer(
        "Training stops when the mean of the last five validations exceeds 85 % correct. SIGINT and SIGTERM finish the current step and "
        "save.\n"
        "Exit status: 0 done, 64 wrong usage, 65 damaged file, 66 missing file, 71 no memory or device, 73 folder not usable or in "
        "use,\n"
        "74 writing failed, 75 asked by SIGUSR1 to stop, 79 diverged, 130 interrupted, 143 terminated.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() == 0) {
            out.say(app.help());
            return 0;
        }
        std::string text = e.what();
        std::vector<std::string> known;
        for (const auto* option : app.get_options())
            for (const auto& name : option->get_lnames()) known.push_back("--" + name);
        // What is reported first may be a missing option where the cause is a misspelt one.
        for (int k = 1; k < argc; ++k) {
            const std::string flag = std::string(argv[k]).substr(0, std::string(argv[k]).find('='));
            if (flag.starts_with("--") && flag.size() > 2 && std::ranges::find(known, flag) == known.end())
                text = "there is no option " + flag + "; did you mean " + nearest(flag, known) + "?";
        }
        out.warn(text + " (--help shows all options)");
        return usage;
    }
    o.variant = static_cast<eirnn::tasks::decision_variant>(place_in(variant_names, variant));
    o.backend = static_cast<processor>(place_in(backend_names, backend));
    o.out = folder;
    o.weights = weights;
    o.program = argv[0];
    if (limit->count() > 0) o.max_trials = most;
    return std::nullopt;
}

int run(const surroundings& here) {
    switch (here.asked.backend) {
        case processor::serial:
            return run_on_serial(here);
        case processor::thrust:
#ifdef EIRNN_EXAMPLE_THRUST
            return run_on_thrust(here);
#else
            throw eirnn::out_of_resources({"this program was built without the Thrust backend", "--backend thrust", "cpu or serial",
                                           "thrust", "use another backend, or build where Thrust is found"});
#endif
        default:
            return run_on_cpu(here);
    }
}

}  // namespace

int main(int argc, char** argv) {
    options asked;
    const interrupt_guard guard;
    {
        console out(false);
        if (const auto status = parse(argc, argv, asked, out)) return *status;
    }
    console out(asked.quiet);
    try {
        const run_folder folder(asked.out);
        if (!folder.notice().empty()) out.say(folder.notice());
        return run({asked, folder, out});
    } catch (const eirnn::error& e) {
        out.warn(e.what());
        return static_cast<int>(e.code());
    } catch (const std::bad_alloc&) {
        out.warn("out of memory; the last checkpoint is intact. Repair: use fewer threads, or another machine");
        return static_cast<int>(eirnn::error_code::no_resources);
    }
}
