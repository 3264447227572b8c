// The primitives of the Thrust backend on the system that THRUST_DEVICE_SYSTEM names.
#include "../instrumented.hpp"
#include "primitives.hpp"

#include <eirnn/backend/thrust/thrust.hpp>

using namespace eirnn;

TEST_CASE("the primitives of Thrust agree with plain loops, double") { primitives::check_all<backend::thrust_backend<double>>(); }
TEST_CASE("the primitives of Thrust agree with plain loops, float") { primitives::check_all<backend::thrust_backend<float>>(); }
#if !EIRNN_TEST_INSTRUMENTED  // which ends the program where new throws
TEST_CASE("a device without enough memory is reported as the library's own error") {
    CHECK_THROWS_AS(backend::thrust_backend<double>::buffer<double>(1l << 58), out_of_resources);
}
#endif
