#include "context_results.hpp"
#include "run.hpp"

int run_two_areas(const surroundings& here) {
    auto what = lesson_of(here.asked, eirnn::tasks::context_integration{}, 50);
    what.goal.patience = 300;  // on the way from one feature to both the loss does not fall for up to a hundred validations
    return run_task<two_areas::integration, context_results>(here, what);
}
