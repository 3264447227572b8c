// Reaction times: from stimulus onset until an output exceeds the threshold (Song et al. 2016, Fig 2F).
#pragma once
#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/core/error.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Reaction times in ms. Zero coherence, where no choice is correct, is left out of everything.
struct reaction_times {
    std::vector<double> coherence;       ///< percent, > 0, increasing; those with a correct choice
    std::vector<double> mean;            ///< of correct choices
    std::vector<double> standard_error;  ///< of that mean
    std::vector<long> trials;            ///< correct ones
    double mean_correct = 0;             ///< over all coherences
    double mean_error = 0;               ///< of wrong choices; 0 where there is none
    long errors = 0;
    long without_choice = 0;  ///< trials in which no output reached the threshold
    double skewness = 0;      ///< of the correct ones, population moments; > 0: a tail of slow choices
    histogram distribution;   ///< of the correct ones
};

/// Collects reaction times batch by batch. Catch trials are left out.
class reaction_time_accumulator {
public:
    explicit reaction_time_accumulator(choice_at_threshold rule = {}) : rule_(rule) {}

    template <DecisionCondition C, class T>
    void add(const std::vector<C>& conditions, const recording<T>& r) {
        for_each_choice(conditions, r, rule_, [&](long, const C& c, const auto& made) {
            if (c.coherence <= 0) return;
            if (!made)
                ++without_choice_;
            else if (is_correct(c, made->choice))
                correct_[c.coherence].push_back(made->time - c.stimulus_onset);
            else
                wrong_.push_back(made->time - c.stimulus_onset);
        });
    }
    /// `bin` is the width of the histogram's bins in ms: a multiple of the time between samples. Throws invalid_argument while no trial
    /// was correct.
    reaction_times result(double bin = 50) const {
        if (correct_.empty())
            throw invalid_argument({"no correct choice reached the threshold", "reaction_time_accumulator", "one trial or more",
                                    std::to_string(wrong_.size()) + " errors, " + std::to_string(without_choice_) + " without a choice",
                                    "train the network further, or lower the threshold below its target"});
        reaction_times out;
        std::vector<double> all;
        for (const auto& [coherence, times] : correct_) {
            const moments m = moments_of(times);
            out.coherence.push_back(coherence);
            out.mean.push_back(m.mean);
            out.standard_error.push_back(m.deviation / std::sqrt(static_cast<double>(times.size())));
            out.trials.push_back(static_cast<long>(times.size()));
            all.insert(all.end(), times.begin(), times.end());
        }
        const moments m = moments_of(all);
        out.mean_correct = m.mean;
        out.skewness = m.skewness;
        out.distribution = histogram_of_width(all, bin);
        out.mean_error = moments_of(wrong_).mean;
        out.errors = static_cast<long>(wrong_.size());
        out.without_choice = without_choice_;
        return out;
    }

private:
    choice_at_threshold rule_;
    std::map<double, std::vector<double>> correct_;
    std::vector<double> wrong_;
    long without_choice_ = 0;
};

/// coherence, mean, standard_error, trials; mean_correct, mean_error, errors, without_choice, skewness; histogram_edges, histogram_counts.
inline owned_list<named_array> arrays_of(const reaction_times& t) {
    return {array_of("coherence", t.coherence),
            array_of("mean", t.mean),
            array_of("standard_error", t.standard_error),
            array_of("trials", t.trials),
            array_of("mean_correct", t.mean_correct),
            array_of("mean_error", t.mean_error),
            array_of("errors", static_cast<double>(t.errors)),
            array_of("without_choice", static_cast<double>(t.without_choice)),
            array_of("skewness", t.skewness),
            array_of("histogram_edges", t.distribution.edges),
            array_of("histogram_counts", t.distribution.counts)};
}

}  // namespace EIRNN_NAMESPACE::analysis
