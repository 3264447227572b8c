#include "run.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

int run_on_cpu(const surroundings& here) {
    eirnn::backend::cpu<float> device(here.asked.threads);
    const int threads = device.threads();
    return run_on(here, std::move(device), threads);
}
