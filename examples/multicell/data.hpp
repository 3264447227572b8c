// The images of a run.
#pragma once
#include "options.hpp"

#include <eirnn/io/checksum.hpp>
#include <eirnn/io/cifar10.hpp>
#include <eirnn/task/made_images.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

struct image_data {
    eirnn::image_set training, test;
};

/// The first images of a set.
inline eirnn::image_set first_of(eirnn::image_set set, std::optional<long> images) {
    const auto n = static_cast<std::size_t>(std::min(images.value_or(set.size()), set.size()));
    set.labels.resize(n);
    set.pixels.resize(n * static_cast<std::size_t>(set.numbers()));
    return set;
}

/// CIFAR-10, or images that the library makes: the same ones for every seed, so that runs can be compared.
inline image_data read_data(const options& asked) {
    if (asked.data != made_data)
        return {first_of(eirnn::read_cifar10_training(asked.data), asked.train_images),
                first_of(eirnn::read_cifar10_test(asked.data), asked.test_images)};
    const long n = asked.made_images, test = std::max(n / 10, 1l);
    const eirnn::seed fixed{1};
    return {eirnn::made_images(std::min(asked.train_images.value_or(n), n), fixed),
            eirnn::made_images(std::min(asked.test_images.value_or(test), test), fixed, n)};
}

/// What tells two sets apart.
inline std::string text_of(const eirnn::image_set& set) {
    return std::to_string(set.size()) + ", " + eirnn::detail::xxh3_hex(std::as_bytes(std::span(set.pixels))) + " " +
           eirnn::detail::xxh3_hex(std::as_bytes(std::span(set.labels)));
}
