// Zip archives: stored files written; stored and deflated files read as if they were hostile.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/checksum.hpp>
#include <eirnn/io/inflate.hpp>
#include <eirnn/io/npy_array.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

inline constexpr std::uint32_t zip_local = 0x04034b50, zip_central = 0x02014b50, zip_end = 0x06054b50;
inline constexpr std::uint32_t zip64_end = 0x06064b50, zip64_locator = 0x07064b50;

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
        std::copy(common.begin(), common.end(), bytes_.begin() + offset + 4);

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
    std::size_t local = 0, begin = 0, end = 0;  ///< offsets of its local header and of its content as it lies in the archive
    std::size_t size = 0;                       ///< of the content itself
    bool deflated = false;
    std::uint32_t crc = 0;  ///< of the content itself
};

/// Reads the directory of a zip archive. Every entry is proven to lie inside the archive, apart from the others, and to promise no more
/// bytes than its deflated ones can give. Sizes are those of the directory, so it does not matter whether a writer that could not go back
/// left them out before the content and put them behind it.
class zip_directory {
public:
    zip_directory(std::span<const std::byte> bytes, const npy_limits& limits, const std::string& where)
        : bytes_(bytes), limits_(limits), where_(where) {}

    std::vector<zip_entry> read() {
        find_directory();
        std::set<std::string> names;
        std::vector<zip_entry> entries;
        for (std::uint64_t k = 0; k < count_; ++k) {
            entries.push_back(next_entry());
            if (!names.insert(entries.back().name).second) fail(at_, "an entry occurs twice", {}, label(entries.back()));
        }
        if (at_ != end_) fail(at_, "the directory of the archive is longer than its entries");
        auto order = entries;
        std::sort(order.begin(), order.end(), [](const zip_entry& a, const zip_entry& b) { return a.local < b.local; });
        for (std::size_t k = 1; k < order.size(); ++k)
            if (order[k].local < order[k - 1].end) fail(order[k].local, "entries overlap", {}, label(order[k]));
        return entries;
    }

private:
    [[noreturn]] EIRNN_COLD void fail(std::size_t offset, std::string what, std::string expected = {}, std::string got = {}) const {
        throw bad_file({std::move(what), where_ + ", byte " + std::to_string(offset), std::move(expected), std::move(got), {}});
    }
    static std::string label(const zip_entry& e) { return "entry " + printable(e.name); }
    std::uint64_t number(std::size_t at, std::size_t count) const { return little_endian(bytes_, at, count); }

    void find_directory() {
        if (bytes_.size() < 22 || number(bytes_.size() - 22, 4) != zip_end || number(bytes_.size() - 2, 2) != 0)
            fail(0, "this is no NPZ archive, or it is cut", "a zip archive without a comment", std::to_string(bytes_.size()) + " bytes");
        const std::size_t tail = bytes_.size() - 22;
        const std::uint64_t on_this_disk = number(tail + 8, 2);
        std::uint64_t size = number(tail + 12, 4);
        count_ = number(tail + 10, 2), at_ = number(tail + 16, 4), end_ = tail;
        bool whole = number(tail + 4, 4) == 0 && on_this_disk == count_;
        if (tail >= 20 && number(tail - 20, 4) == zip64_locator) {
            // Zip64: the same once more in 64 bits. What does not say "look there" (all bits set) must say the same.
            const std::uint64_t begin = number(tail - 12, 8);
            whole = whole && number(tail - 16, 4) == 0 && number(tail - 4, 4) == 1 && begin <= tail - 20 && tail - 20 - begin >= 56 &&
                    number(begin, 4) == zip64_end && number(begin + 4, 8) == tail - 20 - begin - 12 && number(begin + 16, 8) == 0;
            if (!whole) fail(tail, "the zip64 directory of the archive is damaged, or it is a split archive");
            const auto widen = [&](std::uint64_t& narrow, std::uint64_t saturated, std::size_t from) {
                whole = whole && (narrow == saturated || narrow == number(from, 8));
                narrow = number(from, 8);
            };
            whole = number(begin + 24, 8) == number(begin + 32, 8);
            widen(count_, 0xFFFF, begin + 32);
            widen(size, 0xFFFFFFFF, begin + 40);
            widen(at_, 0xFFFFFFFF, begin + 48);
            end_ = begin;
        }
        if (!whole || at_ > end_ || size != end_ - at_)
            fail(tail, "the directory of the archive is damaged, or it is a split archive", "a directory that ends here");
        directory_ = at_;
    }

