// On a GPU: a few steps of gradient descent give what the plain loops of the serial backend give. Returns 77 where there is no GPU.
#include "../backend/cells.hpp"
#include "../backend/network.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/backend/thrust/thrust.hpp>

#include <cstdio>

using namespace eirnn;

int main() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return std::puts("no GPU: skipped"), 77;

    const int descents = 3;
    const auto expected = example::outcome_of(backend::serial<double>(), descents);
    const auto first = example::outcome_of(backend::thrust_backend<float>(), descents),
               second = example::outcome_of(backend::thrust_backend<float>(), descents);
    const double float_distance = example::distance(first, expected),
                 double_distance = example::distance(example::outcome_of(backend::thrust_backend<double>(), descents), expected);
    std::printf("%s against serial: float %.1e, double %.1e; loss %.6f\n", backend::thrust_backend<float>::name(), float_distance,
                double_distance, first.loss);
    // Contracted products round once: noise and sums differ in their last bits from those of the host, also in double, whose noise is made
    // in float.
    const double rich_distance = rich::distance(backend::serial<double>(), backend::thrust_backend<double>());
    std::printf("a circuit of many kinds of cells: double %.1e\n", rich_distance);
    const bool right = float_distance < 1e-4 && double_distance < 1e-5 && rich_distance < 1e-5, again = first == second;
    if (!right) std::puts("wrong numbers");
    if (!again) std::puts("a second run gives other bits");
    return right && again ? 0 : 1;
}
