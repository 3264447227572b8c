#include "continuous_results.hpp"
#include "run.hpp"

int run_sequence(const surroundings& here) {
    auto what = lesson_of(here.asked, eirnn::tasks::sequence_execution{}, 1, 10);
    what.performance = "% of the moves to the right dot";
    eirnn::model_options how;
    how.physics.tau = 50;
    how.physics.unit_noise = 0.01;
    how.trained.initial_state = false;  // as the code of the paper has it where trials follow each other
    return run_task<sequential::execution, sequence_results>(here, what, how);
}
