// Weights as named tensors, and what a file's weights are held against: the masks and signs of a network.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/io/json.hpp>
#include <eirnn/io/tensor.hpp>
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

/// "W_rec (2, 6)": an array's number k by its indices.
EIRNN_COLD inline std::string place_text(const std::string& name, const std::vector<std::uint64_t>& shape, std::size_t k) {
    return name + " " + shape_text(indices_of(shape, k));
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

/// Holds effective weights against what `rules()` of a model says of them. Weights of free sign may have any; where there is no connection
/// there must be 0, whatever the sign of the source.
template <class T>
constraint_report check_constraints(const std::vector<std::vector<weight_rule>>& rules, const weight_set<T>& effective) {
    constraint_report r;
    for (std::size_t i = 0; i < effective.tensors.size(); ++i)
        for (std::size_t k = 0; k < effective.tensors[i].values.data.size(); ++k) {
            const weight_rule& rule = rules[i][k];
            const auto value = static_cast<double>(effective.tensors[i].values.data[k]);
            if (value == 0 || (rule.rule == sign_rule::free && rule.exists())) continue;
            const auto& [name, shape, values] = effective.tensors[i];
            const auto text = [&] { return detail::place_text(name, shape, k) + " = " + detail::number_text(value); };
            if (!rule.exists()) {
                if (r.mask_violations++ == 0) r.first_mask = text();
            } else if ((value < 0) != rule.negative && r.sign_violations++ == 0) {
                r.first_sign = text();
            }
        }
    return r;
}

}  // namespace EIRNN_NAMESPACE
