// Thrust's own settings say where this runs: on a GPU when nvcc compiles it (as CUDA), else on its host systems.
#include "run.hpp"

#include <eirnn/backend/thrust/thrust.hpp>

int run_on_thrust(const surroundings& here) { return run_on(here, eirnn::backend::thrust_backend<float>(), 1); }
