#include "multicell.hpp"

#include <eirnn/backend/serial.hpp>

TEST_CASE("the multi-cell cases of the reference, serial, double") {
    reference::check_multicell_cases<eirnn::backend::serial<double>>(1e-10);
}
