// The networks of the gallery, as its programs declare them: their gradients against forward derivatives; the same bits for any number of
// threads, for a trial wherever it stands in a batch, and for a run that goes on from where it was left.
//
// A program is read inside a namespace, since the parts of all have the same short names; what it includes is read before that. Its main
// becomes a template, so that nothing of the training is compiled.
#pragma once
#include "../../examples/gallery/tasks.hpp"
#include "../catch.hpp"
#include "duals.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#ifdef THRUST_DEVICE_SYSTEM
#include <eirnn/backend/thrust/thrust.hpp>
#endif
#include <eirnn/task/image_classification.hpp>
#include <eirnn/task/images.hpp>
#include <eirnn/train/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <type_traits>
#include <utility>
#include <vector>

#define main(...) unused_main(auto, __VA_ARGS__)

inline eirnn::trial_batch<double> trials_of(const eirnn::image_set& set, long count) {
    return eirnn::plain_batch<double>(set, 0, count).trials;
}
template <class Task>
auto trials_of(const Task& task, long count) {
    using namespace eirnn;
    return task.template make<double>({purpose::training, 3, 0, count, 20, 0}).trials;
}

template <class Net, class Backend, class Task>
eirnn::weight_set<double> gradient_on(Backend backend, const Task& task, const eirnn::model_options& options) {
    eirnn::model<Net, Backend> m(eirnn::seed{2}, options, std::move(backend));
    m.gradient(trials_of(task, 13), {1, 4}, m.default_loss());  // whole blocks of trials and a rest
    return m.last_gradient();
}
/// Of the plain loops and of another backend.
inline void check_same(const eirnn::weight_set<double>& in_order, const eirnn::weight_set<double>& other) {
    double largest = 0, off = 0;
    for (std::size_t k = 0; k < in_order.tensors.size(); ++k)
        for (std::size_t i = 0; i < in_order.tensors[k].values.data.size(); ++i) {
            const double x = in_order.tensors[k].values.data[i];
            largest = std::max(largest, std::abs(x));
            off = std::max(off, std::abs(x - other.tensors[k].values.data[i]));
        }
    CHECK(largest > 1e-3);
    CHECK(off < 1e-12 * largest);
}

/// The gradient on threads is that of the plain loops, and has the same bits for any number of threads.
template <class Net, class Task>
void check_threads(const Task& task, const eirnn::model_options& options) {
    using namespace eirnn;
    using threads = backend::cpu<double>;
    const auto on_one = gradient_on<Net>(threads(1), task, options);
    CHECK(on_one == gradient_on<Net>(threads(2), task, options));
    check_same(gradient_on<Net>(backend::serial<double>(), task, options), on_one);
}

/// A trial has the same bits alone as among others.
template <class Net, class Task>
void check_places(const Task& task, const eirnn::model_options& options) {
    using namespace eirnn;
    using threads = backend::cpu<double>;
    const auto trials = trials_of(task, 13);
    model<Net, threads> m(seed{2}, options, threads(2));
    const auto together = m.run(trials, {1, 4});
    for (const long k : {0l, 6l, 12l}) {
        const auto alone = m.run(trials.part(k, 1), {1, 4});
        REQUIRE(alone.samples() == together.samples());
        for (long s = 0; s < alone.samples(); ++s)
            for (long o = 0; o < alone.outputs; ++o) CHECK(alone.output_at(s, 0, o) == together.output_at(s, k, o));
    }
}

inline eirnn::tasks::image_classification task_of(const eirnn::image_set& set) { return {set, set}; }
template <class Task>
const Task& task_of(const Task& task) {
    return task;
}

/// A run goes on with the same bits from where it was left.
template <class Net, class Task>
void check_resume(const Task& task, const eirnn::model_options& options) {
    using namespace eirnn;
    using threads = backend::cpu<double>;
    struct briefly_tested : std::remove_cvref_t<decltype(task_of(task))> {
        long validation_trials() const { return 4; }
    };
    training_options how;
    how.batch = 4, how.penalties.omega = 0;
    const auto trainer_of = [&](model<Net, threads>& m) {
        return trainer(m, briefly_tested{task_of(task)}, adam{.learning_rate = 0.01}, until{.performance = 100, .max_trials = 12}, how);
    };
    model<Net, threads> a(seed{2}, options, threads(1)), b(seed{3}, options, threads(2));
    auto whole = trainer_of(a), rest = trainer_of(b);
    struct keep {
        std::vector<trainer_state<double>> states;
        void on_step(const step_report&, const decltype(whole)& t) { states.push_back(t.state()); }
    } kept;
    whole.run(kept);
    REQUIRE(kept.states.size() == 3);
    CHECK(kept.states[1].raw != kept.states[2].raw);
    rest.restore(kept.states[1]);
    rest.run();
    CHECK(rest.state() == whole.state());
}

#ifdef THRUST_DEVICE_SYSTEM
// The same files again, as tests of the Thrust backend: its gradient is that of the plain loops.
template <class Net, class Task>
void check_bits(const Task& task, const eirnn::model_options& options) {
    using namespace eirnn::backend;
    check_same(gradient_on<Net>(serial<double>(), task, options), gradient_on<Net>(thrust_backend<double>(), task, options));
}
template <class Net, class Task>
void check_network(const Task& task, const eirnn::model_options& options, std::size_t = 0) {
    check_bits<Net>(task, options);
}
#else
template <class Net, class Task>
void check_bits(const Task& task, const eirnn::model_options& options) {
    check_threads<Net>(task, options);
    check_places<Net>(task, options);
    check_resume<Net>(task, options);
}

/// `silent`: arrays that have no influence, such as biases in front of batch norm.
template <class Net, class Task>
void check_network(const Task& task, const eirnn::model_options& options, std::size_t silent = 0) {
    CHECK(check_gradient_by_duals<Net>(trials_of(task, 3), options) == silent);
    check_bits<Net>(task, options);
}
#endif
