// CIFAR-10 (Krizhevsky 2009) as its authors' binary files: five of training images, one of test images. Nothing is downloaded.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/file.hpp>
#include <eirnn/task/images.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What the labels 0 .. 9 mean.
inline constexpr std::array<std::string_view, 10> cifar10_classes{"airplane", "automobile", "bird",  "cat",  "deer",
                                                                  "dog",      "frog",       "horse", "ship", "truck"};

namespace detail {

inline constexpr long cifar10_side = 32, cifar10_plane = cifar10_side * cifar10_side;
inline constexpr std::uint64_t cifar10_record = 1 + 3 * cifar10_plane;  ///< label, then the red, the green and the blue plane, row by row
inline constexpr std::uint64_t cifar10_images = 10'000;                 ///< in a file of the original; extracts have fewer

/// The folder that holds the batches: `path`, or the folder in it that the archive unpacks to.
inline std::filesystem::path cifar10_folder(const std::filesystem::path& path) {
    std::error_code ignored;
    const auto inner = path / "cifar-10-batches-bin";
    if (std::filesystem::is_directory(inner, ignored)) return inner;
    if (std::filesystem::is_directory(path, ignored)) return path;
    const bool exists = std::filesystem::exists(path, ignored);
    error_text text{"CIFAR-10 is read from a folder", path.string(), "a folder with data_batch_1.bin .. data_batch_5.bin, test_batch.bin",
                    exists ? "a file" : "nothing of this name", "give the folder that cifar-10-binary.tar.gz unpacks to"};
    if (!exists) throw missing_file(std::move(text));
    if (path.extension() == ".gz" || path.extension() == ".tar")
        text.repair = "unpack the archive (tar -xf) and give the folder cifar-10-batches-bin";
    throw bad_file(std::move(text));
}

/// Why the batches may be missing, judged by what lies there instead.
inline std::string cifar10_repair(const std::filesystem::path& folder) {
    std::error_code ignored;
    const auto lies_there = [&](const char* name) { return std::filesystem::exists(folder / name, ignored); };
    if (lies_there("cifar-10-binary.tar.gz")) return "the archive is not unpacked: run tar -xf cifar-10-binary.tar.gz in this folder";
    if (lies_there("data_batch_1") || lies_there("cifar-10-batches-py") || lies_there("cifar-10-python.tar.gz"))
        return "this is the version for Python: get the binary version, cifar-10-binary.tar.gz";
    return "give the folder that cifar-10-binary.tar.gz unpacks to";
}

inline image_set read_cifar10(const std::filesystem::path& path, std::span<const char* const> names) {
    const auto folder = cifar10_folder(path);
    std::string missing;
    for (const char* name : names) {
        std::error_code ignored;
        if (!std::filesystem::exists(folder / name, ignored)) missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
    if (!missing.empty())
        throw missing_file({"files of CIFAR-10 are missing", folder.string(), {}, "no " + missing, cifar10_repair(folder)});

    std::vector<input_file> files;
    std::uint64_t images = 0;
    for (const char* name : names) {
        const auto& file = files.emplace_back(folder / name, (std::numeric_limits<std::uint64_t>::max)());
        if (file.size() == 0 || file.size() % cifar10_record != 0 || file.size() / cifar10_record > cifar10_images) {
            std::array<std::byte, 40> begin{};
            const auto shown = static_cast<std::size_t>((std::min)(file.size(), std::uint64_t{begin.size()}));
            file.read_at(0, std::span(begin).first(shown));
            std::string got = std::to_string(file.size()) + " bytes";
            // A page of an error, or the pointer that a version control system keeps in place of a large file.
            if (shown > 0 &&
                std::all_of(begin.begin(), begin.begin() + shown, [](std::byte b) { return b >= std::byte{9} && b < std::byte{127}; }))
                got += ", a text?";
            throw bad_file(
                {"a batch of CIFAR-10 has a wrong size", (folder / name).string(),
                 std::to_string(cifar10_record * cifar10_images) + " bytes, or a smaller multiple of " + std::to_string(cifar10_record),
                 std::move(got), "get the file again"});
        }
        images += file.size() / cifar10_record;
    }

    image_set set;
    set.height = set.width = cifar10_side;
    set.channels = 3;
    set.classes = static_cast<int>(cifar10_classes.size());
    set.pixels.resize(static_cast<std::size_t>(images) * 3 * cifar10_plane);
    set.labels.reserve(static_cast<std::size_t>(images));
    std::vector<std::byte> records;
    std::uint8_t* to = set.pixels.data();
    for (std::size_t f = 0; f < files.size(); ++f) {
        records.resize(static_cast<std::size_t>(files[f].size()));
        files[f].read_at(0, records);
        for (std::size_t begin = 0; begin < records.size(); begin += cifar10_record) {
            const auto label = std::to_integer<std::uint8_t>(records[begin]);
            if (label >= cifar10_classes.size())
                throw bad_file(
                    {"a label of CIFAR-10 is out of range",
                     (folder / names[f]).string() + ", image " + std::to_string(begin / cifar10_record) + ", byte " + std::to_string(begin),
                     "0 .. 9", std::to_string(label), "get the file again; the version with 100 classes has another layout"});
            set.labels.push_back(label);
            const std::byte* planes = records.data() + begin + 1;
            for (long k = 0; k < cifar10_plane; ++k)
                for (long c = 0; c < 3; ++c) *to++ = std::to_integer<std::uint8_t>(planes[c * cifar10_plane + k]);
        }
    }
    return set;
}

}  // namespace detail

/// The training images (50,000 in the original), in the order of the files. `path` is the folder that holds the batches, or the one that
/// holds their folder `cifar-10-batches-bin`. Throws missing_file or bad_file, which name the file.
inline image_set read_cifar10_training(const std::filesystem::path& path) {
    static constexpr const char* names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                            "data_batch_5.bin"};
    return detail::read_cifar10(path, names);
}
/// The test images (10,000 in the original).
inline image_set read_cifar10_test(const std::filesystem::path& path) {
    static constexpr const char* names[] = {"test_batch.bin"};
    return detail::read_cifar10(path, names);
}

}  // namespace EIRNN_NAMESPACE
