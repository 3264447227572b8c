// Numbers under a name: weights, and what a run recorded.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// Numbers with a name and a shape, the last index fastest.
template <class T>
struct named_values {
    std::string name;
    std::vector<std::uint64_t> shape;
    matrix<T> values;  ///< as many rows as the first extent; of a vector the only column

    named_values() = default;
    /// All 0, or the given numbers, as many as the shape says.
    named_values(std::string n, std::vector<std::uint64_t> s, std::vector<T> numbers = {}) : name(std::move(n)), shape(std::move(s)) {
        values.rows = shape.empty() ? 1 : static_cast<long>(shape[0]), values.cols = 1;
        for (std::size_t k = 1; k < shape.size(); ++k) values.cols *= static_cast<long>(shape[k]);
        values.data = std::move(numbers);
        values.data.resize(static_cast<std::size_t>(values.rows * values.cols));
    }
    friend bool operator==(const named_values&, const named_values&) = default;
};

}  // namespace EIRNN_SHARED_NAMESPACE
