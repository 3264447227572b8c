#include "run.hpp"

#include <eirnn/backend/serial.hpp>

int run_on_serial(const surroundings& here) { return run_on(here, eirnn::backend::serial<float>(), 1); }
