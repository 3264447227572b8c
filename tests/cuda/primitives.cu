// The primitives of the Thrust backend on a GPU, each against plain loops. Returns 77 where there is no GPU.
#include "checks.hpp"

#include "../backend/primitives.hpp"

#include <eirnn/backend/thrust/thrust.hpp>

#include <cstdio>
#include <exception>

using namespace eirnn;

int main() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return std::puts("no GPU: skipped"), 77;
    try {
        primitives::check_all<backend::thrust_backend<double>>();
        primitives::check_all<backend::thrust_backend<float>>();
    } catch (const std::exception& error) {
        checks::check(false, error.what());
    }
    std::printf("{\"network\": \"none: the primitives\", \"right\": %s}\n", checks::failed == 0 ? "true" : "false");
    return checks::failed == 0 ? 0 : 1;
}
