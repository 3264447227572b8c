// Arrays for NumPy: NPZ archives (`numpy.load`) written and read, NPY files read.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/io/checksum.hpp>
#include <eirnn/io/file.hpp>
#include <eirnn/io/npy_array.hpp>
#include <eirnn/io/tensor.hpp>
#include <eirnn/io/zip.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
/// Writes named arrays as an NPZ archive that `numpy.load` reads: NPY 1.0, C order, not compressed, the same bytes for the same arrays.
/// Whole or not at all (see `replace_file`). Throws invalid_argument for bad or repeated names, BF16 (NumPy has none) and 4 GiB or more.
inline void write_npz(const std::filesystem::path& path, const std::vector<tensor>& arrays) {
    const auto refuse = [](const std::string& what, const tensor& t) {
        throw invalid_argument({what, "array " + printable(t.name), {}, {}, {}});
    };
    std::set<std::string_view> names;
    std::uint64_t total = 0;
    for (const tensor& t : arrays) {
        if (const char* fault = detail::name_fault(t.name)) refuse(fault, t);
        if (t.name.size() + 4 > npy_limits{}.name) refuse("the name is too long", t);
        if (!names.insert(t.name).second) refuse("two arrays have the same name", t);
        if (detail::row_of(t.type).numpy.empty()) refuse("NumPy has no such type of numbers", t);
        if (t.shape.size() > npy_limits{}.dims) refuse("the array has too many dimensions", t);
        if (detail::byte_size(t.type, t.shape) != t.data.size()) refuse("the shape does not fit the data", t);
        total += t.data.size() + 2 * t.name.size() + 512;
        if (total >= 0xFFFFFFFFu || names.size() >= 0xFFFF) refuse("the archive becomes too large", t);
    }
    detail::zip_writer zip;
    for (const tensor& t : arrays) {
        const std::string header = detail::npy_header(t);
        zip.add(t.name + ".npy", std::as_bytes(std::span(header)), t.data);
    }
    replace_file(path, std::move(zip).finish());
}

namespace detail {

/// An NPZ archive whose arrays are read one by one: what is not asked for is not inflated.
class npz_archive {
public:
    npz_archive(std::vector<std::byte> bytes, const npy_limits& limits, std::string where)
        : bytes_(std::move(bytes)), limits_(limits), where_(std::move(where)), entries_(zip_directory(bytes_, limits_, where_).read()) {}

    std::size_t size() const { return entries_.size(); }
    std::string name(std::size_t k) const { return entries_[k].name.substr(0, entries_[k].name.size() - 4); }
    /// Type and shape of an array, without its numbers and without the proof that they are there.
    tensor head(std::size_t k) const {
        const zip_entry& e = entries_[k];
        std::vector<std::byte> start((std::min)(e.size, limits_.header + 12));
        if (e.deflated) inflate(e, start, start.size() == e.size);
        return parse_npy_head(e.deflated ? start : packed(e).first(start.size()), name(k), limits_, label(e)).array;
    }
    /// The array. Throws bad_file for damage, and if compressed arrays come to more than the limit `inflated`.
    tensor read(std::size_t k) {
        const zip_entry& e = entries_[k];
        if (!e.deflated) {
            check(e, packed(e));
            return parse_npy(packed(e), name(k), limits_, label(e));
        }
        if (e.size > limits_.inflated - inflated_)
            throw bad_file({"compressed arrays come to more than the limit `inflated`", label(e),
                            "at most " + std::to_string(limits_.inflated) + " bytes in all arrays read",
                            std::to_string(inflated_) + " and " + std::to_string(e.size) + " more",
                            "raise the limit if you trust the file"});
        // A header that promises less than the entry is told before anything behind it costs memory.
        const tensor promised = head(k);
        if (const auto data = byte_size(promised.type, promised.shape); !data || *data > e.size || e.size - *data > limits_.header + 12)
            throw bad_file({"the shape does not fit the size of the data",
                            label(e),
                            "shape " + shape_text(promised.shape),
                            std::to_string(e.size) + " bytes with the header",
                            {}});
        std::vector<std::byte> content(e.size);
        inflate(e, content, true);
        inflated_ += e.size;
        check(e, content);
        return parse_npy(content, name(k), limits_, label(e));
    }

private:
    std::span<const std::byte> packed(const zip_entry& e) const { return std::span(bytes_).subspan(e.begin, e.end - e.begin); }
    std::string label(const zip_entry& e) const { return where_ + ", byte " + std::to_string(e.begin) + ", array " + printable(e.name); }
    void inflate(const zip_entry& e, std::span<std::byte> to, bool whole) const {
        if (const char* fault = inflate_into(packed(e), to, whole))
            throw bad_file(
                {std::string("a compressed entry ") + fault, label(e), std::to_string(e.size) + " bytes", {}, "use another copy"});
    }
    void check(const zip_entry& e, std::span<const std::byte> content) const {
        if (crc32(content) != e.crc) throw bad_file({"an entry is damaged (wrong CRC)", label(e), {}, {}, "use another copy"});
    }

    std::vector<std::byte> bytes_;
    npy_limits limits_;
    std::string where_;
    std::vector<zip_entry> entries_;
    std::size_t inflated_ = 0;
};

}  // namespace detail

/// Reads the arrays of an NPZ archive in their order, those of `numpy.savez_compressed` too. Throws missing_file, or bad_file for damage
/// (CRC), pickled objects and everything else that is not an array of numbers. Names of entries never touch the disk.
inline owned_list<tensor> read_npz(const std::filesystem::path& path, const npy_limits& limits = {}) {
    detail::npz_archive archive(read_file(path, limits.file), limits, path.string());
    owned_list<tensor> arrays;
    for (std::size_t k = 0; k < archive.size(); ++k) arrays.push_back(archive.read(k));
    return arrays;
}

/// Reads one array from an NPY file; its name is the file's, without `.npy`.
inline tensor read_npy(const std::filesystem::path& path, const npy_limits& limits = {}) {
    return detail::parse_npy(read_file(path, limits.file), path.stem().string(), limits, path.string());
}

}  // namespace EIRNN_NAMESPACE
