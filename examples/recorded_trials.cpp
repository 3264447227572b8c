// A task of trials that another program has made: two NPZ files, as neurogym_trials.py writes them, and the network that learns from them.
// Usage: recorded_trials TRAINING.npz VALIDATION.npz DT_MS [SEED]        (3 observations, 3 actions: fixate, left, right)
#include <eirnn/eirnn.hpp>
#include <eirnn/io/trial_file.hpp>
#include <eirnn/task/recorded_trials.hpp>

#include <cstdio>
#include <cstdlib>

using namespace eirnn;

struct E : population<excitatory, 80> {};
struct I : population<inhibitory, 20> {};
struct cortex : area<rate<relu>, E, I> {};
struct observation : input<3> {};
struct action : output<3> {};
using decision = network<areas<cortex>, inputs<project<observation, cortex>>, outputs<project<E, action>>>;

struct reporter {
    void on_validation(const validation_report& v) const {
        std::printf("%7llu trials: %5.1f %% right\n", static_cast<unsigned long long>(v.trials), v.performance);
    }
};

int learn(const char* training, const char* validation, double dt, std::uint64_t number) {
    const trial_file_options how{.dt = dt};
    const tasks::recorded_trials task(read_trials(training, how), read_trials(validation, how),
                                      {.score = tasks::scoring::choice, .target_performance = 80});
    model_options options;
    options.physics.unit_noise = 0.05;
    options.physics.input_noise = 0;         // the trials have theirs
    options.physics.rectify_inputs = false;  // and it may be negative
    options.trained = {.bias = true, .output_bias = true};
    options.initial = {.spectral_radius = 1.2, .input_scale = 0.5};
    model<decision> net(seed{number}, options);
    const auto result = train(net, task, adam{}, until{.max_trials = 200'000},
                              {.batch = 50, .dt = task.dt(), .validate_every_trials = 10'000, .penalties = {}, .seed = number}, reporter{});
    save(net, "recorded.safetensors");
    return result.stop_reason == stop_reason::performance ? 0 : 1;
}

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("usage: recorded_trials TRAINING.npz VALIDATION.npz DT_MS [SEED]\n", stderr);
        return 64;
    }
    try {
        return learn(argv[1], argv[2], std::strtod(argv[3], nullptr), argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 1);
    } catch (const missing_file& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 66;
    } catch (const error& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 65;
    }
}
