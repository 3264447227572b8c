#include "context_results.hpp"
#include "run.hpp"

int run_two_areas(const surroundings& here) {
    auto what = lesson_of(here.asked, eirnn::tasks::context_integration{}, 50);
    what.goal.patience = 300;  // networks add both features at first, and the loss may rest there for a hundred validations
    return run_task<two_areas::integration, context_results>(here, what);
}
