// How the percentage of correct choices grows with the duration of the stimulus, at each coherence (Song et al. 2016, Fig 2E).
#pragma once
#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// One row per coherence, one column per bin of (nearly) equally many trials.
struct duration_curves {
    std::vector<double> coherence;  ///< percent, > 0, increasing
    matrix<double> duration;        ///< ms, the middle between the bin's edges
    matrix<double> percent_correct;
    matrix<long> trials;
};

/// Collects (coherence, duration, correct) batch by batch. Catch trials and zero coherence are left out.
class duration_accumulator {
public:
    template <DecisionCondition C, class T, class Rule = choice_at_end>
    void add(const std::vector<C>& conditions, const recording<T>& r, const Rule& rule = {}) {
        for_each_choice(conditions, r, rule, [&](long, const C& c, const auto& made) {
            if (!made || c.coherence <= 0) return;
            auto& seen = seen_[c.coherence];
            seen.push_back({c.stimulus_offset - c.stimulus_onset, seen.size(), is_correct(c, made->choice)});
        });
    }
    /// Sorted by duration and cut in `bins` bins, in fewer where a coherence has fewer trials. An edge is the duration that begins a bin;
    /// the last one is the longest duration. Throws invalid_argument where there is nothing to show.
    duration_curves result(long bins = 10) const {
        for (const auto& [coherence, trials] : seen_) bins = (std::min)(bins, static_cast<long>(trials.size()));
        if (seen_.empty() || bins < 1)
            throw invalid_argument({"there is no trial or no bin to show", "duration_accumulator", "one or more of each",
                                    std::to_string(seen_.size()) + " coherences, " + std::to_string(bins) + " bins", "add test trials"});
        const auto rows = static_cast<long>(seen_.size());
        duration_curves out{{}, matrix<double>(rows, bins), matrix<double>(rows, bins), matrix<long>(rows, bins)};
        for (auto [coherence, trials] : seen_) {
            const auto row = static_cast<long>(out.coherence.size()), n = static_cast<long>(trials.size());
            // Trials of one duration keep the order in which they were added.
            std::sort(trials.begin(), trials.end(),
                      [](const auto& a, const auto& b) { return a.duration != b.duration ? a.duration < b.duration : a.place < b.place; });
            const auto at = [&](long k) { return trials[static_cast<std::size_t>((std::min)(k, n - 1))]; };
            for (long b = 0; b < bins; ++b) {
                const long first = b * n / bins, last = (b + 1) * n / bins;
                long correct = 0;
                for (long k = first; k < last; ++k) correct += at(k).correct ? 1 : 0;
                out.duration(row, b) = (at(first).duration + at(last).duration) / 2;
                out.trials(row, b) = last - first;
                out.percent_correct(row, b) = 100 * static_cast<double>(correct) / static_cast<double>(last - first);
            }
            out.coherence.push_back(coherence);
        }
        return out;
    }

private:
    struct scored_trial {
        double duration;
        std::size_t place;
        bool correct;
    };
    std::map<double, std::vector<scored_trial>> seen_;
};

/// coherence [c]; duration, percent_correct, trials [c][bin].
inline owned_list<named_array> arrays_of(const duration_curves& d) {
    return {array_of("coherence", d.coherence), array_of("duration", d.duration), array_of("percent_correct", d.percent_correct),
            array_of("trials", d.trials)};
}

}  // namespace EIRNN_NAMESPACE::analysis
