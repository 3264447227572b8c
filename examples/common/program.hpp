// What the main functions of the programs have in common: checks of options, messages that name the likely word, exit statuses.
#pragma once
#include "console.hpp"
#include "options.hpp"

#include <eirnn/core/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

inline constexpr int wrong_usage = static_cast<int>(eirnn::error_code::usage);

/// The number of letters to change, add or remove to turn one word into another.
inline std::size_t distance(const std::string& a, const std::string& b) {
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
inline std::string nearest(const std::string& word, const std::vector<std::string>& words) {
    return *std::ranges::min_element(words, {}, [&](const std::string& w) { return distance(word, w); });
}
/// Empty if the word is one of these, or what to say.
inline std::string fault_of(const std::string& word, const std::vector<std::string>& words) {
    return std::ranges::find(words, word) != words.end() ? std::string()
                                                         : "'" + word + "' is not known; did you mean '" + nearest(word, words) + "'?";
}

/// Whether all of a text is a whole number from `least` to `most`.
inline std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t n = 0;
    const auto r = std::from_chars(text.data(), text.data() + text.size(), n);
    if (r.ec != std::errc{} || r.ptr != text.data() + text.size() || n < least || n > most) return std::nullopt;
    return n;
}
inline CLI::Validator whole(std::uint64_t least, std::uint64_t most) {
    return {[=](std::string& text) {
                return number_in(text, least, most)
                           ? std::string()
                           : "'" + text + "' is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
            },
            "N"};
}
template <class Names>
CLI::Validator one_of(const Names& names) {
    std::vector<std::string> words(names.begin(), names.end());
    return {[words](std::string& text) { return fault_of(text, words); }, CLI::detail::join(words, "|")};
}
template <class Names>
std::size_t place_in(const Names& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

inline int refuse(console& out, const std::string& text) {
    out.warn(text + " (--help shows all options)");
    return wrong_usage;
}
/// Fills what the app's options are bound to; gives an exit status if there is nothing more to do.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv, console& out) {
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
        return refuse(out, text);
    }
    return std::nullopt;
}
/// The options that say which folder a run uses, and what becomes of a run that is there. Gives --resume, which others may exclude.
inline CLI::Option* add_folder_options(CLI::App& app, std::string& folder, bool& resume, bool& overwrite) {
    app.add_option("--out", folder, "folder for the results; made where missing; one that holds a run needs --resume or --overwrite")
        ->required();
    auto* const going_on = app.add_flag(
        "--resume", resume, "go on with the run in the folder from its last checkpoint; where there is none yet, the run starts");
    app.add_flag("--overwrite", overwrite,
                 "start again in a folder that holds a run: removes its checkpoints, weights, metrics, results and figures, no other files")
        ->excludes(going_on);
    return going_on;
}
inline constexpr const char* meaning_of_exit_statuses =
    "Exit status: 0 done, 64 wrong usage, 65 damaged file, 66 missing file, 71 no memory or device,\n"
    "73 folder not usable, in use or with a run, 74 writing failed, 75 asked by SIGUSR1 to stop, 79 diverged,\n"
    "130 interrupted, 143 terminated.";

/// The program's work on the backend that was asked for: run_on_cpu(here), run_on_serial(here) or run_on_thrust(here).
template <class Surroundings>
int run_on_backend(processor which, const Surroundings& here) {
    switch (which) {
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

/// Does the program's work; what it throws becomes a message and an exit status.
template <class Work>
int status_of(console& out, const Work& work) {
    try {
        return work();
    } catch (const eirnn::error& e) {
        out.warn(e.what());
        return static_cast<int>(e.code());
    } catch (const std::bad_alloc&) {
        out.warn("out of memory; the last checkpoint is intact. Repair: use fewer threads, or another machine");
        return static_cast<int>(eirnn::error_code::no_resources);
    }
}
