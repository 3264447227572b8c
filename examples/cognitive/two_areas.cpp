#include "context_results.hpp"
#include "run.hpp"

int run_two_areas(const surroundings& here) {
    return run_task<two_areas::integration, context_results>(here, lesson_of(here.asked, eirnn::tasks::context_integration{}, 50));
}
