// The gradient of every array of a declared network, each in one random direction: what checks by differences and by duals have in common.
#pragma once
#include "catch.hpp"

#include <eirnn/model/any_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/// A direction in one array, and what the gradient says of it.
struct array_direction {
    std::size_t array;
    std::vector<double> of;  ///< of each number; 0 where it is not trained
    double slope, length;
    double scale;  ///< what an error is compared with: the slope, where it is not by chance a small one
};

/// `off(array_direction)`: how far the slope is off, times what is allowed. Returns how many arrays have no influence worth measuring.
template <class B, class F>
std::size_t check_directions(const eirnn::any_model<B>& m, const F& off) {
    const auto gradient = m.last_gradient();
    const auto rules = m.rules();
    double largest = 0;
    for (const auto& g : gradient.tensors)
        for (const double x : g.values.data) largest = std::max(largest, std::abs(x));
    CHECK(largest > 1e-3);
    std::size_t silent = 0;
    eirnn::random_sequence r({9, 9});
    for (std::size_t k = 0; k < gradient.tensors.size(); ++k) {
        INFO(gradient.tensors[k].name);
        array_direction a{k, gradient.tensors[k].values.data, 0, 0, 0};
        double square = 0, own = 0;
        for (std::size_t i = 0; i < a.of.size(); ++i) {
            const double slope = gradient.tensors[k].values.data[i];
            a.of[i] = rules[k][i].trained ? r.normal() : 0;
            a.slope += a.of[i] * slope, square += a.of[i] * a.of[i], own = std::max(own, std::abs(slope));
        }
        silent += own < 1e-6 * largest;
        if (square == 0) continue;  // nothing of it is trained
        a.length = std::sqrt(square), a.scale = std::max(std::abs(a.slope), 0.01 * largest * a.length);
        CHECK(off(a) < 1);
    }
    return silent;
}
