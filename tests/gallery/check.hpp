// The networks of the gallery, as its programs declare them: their gradients against forward derivatives, and the same bits for any
// number of threads.
//
// A program is read inside a namespace, since the parts of all have the same short names; what it includes is read before that. Its main
// becomes a template, so that nothing of the training is compiled.
#pragma once
#include "../../examples/gallery/tasks.hpp"
#include "../catch.hpp"
#include "duals.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/task/images.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>

#define main(...) unused_main(auto, __VA_ARGS__)

inline eirnn::trial_batch<double> trials_of(const eirnn::image_set& set, long count) {
    return eirnn::plain_batch<double>(set, 0, count).trials;
}
template <class Task>
auto trials_of(const Task& task, long count) {
    using namespace eirnn;
    return task.template make<double>({purpose::training, 3, 0, count, 20, 0}).trials;
}

/// The gradient on threads is that of the plain loops, and has the same bits for any number of threads.
template <class Net, class Task>
void check_threads(const Task& task, const eirnn::model_options& options) {
    using namespace eirnn;
    using threads = backend::cpu<double>;
    const auto trials = trials_of(task, 13);  // whole blocks of trials and a rest
    const auto gradient = [&](auto& m) {
        m.gradient(trials, {1, 4}, m.default_loss());
        return m.last_gradient();
    };
    model<Net, backend::serial<double>> a(seed{2}, options);
    model<Net, threads> b(seed{2}, options, threads(1)), c(seed{2}, options, threads(2));
    const auto in_order = gradient(a), on_one = gradient(b);
    CHECK(on_one == gradient(c));
    double largest = 0, off = 0;
    for (std::size_t k = 0; k < in_order.tensors.size(); ++k)
        for (std::size_t i = 0; i < in_order.tensors[k].values.data.size(); ++i) {
            const double x = in_order.tensors[k].values.data[i];
            largest = std::max(largest, std::abs(x));
            off = std::max(off, std::abs(x - on_one.tensors[k].values.data[i]));
        }
    CHECK(largest > 1e-3);
    CHECK(off < 1e-12 * largest);
}

/// `silent`: arrays that have no influence, such as biases in front of batch norm.
template <class Net, class Task>
void check_network(const Task& task, const eirnn::model_options& options, std::size_t silent = 0) {
    CHECK(check_gradient_by_duals<Net>(trials_of(task, 3), options) == silent);
    check_threads<Net>(task, options);
}
