// What a model did during a batch of trials.
#pragma once
#include <eirnn/core/owned_list.hpp>
#include <eirnn/model/named_values.hpp>

#include <cstddef>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// Outputs (and rates, where asked for) of a batch of trials, saved every `every` steps: sample k is the state after step (k+1) every. Of
/// images there is one sample, the readout's; unless their output says otherwise, it has logits.
template <class T>
struct recording {
    long trials = 0, steps = 0, outputs = 0, units = 0;
    long every = 1;            ///< steps between two samples
    double dt = 0;             ///< ms per step
    std::vector<T> output;     ///< [sample][trial][output], after the output's activation
    std::vector<T> final_output;  ///< [trial][output], at the trial's own last step
    std::vector<T> rate;       ///< [sample][trial][unit]; empty unless rates were recorded
    std::vector<T> state;      ///< the same of the first variable of the cell (x of the rate cell)
    owned_list<std::vector<T>> end;     ///< if asked for, states at each trial's own last step: what trial_batch::start takes
    owned_list<named_values<T>>
        recorded;  ///< variables that were asked for by name: [sample][trial][unit], of maps [step][trial][position][channel]
    owned_list<std::vector<T>> probed;  ///< per probe: [trial][unit], or [step][trial][position][unit]
    std::vector<long> probed_units;     ///< of each, how many

    long samples() const { return steps / every; }
    /// Time of sample k in ms from the start of the trial.
    double time(long k) const { return static_cast<double>((k + 1) * every) * dt; }
    T output_at(long k, long n, long o) const { return output[static_cast<std::size_t>((k * trials + n) * outputs + o)]; }
    T final_at(long n, long o) const { return final_output[static_cast<std::size_t>(n * outputs + o)]; }
    T rate_at(long k, long n, long unit) const { return rate[static_cast<std::size_t>((k * trials + n) * units + unit)]; }
};

}  // namespace EIRNN_SHARED_NAMESPACE
