// Weights as users and files see them, arrays by name, and how they are made of the tensors that a network computes with.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/linalg/matrix.hpp>
#include <eirnn/model/named_values.hpp>
#include <eirnn/model/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// Weights of a network, or a number for each of them (a gradient, a moment of an optimiser), by name.
///
/// Of a dense network: `W_in`, `W_rec`, `W_out`, [post][pre], `b_rec`, `b_out`, and `x0`, the state before the first step. A cell with
/// several weighted equations (gates) numbers them in their order, `W_rec.1`, and so are initial values of several variables, `x0.1`.
/// Of a network on grids: `area3.f<-X.kernel` and so on; parameter_tensor has their shapes.
/// Beside raw weights stand the running statistics of batch norm, [step][mean, variance][unit], with the gradient steps that they have
/// followed.
template <class T>
struct weight_set {
    owned_list<named_values<T>> tensors, running;
    std::uint64_t running_steps = 0;

    /// The numbers of this name: `w["W_rec"](post, pre)`. Of a temporary they are handed out by value. Throws invalid_argument.
    matrix<T>& operator[](std::string_view name) & { return tensors[place_of(name)].values; }
    const matrix<T>& operator[](std::string_view name) const& { return tensors[place_of(name)].values; }
    matrix<T> operator[](std::string_view name) && { return std::move(tensors[place_of(name)].values); }
    bool contains(std::string_view name) const { return find(name) < tensors.size(); }
    friend bool operator==(const weight_set&, const weight_set&) = default;

private:
    std::size_t find(std::string_view name) const {
        std::size_t k = 0;
        while (k < tensors.size() && tensors[k].name != name) ++k;
        return k;
    }
    std::size_t place_of(std::string_view name) const {
        const std::size_t k = find(name);
        if (k < tensors.size()) return k;
        std::string all;
        for (const auto& t : tensors) all += (all.empty() ? "" : ", ") + t.name;
        throw invalid_argument({"there are no weights of this name", "weight_set", all, std::string(name),
                                "ask for one of those; gates and initial values are numbered where there are several"});
    }
};

}  // namespace EIRNN_SHARED_NAMESPACE

namespace EIRNN_NAMESPACE::detail {

/// One array of a weight_set, and the tensors of which it is made: they have its rows, and stand side by side.
struct weight_array {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<std::size_t> tensors = {};
    std::vector<long> columns = {};  ///< where each of them begins
};
using weight_arrays = std::vector<weight_array>;

/// An array that is one tensor.
inline weight_array array_of_tensor(std::string name, const parameter_tensor& t, std::size_t number) {
    return {std::move(name), {t.shape.begin(), t.shape.end()}, {number}, {0}};
}

// f(tensor, element, place in the array's numbers) for every element of its tensors.
template <class F>
void each_element(const weight_array& a, const std::vector<parameter_tensor>& tensors, const F& f) {
    long columns = 1;
    for (std::size_t k = 1; k < a.shape.size(); ++k) columns *= static_cast<long>(a.shape[k]);
    for (std::size_t p = 0; p < a.tensors.size(); ++p) {
        const std::size_t tensor = a.tensors[p];
        const long n = tensors[tensor].size(), width = n == 0 ? 1 : n / tensors[tensor].shape[0];
        for (long k = 0; k < n; ++k)
            f(tensor, static_cast<std::size_t>(k), static_cast<std::size_t>(k / width * columns + a.columns[p] + k % width));
    }
}

/// Numbers of every tensor as arrays by name.
template <class T>
weight_set<T> as_weights(const weight_arrays& arrays, const std::vector<parameter_tensor>& tensors, const tensor_list<T>& values) {
    weight_set<T> w;
    for (const weight_array& a : arrays) {
        auto& to = w.tensors.emplace_back(a.name, a.shape).values.data;
        each_element(a, tensors, [&](std::size_t tensor, std::size_t k, std::size_t at) { to[at] = values[tensor][k]; });
    }
    return w;
}
template <class T>
weight_set<T> empty_weights(const weight_arrays& arrays) {
    weight_set<T> w;
    for (const weight_array& a : arrays) w.tensors.emplace_back(a.name, a.shape);
    return w;
}

/// Whether two sets have the same arrays, in the same order.
template <class T>
bool same_arrays(const weight_set<T>& a, const weight_set<T>& b) {
    const auto fits = [](const named_values<T>& x, const named_values<T>& y) {
        return x.name == y.name && x.shape == y.shape && x.values.rows == y.values.rows && x.values.cols == y.values.cols &&
               x.values.data.size() == y.values.data.size();
    };
    bool same = a.tensors.size() == b.tensors.size();
    for (std::size_t k = 0; same && k < a.tensors.size(); ++k) same = fits(a.tensors[k], b.tensors[k]);
    return same;
}

/// Arrays by name as numbers of every tensor. Throws invalid_argument if they are not those of the network.
template <class T>
tensor_list<T> as_tensors(const weight_arrays& arrays, const std::vector<parameter_tensor>& tensors, const weight_set<T>& w) {
    const auto text = [](const weight_set<T>& all) {
        std::string s;
        for (const auto& t : all.tensors)
            s += (s.empty() ? "" : ", ") + t.name + " " + std::to_string(t.values.rows) + " x " + std::to_string(t.values.cols);
        return s;
    };
    const auto shape = empty_weights<T>(arrays);
    require(same_arrays(w, shape), "weights have another shape than the network", "set_raw", text(shape), text(w),
            "take a weight_set of this network, from raw(), and fill it");
    tensor_list<T> all;
    for (const auto& t : tensors) all.emplace_back(static_cast<std::size_t>(t.size()));
    for (std::size_t a = 0; a < arrays.size(); ++a)
        each_element(arrays[a], tensors, [&, &from = w.tensors[a].values.data](std::size_t tensor, std::size_t k, std::size_t at) {
            all[tensor][k] = from[at];
        });
    return all;
}

}  // namespace EIRNN_NAMESPACE::detail
