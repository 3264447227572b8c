// Which units prefer which choice: d' of every unit, and the order in which a figure shows the most selective ones.
#pragma once
#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/rates.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/layout/layout.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// d' of every unit between choice 1 and choice 2 (Song et al. 2016, eq 30): the difference of the means over the root of the mean of
/// the (population) variances, over trials grouped by the choice that was made, of the sum of a unit's rate over the stimulus.
/// All trials count, errors and zero coherence too; catch trials and trials without a choice do not.
class selectivity_accumulator {
public:
    explicit selectivity_accumulator(long units) : units_(units) {
        for (auto& g : groups_) {
            g.mean.assign(static_cast<std::size_t>(units), 0);
            g.squares.assign(static_cast<std::size_t>(units), 0);
        }
    }
    /// The recording must hold rates. Samples at times t with onset < t <= offset are summed.
    template <DecisionCondition C, class T, class Rule = choice_at_end>
    void add(const std::vector<C>& conditions, const recording<T>& r, const Rule& rule = {}) {
        if (r.units != units_ || r.rate.size() != static_cast<std::size_t>(r.samples() * r.trials * r.units))
            throw invalid_argument({"selectivity needs the rates of every unit", "recording.rate", std::to_string(units_) + " units",
                                    r.rate.empty() ? "no rates" : std::to_string(r.units) + " units", "ask for rates when recording"});
        for_each_choice(conditions, r, rule, [&](long trial, const C& c, const auto& made) {
            if (made) add(made->choice, sums_over(rates_of(r), trial, samples_between(r, c.stimulus_onset, c.stimulus_offset)));
        });
    }
    /// One trial: the choice that was made (0 or 1) and one number per unit.
    void add(long choice, std::span<const double> sums) {
        if (choice < 0 || choice > 1 || static_cast<long>(sums.size()) != units_)
            throw invalid_argument({"a trial needs a choice of 0 or 1 and one number per unit", "selectivity_accumulator",
                                    std::to_string(units_) + " numbers",
                                    std::to_string(sums.size()) + " numbers for choice " + std::to_string(choice), "pass both"});
        auto& g = groups_[static_cast<std::size_t>(choice)];
        ++g.trials;
        // Welford's update: sums over thousands of trials lose no digits, and nothing is kept per trial.
        for (std::size_t u = 0; u < sums.size(); ++u) {
            const double before = sums[u] - g.mean[u];
            g.mean[u] += before / static_cast<double>(g.trials);
            g.squares[u] += before * (sums[u] - g.mean[u]);
        }
    }
    long trials(long choice) const { return groups_.at(static_cast<std::size_t>(choice)).trials; }

    /// [unit]; > 0 where the unit prefers choice 1. 0 for a unit that never varies, infinite for one that varies with the choice only.
    /// Throws invalid_argument where one of the choices was never made.
    std::vector<double> d_prime() const {
        for (long choice = 0; choice < 2; ++choice)
            if (trials(choice) == 0)
                throw invalid_argument({"selectivity needs trials of both choices", "selectivity_accumulator", "one trial or more of each",
                                        "none of choice " + std::to_string(choice + 1), "train the network further or add test trials"});
        std::vector<double> d;
        for (std::size_t u = 0; u < static_cast<std::size_t>(units_); ++u) {
            double variance = 0;
            for (const auto& g : groups_) variance += g.squares[u] / static_cast<double>(g.trials) / 2;
            const double difference = groups_[0].mean[u] - groups_[1].mean[u];
            if (variance > 0)
                d.push_back(difference / std::sqrt(variance));
            else
                d.push_back(difference == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), difference));
        }
        return d;
    }

private:
    struct group {
        long trials = 0;
        std::vector<double> mean, squares;
    };
    long units_ = 0;
    std::array<group, 2> groups_;
};

/// The most selective units in the order of a figure.
struct selective_order {
    std::vector<long> unit;  ///< excitatory ones by decreasing d', then inhibitory ones, then those of both signs
    std::vector<double> d_prime;
    std::vector<polarity> sign;
};

/// Keeps the given fraction of the units with the largest |d'|, separately among excitatory, inhibitory and free units, and sorts each
/// of these by decreasing d'. The paper's Fig 3 shows a quarter.
inline selective_order sort_by_selectivity(const layout& net, std::span<const double> d_prime, double fraction = 0.25) {
    if (static_cast<long>(d_prime.size()) != net.units)
        throw invalid_argument({"sorting needs d' of every unit", "sort_by_selectivity", std::to_string(net.units),
                                std::to_string(d_prime.size()), "pass the d' of this network"});
    if (!(fraction > 0 && fraction <= 1))
        throw invalid_argument({"a fraction of the units lies between 0 and 1", "sort_by_selectivity", "in (0, 1]",
                                std::to_string(fraction), "pass 1 for all units"});
    const auto d = [&](long u) { return d_prime[static_cast<std::size_t>(u)]; };
    selective_order out;
    for (const polarity sign : {polarity::excitatory, polarity::inhibitory, polarity::free}) {
        std::vector<long> units;
        for (const auto& p : net.populations)
            if (p.sign == sign)
                for (long u = p.begin; u < p.begin + p.size; ++u) units.push_back(u);
        if (units.empty()) continue;
        const auto more_selective = [&](long a, long b) { return std::pair(-std::abs(d(a)), a) < std::pair(-std::abs(d(b)), b); };
        std::sort(units.begin(), units.end(), more_selective);
        units.resize(static_cast<std::size_t>((std::max)(1L, std::lround(fraction * static_cast<double>(units.size())))));
        std::sort(units.begin(), units.end(), [&](long a, long b) { return std::pair(-d(a), a) < std::pair(-d(b), b); });
        for (const long u : units) {
            out.unit.push_back(u);
            out.d_prime.push_back(d(u));
            out.sign.push_back(sign);
        }
    }
    return out;
}

}  // namespace EIRNN_NAMESPACE::analysis
