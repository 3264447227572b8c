#include "data.hpp"

#include <eirnn/io/cifar10.hpp>
#include <eirnn/io/idx.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/task/made_images.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using eirnn::bad_file;
using eirnn::image_set;
using eirnn::tensor;

constexpr int most_classes = 256;

/// The first images of a set.
image_set first_of(image_set set, std::optional<long> images) {
    const auto n = static_cast<std::size_t>(std::min(images.value_or(set.size()), set.size()));
    set.labels.resize(n);
    set.pixels.resize(n * static_cast<std::size_t>(set.numbers()));
    return set;
}

std::string size_text(const image_set& set) {
    return std::to_string(set.height) + " x " + std::to_string(set.width) + " x " + std::to_string(set.channels);
}

/// On black of the next larger size that there is a network for. How larger images become smaller is not for a program to choose.
image_set on_the_grid(image_set set, const std::string& where) {
    const long longest = std::max(set.height, set.width), side = longest > small_side ? large_side : small_side;
    if (set.height == side && set.width == side) return set;
    if (longest > large_side)
        throw bad_file({"the images are larger than the networks' maps", where, "at most 128 x 128 pixels", size_text(set),
                        "make the images smaller, or cut them"});
    image_set placed = set;
    placed.height = placed.width = side;
    placed.pixels.assign(static_cast<std::size_t>(set.size() * placed.numbers()), 0);
    const long top = (side - set.height) / 2, left = (side - set.width) / 2, row_size = set.width * set.channels;
    for (long k = 0; k < set.size(); ++k)
        for (long row = 0; row < set.height; ++row)
            std::copy_n(set.image(k) + row * row_size, row_size,
                        placed.pixels.data() + k * placed.numbers() + ((top + row) * side + left) * set.channels);
    return placed;
}

/// Every pixel four by four.
image_set enlarged(const image_set& set) {
    constexpr long factor = large_side / small_side;
    image_set large = set;
    large.height = large.width = large_side;
    large.pixels.resize(static_cast<std::size_t>(set.size() * large.numbers()));
    auto to = large.pixels.begin();
    for (long k = 0; k < set.size(); ++k)
        for (long p = 0; p < large.positions(); ++p)
            to = std::copy_n(set.image(k) + (p / large_side / factor * small_side + p % large_side / factor) * set.channels, set.channels,
                             to);
    return large;
}

/// The labels say how many classes there are.
void count_classes(image_data& data) {
    int classes = 0;
    for (const image_set* set : {&data.training, &data.test})
        for (const std::uint8_t label : set->labels) classes = std::max(classes, label + 1);
    data.training.classes = data.test.classes = classes;
}

/// Own images: classes counted, on the networks' grid.
image_data fitted(std::string name, image_set training, image_set test, const std::string& where) {
    image_data data{std::move(name), std::move(training), std::move(test), {}};
    count_classes(data);
    for (const image_set* set : {&data.training, &data.test}) set->check();
    if (size_text(data.training) != size_text(data.test))
        throw bad_file({"training and test images differ in size", where, size_text(data.training), size_text(data.test),
                        "give two parts of one data set"});
    data.notice = std::to_string(data.training.size()) + " training and " + std::to_string(data.test.size()) + " test images, " +
                  size_text(data.training) + ", " + std::to_string(data.training.classes) + " classes";
    const std::string size = size_text(data.training);
    data.training = on_the_grid(std::move(data.training), where), data.test = on_the_grid(std::move(data.test), where);
    if (size_text(data.training) != size)
        data.notice +=
            "; in the middle of " + std::to_string(data.training.height) + " x " + std::to_string(data.training.width) + " pixels";
    return data;
}

/// Integers of any type as labels.
std::vector<std::uint8_t> labels_of(const tensor& t, const std::string& where) {
    std::vector<std::uint8_t> labels;
    const auto take = [&](const auto& values) {
        for (const auto v : values) {
            if (std::cmp_less(v, 0) || std::cmp_greater_equal(v, most_classes))
                throw bad_file({"a label is not one of the classes", where + ", image " + std::to_string(labels.size()), "0 .. 255",
                                std::to_string(v), "number the classes from 0 on"});
            labels.push_back(static_cast<std::uint8_t>(v));
        }
    };
    using enum eirnn::dtype;
    switch (t.type) {
        case u8:
            take(t.get<std::uint8_t>());
            break;
        case i8:
            take(t.get<std::int8_t>());
            break;
        case u16:
            take(t.get<std::uint16_t>());
            break;
        case i16:
            take(t.get<std::int16_t>());
            break;
        case u32:
            take(t.get<std::uint32_t>());
            break;
        case i32:
            take(t.get<std::int32_t>());
            break;
        case u64:
            take(t.get<std::uint64_t>());
            break;
        case i64:
            take(t.get<std::int64_t>());
            break;
        default:
            throw bad_file({"the labels are no whole numbers", where, "an integer type", "another one", "labels.astype(numpy.uint8)"});
    }
    return labels;
}

