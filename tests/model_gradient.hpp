// The gradient of every array of a declared network against differences of the loss that the model itself reports.
#pragma once
#include "catch.hpp"

#include <eirnn/model/any_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

/// In one random direction of each array, of the loss and the penalties of an objective without Omega. They must agree to 1e-8 and what
/// rounding makes of differences of the fourth order, 1e-6 at most. A step that crosses a kink is repeated with a smaller one: a wrong
/// gradient stays wrong. Returns how many arrays have no influence worth measuring.
template <class B>
std::size_t check_gradient_of_model(eirnn::any_model<B>& m, const eirnn::trial_batch<double>& batch, const eirnn::objective& o = {}) {
    using namespace eirnn;
    const auto value = [&] {
        const gradient_report r = m.gradient(batch, {1, 4}, m.default_loss(), o);
        return r.loss + r.penalty;
    };
    const double unmoved = std::abs(value());
    const auto gradient = m.last_gradient(), raw = m.raw();
    const auto rules = m.rules();
    double largest = 0;
    for (const auto& g : gradient.tensors)
        for (const double x : g.values.data) largest = std::max(largest, std::abs(x));
    CHECK(largest > 1e-3);
    std::size_t silent = 0;
    random_sequence r({9, 9});
    for (std::size_t k = 0; k < raw.tensors.size(); ++k) {
        INFO(raw.tensors[k].name);
        auto direction = raw.tensors[k].values.data;
        double expected = 0, square = 0, best = 1e300, own = 0;
        for (std::size_t i = 0; i < direction.size(); ++i) {
            const double slope = gradient.tensors[k].values.data[i];
            direction[i] = rules[k][i].trained ? r.normal() : 0;
            expected += direction[i] * slope, square += direction[i] * direction[i], own = std::max(own, std::abs(slope));
        }
        silent += own < 1e-6 * largest;
        if (square == 0) continue;  // nothing of it is trained
        for (const double h : {1e-3, 1e-2, 1e-4, 1e-5, 1e-6}) {
            const double step = h / std::sqrt(square);
            const auto at = [&](double s) {
                auto moved = raw;
                for (std::size_t i = 0; i < direction.size(); ++i) moved.tensors[k].values.data[i] += s * direction[i];
                m.set_raw(moved);
                return value();
            };
            const double got = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
            const double scale = std::max(std::abs(expected), 0.01 * largest * std::sqrt(square));
            const double rounding = 4e-16 * unmoved / (step * scale);
            best = std::min(best, std::abs(got - expected) / scale / std::min(1e-8 + rounding, 1e-6));
            if (best < 1) break;
        }
        CHECK(best < 1);  // times what is allowed
    }
    m.set_raw(raw);
    return silent;
}
