// A batch of trials as the model takes it.
#pragma once
#include <eirnn/config.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Trials of one batch, discretised with one time step. Step t (0 .. steps-1) covers the time (t dt, (t+1) dt]; the input of step t
/// drives the state that the output of step t is read from. Shorter trials are padded: their mask is 0 there, their input 0 (they still
/// get the baseline and the noise).
template <class T>
struct trial_batch {
    long trials = 0, steps = 0, inputs = 0, outputs = 0;
    double dt = 0;                        ///< ms
    std::vector<T> input;                 ///< [step][trial][input], without baseline and noise
    std::vector<T> target;                ///< [step][trial][output]
    std::vector<T> mask;                  ///< [step][trial][output], >= 0
    std::vector<std::int32_t> length;     ///< [trial]: its own number of steps
    std::vector<std::uint32_t> id;        ///< [trial]: what keys its noise; the same id gives the same noise in any batch

    trial_batch() = default;
    trial_batch(long n_trials, long n_steps, long n_inputs, long n_outputs, double step_ms)
        : trials(n_trials),
          steps(n_steps),
          inputs(n_inputs),
          outputs(n_outputs),
          dt(step_ms),
          input(count(n_inputs)),
          target(count(n_outputs)),
          mask(count(n_outputs)),
          length(static_cast<std::size_t>(n_trials), static_cast<std::int32_t>(n_steps)),
          id(static_cast<std::size_t>(n_trials)) {
        for (std::size_t k = 0; k < id.size(); ++k) id[k] = static_cast<std::uint32_t>(k);
    }
    T& input_at(long t, long n, long i) & { return input[index(t, n, i, inputs)]; }
    T& target_at(long t, long n, long o) & { return target[index(t, n, o, outputs)]; }
    T& mask_at(long t, long n, long o) & { return mask[index(t, n, o, outputs)]; }
    T input_at(long t, long n, long i) const& { return input[index(t, n, i, inputs)]; }
    T target_at(long t, long n, long o) const& { return target[index(t, n, o, outputs)]; }
    T mask_at(long t, long n, long o) const& { return mask[index(t, n, o, outputs)]; }

private:
    std::size_t count(long width) const { return static_cast<std::size_t>(trials * steps * width); }
    std::size_t index(long t, long n, long i, long width) const { return static_cast<std::size_t>((t * trials + n) * width + i); }
};

}  // namespace EIRNN_NAMESPACE
