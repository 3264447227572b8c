// The header of a safetensors file, read strictly: a JSON object that must describe every byte of the data exactly once.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/checksum.hpp>
#include <eirnn/io/json_reader.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Version of eirnn's conventions inside the safetensors format.
inline constexpr int safetensors_format = 1;

/// What a reader accepts at most. Exceeding one is a bad_file that names the limit.
struct safetensors_limits {
    std::uint64_t file = std::uint64_t{4} << 30;     ///< bytes
    std::uint64_t header = std::uint64_t{16} << 20;  ///< bytes
    std::size_t metadata = std::size_t{1} << 20;     ///< bytes of keys and values, checksums apart
    std::size_t tensors = 100'000;                   ///< in one file
    std::size_t dims = 8;                            ///< dimensions of a tensor
    std::size_t name = 1024;                         ///< bytes
};

namespace detail {

/// Metadata keys of eirnn's conventions: the version; `xxh3` for the header and `xxh3:NAME` for a tensor, 16 hexadecimal digits each.
inline constexpr std::string_view format_key = "eirnn_format", checksum_key = "xxh3";
inline bool is_checksum_key(std::string_view key) { return key == checksum_key || key.starts_with(std::string(checksum_key) + ':'); }

struct safetensors_entry {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0, end = 0;  ///< in the data
    std::size_t position = 0;          ///< in the header, for messages
    std::string checksum;              ///< of the data; empty in a plain file
};

struct safetensors_header {
    std::vector<safetensors_entry> entries;  ///< sorted by name
    std::map<std::string, std::string> metadata;
    int format = 0;
};

class safetensors_header_parser {
public:
    safetensors_header_parser(std::string text, std::uint64_t data_size, const safetensors_limits& limits, const std::string& where)
        : text_(std::move(text)), data_size_(data_size), limits_(limits), json_(text_, where, 8) {}

    safetensors_header parse() {
        if (!text_.starts_with('{'))
            json_.fail(0, "this is no safetensors file", "a header that starts with '{'", printable(text_.substr(0, 1)));
        members(
            [&](std::string key, std::size_t position) {
                if (key != "__metadata__") return entry(std::move(key), position);
                if (std::exchange(has_metadata_, true)) json_.fail(position, "a key occurs twice", {}, "__metadata__");
                metadata();
            },
            limits_.name, "name");
        json_.expect_padding();

        auto& entries = header_.entries;
        std::sort(entries.begin(), entries.end(), [](const safetensors_entry& a, const safetensors_entry& b) {
            const int order = a.name.compare(b.name);
            return order < 0 || (order == 0 && a.position < b.position);
        });
        for (std::size_t k = 1; k < entries.size(); ++k)
            if (entries[k].name == entries[k - 1].name)
                json_.fail(entries[k].position, "a tensor occurs twice", {}, label(entries[k].name));
        verify_header();
        require_tiling();
        assign_checksums();
        return std::move(header_);
    }

private:
    /// Walks over `{"key": value, ...}`; `member(key, position)` must read the value.
    template <class Member>
    void members(const Member& member, std::size_t key_limit, const char* limit_name) {
        json_.expect('{');
        if (json_.accept('}')) return;
        do {
            const std::size_t position = json_.next();
            std::string key = json_.string(key_limit, limit_name);
            json_.expect(':');
            member(std::move(key), position);
        } while (json_.accept(','));
        json_.expect('}');
    }

