// Mean rates by condition on a time axis that is aligned to an event, the onset of a stimulus or the response (Song et al. 2016, Fig 2G-H).
#pragma once
#include <eirnn/analysis/conditions.hpp>
#include <eirnn/analysis/rates.hpp>
#include <eirnn/analysis/running_moments.hpp>
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/core/error.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// [condition][sample][unit] of all three.
struct condition_averages {
    unit_series mean;          ///< missing where no trial was running
    unit_series variance;      ///< over trials (population)
    std::vector<long> trials;  ///< that were running

    long trials_at(long c, long k, long u) const { return trials[static_cast<std::size_t>((c * mean.samples + k) * mean.units + u)]; }
    /// The moments behind one average.
    running_moments moments_at(long c, long k, long u) const {
        const long n = trials_at(c, k, u);
        return n > 0 ? running_moments{n, mean(c, k, u), variance(c, k, u) * static_cast<double>(n)} : running_moments{};
    }
};

namespace detail {
inline condition_averages averages_of(const std::vector<running_moments>& cells, long conditions, long samples, long units) {
    condition_averages out{unit_series(conditions, samples, units, missing), unit_series(conditions, samples, units, missing), {}};
    out.trials.reserve(cells.size());
    for (std::size_t k = 0; k < cells.size(); ++k) {
        out.trials.push_back(cells[k].count);
        if (cells[k].count == 0) continue;
        out.mean.values[k] = cells[k].mean;
        out.variance.values[k] = cells[k].variance();
    }
    return out;
}
}  // namespace detail

/// Where a trial lies on the common time axis: its sample `event` falls on the event of all trials, and samples [begin, end) count.
struct trial_alignment {
    long event = 0, begin = 0, end = 0;
};

/// Averages over trials, batch by batch. The axis has `before` samples before the event and `after` from the event on. To see only trials
/// whose stimulus is still on, end each one with its stimulus; to look at the response, take the sample of the crossing as the event.
class condition_accumulator {
public:
    condition_accumulator(long conditions, long before, long after, long units)
        : conditions_(conditions), before_(before), samples_(before + after), units_(units) {
        if (conditions < 1 || before < 0 || after < 0 || units < 1 || samples_ < 1)
            throw invalid_argument({"there is nothing to average", "condition_accumulator", "one condition, sample and unit, or more",
                                    std::to_string(conditions) + " conditions, " + std::to_string(before) + " + " + std::to_string(after) +
                                        " samples, " + std::to_string(units) + " units",
                                    "say how much of the time around the event is wanted"});
        cells_.resize(static_cast<std::size_t>(conditions * samples_ * units));
    }

    /// One condition (or no_condition) and one place on the axis per trial.
    template <class T>
    void add(const trial_rates<T>& rates, std::span<const long> condition, std::span<const trial_alignment> where) {
        check(rates.trials, rates.units, condition);
        if (where.size() != condition.size())
            throw invalid_argument({"every trial needs a place on the time axis", "condition_accumulator", std::to_string(condition.size()),
                                    std::to_string(where.size()), "pass one alignment per trial"});
        for (std::size_t n = 0; n < where.size(); ++n)
            if (condition[n] != no_condition && (where[n].begin < 0 || where[n].begin > where[n].end || where[n].end > rates.samples))
                throw invalid_argument(
                    {"a trial does not have the samples that should be averaged", "condition_accumulator, trial " + std::to_string(n),
                     "0 <= begin <= end <= " + std::to_string(rates.samples),
                     std::to_string(where[n].begin) + " .. " + std::to_string(where[n].end), "end trials where the recording ends"});
        for (std::size_t n = 0; n < where.size(); ++n)
            if (condition[n] != no_condition) take(rates, static_cast<long>(n), condition[n], where[n]);
    }
    /// Whole trials, with their first sample at the event.
    template <class T>
    void add(const trial_rates<T>& rates, std::span<const long> condition) {
        check(rates.trials, rates.units, condition);
        for (std::size_t n = 0; n < condition.size(); ++n)
            if (condition[n] != no_condition) take(rates, static_cast<long>(n), condition[n], {0, 0, rates.samples});
    }

    condition_averages result() const { return detail::averages_of(cells_, conditions_, samples_, units_); }

private:
    void check(long trials, long units, std::span<const long> condition) const {
        if (units != units_ || trials != static_cast<long>(condition.size()))
            throw invalid_argument({"rates do not fit the averages", "condition_accumulator",
                                    std::to_string(condition.size()) + " trials, " + std::to_string(units_) + " units",
                                    std::to_string(trials) + " trials, " + std::to_string(units) + " units",
                                    "pass one condition per trial and the rates of every unit"});
        for (std::size_t n = 0; n < condition.size(); ++n)
            if (condition[n] < no_condition || condition[n] >= conditions_)
                throw invalid_argument({"a trial has a condition that is not there", "condition_accumulator, trial " + std::to_string(n),
                                        "-1 .. " + std::to_string(conditions_ - 1), std::to_string(condition[n]),
                                        "count conditions from 0"});
    }
    template <class T>
    void take(const trial_rates<T>& rates, long trial, long condition, const trial_alignment& a) {
        for (long k = a.begin; k < a.end; ++k) {
            const long place = k - a.event + before_;
            if (place < 0 || place >= samples_) continue;
            running_moments* cell = &cells_[static_cast<std::size_t>((condition * samples_ + place) * units_)];
            for (long u = 0; u < units_; ++u) cell[u].add(static_cast<double>(rates(k, trial, u)));
        }
    }
    long conditions_, before_, samples_, units_;
    std::vector<running_moments> cells_;
};

/// Every `step`-th sample of [begin, end), for example those of the stimulus.
inline condition_averages select_samples(const condition_averages& a, long begin, long end, long step = 1) {
    condition_averages out{select_samples(a.mean, begin, end, step), select_samples(a.variance, begin, end, step), {}};
    for (long c = 0; c < out.mean.series; ++c)
        for (long k = 0; k < out.mean.samples; ++k)
            for (long u = 0; u < out.mean.units; ++u) out.trials.push_back(a.trials_at(c, begin + k * step, u));
    return out;
}

/// Some of the units, in the given order.
inline condition_averages select_units(const condition_averages& a, std::span<const long> chosen) {
    condition_averages out{select_units(a.mean, chosen), select_units(a.variance, chosen), {}};
    for (long c = 0; c < out.mean.series; ++c)
        for (long k = 0; k < out.mean.samples; ++k)
            for (const long u : chosen) out.trials.push_back(a.trials_at(c, k, u));
    return out;
}

/// Means and variances of rates that are standardised by unit over all trials and samples behind the averages: what averaging standardised
/// rates would have given. A unit that never changes becomes 0.
inline condition_averages standardized(condition_averages a) {
    for (long u = 0; u < a.mean.units; ++u) {
        running_moments all;
        for (long c = 0; c < a.mean.series; ++c)
            for (long k = 0; k < a.mean.samples; ++k) all.add(a.moments_at(c, k, u));
        const double deviation = all.deviation();
        for (long c = 0; c < a.mean.series; ++c)
            for (long k = 0; k < a.mean.samples; ++k) {
                if (a.trials_at(c, k, u) == 0) continue;
                a.mean(c, k, u) = deviation > 0 ? (a.mean(c, k, u) - all.mean) / deviation : 0;
                a.variance(c, k, u) = deviation > 0 ? a.variance(c, k, u) / (deviation * deviation) : 0;
            }
    }
    return a;
}

}  // namespace EIRNN_NAMESPACE::analysis
