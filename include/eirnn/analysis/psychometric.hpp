// Psychometric functions: how often choice 1 is made at each signed coherence, and the cumulative Gaussian through it.
#pragma once
#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Phi((x - mean) / sigma).
struct cumulative_gaussian {
    double mean = 0, sigma = 1;
    bool converged = false;  ///< false where the data do not determine a curve; then draw the points
    double operator()(double x) const { return 0.5 * std::erfc((mean - x) / (sigma * 1.4142135623730951)); }
};

/// Unweighted least squares by Levenberg and Marquardt, from mean = mean(x) and sigma = std(x). Needs three points or more to converge.
inline cumulative_gaussian fit_cumulative_gaussian(std::span<const double> x, std::span<const double> p) {
    const moments of_x = moments_of(x);
    cumulative_gaussian fit{of_x.mean, of_x.deviation > 0 ? of_x.deviation : 1};
    if (x.size() != p.size())
        throw invalid_argument({"a curve needs one value per point", "fit_cumulative_gaussian", std::to_string(x.size()),
                                std::to_string(p.size()), "pass arrays of one length"});
    if (x.size() < 3 || of_x.deviation == 0) return fit;
    const auto squares = [&](const cumulative_gaussian& f) {
        double s = 0;
        for (std::size_t k = 0; k < x.size(); ++k) s += (f(x[k]) - p[k]) * (f(x[k]) - p[k]);
        return s;
    };
    double damping = 1e-3, error = squares(fit);
    for (int iteration = 0; iteration < 500; ++iteration) {
        // The second parameter is log sigma, so that sigma stays positive. a: the normal matrix, g: the gradient.
        double a00 = 0, a01 = 0, a11 = 0, g0 = 0, g1 = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            const double z = (x[k] - fit.mean) / fit.sigma, density = 0.3989422804014327 * std::exp(-0.5 * z * z);
            const double j0 = -density / fit.sigma, j1 = -density * z, miss = fit(x[k]) - p[k];
            a00 += j0 * j0;
            a01 += j0 * j1;
            a11 += j1 * j1;
            g0 += j0 * miss;
            g1 += j1 * miss;
        }
        const double d00 = a00 * (1 + damping), d11 = a11 * (1 + damping), determinant = d00 * d11 - a01 * a01;
        if (!(determinant > 0)) return fit;
        const double by_mean = (a01 * g1 - d11 * g0) / determinant, by_log_sigma = (a01 * g0 - d00 * g1) / determinant;
        cumulative_gaussian next{fit.mean + by_mean, fit.sigma * std::exp(std::clamp(by_log_sigma, -1.0, 1.0))};
        const double next_error = squares(next);
        if (next_error <= error) {
            fit = next;
            error = next_error;
            damping = (std::max)(damping / 10, 1e-12);
        } else {
            damping *= 10;
        }
        if (std::abs(by_mean) < 1e-9 * of_x.deviation && std::abs(by_log_sigma) < 1e-9) {
            // A step function or a flat line drives sigma out of the range that the points could show.
            fit.converged = fit.sigma > 1e-3 * of_x.deviation && fit.sigma < 1e3 * of_x.deviation;
            return fit;
        }
    }
    return fit;
}

/// A psychometric function and its score.
struct psychometric {
    std::vector<double> coherence;       ///< signed, percent, increasing
    std::vector<double> p_choice1;       ///< fraction of trials that chose choice 1 (index 0)
    std::vector<double> standard_error;  ///< of that fraction: sqrt(p (1 - p) / n)
    std::vector<long> trials;
    double percent_correct = 0;  ///< over nonzero coherences
    long without_choice = 0;     ///< trials left out because no choice was made
    cumulative_gaussian fit;
};

/// Counts choices batch by batch. Catch trials are left out.
class psychometric_accumulator {
public:
    template <DecisionCondition C, class T, class Rule = choice_at_end>
    void add(const std::vector<C>& conditions, const recording<T>& r, const Rule& rule = {}) {
        for_each_choice(conditions, r, rule, [&](long, const C& c, const auto& made) {
            if (!made)
                ++without_choice_;
            else
                add(static_cast<double>(c.direction) * c.coherence, made->choice == 0,
                    c.coherence > 0 ? std::optional(is_correct(c, made->choice)) : std::nullopt);
        });
    }
    /// One trial: the strength of its stimulus in any unit, which stands where results speak of coherence; whether choice 1 was made; and
    /// whether that was correct, empty where neither choice is.
    void add(double stimulus, bool chose_first, std::optional<bool> correct = std::nullopt) {
        auto& count = counts_[stimulus == 0 ? 0.0 : stimulus];  // -0.0 would print as a coherence of its own
        ++count.trials;
        if (chose_first) ++count.choice1;
        if (correct) ++scored_;
        if (correct.value_or(false)) ++correct_;
    }
    /// Throws invalid_argument while no trial has been counted.
    psychometric result() const {
        if (counts_.empty())
            throw invalid_argument({"a psychometric function needs trials with a choice", "psychometric_accumulator", "one or more",
                                    "none of " + std::to_string(without_choice_), "train the network further or add test trials"});
        psychometric out;
        for (const auto& [coherence, count] : counts_) {
            const auto n = static_cast<double>(count.trials);
            const double p = static_cast<double>(count.choice1) / n;
            out.coherence.push_back(coherence);
            out.p_choice1.push_back(p);
            out.standard_error.push_back(std::sqrt(p * (1 - p) / n));
            out.trials.push_back(count.trials);
        }
        out.percent_correct = scored_ > 0 ? 100 * static_cast<double>(correct_) / static_cast<double>(scored_) : 0;
        out.without_choice = without_choice_;
        out.fit = fit_cumulative_gaussian(out.coherence, out.p_choice1);
        return out;
    }

private:
    struct counted {
        long trials = 0, choice1 = 0;
    };
    std::map<double, counted> counts_;
    long scored_ = 0, correct_ = 0, without_choice_ = 0;
};

/// coherence, p_choice1, trials, standard_error; fit_coherence and fit_p (201 points of the fitted curve, or the points themselves where
/// the fit did not converge); fit_mean, fit_sigma, fit_converged, percent_correct, without_choice.
inline owned_list<named_array> arrays_of(const psychometric& p) {
    std::vector<double> x = p.coherence, y = p.p_choice1;
    if (p.fit.converged) {
        const double from = x.front(), to = x.back();
        x.clear();
        y.clear();
        for (int k = 0; k <= 200; ++k) {
            x.push_back(from + (to - from) * k / 200);
            y.push_back(p.fit(x.back()));
        }
    }
    return {array_of("coherence", p.coherence),
            array_of("p_choice1", p.p_choice1),
            array_of("trials", p.trials),
            array_of("standard_error", p.standard_error),
            array_of("fit_coherence", x),
            array_of("fit_p", y),
            array_of("fit_mean", p.fit.mean),
            array_of("fit_sigma", p.fit.sigma),
            array_of("fit_converged", p.fit.converged ? 1.0 : 0.0),
            array_of("percent_correct", p.percent_correct),
            array_of("without_choice", static_cast<double>(p.without_choice))};
}

}  // namespace EIRNN_NAMESPACE::analysis
