// What is measured on the trained network, and the files that it is saved in.
#pragma once
#include "../common/example_trials.hpp"
#include "../common/run_folder.hpp"

#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/connectivity.hpp>
#include <eirnn/analysis/durations.hpp>
#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/analysis/reaction_time.hpp>
#include <eirnn/analysis/selectivity.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/task/perceptual_decision.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Takes the test trials in batch by batch, so that memory does not grow with their number.
class results {
public:
    results(eirnn::tasks::decision_variant variant, long units) : variant_(variant), selectivity_(units) {}

    template <class Batch, class T>
    void add(const Batch& batch, const eirnn::recording<T>& r) {
        const auto& conditions = batch.conditions;
        if (example_.empty()) take_example(batch, r);
        if (reacts()) {
            // The network answers when an output crosses 1; its target is 1.2.
            const eirnn::analysis::choice_at_threshold rule{1};
            psychometric_.add(conditions, r, rule);
            selectivity_.add(conditions, r, rule);
            reaction_times_.add(conditions, r);
            add_traces(conditions, r, rule);
        } else {
            psychometric_.add(conditions, r);
            selectivity_.add(conditions, r);
            if (variant_ == eirnn::tasks::decision_variant::variable_duration) durations_.add(conditions, r);
            add_traces(conditions, r, eirnn::analysis::choice_at_end{});
        }
    }

    /// Writes the NPZ files and adds what they say to the summary. Gives one sentence for each file that there is nothing to fill with:
    /// a network that has hardly been trained may never choose.
    template <class T>
    std::vector<std::string> save(const run_folder& folder, const eirnn::layout& net, const eirnn::weight_set<T>& effective,
                                  eirnn::json_object& summary) const {
        using namespace eirnn::analysis;
        using eirnn::write_npz;
        std::vector<std::string> missing;
        const auto attempt = [&](const char* name, const auto& write) {
            try {
                write();
            } catch (const eirnn::invalid_argument& e) {
                missing.push_back(std::string(name) + " is not written: " + e.what());
            }
        };
        write_npz(folder.file("example.npz"), example_);
        attempt("traces.npz", [&] {
            const auto averages = traces_->result();
            write_npz(folder.file("traces.npz"),
                      std::vector{array_of("time", trace_time_), array_of("coherence", trace_coherence_), array_of("rates", averages.mean),
                                  array_of("d_prime", selectivity_.d_prime())});
        });
        eirnn::json_object curve;
        std::optional<psychometric> choices;
        attempt("psychometric.npz", [&] { choices = psychometric_.result(); });
        if (choices) {
            write_npz(folder.file("psychometric.npz"), arrays_of(*choices));
            summary.add("percent_correct", choices->percent_correct).add("without_choice", choices->without_choice);
            const auto zero = std::ranges::find(choices->coherence, 0.0);
            if (zero != choices->coherence.end())
                summary.add("zero_coherence_choice1", choices->p_choice1[static_cast<std::size_t>(zero - choices->coherence.begin())]);
            summary.add("psychometric", curve.add("coherence", choices->coherence)
                                            .add("p_choice1", choices->p_choice1)
                                            .add("trials", choices->trials)
                                            .add("fit_mean", choices->fit.mean)
                                            .add("fit_sigma", choices->fit.sigma)
                                            .add("fit_converged", choices->fit.converged));
        }

        std::vector<double> d_prime(static_cast<std::size_t>(net.units), 0);  // where one choice was never made, no unit prefers any
        attempt("a sorted connectivity.npz", [&] { d_prime = selectivity_.d_prime(); });
        const auto map =
            map_connectivity(net, effective["W_in"], effective["W_rec"], effective["W_out"], sort_by_selectivity(net, d_prime));
        write_npz(folder.file("connectivity.npz"), arrays_of(map));
        summary.add("connectivity", connectivity_summary(map));

        if (reacts())
            attempt("reaction_times.npz", [&] {
                const auto t = reaction_times_.result();
                write_npz(folder.file("reaction_times.npz"), arrays_of(t));
                summary.add("reaction_times", eirnn::json_object{}
                                                  .add("coherence", t.coherence)
                                                  .add("mean", t.mean)
                                                  .add("trials", t.trials)
                                                  .add("mean_correct", t.mean_correct)
                                                  .add("mean_error", t.mean_error)
                                                  .add("errors", t.errors)
                                                  .add("skewness", t.skewness)
                                                  .add("falls_with_coherence", std::ranges::is_sorted(t.mean, std::ranges::greater{})));
            });
        if (variant_ == eirnn::tasks::decision_variant::variable_duration)
            attempt("durations.npz", [&] {
                const auto d = durations_.result();
                write_npz(folder.file("durations.npz"), arrays_of(d));
                std::vector<double> shortest, longest;
                for (long c = 0; c < d.percent_correct.rows; ++c) {
                    shortest.push_back(d.percent_correct(c, 0));
                    longest.push_back(d.percent_correct(c, d.percent_correct.cols - 1));
                }
                summary.add("durations", eirnn::json_object{}
                                             .add("coherence", d.coherence)
                                             .add("percent_correct_shortest", shortest)
                                             .add("percent_correct_longest", longest));
            });
        return missing;
    }

private:
    template <class Batch, class T>
    void take_example(const Batch& batch, const eirnn::recording<T>& r) {
        const auto& c = batch.conditions;
        long strongest = 0;  // towards choice 1, where the figure of the paper has it
        for (std::size_t k = 0; k < c.size(); ++k)
            if (c[k].signed_coherence() > c[static_cast<std::size_t>(strongest)].signed_coherence()) strongest = static_cast<long>(k);
        example_ = arrays_of_trials(batch.trials, r, {strongest});
        std::set<double> all;
        for (const auto& condition : c)
            if (condition.scored_choice()) all.insert(condition.signed_coherence());
        trace_coherence_.assign(all.begin(), all.end());
        // Aligned to the answer: 400 ms before and 100 ms after; to stimulus onset: 200 ms before and 1000 ms after.
        const double step = static_cast<double>(r.every) * r.dt;
        const auto samples = [&](double ms) { return static_cast<long>(ms / step); };
        const long before = samples(reacts() ? 400 : 200), after = samples(reacts() ? 100 : 1000);
        for (long k = -before; k < after; ++k) trace_time_.push_back(static_cast<double>(k) * step);
        traces_.emplace(static_cast<long>(all.size()), before, after, r.units);
    }
    /// Rates of correct trials, by signed coherence: until the stimulus ends, from its onset on; or around the answer.
    template <class Conditions, class T, class Rule>
    void add_traces(const Conditions& conditions, const eirnn::recording<T>& r, const Rule& rule) {
        using namespace eirnn::analysis;
        std::vector<long> kind(conditions.size(), no_condition);
        std::vector<trial_alignment> where(conditions.size());
        for_each_choice(conditions, r, rule, [&](long trial, const auto& c, const auto& made) {
            const auto n = static_cast<std::size_t>(trial);
            if (!made || c.scored_choice() != made->choice) return;
            kind[n] = static_cast<long>(std::ranges::find(trace_coherence_, c.signed_coherence()) - trace_coherence_.begin());
            const long end = sample_at(r, reacts() ? c.trial_end : c.stimulus_offset) + 1;
            where[n] = {sample_at(r, reacts() ? made->time : c.stimulus_onset), 0, std::min(end, r.samples())};
        });
        traces_->add(rates_of(r), kind, where);
    }

