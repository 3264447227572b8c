// What the programs of the gallery that learn tasks have in common: the tasks, which are small, and how a network learns one.
#pragma once
#include <eirnn/eirnn.hpp>
#include <eirnn/task/trial_parts.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <string_view>
#include <utility>

/// Whether the largest output of a trial is the one that was asked for.
struct largest_is_right {
    template <class T>
    static bool judge(const eirnn::trial_batch<T>& asked, const eirnn::recording<T>& got, long t, long k) {
        const auto best = [&](const auto& at) { return eirnn::index_of_largest(asked.outputs, at); };
        return best([&](long o) { return got.output_at(t, k, o); }) == best([&](long o) { return asked.target_at(t, k, o); });
    }
};
/// Whether every output of a trial is off by less than so many hundredths.
template <int Hundredths>
struct near_is_right {
    template <class T>
    static bool judge(const eirnn::trial_batch<T>& asked, const eirnn::recording<T>& got, long t, long k) {
        for (long o = 0; o < asked.outputs; ++o)
            if (!(std::abs(got.output_at(t, k, o) - asked.target_at(t, k, o)) < T(Hundredths) / 100)) return false;
        return true;
    }
};

/// A task whose trials have `steps` steps and are made one by one, by `show(batch, k, random)`. The performance is the share of the steps
/// that have a target in which the outputs are right.
template <class Own, long Inputs, long Outputs, class Right>
struct stepwise_task {
    long inputs() const { return Inputs; }
    long outputs() const { return Outputs; }
    long validation_trials() const { return 500; }
    double target_performance() const { return 95; }

    template <class T>
    eirnn::task_batch<T, int> make(const eirnn::trial_request& request) const {
        const Own& own = static_cast<const Own&>(*this);
        eirnn::task_batch<T, int> made{eirnn::trial_batch<T>(request.trials, own.steps, Inputs, Outputs, request.dt), {}};
        for (long k = 0; k < request.trials; ++k) {
            made.trials.id[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(request.first + k);
            auto random = eirnn::tasks::trial_random(request, request.first + k);
            own.show(made.trials, k, random);
        }
        return made;
    }
    template <class T>
    double performance(const eirnn::task_batch<T, int>& batch, const eirnn::recording<T>& what_happened) const {
        const auto& b = batch.trials;
        long asked = 0, right = 0;
        for (long t = 0; t < b.steps; ++t)
            for (long k = 0; k < b.trials; ++k)
                if (b.mask_at(t, k, 0) > 0) ++asked, right += Right::judge(b, what_happened, t, k);
        return 100. * double(right) / double(asked);
    }

protected:
    /// Asks for one of the outputs at a step.
    template <class T>
    static void ask(eirnn::trial_batch<T>& b, long t, long k, long right) {
        for (long o = 0; o < Outputs; ++o) b.target_at(t, k, o) = T(o == right), b.mask_at(t, k, o) = T(1);
    }
};

/// A stream of signs: in every step, does the sign of `back` steps ago differ from the one before it?
struct delayed_exclusive_or : stepwise_task<delayed_exclusive_or, 1, 2, largest_is_right> {
    long steps = 30, back = 5;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        for (long t = 0; t < steps; ++t) {
            b.input_at(t, k, 0) = random.bernoulli(0.5) ? T(1) : T(-1);
            if (t > back) ask(b, t, k, b.input_at(t - back, k, 0) != b.input_at(t - back - 1, k, 0));
        }
    }
};
/// Evidence that is `strength` or -`strength`, in noise of standard deviation 1 that is new in every step. Which of the two is it? Asked in
/// the last five steps, where 96.8 % of the answers are right of whoever adds up everything.
struct noisy_evidence : stepwise_task<noisy_evidence, 1, 2, largest_is_right> {
    long steps = 40;
    double strength = 0.3;
    double target_performance() const { return 94; }
    long validation_trials() const { return 1000; }
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        const bool positive = random.bernoulli(0.5);
        for (long t = 0; t < steps; ++t) {
            b.input_at(t, k, 0) = static_cast<T>((positive ? strength : -strength) + random.normal());
            if (t >= steps - 5) ask(b, t, k, positive);
        }
    }
};
/// Three bits (Sussillo & Barak 2013): each output is the sign of the last pulse on its input. Right is what is off by less than 0.5.
struct flip_flop : stepwise_task<flip_flop, 3, 3, near_is_right<50>> {
    long steps = 40;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        for (long i = 0; i < 3; ++i)
            for (long t = 0; t < steps; ++t) {
                if (t == 0 || random.bernoulli(0.1)) b.input_at(t, k, i) = random.bernoulli(0.5) ? T(1) : T(-1);
                b.target_at(t, k, i) = b.input_at(t, k, i) != 0 ? b.input_at(t, k, i) : b.target_at(t - 1, k, i);
                b.mask_at(t, k, i) = T(1);
            }
    }
};
/// The adding problem (Hochreiter & Schmidhuber 1997): numbers from 0 to 1, two of which are marked, one in either half of the trial. Their
/// sum is asked for in the last step. Right is what is off by less than 0.1.
struct adding : stepwise_task<adding, 2, 1, near_is_right<10>> {
    long steps = 50;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        const auto half = static_cast<std::uint32_t>(steps / 2);
        const long first = static_cast<long>(random.below(half)), second = steps - 1 - static_cast<long>(random.below(half));
        for (long t = 0; t < steps; ++t) {
            b.input_at(t, k, 0) = static_cast<T>(random.uniform(0, 1));
            b.input_at(t, k, 1) = T(t == first || t == second);
        }
        b.target_at(steps - 1, k, 0) = b.input_at(first, k, 0) + b.input_at(second, k, 0);
        b.mask_at(steps - 1, k, 0) = T(1);
    }
};
/// Delayed match: one of four items, `Delay` steps without any, one of four items. Were they the same? Half of them are.
template <long Delay>
struct delayed_match : stepwise_task<delayed_match<Delay>, 4, 2, largest_is_right> {
    static constexpr long shown = 4, answer = 3, steps = 2 * shown + Delay + answer;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        const auto first = static_cast<long>(random.below(4));
        const bool same = random.bernoulli(0.5);
        const long second = same ? first : (first + 1 + static_cast<long>(random.below(3))) % 4;
        for (long t = 0; t < shown; ++t) b.input_at(t, k, first) = b.input_at(shown + Delay + t, k, second) = T(1);
        for (long t = steps - answer; t < steps; ++t) delayed_match::ask(b, t, k, same);
    }
};

