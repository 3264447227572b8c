// How a network learned: what its validations measured against the trials it was trained on (Song et al. 2016, Fig 9).
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/train/state.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// One entry per validation.
struct learning_curve {
    std::vector<double> trials;       ///< training trials before it; the figure counts in 10 000
    std::vector<double> performance;  ///< percent
    std::vector<double> rmse;         ///< the measure of tasks that nobody chooses in
    std::vector<double> loss;
    std::vector<double> spectral_radius;
    long best = 0;  ///< the validation with the lowest loss, whose weights are the ones that are analysed
};

/// From the validations of a run, `training_result::history` or `trainer_state::history`; one or more, in order.
inline learning_curve learning_curve_of(const std::vector<validation_report>& history) {
    if (history.empty())
        throw invalid_argument({"a learning curve needs a validation", "learning_curve_of", "one or more", "none",
                                "train the network, or read the state of a run that was trained"});
    learning_curve out;
    for (std::size_t k = 0; k < history.size(); ++k) {
        const auto& v = history[k];
        if (k > 0 && v.trials < history[k - 1].trials)
            throw invalid_argument({"validations are not in order", "learning_curve_of, validation " + std::to_string(k),
                                    std::to_string(history[k - 1].trials) + " trials or more", std::to_string(v.trials),
                                    "pass the history of one run"});
        out.trials.push_back(static_cast<double>(v.trials));
        out.performance.push_back(v.performance);
        out.rmse.push_back(v.rmse);
        out.loss.push_back(v.loss);
        out.spectral_radius.push_back(v.spectral_radius);
    }
    out.best = static_cast<long>(best_of(history));
    return out;
}

/// The trials after which the mean of the last `window` performances (of fewer at the start) exceeds the target, which is when training
/// stops; empty where it never does.
inline std::optional<double> trials_to_target(const learning_curve& curve, double target, int window = 5) {
    if (window < 1)
        throw invalid_argument({"a mean needs a validation", "trials_to_target, window", ">= 1", std::to_string(window),
                                "use 1 to look at the last validation only"});
    for (std::size_t k = 0; k < curve.performance.size(); ++k) {
        const std::size_t n = (std::min)(k + 1, static_cast<std::size_t>(window));
        double sum = 0;
        for (std::size_t j = k + 1 - n; j <= k; ++j) sum += curve.performance[j];
        if (sum / static_cast<double>(n) > target) return curve.trials[k];
    }
    return std::nullopt;
}

/// trials, performance, rmse, loss, spectral_radius [validation]; best.
inline owned_list<named_array> arrays_of(const learning_curve& c) {
    const auto best = static_cast<double>(c.best);
    return {array_of("trials", c.trials), array_of("performance", c.performance), array_of("rmse", c.rmse), array_of("loss", c.loss),
            array_of("spectral_radius", c.spectral_radius), array_of("best", best)};
}

}  // namespace EIRNN_NAMESPACE::analysis
