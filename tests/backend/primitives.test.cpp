// The primitives of the backends that need nothing but a host compiler.
#include "primitives.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

using namespace eirnn;

TEST_CASE("the primitives of serial are plain loops") { primitives::check_all<backend::serial<double>>(); }
TEST_CASE("the primitives of cpu agree with plain loops, double") { primitives::check_all<backend::cpu<double>>(); }
TEST_CASE("the primitives of cpu agree with plain loops, float") { primitives::check_all<backend::cpu<float>>(); }
