// What an analysis hands to a file: arrays with names and shapes.
#pragma once
#include <eirnn/core/owned_list.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// An array in row-major order; a number has the shape {}.
struct named_array {
    std::string name;
    std::vector<long> shape;
    std::vector<double> values;
};

inline named_array array_of(std::string name, double value) { return {std::move(name), {}, {value}}; }

template <class T>
named_array array_of(std::string name, const std::vector<T>& values) {
    named_array a{std::move(name), {static_cast<long>(values.size())}, {}};
    a.values.reserve(values.size());
    for (const T& v : values) a.values.push_back(static_cast<double>(v));
    return a;
}

template <class T>
named_array array_of(std::string name, const matrix<T>& m) {
    named_array a = array_of(std::move(name), m.data);
    a.shape = {m.rows, m.cols};
    return a;
}

}  // namespace EIRNN_NAMESPACE::analysis