/// Patterns that no other trial has, each shown once with its label; after a pause one of them again,
/// without. Which label was it? Asked from the second step on in which it is shown.
struct new_pairs : stepwise_task<new_pairs, 11, 3, largest_is_right> {
    static constexpr long items = 3, bits = 8, steps = items + 4;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        long label[items] = {0, 1, 2};
        for (long i = items - 1; i > 0; --i) std::swap(label[i], label[random.below(static_cast<std::uint32_t>(i + 1))]);
        for (long t = 0; t < items; ++t) {
            for (long i = 0; i < bits; ++i) b.input_at(t, k, i) = random.bernoulli(0.5) ? T(1) : T(-1);
            b.input_at(t, k, bits + label[t]) = T(1);
        }
        const auto again = static_cast<long>(random.below(items));
        for (long t = items + 1; t < steps; ++t) {
            for (long i = 0; i < bits; ++i) b.input_at(t, k, i) = b.input_at(again, k, i);
            if (t > items + 1) ask(b, t, k, label[again]);
        }
    }
};
/// Two features of random signs in noise that is new in every step, and a cue: which sign has the cued one? Asked in the last five steps.
struct cued_feature : stepwise_task<cued_feature, 4, 2, largest_is_right> {
    long steps = 20;
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        const long cued = random.bernoulli(0.5);
        const bool positive[2] = {random.bernoulli(0.5), random.bernoulli(0.5)};
        for (long t = 0; t < steps; ++t) {
            b.input_at(t, k, cued) = T(1);
            for (long f = 0; f < 2; ++f) b.input_at(t, k, 2 + f) = static_cast<T>((positive[f] ? 0.7 : -0.7) + random.normal());
            if (t >= steps - 5) ask(b, t, k, positive[cued]);
        }
    }
};

/// A wave of one of two frequencies and any phase, in noise. The last output is its value two steps on, asked for after a period; the
/// others say in the last five steps which of the two it was. Right are those steps in which both are, the value to 0.3.
struct noisy_wave : stepwise_task<noisy_wave, 1, 3, noisy_wave> {
    long steps = 40;
    template <class T>
    static bool judge(const eirnn::trial_batch<T>& asked, const eirnn::recording<T>& got, long t, long k) {
        const bool chosen = (got.output_at(t, k, 1) > got.output_at(t, k, 0)) == (asked.target_at(t, k, 1) > T(0));
        return chosen && std::abs(got.output_at(t, k, 2) - asked.target_at(t, k, 2)) < T(0.3);
    }
    template <class T>
    void show(eirnn::trial_batch<T>& b, long k, eirnn::random_sequence& random) const {
        const bool slow = random.bernoulli(0.5);
        const double step = 2 * std::numbers::pi / (slow ? 14 : 8), phase = random.uniform(0, 2 * std::numbers::pi);
        for (long t = 0; t < steps; ++t) {
            b.input_at(t, k, 0) = static_cast<T>(std::sin(phase + step * double(t)) + 0.3 * random.normal());
            b.target_at(t, k, 2) = static_cast<T>(std::sin(phase + step * double(t + 2)));
            b.mask_at(t, k, 2) = T(t >= 14);
            for (long o = 0; o < 2; ++o) b.target_at(t, k, o) = T(o == slow), b.mask_at(t, k, o) = T(t >= steps - 5);
        }
    }
};

