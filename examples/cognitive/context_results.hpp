// What is measured on networks that decide by context (Song et al. 2016, Figs 4 and 5).
#pragma once
#include "../common/example_trials.hpp"
#include "../common/run_folder.hpp"

#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/preference.hpp>
#include <eirnn/analysis/principal_components.hpp>
#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/analysis/regression.hpp>
#include <eirnn/analysis/selectivity.hpp>
#include <eirnn/analysis/smoothing.hpp>
#include <eirnn/analysis/task_axes.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/context_integration.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

class context_results {
public:
    static constexpr long trials_of_paper = 200, between_samples = 20;  // per condition; ms

    context_results(const eirnn::tasks::context_integration& task, long units)
        : selectivity_(units), largest_(*std::ranges::max_element(task.coherences)) {
        kinds_.resize(static_cast<std::size_t>(2 * task.conditions()));
    }

    template <class Batch, class T>
    void add(const Batch& batch, const eirnn::recording<T>& r) {
        using namespace eirnn;
        const auto& conditions = batch.conditions;
        if (!averages_) {
            averages_.emplace(static_cast<long>(kinds_.size()), 0, r.samples(), r.units);
            during_ = analysis::samples_between(r, conditions.front().stimulus_onset, conditions.front().stimulus_offset);
            for (long k = 0; k < r.samples(); ++k) time_.push_back(r.time(k) - conditions.front().stimulus_onset);
            example_ = arrays_of_trials(batch.trials, r, {0});
        }
        const auto scores = tasks::score_choices(conditions, r);
        std::vector<long> kind;
        for (std::size_t k = 0; k < conditions.size(); ++k) {
            const auto& c = conditions[k];
            const bool correct = *scores[k].correct, first = scores[k].choice == 0;
            const std::size_t context = c.context == tasks::context::motion ? 0 : 1;
            curves_[context][0].add(c.motion, first, correct);
            curves_[context][1].add(c.colour, first, correct);
            kind.push_back(2 * c.condition + (correct ? 1 : 0));
            kinds_[static_cast<std::size_t>(kind.back())] = {first ? 1. : -1., c.motion, c.colour, context == 0 ? 1. : -1.,
                                                             correct ? 1. : 0.};
        }
        selectivity_.add(conditions, r);
        averages_->add(analysis::rates_of(r), kind);
    }

    template <class Attempt>
    void save(const run_folder& folder, eirnn::json_object& summary, const Attempt& attempt) const {
        using namespace eirnn;
        write_npz(folder.file("example.npz"), example_);
        std::vector<analysis::named_array> choices;
        json_object sigma;
        double correct = 0;
        for (std::size_t context = 0; context < 2; ++context)
            for (std::size_t feature = 0; feature < 2; ++feature) {
                const auto curve = curves_[context][feature].result();
                const std::string name = std::string(features[context]) + "_context_" + features[feature];
                append(choices, name + "_", arrays_of(curve));
                if (context == feature) sigma.add(features[context], curve.fit.sigma);
                correct += curve.percent_correct / 4;
            }
        write_npz(folder.file("choices.npz"), choices);
        summary.add("percent_correct", correct).add("fit_sigma", sigma);
        attempt("state_space.npz", [&] { save_state_space(folder, summary); });
    }

private:
    static constexpr std::array features{"motion", "colour"};
    enum column : long { of_choice, of_motion, of_colour, of_context, of_score, columns };

    // Gaussian smoothing of 40 ms, then every unit standardised over all conditions and times of this sort.
    static eirnn::analysis::unit_series smoothed(const eirnn::analysis::unit_series& averages) {
        return eirnn::analysis::standardized(eirnn::analysis::smooth(averages, 2));
    }

