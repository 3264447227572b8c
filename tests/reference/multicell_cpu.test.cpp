#include "multicell.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

TEST_CASE("the multi-cell cases of the reference, cpu, double") { reference::check_multicell_cases<eirnn::backend::cpu<double>>(1e-10); }