/// Stripes in noise of standard deviation 1 that is new in every frame, at a random phase: pictures of stripes of Classes orientations, or
/// films of stripes that move in one of Classes directions. In a film the directions c and c + Classes / 2 show the same stripes, so that
/// no frame alone tells them apart.
template <long Classes>
struct gratings {
    static constexpr long side = 12;
    long frames = 1;
    double contrast = 1, speed = 1;  // speed: radians per frame

    long inputs() const { return 1; }
    long outputs() const { return Classes; }
    long validation_trials() const { return 500; }
    double target_performance() const { return 95; }

    template <class T>
    eirnn::task_batch<T, long> make(const eirnn::trial_request& request) const {
        eirnn::task_batch<T, long> made{eirnn::trial_batch<T>::of_images(request.trials, {side, side}, 1, frames), {}};
        auto& b = made.trials;
        b.outputs = Classes, b.dt = request.dt;
        b.target.assign(static_cast<std::size_t>(request.trials * Classes), T(0));
        b.id.resize(static_cast<std::size_t>(request.trials));
        for (long k = 0; k < request.trials; ++k) {
            auto random = eirnn::tasks::trial_random(request, request.first + k);
            const auto which = static_cast<long>(random.below(static_cast<std::uint32_t>(Classes)));
            const double phase = random.uniform(0, 2 * std::numbers::pi);
            const double angle = (frames > 1 ? 2 : 1) * std::numbers::pi * double(which) / double(Classes);
            b.id[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(request.first + k);
            b.target[static_cast<std::size_t>(k * Classes + which)] = T(1);
            made.conditions.push_back(which);
            for (long f = 0; f < frames; ++f) {
                T* pixel = &b.input[static_cast<std::size_t>((f * request.trials + k) * side * side)];
                for (long y = 0; y < side; ++y)
                    for (long x = 0; x < side; ++x) {
                        const double along = 1.2 * (std::cos(angle) * double(x) + std::sin(angle) * double(y));
                        *pixel++ = static_cast<T>(contrast * std::cos(along - speed * double(f) + phase) + random.normal());
                    }
            }
        }
        return made;
    }
    template <class T>
    double performance(const eirnn::task_batch<T, long>& batch, const eirnn::recording<T>& what_happened) const {
        long right = 0;
        for (long k = 0; k < batch.trials.trials; ++k)
            right += eirnn::final_choice(what_happened, k) == batch.conditions[static_cast<std::size_t>(k)];
        return 100. * double(right) / double(batch.trials.trials);
    }
};

/// Units of plain recurrent networks: no noise, inputs as they are, biases that are trained.
inline eirnn::model_options plain_units() {
    eirnn::model_options o;
    o.physics.unit_noise = o.physics.input_noise = o.physics.baseline = 0;
    o.physics.rectify_inputs = false;
    o.trained = {.bias = true, .output_bias = true};
    o.initial = {.spectral_radius = 1, .input_scale = 0.5};
    return o;
}
/// Units that begin too weakly coupled to remember anything.
inline eirnn::model_options weakly_coupled() {
    eirnn::model_options o = plain_units();
    o.initial.spectral_radius = 0.3;
    return o;
}
/// Maps that see so many frames. At a high learning rate the weights soon leave older statistics behind.
inline eirnn::model_options maps(long frames = 1) {
    eirnn::model_options o;
    o.frames = frames, o.running_share = 0.03;
    return o;
}

/// How a network learns; numbers are trials.
struct lesson {
    double learning_rate = 0.003;
    std::uint64_t between_validations = 2'500, most = 200'000;
};
struct progress_reporter {
    void on_validation(const eirnn::validation_report& v) const {
        std::printf("%7llu trials: %5.1f %% right\n", static_cast<unsigned long long>(v.trials), v.performance);
        std::fflush(stdout);
    }
};

/// What the command line asks for: a seed, or the circuit as a graph for Graphviz.
struct asked {
    std::uint64_t seed = 1;
    bool graph = false;
};
inline asked asked_of(int argc, char** argv) {
    if (argc < 2) return {};
    if (std::string_view(argv[1]) == "--graph") return {.graph = true};
    return {std::strtoull(argv[1], nullptr, 10)};
}

/// Trains a network until it does what its task asks for; false if it never does. Or draws it.
template <class Net, class Task>
bool learn(const asked& what, const Task& task, const eirnn::model_options& options, const lesson& how = {}) {
    using namespace eirnn;
    if (what.graph) return std::puts(describe<Net>(options.sizes).graphviz().c_str()) >= 0;
    model<Net> net(seed{what.seed}, options);
    const until goal{.window = 1, .max_trials = how.most};
    const auto result =
        train(net, task, adam{.learning_rate = how.learning_rate}, goal,
              {.batch = 50, .validate_every_trials = how.between_validations, .penalties = {}, .seed = what.seed}, progress_reporter{});
    return result.stop_reason == stop_reason::performance;
}
