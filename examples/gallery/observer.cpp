// A film and a decision about it: two areas on maps and an E/I rate network that reads them step by step, accumulates and chooses. The
// second area and the excitatory units of the decision drive the first area back.
#include <eirnn/eirnn.hpp>
#include <eirnn/task/trial_parts.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <string_view>

using namespace eirnn;

struct picture : input<1, grid<12, 12>> {};
struct S : population<free_sign, 8> {};
struct PN : population<excitatory, 12> {};
struct IN : population<inhibitory, 4> {};
struct E : population<excitatory, 40> {};
struct I : population<inhibitory, 10> {};
struct choice : output<2, softmax> {};

struct V1 : area<feed_forward, S, convolution<5>> {};
struct V2 : area<multicell::standard_ei, PN, IN, separable<3>> {};
struct decision : area<rate<relu>, E, I> {};

using observer =
    network<areas<V1, V2, decision>, inputs<project<picture, V1>>,
            long_range<project<S, V2>, project<PN, V1, pointwise, delayed<1>>, project<PN, decision>, project<E, V1, delayed<1>>>,
            outputs<project<E, choice>>, signs<absolute>, time_steps<10>>;

/// Gratings of two orientations, 45 degrees to either side of the vertical, in noise that is new in every frame.
struct gratings {
    static constexpr long side = 12, steps = 10;
    double contrast = 0.4;  // the noise has a standard deviation of 1

    long inputs() const { return 1; }
    long outputs() const { return 2; }
    long validation_trials() const { return 500; }
    double target_performance() const { return 90; }

    template <class T>
    task_batch<T, int> make(const trial_request& request) const {
        task_batch<T, int> made{trial_batch<T>(request.trials, steps, 1, 2, request.dt), {}};
        auto& b = made.trials;
        b.grid = {side, side}, b.frames = steps;
        b.input.resize(static_cast<std::size_t>(steps * request.trials * side * side));
        for (long k = 0; k < request.trials; ++k) {
            auto random = tasks::trial_random(request, request.first + k);
            const bool left = random.bernoulli(0.5);
            const double phase = random.uniform(0, 2 * std::numbers::pi);
            b.id[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(request.first + k);
            made.conditions.push_back(left);
            for (long t = 0; t < steps; ++t) {
                T* pixel = &b.input[static_cast<std::size_t>((t * request.trials + k) * side * side)];
                for (long y = 0; y < side; ++y)
                    for (long x = 0; x < side; ++x)
                        *pixel++ = static_cast<T>(contrast * std::cos(1.1 * double(left ? x + y : x - y) + phase) + random.normal());
                b.target_at(t, k, left) = T(1);
                for (long o = 0; o < 2; ++o) b.mask_at(t, k, o) = T(2 * t >= steps);  // a choice in the second half
            }
        }
        return made;
    }
    template <class T>
    double performance(const task_batch<T, int>& batch, const recording<T>& what_happened) const {
        long correct = 0;
        for (long k = 0; k < batch.trials.trials; ++k)
            correct += final_choice(what_happened, k) == batch.conditions[static_cast<std::size_t>(k)];
        return 100. * double(correct) / double(batch.trials.trials);
    }
};

struct reporter {
    void on_validation(const validation_report& v) const {
        std::printf("%7llu trials: %5.1f %% correct\n", static_cast<unsigned long long>(v.trials), v.performance);
    }
};

// Usage: observer [SEED | --graph]
int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "--graph") return std::puts(describe<observer>().graphviz().c_str()), 0;
    const std::uint64_t number = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    model_options options;
    options.frames = gratings::steps;
    options.trained = {.bias = true, .output_bias = true};
    options.initial = {.spectral_radius = 1.2, .input_scale = 0.5};
    model<observer> net(seed{number}, options);
    const auto result = train(net, gratings{}, adam{.learning_rate = 0.003}, until{.window = 1, .max_trials = 100'000},
                              {.batch = 50, .validate_every_trials = 2'500, .penalties = {}, .seed = number}, reporter{});
    return result.stop_reason == stop_reason::performance ? 0 : 1;
}