    zip_entry next_entry() {
        if (end_ - at_ < 46 || number(at_, 4) != zip_central)
            fail(at_, "the directory of the archive is damaged", std::to_string(count_) + " entries");
        const std::size_t name_size = number(at_ + 28, 2), extra_size = number(at_ + 30, 2), comment = number(at_ + 32, 2);
        if (end_ - at_ - 46 < name_size + extra_size + comment) fail(at_, "the directory of the archive is cut");
        zip_entry e;
        e.name.assign(reinterpret_cast<const char*>(bytes_.data() + at_ + 46), name_size);
        e.crc = static_cast<std::uint32_t>(number(at_ + 16, 4));
        if (name_size > limits_.name) fail(at_, "a name is longer than the limit `name`", std::to_string(limits_.name), label(e));
        if (const char* fault = name_fault(e.name)) fail(at_, fault, {}, label(e));
        if (!e.name.ends_with(".npy") || e.name.size() == 4) fail(at_, "an entry is no array", "a name that ends in .npy", label(e));
        if (number(at_ + 8, 2) & 1) fail(at_, "an entry is encrypted", {}, label(e));
        const std::uint64_t method = number(at_ + 10, 2);
        if (method != 0 && method != 8)
            fail(at_, "an entry is compressed in an unknown way", "stored or deflated arrays",
                 label(e) + ", method " + std::to_string(method));
        e.deflated = method == 8;

        std::uint64_t packed = number(at_ + 20, 4), size = number(at_ + 24, 4), local = number(at_ + 42, 4);
        widen(at_ + 46 + name_size, extra_size, {&size, &packed, &local});
        if (!e.deflated && packed != size) fail(at_, "the sizes of a stored entry differ", {}, label(e));
        if (local > directory_ || directory_ - local < 30 || number(local, 4) != zip_local)
            fail(at_, "an entry's place is wrong", {}, label(e));
        if (number(local + 8, 2) != method) fail(local, "an entry has two ways of compression", {}, label(e));
        const std::size_t local_name = number(local + 26, 2);
        e.local = local, e.begin = local + 30 + local_name + number(local + 28, 2);
        if (e.begin > directory_ || packed > directory_ - e.begin)
            fail(local, "an entry is cut or too large", std::to_string(packed) + " bytes", label(e));
        if (local_name != name_size || std::memcmp(bytes_.data() + local + 30, e.name.data(), name_size) != 0)
            fail(local, "an entry has two names", {}, label(e));
        if (e.deflated && size > packed * most_inflation)
            fail(at_, "an entry promises more than its compressed bytes can give",
                 "at most " + std::to_string(packed * most_inflation) + " bytes", label(e) + ", " + std::to_string(size) + " bytes");
        e.end = e.begin + packed, e.size = size;
        at_ += 46 + name_size + extra_size + comment;
        return e;
    }
    // Numbers that do not fit 32 bits stand in the extra field 1 of zip64, in this order, each only where it is needed.
    void widen(std::size_t at, std::size_t size, std::initializer_list<std::uint64_t*> numbers) const {
        const std::size_t end = at + size;
        while (end - at >= 4) {
            const std::uint64_t kind = number(at, 2), length = number(at + 2, 2);
            at += 4;
            if (length > end - at) break;
            std::size_t next = at;
            for (std::uint64_t* n : numbers)
                if (kind == 1 && *n == 0xFFFFFFFF && next + 8 <= at + length) {
                    *n = number(next, 8);
                    next += 8;
                }
            at += length;
        }
    }

    std::span<const std::byte> bytes_;
    const npy_limits& limits_;
    const std::string& where_;
    std::uint64_t count_ = 0;
    std::size_t directory_ = 0, at_ = 0, end_ = 0;
};

}  // namespace EIRNN_NAMESPACE::detail
