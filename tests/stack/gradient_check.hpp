// The gradient of every tensor of a stack against central differences of the loss that the library itself reports.
#pragma once
#include "small_stack.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>

namespace stacks {

/// Whether a tensor cannot move the loss: a bias in front of batch norm; at the only step what reads the state before it, which is 0.
template <class... Cells>
bool idle(const layout& l, const parameter_tensor& t) {
    bool found = false;
    int area = 0;
    const auto look = [&]<class Cell>(std::type_identity<Cell>) {
        using P = planned<Cell, equations::way::grid>;
        if (area++ != t.area || t.role == tensor_role::scale || t.role == tensor_role::shift || t.role == tensor_role::trained) return;
        const auto& v = P::plan.variables[t.equation];
        if (t.role == tensor_role::bias) found = v.normalised && v.with.size == 0;  // of a current alone
        else found = l.steps == 1 && equations::terms_of_plan<P>()[t.term].previous;
    };
    (look(std::type_identity<Cells>{}), ...);
    return found;
}

template <class B, class... Cells>
void check_gradient(const layout& l, std::uint64_t number, long frames = 1, double strength = 1) {
    stack_engine<B, Cells...> e(l, B(2), frames);
    set_weights(e, number, strength);
    auto batch = make_images<double>(l, 3, frames, number);
    const auto loss = [&] { return e.gradient(batch, {7, 3}, categorical_cross_entropy).loss; };
    loss();
    const auto gradient = e.parameters().exported(&parameter_block<B>::gradient);
    const auto raw = e.parameters().exported(&parameter_block<B>::raw);
    double largest = 0;
    for (const auto& g : gradient)
        for (const double x : g) largest = std::max(largest, std::abs(x));
    CHECK(largest > 1e-2);
    CHECK(std::isfinite(largest));

    auto moved = raw;
    // The difference along a direction of one tensor. A step that crosses a kink of a rectification or a change of a maximum is repeated
    // with a smaller one: a wrong gradient stays wrong.
    const auto check = [&](std::size_t k, const std::vector<double>& direction) {
        double expected = 0, best = 1e300, square = 0;
        for (std::size_t i = 0; i < direction.size(); ++i) expected += direction[i] * gradient[k][i], square += direction[i] * direction[i];
        const double size = std::sqrt(square), scale = std::max(std::abs(expected), 0.01 * largest * size);
        for (const double h : {1e-4, 1e-5, 1e-6}) {
            const auto at = [&](double s) {
                for (std::size_t i = 0; i < direction.size(); ++i) moved[k][i] = raw[k][i] + s * direction[i];
                e.parameters().upload(moved, &parameter_block<B>::raw);
                return loss();
            };
            const double step = h / size;
            best = std::min(best, std::abs((at(step) - at(-step)) / (2 * step) - expected) / scale);
            if (best < 1e-7) break;
        }
        moved[k] = raw[k];
        return best;
    };
    random_sequence r(key_of(number, random_stream::analysis), 3);
    std::size_t silent = 0;  // tensors behind rectifications that no image opens
    for (std::size_t k = 0; k < raw.size(); ++k) {
        const auto& t = e.parameters().tensors()[k];
        INFO("tensor " << k << ", role " << static_cast<int>(t.role) << ", area " << t.area << ", equation " << t.equation << ", source "
                       << t.source);
        double own = 0;
        for (const double x : gradient[k]) own = std::max(own, std::abs(x));
        if (idle<Cells...>(l, t)) CHECK(own < 1e-12 * largest);
        else if (!(own > 1e-6 * largest)) ++silent;
        for (int n = 0; n < 2; ++n) {  // of every element at once, and of one
            std::vector<double> direction(raw[k].size());
            for (double& x : direction) x = n == 0 ? r.normal() : 0;
            if (n == 1) direction[r.below(static_cast<std::uint32_t>(direction.size()))] = 1;
            CHECK(check(k, direction) < 1e-6);
        }
    }
    if (l.steps > 1) CHECK(silent * 10 <= raw.size());
}
template <class Cell, class B = backend::serial<double>>
void check_complete(const variation& v, std::uint64_t number = 1) {
    INFO("rule " << static_cast<int>(v.rule) << ", kernel " << static_cast<int>(v.kernel.form) << " " << v.kernel.size << ", steps "
                 << v.steps << ", sum " << v.sum << ", shared " << v.shared << ", self " << v.self << ", frames " << v.frames);
    check_gradient<B, feed_forward, feed_forward, Cell, readout_cell>(complete_layout<Cell>(v), number, v.frames, v.strength);
}

}  // namespace stacks
