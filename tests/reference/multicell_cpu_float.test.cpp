#include "multicell.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

TEST_CASE("the multi-cell cases of the reference, cpu, float") { reference::check_multicell_cases<eirnn::backend::cpu<float>>(2e-4); }
