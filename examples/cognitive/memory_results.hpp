// What is measured on networks that compare a frequency with one they remember (Song et al. 2016, Fig 7).
#pragma once
#include "../common/example_trials.hpp"
#include "../common/run_folder.hpp"

#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/conditions.hpp>
#include <eirnn/analysis/linear_tuning.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/parametric_working_memory.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

class memory_results {
public:
    static constexpr long trials_of_paper = 100, between_samples = 20;  // per condition; ms

    memory_results(const eirnn::tasks::parametric_working_memory& task, long) : conditions_(task.conditions()) {
        std::set<double> all;
        for (const auto& p : task.pairs) all.insert({p.higher, p.lower});
        frequencies_.assign(all.begin(), all.end());
        kinds_.resize(static_cast<std::size_t>(conditions_));
    }

    template <class Batch, class T>
    void add(const Batch& batch, const eirnn::recording<T>& r) {
        using namespace eirnn;
        const auto& conditions = batch.conditions;
        if (!averages_) {
            first_ = conditions.front();
            averages_.emplace(static_cast<long>(frequencies_.size()), 0, r.samples(), r.units);
            for (long k = 0; k < r.samples(); ++k) time_.push_back(r.time(k) - first_.stimulus_onset);
            middle_of_f1_ = analysis::sample_at(r, (first_.stimulus_onset + first_.stimulus_offset) / 2);
            middle_of_delay_ = analysis::sample_at(r, (first_.stimulus_offset + first_.second_onset) / 2);
            end_of_delay_ = analysis::sample_at(r, first_.second_onset);
            middle_of_f2_ = analysis::sample_at(r, (first_.second_onset + first_.second_offset) / 2);
            end_of_f2_ = analysis::sample_at(r, first_.second_offset);
            std::vector<long> shown;  // the pair of the paper's figure, in both orders
            for (std::size_t k = 0; k < conditions.size() && shown.size() < 2; ++k)
                if (std::max(conditions[k].f1, conditions[k].f2) == frequencies_.back()) shown.push_back(static_cast<long>(k));
            example_ = arrays_of_trials(batch.trials, r, shown);
        }
        const auto scores = tasks::score_choices(conditions, r);
        std::vector<long> kind;
        for (std::size_t k = 0; k < conditions.size(); ++k) {
            const auto& c = conditions[k];
            condition_.push_back(c.condition);
            correct_.push_back(*scores[k].correct ? 1 : 0);
            kinds_[static_cast<std::size_t>(c.condition)] = c;
            const auto place = std::ranges::find(frequencies_, c.f1) - frequencies_.begin();
            kind.push_back(*scores[k].correct ? static_cast<long>(place) : analysis::no_condition);
        }
        averages_->add(analysis::rates_of(r), kind);
    }

    template <class Attempt>
    void save(const run_folder& folder, eirnn::json_object& summary, const Attempt& attempt) const {
        using namespace eirnn;
        using namespace eirnn::analysis;
        write_npz(folder.file("example.npz"), example_);
        const auto percent = percent_correct_by(condition_, correct_, conditions_);
        std::vector<double> f1, f2;
        for (const auto& c : kinds_) f1.push_back(c.f1), f2.push_back(c.f2);
        write_npz(folder.file("choices.npz"), std::vector{array_of("f1", f1), array_of("f2", f2), array_of("percent_correct", percent)});
        summary.add("condition_f1", f1)
            .add("condition_f2", f2)
            .add("condition_percent_correct", percent)
            .add("percent_correct", 100 * static_cast<double>(std::ranges::count(correct_, 1)) / static_cast<double>(correct_.size()));
        attempt("tuning.npz", [&] { save_tuning(folder, summary); });
    }

private:
    void save_tuning(const run_folder& folder, eirnn::json_object& summary) const {
        using namespace eirnn;
        using namespace eirnn::analysis;
        const auto averages = averages_->result().mean;
        const auto tuning = fit_linear_tuning(averages, frequencies_);
        const auto with_f1 = tuning_correlation(tuning.slope, middle_of_f1_),
                   with_delay = tuning_correlation(tuning.slope, middle_of_delay_);
        const auto fraction = fraction_significant(tuning.p);
        // Example units: one tuned the same way from the first stimulus to the second, one that turns from positive to negative.
        const auto best = [&](const auto& score) {
            long unit = 0;
            for (long u = 1; u < tuning.slope.cols; ++u)
                if (score(u) > score(unit)) unit = u;
            return unit;
        };
        const long steady = best([&](long u) {
            double least = tuning.slope(middle_of_f1_, u);
            for (long k = middle_of_f1_; k <= middle_of_f2_; ++k) least = std::min(least, tuning.slope(k, u));
            return least;
        });
        const long turning = best([&](long u) { return std::min(tuning.slope(middle_of_f1_, u), -tuning.slope(middle_of_f2_, u)); });
        const std::vector<long> examples{steady, turning};
        std::vector<named_array> arrays{
            array_of("time", time_),
            array_of("frequency", frequencies_),
            array_of("marks", std::vector<long>{middle_of_f1_, middle_of_delay_, end_of_delay_, middle_of_f2_, end_of_f2_}),
            array_of("correlation_with_f1", with_f1),
            array_of("correlation_with_delay", with_delay),
            array_of("example_unit", examples),
            array_of("example_rates", select_units(averages, examples))};
        append(arrays, "", arrays_of(tuning));
        write_npz(folder.file("tuning.npz"), arrays);
        const auto at = [](const std::vector<double>& x, long k) { return x[static_cast<std::size_t>(k)]; };
        summary.add("end_of_delay_correlation_with_f1", at(with_f1, end_of_delay_))
            .add("end_of_delay_correlation_with_delay", at(with_delay, end_of_delay_))
            .add("tuned_fraction_f1", at(fraction, middle_of_f1_))
            .add("tuned_fraction_delay", at(fraction, middle_of_delay_));
    }

    long conditions_;
    std::vector<double> frequencies_;
    std::optional<eirnn::analysis::condition_accumulator> averages_;  // of correct trials, by the first frequency
    std::vector<eirnn::tasks::memory_condition> kinds_;
    eirnn::tasks::memory_condition first_;
    long middle_of_f1_ = 0, middle_of_delay_ = 0, end_of_delay_ = 0, middle_of_f2_ = 0, end_of_f2_ = 0;  // samples
    std::vector<long> condition_;
    std::vector<int> correct_;
    std::vector<double> time_;
    std::vector<eirnn::analysis::named_array> example_;
};