/// Images and labels of an NPZ file as a set.
image_set set_of(const tensor& images, const tensor& labels, const std::string& file) {
    const std::string where = file + ", array " + images.name, shape = eirnn::detail::shape_text(images.shape);
    const std::size_t dimensions = images.shape.size();
    if (images.type != eirnn::dtype::u8)
        throw bad_file({"the images are no bytes", where, "numbers 0 .. 255 of the type uint8", "another type",
                        "scale them and convert them with .astype(numpy.uint8)"});
    if (dimensions != 3 && dimensions != 4)
        throw bad_file({"the images have another number of dimensions", where, "[image][row][column] or [image][row][column][channel]",
                        shape, "reshape the array"});
    if (dimensions == 4 && images.shape[1] <= 4 && images.shape[3] > 4)
        throw bad_file(
            {"the channels of the images come first", where, "[image][row][column][channel]", shape, "numpy.moveaxis(images, 1, 3)"});
    if (labels.shape.empty() || labels.size() != labels.shape[0] || labels.shape[0] != images.shape[0])
        throw bad_file({"images and labels do not fit",
                        file + ", array " + labels.name,
                        "one label for each image of " + shape,
                        eirnn::detail::shape_text(labels.shape),
                        {}});
    image_set set;
    set.height = static_cast<long>(images.shape[1]), set.width = static_cast<long>(images.shape[2]);
    set.channels = dimensions == 4 ? static_cast<long>(images.shape[3]) : 1;
    set.classes = most_classes;
    const auto pixels = images.get<std::uint8_t>();
    set.pixels.assign(pixels.begin(), pixels.end());
    set.labels = labels_of(labels, file + ", array " + labels.name);
    set.check();
    return set;
}

/// A tenth of the images, drawn once and for all: classes may follow each other in the file, or take turns.
std::pair<image_set, image_set> split(const image_set& all, const std::string& where) {
    const long n = all.size(), tested = n / 10;
    if (tested < 1)
        throw bad_file({"there are too few images to test on a tenth of them",
                        where,
                        "10 images, or test_images and test_labels",
                        std::to_string(n),
                        {}});
    eirnn::image_order order(n, eirnn::seed{1});
    std::vector<bool> test(static_cast<std::size_t>(n));
    for (long k = 0; k < tested; ++k) test[order.at(static_cast<std::uint64_t>(k)).image] = true;
    std::pair<image_set, image_set> parts;
    for (image_set* part : {&parts.first, &parts.second}) {
        part->height = all.height, part->width = all.width, part->channels = all.channels, part->classes = all.classes;
        for (long k = 0; k < n; ++k)
            if (test[static_cast<std::size_t>(k)] == (part == &parts.second)) {
                part->labels.push_back(all.labels[static_cast<std::size_t>(k)]);
                part->pixels.insert(part->pixels.end(), all.image(k), all.image(k) + all.numbers());
            }
    }
    return parts;
}

image_data read_npz_images(const fs::path& path) {
    const auto arrays = eirnn::read_npz(path);
    const auto found = [&](std::string_view name) -> const tensor* {
        for (const tensor& t : arrays)
            if (t.name == name) return &t;
        return nullptr;
    };
    const auto needed = [&](const char* name) -> const tensor& {
        if (const tensor* const t = found(name)) return *t;
        std::string names;
        for (const tensor& t : arrays) names += (names.empty() ? "" : ", ") + t.name;
        throw bad_file({"an array is missing", path.string(), "images, labels; for a test set of its own also test_images, test_labels",
                        "no " + std::string(name) + " among " + names, "numpy.savez(file, images=..., labels=...)"});
    };
    image_set all = set_of(needed("images"), needed("labels"), path.string());
    if (found("test_images") || found("test_labels"))
        return fitted("NPZ", std::move(all), set_of(needed("test_images"), needed("test_labels"), path.string()), path.string());
    auto [training, test] = split(all, path.string());
    return fitted("NPZ", std::move(training), std::move(test), path.string());
}

image_data all_data(const fs::path& path) {
    std::error_code ignored;
    if (path.extension() == ".npz") return read_npz_images(path);
    for (const char* name : {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"})
        if (fs::exists(path / name, ignored))
            return fitted("IDX", eirnn::read_idx_training(path, most_classes), eirnn::read_idx_test(path, most_classes), path.string());
    return {"CIFAR-10", eirnn::read_cifar10_training(path), eirnn::read_cifar10_test(path), {}};
}

}  // namespace

image_data read_data(const options& asked) {
    if (asked.data != made_data) {
        image_data data = all_data(asked.data);
        data.training = first_of(std::move(data.training), asked.train_images);
        data.test = first_of(std::move(data.test), asked.test_images);
        return data;
    }
    const long n = asked.made_images, test = std::max(n / 10, 1l);
    const eirnn::seed fixed{1};
    image_data made{std::string(made_data),
                    eirnn::made_images(std::min(asked.train_images.value_or(n), n), fixed),
                    eirnn::made_images(std::min(asked.test_images.value_or(test), test), fixed, n),
                    {}};
    if (asked.made_side == large_side) made.training = enlarged(made.training), made.test = enlarged(made.test);
    return made;
}
