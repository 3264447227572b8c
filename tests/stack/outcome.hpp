// Everything that a stack computes in a few steps of training, to be compared between backends, threads and batches.
#pragma once
#include "small_stack.hpp"

#include <algorithm>

namespace stacks {

/// Batch norm on two variables, a gate in each place, dropout.
using busy = multicell::standard_cell<multicell::form{.normalised_IG = true, .dropped_OG = true}>;

struct outcome {
    std::vector<double> loss;
    std::vector<std::vector<double>> gradient, raw, running;
    std::vector<double> trained, evaluated;   ///< outputs with statistics of the batch, and with running ones
    friend bool operator==(const outcome&, const outcome&) = default;
};
template <class T>
std::vector<double> widened(const std::vector<T>& v) {
    return {v.begin(), v.end()};
}
template <class T>
std::vector<std::vector<double>> widened(const std::vector<std::vector<T>>& v) {
    std::vector<std::vector<double>> all;
    for (const auto& x : v) all.push_back(widened(x));
    return all;
}

template <class B, class... Cells>
outcome outcome_of(const layout& l, B device, long images, int updates) {
    using T = typename B::scalar;
    stack_engine<B, Cells...> e(l, std::move(device));
    set_weights(e, 8);
    const auto batch = make_images<T>(l, images);
    outcome o;
    for (int k = 0; k < updates; ++k) {
        o.loss.push_back(e.gradient(batch, {2, static_cast<std::uint32_t>(k)}, categorical_cross_entropy).loss);
        const auto gradient = e.parameters().exported(&parameter_block<B>::gradient);
        auto raw = e.parameters().exported(&parameter_block<B>::raw);
        for (std::size_t t = 0; t < raw.size(); ++t)
            for (std::size_t i = 0; i < raw[t].size(); ++i) raw[t][i] -= T(0.1) * gradient[t][i];
        e.parameters().upload(raw, &parameter_block<B>::raw);
        o.gradient = widened(gradient), o.raw = widened(raw);
    }
    o.running = widened(e.running_statistics());
    o.trained = widened(e.run(batch, {}, true).output);
    o.evaluated = widened(e.run(batch).output);
    return o;
}
template <class B>
outcome outcome_of(B device, long images, int updates) {
    const auto l = complete_layout<busy>({.steps = 3, .sum = true});
    return outcome_of<B, feed_forward, feed_forward, busy, readout_cell>(l, std::move(device), images, updates);
}

inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return 1e300;
    double off = 0, size = 0;
    for (std::size_t k = 0; k < a.size(); ++k) off = std::max(off, std::abs(a[k] - b[k])), size = std::max(size, std::abs(b[k]));
    return off <= 0 ? 0 : off / size;
}
/// The largest relative difference; gradients against the largest of all, since some are 0 but for rounding.
inline double distance(const outcome& a, const outcome& b) {
    double worst = std::max({distance(a.loss, b.loss), distance(a.trained, b.trained), distance(a.evaluated, b.evaluated)});
    const auto joined = [](const std::vector<std::vector<double>>& v) {
        std::vector<double> all;
        for (const auto& x : v) all.insert(all.end(), x.begin(), x.end());
        return all;
    };
    worst = std::max({worst, distance(joined(a.gradient), joined(b.gradient)), distance(joined(a.raw), joined(b.raw))});
    return std::max(worst, distance(joined(a.running), joined(b.running)));
}

}  // namespace stacks
