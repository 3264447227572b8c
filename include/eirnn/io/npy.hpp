// Arrays for NumPy: NPZ archives (`numpy.load`) written and read, NPY files read.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/io/checksum.hpp>
#include <eirnn/io/file.hpp>
#include <eirnn/io/npy_array.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eirnn {
namespace detail {

inline constexpr std::uint32_t zip_local = 0x04034b50, zip_central = 0x02014b50, zip_end = 0x06054b50;

class zip_writer {
public:
    /// Adds a stored file that consists of two parts.
    void add(const std::string& name, std::span<const std::byte> head, std::span<const std::byte> tail) {
        const auto offset = static_cast<std::uint32_t>(bytes_.size());
        const std::size_t begin = offset + 30 + name.size();
        put(bytes_, zip_local, 4);
        bytes_.resize(begin - name.size());
        append(bytes_, std::as_bytes(std::span(name)));
        append(bytes_, head);
        append(bytes_, tail);

        std::vector<std::byte> common;
        put(common, 20, 2);      // version 2.0 can read it
        put(common, 0x0800, 2);  // the name is UTF-8
        put(common, 0, 2);       // stored
        put(common, 0, 2);       // 1 January 1980, 0:00, always: the same arrays give the same bytes
        put(common, 0x21, 2);
        put(common, crc32(std::span(bytes_).subspan(begin)), 4);
        put(common, head.size() + tail.size(), 4);
        put(common, head.size() + tail.size(), 4);
        put(common, name.size(), 2);
        put(common, 0, 2);
        std::ranges::copy(common, bytes_.begin() + offset + 4);

        put(directory_, zip_central, 4);
        put(directory_, 20, 2);
        append(directory_, common);
        put(directory_, 0, 4);  // no comment, disk 0
        put(directory_, 0, 2);
        put(directory_, 0, 4);
        put(directory_, offset, 4);
        append(directory_, std::as_bytes(std::span(name)));
        ++count_;
    }
    std::vector<std::byte> finish() && {
        const std::size_t offset = bytes_.size();
        append(bytes_, directory_);
        put(bytes_, zip_end, 4);
        put(bytes_, 0, 4);
        put(bytes_, count_, 2);
        put(bytes_, count_, 2);
        put(bytes_, directory_.size(), 4);
        put(bytes_, offset, 4);
        put(bytes_, 0, 2);
        return std::move(bytes_);
    }

private:
    static void put(std::vector<std::byte>& to, std::size_t value, std::size_t count) {
        for (std::size_t k = 0; k < count; ++k) to.push_back(static_cast<std::byte>((value >> (8 * k)) & 0xFF));
    }
    static void append(std::vector<std::byte>& to, std::span<const std::byte> part) { to.insert(to.end(), part.begin(), part.end()); }
    std::vector<std::byte> bytes_, directory_;
    std::size_t count_ = 0;
};

struct zip_entry {
    std::string name;
    std::size_t local = 0, begin = 0, end = 0;  ///< offsets of its local header and of its content
    std::uint32_t crc = 0;
};

/// The entries of a zip archive of stored files, each proven to lie inside the archive, apart from the others, and to have its CRC.
inline std::vector<zip_entry> zip_entries(std::span<const std::byte> bytes, const npy_limits& limits, const std::string& where) {
    const auto fail = [&](std::size_t offset, std::string what, std::string expected = {}, std::string got = {}, std::string repair = {}) {
        throw bad_file(
            {std::move(what), where + ", byte " + std::to_string(offset), std::move(expected), std::move(got), std::move(repair)});
    };
    const auto number = [&](std::size_t at, std::size_t count) { return little_endian(bytes, at, count); };
    if (bytes.size() < 22 || number(bytes.size() - 22, 4) != zip_end || number(bytes.size() - 2, 2) != 0)
        fail(0, "this is no NPZ archive, or it is cut", "a zip archive without a comment", std::to_string(bytes.size()) + " bytes");
    const std::size_t end = bytes.size() - 22;
    const std::size_t count = number(end + 10, 2), directory_size = number(end + 12, 4), directory = number(end + 16, 4);
    if (number(end + 4, 4) != 0 || number(end + 8, 2) != count || directory > end || directory_size != end - directory)
        fail(end, "the directory of the archive is damaged, or it is a zip64 or split archive", "a directory that ends here", {},
             "save fewer or smaller arrays per file");

    std::vector<zip_entry> entries;
    std::set<std::string> names;
    std::size_t at = directory;
    for (std::size_t k = 0; k < count; ++k) {
        if (end - at < 46 || number(at, 4) != zip_central)
            fail(at, "the directory of the archive is damaged", std::to_string(count) + " entries");
        const std::size_t name_size = number(at + 28, 2), rest = std::size_t{number(at + 30, 2)} + number(at + 32, 2);
        if (end - at - 46 < name_size + rest) fail(at, "the directory of the archive is cut");
        zip_entry e{std::string(reinterpret_cast<const char*>(bytes.data() + at + 46), name_size), number(at + 42, 4), 0, 0, 0};
        const std::string entry = "entry " + printable(e.name);
        if (name_size > limits.name) fail(at, "a name is longer than the limit `name`", std::to_string(limits.name), entry);
        if (const char* fault = name_fault(e.name)) fail(at, fault, {}, entry);
        if (!names.insert(e.name).second) fail(at, "an entry occurs twice", {}, entry);
        if (!e.name.ends_with(".npy") || e.name.size() == 4) fail(at, "an entry is no array", "a name that ends in .npy", entry);
        if (number(at + 8, 2) & 1) fail(at, "an entry is encrypted", {}, entry);
        if (number(at + 10, 2) != 0)
            fail(at, "an entry is compressed", "stored arrays", entry, "save it again with numpy.savez instead of numpy.savez_compressed");
        const std::size_t size = number(at + 20, 4);
        if (number(at + 24, 4) != size) fail(at, "the sizes of a stored entry differ", {}, entry);
        if (e.local > directory || directory - e.local < 30 || number(e.local, 4) != zip_local)
            fail(at, "an entry's place is wrong", {}, entry);
        const std::size_t local_name = number(e.local + 26, 2);
        e.begin = e.local + 30 + local_name + number(e.local + 28, 2);
        if (e.begin > directory || size > directory - e.begin)
            fail(e.local, "an entry is cut or too large", std::to_string(size) + " bytes", entry);
        if (local_name != name_size || std::memcmp(bytes.data() + e.local + 30, e.name.data(), name_size) != 0)
            fail(e.local, "an entry has two names", entry);
        e.end = e.begin + size;
        e.crc = number(at + 16, 4);
        entries.push_back(std::move(e));
        at += 46 + name_size + rest;
    }
    if (at != end) fail(at, "the directory of the archive is longer than its entries");
    auto order = entries;
    std::ranges::sort(order, {}, &zip_entry::local);
    for (std::size_t k = 1; k < order.size(); ++k)
        if (order[k].local < order[k - 1].end) fail(order[k].local, "entries overlap", {}, "entry " + printable(order[k].name));
    // Only now: entries that share one large content would cost its CRC many times.
    for (const auto& e : entries)
        if (crc32(bytes.subspan(e.begin, e.end - e.begin)) != e.crc)
            fail(e.begin, "an entry is damaged (wrong CRC)", {}, "entry " + printable(e.name));
    return entries;
}

}  // namespace detail

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

/// Reads the arrays of an NPZ archive in their order. Throws missing_file, or bad_file for damage (CRC), compressed entries, pickled
/// objects and everything else that is not an array of numbers. Names of entries never touch the disk.
inline owned_list<tensor> read_npz(const std::filesystem::path& path, const npy_limits& limits = {}) {
    const auto bytes = read_file(path, limits.file);
    owned_list<tensor> arrays;
    for (const auto& e : detail::zip_entries(bytes, limits, path.string())) {
        const std::string where = path.string() + ", byte " + std::to_string(e.begin) + ", array " + printable(e.name);
        arrays.push_back(
            detail::parse_npy(std::span(bytes).subspan(e.begin, e.end - e.begin), e.name.substr(0, e.name.size() - 4), limits, where));
    }
    return arrays;
}

/// Reads one array from an NPY file; its name is the file's, without `.npy`.
inline tensor read_npy(const std::filesystem::path& path, const npy_limits& limits = {}) {
    return detail::parse_npy(read_file(path, limits.file), path.stem().string(), limits, path.string());
}

}  // namespace eirnn
