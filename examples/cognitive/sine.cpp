#include "continuous_results.hpp"
#include "run.hpp"

int run_sine(const surroundings& here) {
    auto what = lesson_of(here.asked, eirnn::tasks::sine_wave{}, 1);
    what.performance = "% of the variance";
    eirnn::model_options how;
    how.physics.unit_noise = 0.05;
    how.trained.bias = how.trained.output_bias = true;
    how.trained.initial_state = false;
    return run_task<oscillating::oscillation, sine_results>(here, what, how);
}
