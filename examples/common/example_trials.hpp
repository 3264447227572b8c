// A few trials as they were, for figures: what came in, what was asked for and what came out.
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/model/recording.hpp>
#include <eirnn/model/trials.hpp>

#include <string>
#include <vector>

/// time [sample] in ms; inputs (without baseline and noise), targets, mask and outputs [trial][sample][channel] of the chosen trials.
template <class T>
std::vector<eirnn::analysis::named_array> arrays_of_trials(const eirnn::trial_batch<T>& batch, const eirnn::recording<T>& r,
                                                           const std::vector<long>& chosen) {
    using eirnn::analysis::array_of, eirnn::analysis::named_array;
    const long samples = r.samples();
    std::vector<double> time;
    for (long k = 0; k < samples; ++k) time.push_back(r.time(k));
    const auto gather = [&](const char* name, long channels, const auto& at) {
        named_array a{name, {static_cast<long>(chosen.size()), samples, channels}, {}};
        for (const long n : chosen)
            for (long k = 0; k < samples; ++k)
                for (long c = 0; c < channels; ++c) a.values.push_back(static_cast<double>(at(k, n, c)));
        return a;
    };
    // Sample k is the state after step (k + 1) every, which is driven by the step's own input.
    const auto step = [&](long k) { return (k + 1) * r.every - 1; };
    return {array_of("time", time),
            array_of("trial", chosen),
            gather("inputs", batch.inputs, [&](long k, long n, long c) { return batch.input_at(step(k), n, c); }),
            gather("targets", batch.outputs, [&](long k, long n, long c) { return batch.target_at(step(k), n, c); }),
            gather("mask", batch.outputs, [&](long k, long n, long c) { return batch.mask_at(step(k), n, c); }),
            gather("outputs", r.outputs, [&](long k, long n, long c) { return r.output_at(k, n, c); })};
}

/// The arrays under names that begin alike, for a file that holds several of a kind.
template <class Arrays>
void append(std::vector<eirnn::analysis::named_array>& to, const std::string& prefix, const Arrays& arrays) {
    for (const auto& a : arrays) {
        to.push_back(a);
        to.back().name = prefix + a.name;
    }
}
