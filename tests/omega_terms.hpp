// Omega as Song et al. 2016 define it (equations 22-26), from dL/dx of every step, by whatever means that was found.
#pragma once
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

/// The sum of the terms and their number. `d`: dL/dx, [step][trial][unit], from step 1 on; `rate`: the same from step 0 on; `W`: effective
/// weights from these rates to these units, [post][pre]; `slope(r)` of the activation.
template <class Slope>
std::pair<double, double> omega_terms(const std::vector<double>& d, const std::vector<double>& rate, const std::vector<double>& W,
                                      std::size_t units, double alpha, const Slope& slope) {
    double sum = 0, count = 0;
    for (std::size_t begin = 0; begin < d.size(); begin += units) {  // of a trial in a step
        const double *later = &d[begin], *r = &rate[begin];
        double flow = 0, square = 0;
        for (std::size_t i = 0; i < units; ++i) {
            double back = 0;
            for (std::size_t j = 0; j < units; ++j) back += alpha * later[j] * W[j * units + i];
            flow += std::pow((1 - alpha) * later[i] + slope(r[i]) * back, 2), square += later[i] * later[i];
        }
        if (square < 1e-20) continue;
        sum += std::pow(flow / square - 1, 2), count += 1;
    }
    return {sum, count};
}
