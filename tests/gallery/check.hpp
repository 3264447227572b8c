// The networks of the gallery, as its programs declare them: their gradients against differences of the loss, and the same bits for any
// number of threads.
//
// A program is read inside a namespace, since the parts of all have the same short names; what it includes is read before that. Its main
// becomes a template, so that nothing of the training is compiled.
#pragma once
#include "../../examples/gallery/tasks.hpp"
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

#include <cstddef>
#include <cstdio>

#define main(...) unused_main(auto, __VA_ARGS__)

/// `silent`: arrays that have no influence, such as biases in front of batch norm.
template <class Net, class Task>
void check_network(const Task& task, const eirnn::model_options& options, std::size_t silent = 0) {
    using namespace eirnn;
    using in_order = backend::serial<double>;
    using threads = backend::cpu<double>;
    const auto trials = [&](long count) { return task.template make<double>({purpose::training, 3, 0, count, 20, 0}).trials; };
    model<Net, in_order> a(seed{2}, options);
    CHECK(check_gradient_of_model(a, trials(3)) == silent);
    model<Net, threads> b(seed{2}, options, threads(1)), c(seed{2}, options, threads(2));
    check_gradient_of_model(b, trials(7));
    b.gradient(trials(12), {1, 4}, b.default_loss());
    c.gradient(trials(12), {1, 4}, c.default_loss());
    CHECK(b.last_gradient() == c.last_gradient());
}
