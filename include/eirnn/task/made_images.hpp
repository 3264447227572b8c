// Images that the library makes: ten classes of textures and shapes, so that an image network can be trained without a data set.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/task/images.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <string_view>

namespace EIRNN_NAMESPACE {

/// What the labels of `made_images` mean. Every class is the same when mirrored, so that images may be augmented.
inline constexpr std::array<std::string_view, 10> made_image_classes{
    "horizontal grating", "vertical grating", "oblique grating", "checkerboard", "rings", "disc", "square", "triangle", "cross", "blobs"};

namespace detail {

/// The figure of one made image. Every class takes the same draws, whatever it needs of them.
class made_figure {
public:
    made_figure(int label, random_sequence& draw) : label_(label) {
        const double tilt = draw.uniform(-0.2, 0.2), turn = draw.uniform(0, 2 * pi);
        const double oblique = draw.below(2) == 0 ? pi / 4 : 3 * pi / 4;
        const double upright = turn < pi ? pi / 2 : -pi / 2;
        const double angle = label == 0                 ? pi / 2 + tilt
                             : label == 1 || label == 6 ? tilt
                             : label == 2               ? oblique + tilt
                             : label == 7               ? upright + tilt
                                                        : turn;
        cosine_ = std::cos(angle);
        sine_ = std::sin(angle);
        x_ = draw.uniform(10, 21);
        y_ = draw.uniform(10, 21);
        radius_ = draw.uniform(6, 10);
        wave_ = 2 * pi / draw.uniform(5, 11);
        phase_ = draw.uniform(0, 2 * pi);
        sharpness_ = draw.uniform(1, 4);
        for (auto& b : blobs_) {
            b.x = draw.uniform(2, 29);
            b.y = draw.uniform(2, 29);
            b.width = draw.uniform(1.5, 3);
        }
    }

    /// How much of the figure there is at a point of the image: 0 .. 1.
    double at(double px, double py) const {
        const double dx = px - x_, dy = py - y_;
        // u runs along the figure's own axis, v across it.
        const double u = cosine_ * dx + sine_ * dy, v = cosine_ * dy - sine_ * dx, r = radius_;
        switch (label_) {
            case 0:
            case 1:
            case 2:
                return wave(std::cos(wave_ * u + phase_));
            case 3:
                return wave(2 * std::sin(wave_ * u / 2 + phase_) * std::sin(wave_ * v / 2 + phase_));
            case 4:
                return wave(std::cos(wave_ * std::hypot(u, v) + phase_));
            case 5:
                return inside(std::hypot(u, v) - r);
            case 6:
                return inside((std::max)(std::abs(u), std::abs(v)) - 0.88 * r);
            case 7:
                return inside((std::max)(-u, 0.5 * u + 0.8660254037844386 * std::abs(v)) - 0.7 * r);
            case 8: {
                const double along = (std::max)(std::abs(u), std::abs(v)), across = (std::min)(std::abs(u), std::abs(v));
                return inside((std::max)(along - 1.2 * r, across - 0.35 * r));
            }
            default: {
                double sum = 0;
                for (const auto& b : blobs_) {
                    const double bx = (px - b.x) / b.width, by = (py - b.y) / b.width;
                    sum += std::exp(-0.5 * (bx * bx + by * by));
                }
                return (std::min)(sum, 1.0);
            }
        }
    }

private:
    static constexpr double pi = 3.141592653589793;
    struct spot {
        double x = 0, y = 0, width = 1;
    };
    /// Edges are one pixel wide.
    static double inside(double distance) { return std::clamp(0.5 - distance, 0.0, 1.0); }
    /// From a soft wave to one with edges.
    double wave(double x) const { return 0.5 + 0.5 * std::clamp(sharpness_ * x, -1.0, 1.0); }

