// Tensors of every kind that tests write, and that numpy_check.py knows.
#pragma once
#include <eirnn/io/tensor.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

/// W[post][pre] = 10 post + pre + 0.25: neither square nor symmetric, so a transposition shows.
template <class T>
eirnn::matrix<T> example_matrix() {
    eirnn::matrix<T> w(3, 4);
    for (long post = 0; post < 3; ++post)
        for (long pre = 0; pre < 4; ++pre) w(post, pre) = static_cast<T>(10 * post + pre) + T(0.25);
    return w;
}

inline std::vector<eirnn::tensor> example_tensors() {
    using eirnn::make_tensor;
    std::vector<std::uint8_t> mask(24);
    std::iota(mask.begin(), mask.end(), std::uint8_t{0});
    return {make_tensor("W", example_matrix<float>()),
            make_tensor("W64", example_matrix<double>()),
            make_tensor("counter", {3}, std::vector<std::uint64_t>{1, std::uint64_t{1} << 63, ~std::uint64_t{0}}),
            make_tensor("sign", {2}, std::vector<std::int8_t>{-1, 1}),
            make_tensor("mask", {2, 3, 4}, mask),
            make_tensor("step", std::int64_t{-7}),
            make_tensor("label", {3}, std::vector<std::int32_t>{5, -6, 7}),
            make_tensor("empty", {0, 3}, std::vector<float>{}),
            make_tensor("Größe", {1}, std::vector<double>{0.5})};
}