    bool reacts() const { return variant_ == eirnn::tasks::decision_variant::reaction_time; }

    // Mean weights between groups of units that prefer the same or different choices, and how inputs and outputs divide among them.
    static eirnn::json_object connectivity_summary(const eirnn::analysis::connectivity_map& map) {
        using eirnn::polarity;
        eirnn::json_object all, means;
        all.add("density", map.density).add("density_excitatory", map.density_excitatory).add("density_inhibitory", map.density_inhibitory);
        const bool dale = map.classes.empty() || map.classes.front().sign != polarity::free;
        const auto both = [&](const char* name, polarity from, polarity to) {
            means.add(std::string(name) + "_same", map.between(from, to, true).mean)
                .add(std::string(name) + "_different", map.between(from, to, false).mean);
        };
        if (dale) {
            both("E_to_E", polarity::excitatory, polarity::excitatory);
            both("E_to_I", polarity::excitatory, polarity::inhibitory);
            both("I_to_E", polarity::inhibitory, polarity::excitatory);
            both("I_to_I", polarity::inhibitory, polarity::inhibitory);
        } else {
            both("unit_to_unit", polarity::free, polarity::free);
        }
        // Input and output 1 belong to choice 1.
        double input[2] = {0, 0}, output[2] = {0, 0};
        const polarity principal = dale ? polarity::excitatory : polarity::free;
        for (std::size_t c = 0; c < map.classes.size(); ++c) {
            if (map.classes[c].sign != principal) continue;
            for (long k = 0; k < 2; ++k) {
                const int other = map.classes[c].choice != k;
                input[other] += map.input_means(static_cast<long>(c), k).mean / 2;
                output[other] += map.output_means(k, static_cast<long>(c)).mean / 2;
            }
        }
        return all.add("recurrent_means", means)
            .add("input_own_choice", input[0])
            .add("input_other_choice", input[1])
            .add("output_own_choice", output[0])
            .add("output_other_choice", output[1]);
    }

    eirnn::tasks::decision_variant variant_;
    eirnn::analysis::psychometric_accumulator psychometric_;
    eirnn::analysis::selectivity_accumulator selectivity_;
    eirnn::analysis::duration_accumulator durations_;
    eirnn::analysis::reaction_time_accumulator reaction_times_;
    std::optional<eirnn::analysis::condition_accumulator> traces_;
    std::vector<double> trace_time_, trace_coherence_;  // ms after the event; signed, percent
    std::vector<eirnn::analysis::named_array> example_;
};
