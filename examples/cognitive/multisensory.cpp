#include "multisensory_results.hpp"
#include "run.hpp"

int run_multisensory(const surroundings& here) {
    return run_task<multisensory::integration, multisensory_results>(here, lesson_of(here.asked, eirnn::tasks::multisensory_integration{}));
}
