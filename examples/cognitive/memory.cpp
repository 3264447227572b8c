#include "memory_results.hpp"
#include "run.hpp"

int run_memory(const surroundings& here) {
    auto what = lesson_of(here.asked, eirnn::tasks::parametric_working_memory{});
    what.performance = "% correct in the worst condition";
    return run_task<working_memory::comparison, memory_results>(here, what);
}
