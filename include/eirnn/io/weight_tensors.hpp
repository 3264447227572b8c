// Weights as named tensors, and what a file's weights are held against: the masks and signs of a network.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/io/tensor.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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

/// Calls f(name, shape, numbers) for every array of weights, const or not.
template <class Weights, class F>
void each_array(Weights& w, const F& f) {
    for (auto& t : w.tensors) f(t.name, t.shape, t.values.data);
    for (auto& t : w.running) f(t.name, t.shape, t.values.data);
}
/// Calls f(name, count) for what these weights count.
template <class Weights, class F>
void each_count(Weights& w, const F& f) {
    if (!w.running.empty()) f("running.steps", w.running_steps);
}
/// What the first format of checkpoints and of files of networks on grids leaves open: how many steps the running statistics have followed.
/// There every step had a share of 0.003, the first one too, which is that of step 334 now: so a run goes on as it would have done then.
inline constexpr std::uint64_t running_steps_before = 333;

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
