// Conditions and recordings made up for the tests of the analyses.
#pragma once
#include <eirnn/model/recording.hpp>

#include <algorithm>
#include <vector>

struct made_up {
    bool catch_trial = false;
    double coherence = 0;
    int direction = 1;
    double stimulus_onset = 100, stimulus_offset = 500, trial_end = 600;
};

/// Two outputs, one sample every `every` steps of dt = 10 ms, all zero; `units` rates where asked for.
inline eirnn::recording<float> silent(long trials, long steps, long every = 1, long units = 0) {
    eirnn::recording<float> r;
    r.trials = trials;
    r.steps = steps;
    r.outputs = 2;
    r.units = units;
    r.every = every;
    r.dt = 10;
    r.output.assign(static_cast<std::size_t>(r.samples() * trials * 2), 0.f);
    r.final_output.assign(static_cast<std::size_t>(trials * 2), 0.f);
    r.rate.assign(static_cast<std::size_t>(r.samples() * trials * units), 0.f);
    return r;
}

/// Makes a trial end with the given choice.
inline void choose(eirnn::recording<float>& r, long trial, long choice) {
    r.final_output[static_cast<std::size_t>(trial * 2)] = choice == 0 ? 1.f : 0.2f;
    r.final_output[static_cast<std::size_t>(trial * 2 + 1)] = choice == 1 ? 1.f : 0.2f;
}

/// Makes an output climb from 0 at `from` ms by `per_ms`.
inline void ramp(eirnn::recording<float>& r, long trial, long output, double from, double per_ms) {
    for (long k = 0; k < r.samples(); ++k)
        r.output[static_cast<std::size_t>((k * r.trials + trial) * 2 + output)] =
            static_cast<float>(std::max(0.0, (r.time(k) - from) * per_ms));
}
