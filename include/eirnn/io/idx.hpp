// Images and labels in IDX files, the format of MNIST (LeCun, Cortes & Burges 1998) and of its successors, as they are or packed by gzip.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/file.hpp>
#include <eirnn/io/inflate.hpp>
#include <eirnn/task/images.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a reader of IDX files accepts at most.
struct idx_limits {
    std::uint64_t file = std::uint64_t{4} << 30;      ///< bytes of a file
    std::uint64_t inflated = std::uint64_t{4} << 30;  ///< bytes of a packed file, as they are before compression
};

namespace detail {

struct idx_array {
    std::vector<std::uint64_t> shape;
    std::vector<std::uint8_t> values;
};

/// A file, packed or not, whose bytes are given from its start.
class idx_bytes {
public:
    idx_bytes(const std::filesystem::path& path, const idx_limits& limits) : name_(path.string()), file_(read_file(path, limits.file)) {
        packed_ = file_.size() > 2 && file_[0] == std::byte{0x1f} && file_[1] == std::byte{0x8b};
    }
    const std::string& name() const { return name_; }

    /// Refuses a file that cannot have so many bytes: before memory is taken for what its first ones claim.
    void require_size(std::uint64_t size) const {
        if (packed_ && size / most_inflation > file_.size())
            throw bad_file({"a packed IDX file is too short for its sizes", name_, std::to_string(size) + " bytes when unpacked",
                            std::to_string(file_.size()) + " packed ones", "get the file again"});
        if (!packed_ && size != file_.size()) refuse_size(std::to_string(size) + " bytes");
    }
    /// The first bytes, or with `whole` all of them, of which there must be so many.
    std::vector<std::uint8_t> read(std::uint64_t size, bool whole) const {
        if (!packed_ && file_.size() < size) refuse_size(std::to_string(size) + " bytes at least");
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
        if (!packed_)
            std::memcpy(bytes.data(), file_.data(), bytes.size());
        else if (const char* fault = inflate_into(file_, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}, whole, wrapping::gzip))
            throw bad_file({std::string("a packed IDX file ") + fault, name_, std::to_string(size) + " bytes", {}, "get the file again"});
        return bytes;
    }

private:
    [[noreturn]] void refuse_size(std::string expected) const {
        throw bad_file(
            {"an IDX file has a wrong size", name_, std::move(expected), std::to_string(file_.size()) + " bytes", "get the file again"});
    }
    std::string name_;
    std::vector<std::byte> file_;
    bool packed_ = false;
};

/// An array of bytes with `least` to `most` dimensions.
inline idx_array read_idx(const std::filesystem::path& path, std::size_t least, std::size_t most, const idx_limits& limits) {
    const idx_bytes bytes(path, limits);
    const auto refuse = [&](std::string what, std::string expected, std::string got, std::string repair) {
        throw bad_file({std::move(what), bytes.name(), std::move(expected), std::move(got), std::move(repair)});
    };
    const auto magic = bytes.read(4, false);
    if (magic[0] != 0 || magic[1] != 0)
        refuse("this is no IDX file", "two bytes of 0", std::to_string(magic[0]) + ", " + std::to_string(magic[1]),
               "give the files that the data set consists of");
    if (magic[2] != 8)
        refuse("an IDX file has numbers of another type", "type 8, unsigned bytes", "type " + std::to_string(magic[2]),
               "convert pixels and labels to bytes");
    const std::size_t dimensions = magic[3];
    if (dimensions < least || dimensions > most)
        refuse("an IDX file has another number of dimensions", least == 1 ? "1: labels" : "3: image, row, column; or 4, with channels",
               std::to_string(dimensions), least == 1 ? "give the labels second" : "give the images first");

    const auto head = bytes.read(4 + 4 * dimensions, false);
    idx_array a;
    std::uint64_t values = 1;
    for (std::size_t k = 0; k < dimensions; ++k) {
        std::uint64_t extent = 0;
        for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | head[4 + 4 * k + i];
        a.shape.push_back(extent);
        if (extent > 0 && values > limits.inflated / extent)
            refuse("an IDX file is larger than the limit `inflated`", "at most " + std::to_string(limits.inflated) + " bytes", "more",
                   "raise the limit if you trust the file");
        values *= extent;
    }
    const std::uint64_t size = head.size() + values;
    bytes.require_size(size);
    a.values = bytes.read(size, true);
    a.values.erase(a.values.begin(), a.values.begin() + static_cast<std::ptrdiff_t>(head.size()));
    return a;
}

/// The file of this name in a folder, or the same packed by gzip.
inline std::filesystem::path idx_file(const std::filesystem::path& folder, const char* name) {
    std::error_code ignored;
    const auto plain = folder / name;
    auto packed = plain;
    packed += ".gz";
    if (std::filesystem::exists(plain, ignored)) return plain;
    if (std::filesystem::exists(packed, ignored)) return packed;
    throw missing_file({"a file of the data set is missing", folder.string(), std::string(name) + ", or " + name + ".gz", "neither",
                        "give the folder that holds the four files of MNIST, Fashion-MNIST or another set of their kind"});
}

}  // namespace detail

/// Images of one IDX file, [image][row][column] or [image][row][column][channel], with the labels of another. Throws missing_file, or
/// bad_file, which names the file, for damage, other types, sizes that do not fit, and labels outside 0 .. classes - 1.
inline image_set read_idx_images(const std::filesystem::path& images, const std::filesystem::path& labels, int classes = 10,
                                 const idx_limits& limits = {}) {
    auto pixels = detail::read_idx(images, 3, 4, limits);
    auto named = detail::read_idx(labels, 1, 1, limits);
    if (pixels.shape[0] != named.shape[0])
        throw bad_file({"images and labels are not of the same set", labels.string(), std::to_string(pixels.shape[0]) + " labels",
                        std::to_string(named.shape[0]), "give two files of one part of the data set"});
    const auto wrong = std::find_if(named.values.begin(), named.values.end(), [&](std::uint8_t label) { return label >= classes; });
    if (wrong != named.values.end())
        throw bad_file({"a label is not one of the classes", labels.string() + ", image " + std::to_string(wrong - named.values.begin()),
                        "0 .. " + std::to_string(classes - 1), std::to_string(*wrong), "say how many classes the set has"});
    image_set set;
    set.height = static_cast<long>(pixels.shape[1]), set.width = static_cast<long>(pixels.shape[2]);
    set.channels = pixels.shape.size() == 4 ? static_cast<long>(pixels.shape[3]) : 1;
    set.classes = classes;
    set.pixels = std::move(pixels.values), set.labels = std::move(named.values);
    set.check();
    return set;
}
/// The training images in a folder with the four files of MNIST (train-images-idx3-ubyte ...), packed or not.
inline image_set read_idx_training(const std::filesystem::path& folder, int classes = 10, const idx_limits& limits = {}) {
    return read_idx_images(detail::idx_file(folder, "train-images-idx3-ubyte"), detail::idx_file(folder, "train-labels-idx1-ubyte"),
                           classes, limits);
}
/// The test images in such a folder.
inline image_set read_idx_test(const std::filesystem::path& folder, int classes = 10, const idx_limits& limits = {}) {
    return read_idx_images(detail::idx_file(folder, "t10k-images-idx3-ubyte"), detail::idx_file(folder, "t10k-labels-idx1-ubyte"), classes,
                           limits);
}

}  // namespace EIRNN_NAMESPACE
