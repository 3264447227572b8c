// The same on the threads of the CPU, in double and in float.
#include "cells.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

using namespace eirnn;

TEST_CASE("cpu agrees with serial on cells that look back, layers, outputs of several kinds, dropout, maps and cues") {
    CHECK(rich::distance(backend::serial<double>(), backend::cpu<double>(2)) < 1e-12);
    CHECK(rich::distance(backend::serial<double>(), backend::cpu<float>(1)) < 1e-4);
}
