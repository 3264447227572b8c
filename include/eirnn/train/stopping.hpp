// When a training run has come to its end: rules on what its validations measured (Song et al. 2016, and their code).
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/train/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Training goes on until one of these rules is met.
struct until {
    /// Percent (0 .. 100) that the mean of the last `window` validations must exceed; fewer are averaged at the start of a run.
    /// Unset: what the task asks for.
    std::optional<double> performance{};
    int window = 5;                          ///< validations whose mean `performance` is compared with
    double rmse = 0;                         ///< a validation with this RMSE of the outputs or less is good enough
    long patience = 100;                     ///< validations without a lower loss than the best one before them
    std::uint64_t max_trials = 200'000'000;  ///< training trials; 10 million steps of 20 trials

    /// Throws invalid_argument where a number is out of range.
    void check() const {
        const auto require = [](bool ok, const char* where, const char* expected, double got, const char* repair) {
            if (!ok)
                throw invalid_argument({"a stopping rule makes no sense", where, expected,
                                        is_finite(got) ? std::to_string(got) : "not a finite number", repair});
        };
        if (performance)
            require(is_finite(*performance) && *performance >= 0 && *performance <= 100 && (*performance == 0 || *performance > 1),
                    "until::performance", "0, or above 1 and up to 100", *performance, "give percent, for example 85 and not 0.85");
        require(window >= 1, "until::window", ">= 1", window, "use 1 to look at the last validation only");
        require(is_finite(rmse) && rmse >= 0, "until::rmse", ">= 0", rmse, "give an RMSE, or 0");
        require(patience >= 1, "until::patience", ">= 1", static_cast<double>(patience), "count in validations");
    }
};

/// Why a run ended: the rule of `until` that was met, by the same name.
enum class stop_reason : unsigned char {
    none,         ///< it has not
    performance,  ///< the task is performed well enough
    rmse,         ///< the RMSE is small enough
    patience,     ///< the loss does not fall any more
    max_trials,   ///< it had all the trials that it may have
    asked,        ///< somebody asked it to stop; it can go on
};

/// The enumerator's own word, for files and messages.
constexpr std::string_view name_of(stop_reason r) {
    switch (r) {
        case stop_reason::performance:
            return "performance";
        case stop_reason::rmse:
            return "rmse";
        case stop_reason::patience:
            return "patience";
        case stop_reason::max_trials:
            return "max_trials";
        case stop_reason::asked:
            return "asked";
        case stop_reason::none:
            break;
    }
    return "none";
}

/// Which rule the validations so far meet; `target` is the performance to exceed where the rules leave that to the task.
inline stop_reason judge(const std::vector<validation_report>& history, const until& goal, double target) {
    if (history.empty()) return stop_reason::none;
    if (history.back().rmse <= goal.rmse) return stop_reason::rmse;
    const auto n = (std::min)(history.size(), static_cast<std::size_t>(goal.window));
    double sum = 0;
    for (std::size_t k = history.size() - n; k < history.size(); ++k) sum += history[k].performance;
    if (sum / static_cast<double>(n) > goal.performance.value_or(target)) return stop_reason::performance;
    if (history.size() - 1 - best_of(history) > static_cast<std::size_t>(goal.patience)) return stop_reason::patience;
    return stop_reason::none;
}

}  // namespace EIRNN_NAMESPACE
