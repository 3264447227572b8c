// The images of a run.
#pragma once
#include "options.hpp"

#include <eirnn/io/checksum.hpp>
#include <eirnn/task/images.hpp>

#include <span>
#include <string>

/// Heights and widths of the images that networks see: of CIFAR-10's, and of ImageNet's.
inline constexpr long small_side = 32, large_side = 128;

struct image_data {
    std::string name;  ///< of their kind, for people
    eirnn::image_set training, test;
    std::string notice;  ///< what was done to them
};

/// What --data names. Images that the library makes are the same ones for every seed, so that runs can be compared.
image_data read_data(const options&);

/// What tells two sets apart.
inline std::string text_of(const eirnn::image_set& set) {
    return std::to_string(set.size()) + ", " + eirnn::detail::xxh3_hex(std::as_bytes(std::span(set.pixels))) + " " +
           eirnn::detail::xxh3_hex(std::as_bytes(std::span(set.labels)));
}
