// Whether two cues together are used as well as the two alone allow (Song et al. 2016, Fig 6B).
#pragma once
#include <eirnn/analysis/conditions.hpp>
#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/core/error.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// One psychometric function per group of trials, for example per modality: `group` is 0 .. groups - 1 per trial, or no_condition;
/// `chose_first` is not 0 where choice 1 was made, `correct` where that was right.
inline std::vector<psychometric> psychometrics_by(std::span<const long> group, long groups, std::span<const double> stimulus,
                                                  std::span<const int> chose_first, std::span<const int> correct) {
    if (stimulus.size() != group.size() || chose_first.size() != group.size() || correct.size() != group.size())
        throw invalid_argument(
            {"every trial needs a group, a stimulus, a choice and a score", "psychometrics_by", std::to_string(group.size()) + " of each",
             std::to_string(stimulus.size()) + ", " + std::to_string(chose_first.size()) + " and " + std::to_string(correct.size()),
             "pass arrays of one length"});
    std::vector<psychometric_accumulator> counts(static_cast<std::size_t>(groups));
    for (std::size_t k = 0; k < group.size(); ++k) {
        if (group[k] == no_condition) continue;
        if (group[k] < 0 || group[k] >= groups)
            throw invalid_argument({"a trial has a group that is not there", "psychometrics_by, trial " + std::to_string(k),
                                    "-1 .. " + std::to_string(groups - 1), std::to_string(group[k]), "count groups from 0"});
        counts[static_cast<std::size_t>(group[k])].add(stimulus[k], chose_first[k] != 0, correct[k] != 0);
    }
    std::vector<psychometric> curves;
    for (const auto& c : counts) curves.push_back(c.result());
    return curves;
}

/// Reliabilities 1 / sigma^2 of psychometric functions. An optimal observer adds those of independent cues.
struct cue_integration {
    double first = 0, second = 0, both = 0;
    double optimal() const { return first + second; }
    /// The sigma that the two cues together allow.
    double optimal_sigma() const { return 1 / std::sqrt(optimal()); }
    /// 1: optimal. Below the larger of first / optimal and second / optimal, the better cue alone would have done better.
    double efficiency() const { return both / optimal(); }
};

/// Throws invalid_argument where a fit did not converge.
inline cue_integration integrate_cues(const cumulative_gaussian& first, const cumulative_gaussian& second,
                                      const cumulative_gaussian& both) {
    const cumulative_gaussian* fits[] = {&first, &second, &both};
    const char* names[] = {"first cue", "second cue", "both cues"};
    for (std::size_t k = 0; k < 3; ++k)
        if (!fits[k]->converged)
            throw invalid_argument({"a psychometric function has no sigma", std::string("integrate_cues, ") + names[k],
                                    "a fit that converged", "one that did not",
                                    "train the network further or test it with weaker stimuli"});
    return {1 / (first.sigma * first.sigma), 1 / (second.sigma * second.sigma), 1 / (both.sigma * both.sigma)};
}

}  // namespace EIRNN_NAMESPACE::analysis