    void metadata() {
        std::size_t used = 0;
        const std::size_t key_limit = (std::max)(limits_.metadata, limits_.name + checksum_key.size() + 1);
        members(
            [&](std::string key, std::size_t position) {
                const std::string value = json_.string(limits_.metadata, "metadata");
                const bool checksum = is_checksum_key(key);
                if (checksum) {
                    if (value.size() != 16) json_.fail(position, "a checksum is not 16 hexadecimal digits", {}, "key " + printable(key));
                    if (key == checksum_key) header_checksum_ = value, header_checksum_at_ = json_.position() - 17;
                    if (checksums_.size() > limits_.tensors)
                        json_.fail(position, "there are more checksums than the limit `tensors`", std::to_string(limits_.tensors));
                } else if (used += key.size() + value.size(); used > limits_.metadata) {
                    json_.fail(position, "metadata exceed the limit `metadata`", "at most " + std::to_string(limits_.metadata) + " bytes");
                }
                text_map& to = checksum ? checksums_ : header_.metadata;
                if (to.count(key) > 0) json_.fail(position, "a metadata key occurs twice", {}, "key " + printable(key));
                to[key] = value;
            },
            key_limit, "metadata");
    }

    void entry(std::string name, std::size_t position) {
        if (const char* fault = name_fault(name)) json_.fail(position, fault, {}, label(name));
        if (header_.entries.size() == limits_.tensors)
            json_.fail(position, "there are more tensors than the limit `tensors`", "at most " + std::to_string(limits_.tensors),
                       label(name));
        safetensors_entry e{std::move(name), {}, {}, 0, 0, position, {}};
        bool has_type = false, has_shape = false, has_offsets = false;
        members(
            [&](const std::string& key, std::size_t at) {
                bool& seen = key == "dtype" ? has_type : key == "shape" ? has_shape : has_offsets;
                if (key != "dtype" && key != "shape" && key != "data_offsets")
                    json_.fail(at, "unknown key in " + label(e.name), "dtype, shape, data_offsets", printable(key));
                if (std::exchange(seen, true)) json_.fail(at, "a key occurs twice in " + label(e.name), {}, key);
                if (key == "dtype") e.type = type(e.name);
                if (key == "shape") e.shape = shape(e.name);
                if (key == "data_offsets") {
                    json_.expect('[');
                    e.begin = json_.integer();
                    json_.expect(',');
                    e.end = json_.integer();
                    json_.expect(']');
                }
            },
            limits_.name, "name");
        if (!has_type || !has_shape || !has_offsets)
            json_.fail(position, "a key is missing in " + label(e.name), "dtype, shape, data_offsets",
                       !has_type    ? "no dtype"
                       : !has_shape ? "no shape"
                                    : "no data_offsets");
        if (e.begin > e.end) json_.fail(position, "the offsets are reversed in " + label(e.name), "begin <= end", range_text(e));
        if (e.end > data_size_)
            json_.fail(position, "the file is cut, or the offsets are wrong in " + label(e.name),
                       "an end of at most " + std::to_string(data_size_), range_text(e));
        if (const auto bytes = byte_size(e.type, e.shape); bytes != e.end - e.begin)
            json_.fail(position, "shape and type do not fit the offsets in " + label(e.name),
                       bytes ? std::to_string(*bytes) + " bytes for shape " + shape_text(e.shape)
                             : "a size below 2^64, not shape " + shape_text(e.shape),
                       range_text(e));
        header_.entries.push_back(std::move(e));
    }

    dtype type(const std::string& tensor) {
        const std::size_t position = json_.next();
        const std::string name = json_.string(limits_.name, "name");
        const auto row = find_by(dtypes, name, &dtype_row::name);
        if (row == dtypes.end())
            json_.fail(position, "unknown type of numbers in " + label(tensor), "F32, F64, I32, U8 ...", printable(name));
        return row->type;
    }

    std::vector<std::uint64_t> shape(const std::string& tensor) {
        std::vector<std::uint64_t> extents;
        json_.expect('[');
        if (json_.accept(']')) return extents;
        do {
            if (extents.size() == limits_.dims)
                json_.fail(json_.next(), "more dimensions than the limit `dims` in " + label(tensor),
                           "at most " + std::to_string(limits_.dims));
            extents.push_back(json_.integer());
        } while (json_.accept(','));
        json_.expect(']');
        return extents;
    }

