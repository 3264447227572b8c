// The gradient of every array of a declared network against differences of the loss that the model itself reports.
#pragma once
#include "directions.hpp"

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
    const auto raw = m.raw();
    const std::size_t silent = check_directions(m, [&](const array_direction& a) {
        double best = 1e300;
        for (const double h : {1e-3, 1e-2, 1e-4, 1e-5, 1e-6}) {
            const double step = h / a.length;
            const auto at = [&](double s) {
                auto moved = raw;
                for (std::size_t i = 0; i < a.of.size(); ++i) moved.tensors[a.array].values.data[i] += s * a.of[i];
                m.set_raw(moved);
                return value();
            };
            const double got = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
            const double rounding = 4e-16 * unmoved / (step * a.scale);
            best = std::min(best, std::abs(got - a.slope) / a.scale / std::min(1e-8 + rounding, 1e-6));
            if (best < 1) break;
        }
        return best;
    });
    m.set_raw(raw);
    return silent;
}
