#include "context_results.hpp"
#include "run.hpp"

int run_context(const surroundings& here) {
    return run_task<contextual::integration, context_results>(here, lesson_of(here.asked, eirnn::tasks::context_integration{}, 50));
}
