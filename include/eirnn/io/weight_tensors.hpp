// Weights as named tensors, and what a file's weights are held against: the masks and signs of a network.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/io/tensor.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/images.hpp>
#include <eirnn/model/dense_parameters.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// How many weights break the sign of their source, or exist where the network has no connection, and which one is the first.
struct constraint_report {
    long sign_violations = 0, mask_violations = 0;
    std::string first_sign, first_mask;  ///< "W_rec (post, pre) = value"
    bool kept() const { return sign_violations == 0 && mask_violations == 0; }
};

namespace detail {

/// Calls f(name, shape, values) for every array of a weight_set, const or not. Cells with several gates number them: `W_rec.1`.
template <class Weights, class F>
EIRNN_COLD void each_array(Weights& w, const F& f) {
    using shape = std::vector<std::uint64_t>;
    const auto name = [](const char* base, std::size_t k, std::size_t count) {
        return count == 1 ? std::string(base) : base + ("." + std::to_string(k));
    };
    const auto matrix_array = [&](const std::string& n, auto& m) {
        f(n, shape{static_cast<std::uint64_t>(m.rows), static_cast<std::uint64_t>(m.cols)}, m.data);
    };
    const auto vector_array = [&](const std::string& n, auto& v) { f(n, shape{v.size()}, v); };
    const auto gates = w.recurrent.size();
    for (std::size_t k = 0; k < gates; ++k) {
        matrix_array(name("W_in", k, gates), w.input[k]);
        matrix_array(name("W_rec", k, gates), w.recurrent[k]);
        vector_array(name("b_rec", k, gates), w.bias[k]);
    }
    matrix_array("W_out", w.output);
    vector_array("b_out", w.output_bias);
    for (std::size_t k = 0; k < w.initial.size(); ++k) vector_array(name("x0", k, w.initial.size()), w.initial[k]);
}

template <class Weights, class F>
    requires requires(Weights& w) { w.tensors, w.running; }
void each_array(Weights& w, const F& f) {
    for (auto& t : w.tensors) f(t.name, t.shape, t.values);
    for (auto& t : w.running) f(t.name, t.shape, t.values);
}
/// Calls f(name, count) for what these weights count.
template <class T, class F>
void each_count(const weight_set<T>&, const F&) {}
template <class Weights, class F>
    requires requires(Weights& w) { w.running_steps; }
void each_count(Weights& w, const F& f) {
    if (!w.running.empty()) f("running.steps", w.running_steps);
}
/// What the first format of checkpoints and of files of networks on grids leaves open: how many steps the running statistics have followed.
/// There every step had a share of 0.003, the first one too, which is that of step 334 now: so a run goes on as it would have done then.
inline constexpr std::uint64_t running_steps_before = 333;

template <class T>
bool no_weights(const weight_set<T>& w) {
    return w.recurrent.empty();
}
template <class T>
bool no_weights(const stack_weights<T>& w) {
    return w.tensors.empty();
}
/// The name of an array that every set of these weights has.
template <class T>
std::string first_name(const weight_set<T>&) {
    return "W_out";
}
template <class T>
std::string first_name(const stack_weights<T>& w) {
    return w.tensors.front().name;
}
/// The shape of an optimiser's moments: without what is not trained.
template <class T>
weight_set<T> moments_of(const weight_set<T>& shape) {
    return shape;
}
template <class T>
stack_weights<T> moments_of(const stack_weights<T>& shape) {
    return {shape.tensors, {}};
}

/// Calls f(name, connectivity, matrices...) for every weight matrix of sets of the same shape.
template <class F, class... Weights>
EIRNN_COLD void each_matrix(const layout& net, const F& f, Weights&... w) {
    const std::size_t gates = (std::min)({w.recurrent.size()...});
    const auto name = [&](const char* base, std::size_t k) { return gates == 1 ? std::string(base) : base + ("." + std::to_string(k)); };
    for (std::size_t k = 0; k < gates; ++k) {
        f(name("W_in", k), net.input, w.input[k]...);
        f(name("W_rec", k), net.recurrent, w.recurrent[k]...);
    }
    f(std::string("W_out"), net.output, w.output...);
}

/// Calls f(post, pre, column of the matrix). A matrix of a cell that projects from several variables has one block of columns for each.
template <class F>
void each_weight(const connectivity& c, long columns, const F& f) {
    for (long post = 0; post < c.posts(); ++post)
        for (long j = 0; j < columns; ++j) f(post, j % c.pres(), j);
}

EIRNN_COLD inline std::string weight_text(const std::string& name, long post, long pre, double value) {
    std::string s = name + " (" + std::to_string(post) + ", " + std::to_string(pre) + ") = ";
    append_json_number(s, value);
    return s;
}

/// The arrays of weights as tensors named `prefix` + name.
template <class Weights>
EIRNN_COLD void append_tensors(std::vector<tensor>& to, const Weights& w, const std::string& prefix) {
    each_array(w, [&](const std::string& name, const std::vector<std::uint64_t>& shape, const auto& values) {
        to.push_back(make_tensor(prefix + name, shape, values));
    });
    each_count(w, [&](const char* name, std::uint64_t count) { to.push_back(make_tensor(prefix + name, count)); });
}

}  // namespace detail

/// Holds effective weights against the signs and masks of a network. Weights of free sign may have any.
template <class T>
constraint_report check_constraints(const layout& net, const weight_set<T>& effective) {
    constraint_report r;
    detail::each_matrix(
        net,
        [&](const std::string& name, const connectivity& c, const matrix<T>& w) {
            detail::each_weight(c, w.cols, [&](long post, long pre, long column) {
                const T value = w(post, column);
                if (value == T(0)) return;
                if (c.plastic(post, pre) == 0 && c.fixed(post, pre) == 0 && r.mask_violations++ == 0)
                    r.first_mask = detail::weight_text(name, post, pre, static_cast<double>(value));
                if (c.rule(post, pre) != sign_rule::free && (value < T(0)) != (c.sign(post, pre) < 0) && r.sign_violations++ == 0)
                    r.first_sign = detail::weight_text(name, post, pre, static_cast<double>(value));
            });
        },
        effective);
    return r;
}

}  // namespace EIRNN_NAMESPACE
