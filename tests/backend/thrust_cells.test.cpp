// Cells and wiring of many kinds on the Thrust backend: it agrees with the plain loops of the serial backend.
#include "cells.hpp"

#include "../catch.hpp"

#include <eirnn/backend/thrust/thrust.hpp>

using namespace eirnn;

TEST_CASE("Thrust agrees with serial on cells that look back, layers, outputs of several kinds, dropout, maps and cues") {
    CHECK(rich::distance(backend::serial<double>(), backend::thrust_backend<double>()) < 1e-12);
}
