// What is measured on networks that see, hear or do both (Song et al. 2016, Fig 6).
#pragma once
#include "../common/example_trials.hpp"
#include "../common/run_folder.hpp"

#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/cue_integration.hpp>
#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/analysis/selectivity.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/multisensory_integration.hpp>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

class multisensory_results {
public:
    static constexpr long trials_of_paper = 500, between_samples = 20;  // per condition; ms

    multisensory_results(const eirnn::tasks::multisensory_integration&, long units) : by_choice_(units), by_modality_(units) {}

    template <class Batch, class T>
    void add(const Batch& batch, const eirnn::recording<T>& r) {
        using namespace eirnn;
        const auto& conditions = batch.conditions;
        if (!averages_) {
            averages_.emplace(6, 0, r.samples(), r.units);
            for (long k = 0; k < r.samples(); ++k) time_.push_back(r.time(k) - conditions.front().stimulus_onset);
            std::vector<long> shown;  // the rate of the paper's figure, in the three modalities
            for (std::size_t k = 0; k < conditions.size() && shown.size() < 3; ++k)
                if (conditions[k].rate == 13) shown.push_back(static_cast<long>(k));
            example_ = arrays_of_trials(batch.trials, r, shown);
        }
        const auto scores = tasks::score_choices(conditions, r);
        const auto rates = analysis::rates_of(r);
        std::vector<long> kind;
        for (std::size_t k = 0; k < conditions.size(); ++k) {
            const auto& c = conditions[k];
            const auto modality = static_cast<std::size_t>(c.modality);
            curves_[modality].add(c.rate, scores[k].choice == 0, scores[k].correct);
            const auto sums = sums_over(rates, static_cast<long>(k), analysis::samples_between(r, c.stimulus_onset, c.stimulus_offset));
            by_choice_.add(scores[k].choice, sums);
            if (c.modality != tasks::modality::both) by_modality_.add(static_cast<long>(modality), sums);
            kind.push_back(*scores[k].correct ? 2 * static_cast<long>(modality) + c.correct : analysis::no_condition);
        }
        averages_->add(rates, kind);
    }

    template <class Attempt>
    void save(const run_folder& folder, eirnn::json_object& summary, const Attempt& attempt) const {
        using namespace eirnn;
        using analysis::array_of;
        write_npz(folder.file("example.npz"), example_);
        std::vector<analysis::named_array> choices;
        std::vector<analysis::cumulative_gaussian> fits;
        json_object sigma;
        double correct = 0;
        for (std::size_t m = 0; m < 3; ++m) {
            const auto curve = curves_[m].result();
            append(choices, std::string(modalities[m]) + "_", arrays_of(curve));
            fits.push_back(curve.fit);
            sigma.add(modalities[m], curve.fit.sigma);
            correct += curve.percent_correct / 3;
        }
        write_npz(folder.file("choices.npz"), choices);
        summary.add("percent_correct", correct).add("fit_sigma", sigma);
        attempt("the integration of the cues", [&] {
            const auto cues = analysis::integrate_cues(fits[0], fits[1], fits[2]);
            summary.add("optimal_sigma", cues.optimal_sigma()).add("integration_efficiency", cues.efficiency());
        });
        attempt("traces.npz", [&] {
            const auto averages = averages_->result();
            const auto active = analysis::active_units(analysis::with_missing(averages.mean, 0), 0.05);
            const auto d_choice = by_choice_.d_prime(), d_modality = by_modality_.d_prime();
            // The kinds of units that the figure shows. The paper gives no threshold; this is one.
            long choice = 0, modality = 0, both = 0;
            for (const long u : active) {
                const bool a = std::abs(d_choice[static_cast<std::size_t>(u)]) > threshold,
                           b = std::abs(d_modality[static_cast<std::size_t>(u)]) > threshold;
                choice += a && !b ? 1 : 0, modality += b && !a ? 1 : 0, both += a && b ? 1 : 0;
            }
            // [visual high, visual low, auditory high, ...][sample][unit]
            write_npz(folder.file("traces.npz"),
                      std::vector{array_of("time", time_), array_of("rates", averages.mean), array_of("active", active),
                                  array_of("d_choice", d_choice), array_of("d_modality", d_modality)});
            summary.add("active_units", active.size())
                .add("selective_units", json_object{}.add("choice", choice).add("modality", modality).add("mixed", both));
        });
    }

private:
    static constexpr std::array modalities{"visual", "auditory", "both"};
    static constexpr double threshold = 1;  // of |d'|
    std::array<eirnn::analysis::psychometric_accumulator, 3> curves_;
    eirnn::analysis::selectivity_accumulator by_choice_, by_modality_;
    std::optional<eirnn::analysis::condition_accumulator> averages_;  // of correct trials, [modality][high, low]
    std::vector<double> time_;
    std::vector<eirnn::analysis::named_array> example_;
};
