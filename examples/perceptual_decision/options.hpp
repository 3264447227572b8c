// What the program was asked to do.
#pragma once
#include "../common/options.hpp"

#include <eirnn/task/perceptual_decision.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

inline constexpr std::array<std::string_view, 5> variant_names{"dense", "fixed", "no_dale", "variable_duration", "reaction_time"};

struct options {
    eirnn::tasks::decision_variant variant = eirnn::tasks::decision_variant::dense;
    processor backend = processor::cpu;
    std::uint64_t seed = 1;  // of the weights and of the trials
    std::filesystem::path out;
    int threads = 0;
    std::optional<std::uint64_t> max_trials;
    long test_trials = 1000;        // per slot
    std::filesystem::path weights;  // to be tested as they are; empty: train
    bool resume = false, overwrite = false, quiet = false;
    std::string program;

    std::string_view variant_name() const { return variant_names[static_cast<std::size_t>(variant)]; }
    std::string_view backend_name() const { return backend_names[static_cast<std::size_t>(backend)]; }
    /// What a checkpoint must agree with to be resumed.
    std::string config() const { return "variant = " + std::string(variant_name()) + "\nseed = " + std::to_string(seed) + "\n"; }
    /// The command line that goes on with this run.
    std::string resume_command() const {
        std::string s = program + " --variant " + std::string(variant_name()) + " --seed " + std::to_string(seed) + " --backend " +
                        std::string(backend_name());
        if (max_trials) s += " --max-trials " + std::to_string(*max_trials);
        return s + " --test-trials " + std::to_string(test_trials) + " --out " + quoted(out.string()) + " --resume";
    }
};