    void save_state_space(const run_folder& folder, eirnn::json_object& summary) const {
        using namespace eirnn;
        using namespace eirnn::analysis;
        const auto everything = averages_->result();
        matrix<double> table(static_cast<long>(kinds_.size()), columns), design(table.rows, 4);
        std::vector<long> correct;
        for (long kind = 0; kind < table.rows; ++kind) {
            const auto& k = kinds_[static_cast<std::size_t>(kind)];
            std::ranges::copy(k, table.data.begin() + kind * columns);
            for (long v = 0; v < 4; ++v)
                design(kind, v) = k[static_cast<std::size_t>(v)] / (v == of_motion || v == of_colour ? largest_ : 1);
            if (k[of_score] > 0) correct.push_back(kind);
        }
        const auto active = active_units(select_series(everything.mean, correct));
        const auto by_kind = select_units(everything, active);
        const auto d_prime = selectivity_.d_prime();
        std::vector<double> d_of_active;
        for (const long u : active) d_of_active.push_back(d_prime[static_cast<std::size_t>(u)]);
        const auto preferred = preferred_choice(d_of_active);

        // A regression at every second sample of the stimulus on all trials, errors too.
        const auto rates = standardized(select_samples(by_kind, during_.begin, during_.end, 2));
        const auto beta = turned_to_preference(regress(with_interactions(design), rates), preferred, {true, true, true, false});
        // Denoised by the components of the averages by everything. Sorts that a unit has no trial of are left out.
        const auto all = sort_by_preference(by_kind, table, preferred,
                                            {{of_choice, true}, {of_motion, true}, {of_colour, true}, {of_context}, {of_score}});
        const auto complete = select_series(all.averages.mean, complete_series(all.averages.mean));
        const auto whole = select_samples(smoothed(complete), 0, complete.samples, 2);
        const auto components = find_principal_components(whole, pca_scaling::none, 12);
        const auto axes = find_task_axes(denoise(beta, components.component), 4);

        std::vector<named_array> arrays{array_of("time", time_),
                                        array_of("unit", active),
                                        array_of("d_prime", d_prime),
                                        array_of("axes", axes.axis),
                                        array_of("axes_sample", axes.sample),
                                        array_of("components_explained", components.explained)};
        std::vector<double> shown;
        for (long k = during_.begin; k < during_.end; k += 2) shown.push_back(time_[static_cast<std::size_t>(k)]);
        arrays.push_back(array_of("time_in_stimulus", shown));
        const auto sort = [&](const std::string& name, const std::vector<sorting_variable>& by, bool project) {
            const auto sorted = sort_by_preference(by_kind, table, preferred, by, correct);
            const auto there = complete_series(sorted.averages.mean);
            matrix<double> value(static_cast<long>(there.size()), sorted.value.cols);
            for (long g = 0; g < value.rows; ++g)
                for (long v = 0; v < value.cols; ++v) value(g, v) = sorted.value(there[static_cast<std::size_t>(g)], v);
            const auto traces = smoothed(select_series(sorted.averages.mean, there));
            arrays.push_back(array_of("by_" + name, value));
            arrays.push_back(array_of("rates_by_" + name, traces));
            if (!project) return;
            // Each context is a row of panels of its own: what its conditions have in common is subtracted.
            const auto during = select_samples(traces, during_.begin, during_.end, 2);
            unit_series projected(during.series, during.samples, 4);
            for (const double which : {1., -1.}) {
                const auto rows = rows_where(value, 2, which);
                const auto part = minus_mean_over_series(project_on(select_series(during, rows), axes.axis));
                for (std::size_t g = 0; g < rows.size(); ++g)
                    std::copy_n(part.values.begin() + static_cast<long>(g) * part.samples * 4, part.samples * 4,
                                projected.values.begin() + rows[g] * part.samples * 4);
            }
            arrays.push_back(array_of("projected_by_" + name, projected));
        };
        sort("choice", {{of_choice, true}}, false);
        sort("motion", {{of_choice, true}, {of_motion, true}, {of_context}}, true);
        sort("colour", {{of_choice, true}, {of_colour, true}, {of_context}}, true);
        sort("context", {{of_choice, true}, {of_context}}, false);
        write_npz(folder.file("state_space.npz"), arrays);

        const auto n = static_cast<double>(active.size());
        std::vector<double> positive(4, 0);
        for (long u = 0; u < axes.axis.rows; ++u)
            for (long v = 0; v < 4; ++v) positive[static_cast<std::size_t>(v)] += axes.axis(u, v) > 0 ? 1 / n : 0;
        summary.add("active_units", active.size()).add("positive_coefficients", positive);
    }

    std::array<std::array<eirnn::analysis::psychometric_accumulator, 2>, 2> curves_;  // [context][feature]
    eirnn::analysis::selectivity_accumulator selectivity_;
    std::optional<eirnn::analysis::condition_accumulator> averages_;  // by condition, errors apart from the rest
    std::vector<std::array<double, columns>> kinds_;                  // of trials: what they were
    eirnn::analysis::sample_range during_;                            // the stimulus
    std::vector<double> time_;
    std::vector<eirnn::analysis::named_array> example_;
    double largest_;
};
