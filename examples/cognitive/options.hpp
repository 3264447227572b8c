// What the program was asked to do, and who does it.
#pragma once
#include "../common/console.hpp"
#include "../common/options.hpp"
#include "../common/run_folder.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

enum class task_name : unsigned char {
    dense,
    fixed,
    no_dale,
    variable_duration,
    reaction_time,
    context,
    two_areas,
    multisensory,
    memory,
    sequence,
    sine
};
inline constexpr std::array<std::string_view, 11> task_names{"dense",         "fixed",    "no_dale",   "variable_duration",
                                                             "reaction_time", "context",  "two_areas", "multisensory",
                                                             "memory",        "sequence", "sine"};

/// Where a trial begins in tasks whose trials follow each other: the first values of eirnn::carrying.
inline constexpr std::array<std::string_view, 3> carry_names{"never", "training", "throughout"};

struct options {
    task_name task = task_name::dense;
    std::uint64_t seed = 1;  // of the weights and of the trials
    std::filesystem::path out;
    int threads = 0;
    std::optional<std::uint64_t> max_trials;
    std::optional<long> validation_trials, test_trials;
    std::optional<double> target;   // percent at which training ends; none: that of the paper
    double test_dt = 0.5;           // ms
    std::size_t carry = 0;          // of carry_names
    std::vector<std::string> frozen;  // arrays that are not trained
    std::filesystem::path weights;  // to be tested as they are; empty: train
    bool resume = false, overwrite = false, quiet = false;
    std::string program;

    std::string_view name() const { return task_names[static_cast<std::size_t>(task)]; }
    bool runs_on() const { return task == task_name::sequence || task == task_name::sine; }
    /// What a checkpoint must agree with to be resumed.
    std::string config() const {
        std::string s = "task = " + std::string(name()) + "\nseed = " + std::to_string(seed) + "\n";
        if (runs_on()) s += "carry = " + std::string(carry_names[carry]) + "\n";
        for (const auto& array : frozen) s += "freeze = " + array + "\n";
        if (target) s += "target = " + number_text(*target) + "\n";
        return s;
    }
    /// The command line that goes on with this run.
    std::string resume_command() const {
        std::string s = program + " --task " + std::string(name()) + " --seed " + std::to_string(seed);
        if (max_trials) s += " --max-trials " + std::to_string(*max_trials);
        if (validation_trials) s += " --validation-trials " + std::to_string(*validation_trials);
        if (test_trials) s += " --test-trials " + std::to_string(*test_trials);
        if (target) s += " --target " + number_text(*target);
        if (test_dt != 0.5) s += " --test-dt " + number_text(test_dt);
        if (runs_on()) s += " --carry " + std::string(carry_names[carry]);
        for (const auto& array : frozen) s += " --freeze " + quoted(array);
        return s + " --out " + quoted(out.string()) + " --resume";
    }
};

struct surroundings {
    const options& asked;
    const run_folder& folder;
    console& out;
};

// Each gives the exit status; each is a source file of its own, because it takes long to compile.
int run_decision(const surroundings&);  // the first five: perceptual decisions
int run_context(const surroundings&);
int run_two_areas(const surroundings&);
int run_multisensory(const surroundings&);
int run_memory(const surroundings&);
int run_sequence(const surroundings&);
int run_sine(const surroundings&);
