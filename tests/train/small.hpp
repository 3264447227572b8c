// A small network and a small task: remember which of two inputs was hit at the start, and say so at the end.
#pragma once
#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/train/trainer.hpp>

namespace small {
using namespace eirnn;

struct E : population<excitatory, 12> {};
struct I : population<inhibitory, 4> {};
struct circuit : area<rate<relu>, E, I> {};
struct pulses : input<2> {};
struct memory : output<2> {};
using holds = network<areas<circuit>, inputs<project<pulses, circuit>>, outputs<project<E, memory>>>;
using small_model = model<holds, backend::cpu<float>>;

inline small_model make_model(std::uint64_t s = 1, int threads = 2) {
    model_options o;
    o.physics.unit_noise = 0.05;
    o.initial.spectral_radius = 1;
    return small_model{seed{s}, o, backend::cpu<float>(threads)};
}

struct hold_impulse {
    long validations = 40, steps = 12;
    double target = 90;
    // to break things: in one step of one training trial, this input 1 or these targets
    long loud_trial = -1, loud_step = -1;
    double loud_input = 0, loud_target = 0;

    long inputs() const { return 2; }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    double target_performance() const { return target; }
    template <class T>
    task_batch<T, long> make(const trial_request& r) const {
        task_batch<T, long> b{trial_batch<T>(r.trials, steps, 2, 2, r.dt), {}};
        for (long k = 0; k < r.trials; ++k) {
            random_sequence draw(
                key_of(r.seed, r.purpose == purpose::training ? random_stream::training_trials : random_stream::validation_trials),
                static_cast<std::uint32_t>(r.iteration), 0, static_cast<std::uint32_t>(r.first + k));
            const long which = r.purpose == purpose::training ? static_cast<long>(draw.below(2)) : (r.first + k) % 2;
            b.conditions.push_back(which);
            b.trials.id[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(r.first + k);
            for (long t = 0; t < 3; ++t) b.trials.input_at(t, k, which) = 1;
            for (long t = steps - 4; t < steps; ++t)
                for (long o = 0; o < 2; ++o) {
                    b.trials.target_at(t, k, o) = o == which ? 1 : T(0.2);
                    b.trials.mask_at(t, k, o) = 1;
                }
            if (k != loud_trial || r.purpose != purpose::training) continue;
            if (loud_input != 0) b.trials.input_at(loud_step, k, 1) = static_cast<T>(loud_input);
            for (long o = 0; o < 2; ++o)
                if (loud_target != 0) b.trials.target_at(loud_step, k, o) = static_cast<T>(loud_target);
        }
        return b;
    }
    template <class T>
    double performance(const task_batch<T, long>& b, const recording<T>& what_happened) const {
        long right = 0;
        for (std::size_t k = 0; k < b.conditions.size(); ++k) right += final_choice(what_happened, static_cast<long>(k)) == b.conditions[k];
        return 100. * static_cast<double>(right) / static_cast<double>(b.conditions.size());
    }
};

inline training_options quick(long batch = 8) {
    training_options o;
    o.batch = batch;
    o.validate_every_trials = static_cast<std::uint64_t>(7 * batch);
    o.seed = 5;
    return o;
}
inline until trials(std::uint64_t n) {
    until u;
    u.performance = 100;
    u.max_trials = n;
    return u;
}

}  // namespace small