    int label_;
    double cosine_ = 1, sine_ = 0, x_ = 0, y_ = 0, radius_ = 1, wave_ = 1, phase_ = 0, sharpness_ = 1;
    std::array<spot, 5> blobs_{};
};

/// A figure of one colour on a ground of another, brighter or darker in all three, unevenly lit, with noise in every number.
inline void make_image(int label, bool brighter, random_sequence draw, long side, std::uint8_t* out) {
    const made_figure figure(label, draw);
    std::array<double, 3> ground{}, step{};
    const double grey = draw.uniform(113, 143);
    for (std::size_t c = 0; c < 3; ++c) {
        ground[c] = grey + draw.uniform(-16, 16);
        step[c] = draw.uniform(0, 1);
    }
    const double contrast = draw.uniform(60, 130) / (std::max)({step[0], step[1], step[2]});
    for (double& x : step) x *= brighter ? contrast : -contrast;
    const double light_x = draw.uniform(-0.75, 0.75), light_y = draw.uniform(-0.75, 0.75), noise = draw.uniform(2, 10);

    const double middle = 0.5 * static_cast<double>(side - 1);
    for (long row = 0; row < side; ++row)
        for (long column = 0; column < side; ++column) {
            const double x = static_cast<double>(column), y = static_cast<double>(row);
            const double amount = figure.at(x, y), light = light_x * (x - middle) + light_y * (y - middle);
            for (std::size_t c = 0; c < 3; ++c) {
                // The sum of four bytes is nearly normal, with mean 510 and deviation 147.8, and costs a tenth of a normal number.
                const std::uint32_t w = draw.word();
                const double bytes = static_cast<double>((w & 255u) + (w >> 8 & 255u) + (w >> 16 & 255u) + (w >> 24));
                const double value = ground[c] + step[c] * amount + light + noise * (bytes - 510) / 147.8;
                *out++ = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
            }
        }
}

}  // namespace detail

/// Images first .. first+count-1 of the endless set of a seed: 32 x 32 x 3, as many of each class in every ten that start at a multiple of
/// ten; figures are brighter than the ground in every second ten, else darker. An image depends on the seed and its index only, so training
/// and test images come from different parts of one set. Place, size, angle, phase, colours, lighting and noise are random (squares and
/// triangles stand upright, up to 0.2 rad): a linear classifier of the pixels does badly.
/// Throws invalid_argument, or out_of_resources if so many images do not fit into memory.
inline image_set made_images(long count, seed s, long first = 0) {
    constexpr long side = 32, numbers = side * side * 3, classes = static_cast<long>(made_image_classes.size());
    constexpr long most = (std::numeric_limits<std::uint32_t>::max)();
    if (count < 1 || count > most || first < 0 || first > (std::numeric_limits<long>::max)() - count)
        throw invalid_argument({"there are no such images to make",
                                "made_images: count, first",
                                "1 .. 2^32 - 1, and at least 0",
                                std::to_string(count) + ", " + std::to_string(first),
                                {}});
    image_set set{side, side, 3, static_cast<int>(classes), {}, {}};
    try {
        set.pixels.resize(static_cast<std::size_t>(count * numbers));
        set.labels.resize(static_cast<std::size_t>(count));
    } catch (const std::bad_alloc&) {
        throw out_of_resources({"the images do not fit into memory",
                                "made_images: count",
                                {},
                                std::to_string(count) + " images, " + std::to_string(count * numbers) + " bytes",
                                "make fewer images"});
    }
    const random_key key = key_of(s.value, random_stream::made_images);
    const auto sequence = [&](long n, std::uint32_t what) {
        return random_sequence(key, static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n >> 32), what);
    };
    std::array<std::uint8_t, 10> labels{};
    for (long k = 0; k < count; ++k) {
        const long index = first + k;
        if (k == 0 || index % classes == 0) {
            for (std::size_t c = 0; c < labels.size(); ++c) labels[c] = static_cast<std::uint8_t>(c);
            auto draw = sequence(index / classes, 0);
            detail::shuffle(labels, draw);
        }
        const std::uint8_t label = labels[static_cast<std::size_t>(index % classes)];
        set.labels[static_cast<std::size_t>(k)] = label;
        detail::make_image(label, index / classes % 2 == 0, sequence(index, 1), side, set.pixels.data() + k * numbers);
    }
    return set;
}

}  // namespace EIRNN_NAMESPACE