    /// Files with eirnn's version key or any checksum must have them all, so that no single damaged byte turns a file into a plain one.
    void verify_header() {
        const bool versioned = header_.metadata.count(std::string(format_key)) > 0;
        const std::string digits = taken(header_.metadata, std::string(format_key));
        if (!versioned && checksums_.empty()) return;
        if (!versioned || header_checksum_.empty()) json_.fail(0, "the header is damaged", "the metadata keys eirnn_format and xxh3");
        text_.replace(header_checksum_at_, 16, 16, '0');
        const std::string found = xxh3_hex(std::as_bytes(std::span(std::as_const(text_))));
        if (found != header_checksum_)
            json_.fail(0, "the header is damaged (wrong checksum)", "xxh3 " + printable(header_checksum_), "xxh3 " + found);
        const auto r = std::from_chars(digits.data(), digits.data() + digits.size(), header_.format);
        if (r.ec != std::errc{} || r.ptr != digits.data() + digits.size() || header_.format < 1 || header_.format > safetensors_format)
            json_.fail(0, "the file was written by a newer eirnn", "format up to " + std::to_string(safetensors_format),
                       "format " + printable(digits));
    }

    /// Every byte of the data belongs to exactly one tensor: no holes, no overlaps, nothing after the last.
    void require_tiling() const {
        std::vector<const safetensors_entry*> order;
        order.reserve(header_.entries.size());
        for (const auto& e : header_.entries) order.push_back(&e);
        std::sort(order.begin(), order.end(), [](const safetensors_entry* a, const safetensors_entry* b) {
            return a->begin < b->begin || (a->begin == b->begin && a->end < b->end);
        });
        std::uint64_t end = 0;
        for (const auto* e : order) {
            if (e->begin != end)
                json_.fail(e->position, e->begin > end ? "a hole in the data before a tensor" : "tensors overlap",
                           "begin " + std::to_string(end), label(e->name) + ", " + range_text(*e));
            end = e->end;
        }
        if (end != data_size_)
            json_.fail(text_.size() + static_cast<std::size_t>(end), "bytes after the last tensor", std::to_string(end) + " bytes of data",
                       std::to_string(data_size_) + " bytes");
    }

    void assign_checksums() {
        if (header_.format == 0) return;
        for (auto& e : header_.entries) {
            e.checksum = taken(checksums_, std::string(checksum_key) + ':' + e.name);
            if (e.checksum.empty()) json_.fail(e.position, "a tensor has no checksum", {}, label(e.name));
        }
        taken(checksums_, std::string(checksum_key));
        if (!checksums_.empty()) json_.fail(0, "a checksum belongs to no tensor", {}, "key " + printable(checksums_.begin()->first));
    }

    using text_map = std::map<std::string, std::string>;
    /// The value of a key, which is then gone; empty where there is none.
    static std::string taken(text_map& from, const std::string& key) {
        const auto it = from.find(key);
        if (it == from.end()) return {};
        std::string value = std::move(it->second);
        from.erase(it);
        return value;
    }
    static std::string label(const std::string& tensor) { return "tensor " + printable(tensor); }
    static std::string range_text(const safetensors_entry& e) {
        return "offsets " + std::to_string(e.begin) + " to " + std::to_string(e.end);
    }

    std::string text_;
    std::uint64_t data_size_;
    const safetensors_limits& limits_;
    json_cursor json_;
    safetensors_header header_;
    text_map checksums_;
    std::string header_checksum_;         ///< 16 digits, or none
    std::size_t header_checksum_at_ = 0;  ///< in the header
    bool has_metadata_ = false;
};

/// Parses and verifies a header that describes `data_size` bytes. Throws bad_file.
inline safetensors_header parse_safetensors_header(std::string text, std::uint64_t data_size, const safetensors_limits& limits,
                                                   const std::string& where) {
    return safetensors_header_parser(std::move(text), data_size, limits, where).parse();
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
