// Weights and state as safetensors files: written deterministically with checksums, read as if they were hostile.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/io/checksum.hpp>
#include <eirnn/io/file.hpp>
#include <eirnn/io/json.hpp>
#include <eirnn/io/safetensors_header.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a safetensors file holds. Reading gives the tensors sorted by name.
struct tensor_file {
    owned_list<tensor> tensors;
    std::map<std::string, std::string> metadata;  ///< without the keys of eirnn's own conventions
    /// Version of eirnn's conventions (a checksum of the header and one per tensor) that a file read was written with; 0 for a plain
    /// safetensors file, which has no checksums. Writing always uses the current version.
    int format = safetensors_format;

    friend bool operator==(const tensor_file&, const tensor_file&) = default;

    /// See `find_tensor` and `tensor_at`.
    const tensor* find(std::string_view name) const& { return find_tensor(tensors, name); }
    const tensor* find(std::string_view name) && = delete;  // it would point into a temporary: name the file, or use `at`
    const tensor& at(std::string_view name) const& { return tensor_at(tensors, name); }
    tensor at(std::string_view name) && { return tensor_at(std::move(tensors), name); }
};

namespace detail {

/// Reads a file of `size` bytes through `read(offset, span to fill)`: header first, then each tensor straight into its place, so that
/// nothing is allocated before the header has shown that the file holds it.
template <class Read>
tensor_file load_safetensors(std::uint64_t size, const Read& read, const safetensors_limits& limits, const std::string& where) {
    std::array<std::byte, 8> prefix{};
    if (size < prefix.size())
        throw bad_file({"the file is cut", where + ", byte 0", "8 bytes of header length", std::to_string(size) + " bytes in all", {}});
    read(0, std::span<std::byte>(prefix));
    const auto length = std::bit_cast<std::uint64_t>(prefix);
    if (length > limits.header)
        throw bad_file({"the header is longer than the limit `header`, or this is no safetensors file",
                        where + ", byte 0",
                        "at most " + std::to_string(limits.header) + " bytes",
                        std::to_string(length),
                        {}});
    if (length > size - prefix.size())
        throw bad_file({"the file is cut",
                        where + ", byte 0",
                        std::to_string(length) + " bytes of header",
                        std::to_string(size - prefix.size()) + " bytes after its length",
                        {}});
    std::string text(static_cast<std::size_t>(length), '\0');
    read(8, std::as_writable_bytes(std::span(text)));

    auto header = parse_safetensors_header(std::move(text), size - 8 - length, limits, where);
    tensor_file file{{}, std::move(header.metadata), header.format};
    file.tensors.reserve(header.entries.size());
    for (auto& entry : header.entries) {
        tensor t{std::move(entry.name), entry.type, std::move(entry.shape),
                 std::vector<std::byte>(static_cast<std::size_t>(entry.end - entry.begin))};
        read(8 + length + entry.begin, std::span(t.data));
        if (const std::string found = header.format == 0 ? std::string() : xxh3_hex(t.data); found != entry.checksum)
            throw bad_file({"the data of a tensor are damaged (wrong checksum)",
                            where + ", byte " + std::to_string(8 + length + entry.begin) + ", tensor " + printable(t.name),
                            "xxh3 " + entry.checksum, "xxh3 " + found, "use another copy or an earlier checkpoint"});
        file.tensors.push_back(std::move(t));
    }
    return file;
}

}  // namespace detail

/// The bytes of a safetensors file. The same content gives the same bytes, in whatever order the tensors come. Throws invalid_argument
/// for what `read_safetensors` would refuse with the same limits: names, duplicates, sizes, reserved metadata keys.
inline std::vector<std::byte> serialise(const tensor_file& file, const safetensors_limits& limits = {}) {
    const auto refuse = [](const std::string& what, const std::string& where) { throw invalid_argument({what, where, {}, {}, {}}); };
    std::vector<const tensor*> sorted;
    for (const tensor& t : file.tensors) {
        const std::string where = "tensor " + printable(t.name);
        if (const char* fault = detail::name_fault(t.name)) refuse(fault, where);
        if (t.name == "__metadata__") refuse("the name is reserved by the format", where);
        if (t.name.size() > limits.name) refuse("the name is too long", where);
        if (t.shape.size() > limits.dims) refuse("the tensor has too many dimensions", where);
        if (std::any_of(t.shape.begin(), t.shape.end(), [](std::uint64_t extent) { return extent > (std::uint64_t{1} << 53); }) ||
            detail::byte_size(t.type, t.shape) != t.data.size())
            refuse("the shape does not fit the data", where);
        sorted.push_back(&t);
    }
    if (sorted.size() > limits.tensors) refuse("there are too many tensors", std::to_string(sorted.size()));
    std::sort(sorted.begin(), sorted.end(), [](const tensor* l, const tensor* r) { return l->name < r->name; });
    for (std::size_t k = 1; k < sorted.size(); ++k)
        if (sorted[k]->name == sorted[k - 1]->name) refuse("two tensors have the same name", "tensor " + printable(sorted[k]->name));

    auto metadata = file.metadata;
    std::uint64_t metadata_bytes = 0;
    for (const auto& [key, value] : file.metadata) {
        if (key == detail::format_key || detail::is_checksum_key(key)) refuse("the metadata key is reserved", "key " + printable(key));
        if (!detail::valid_utf8(key) || !detail::valid_utf8(value)) refuse("metadata are not valid UTF-8", "key " + printable(key));
        metadata_bytes += key.size() + value.size();
    }
    if (metadata_bytes > limits.metadata) refuse("there are too many metadata", std::to_string(metadata_bytes) + " bytes");
    metadata[std::string(detail::format_key)] = std::to_string(safetensors_format);
    metadata[std::string(detail::checksum_key)] = std::string(16, '0');
    for (const tensor* t : sorted) metadata[std::string(detail::checksum_key) + ':' + t->name] = detail::xxh3_hex(t->data);

    // Wide numbers first, so that every tensor is aligned for its type in a mapped file.
    std::vector<std::uint64_t> begin(sorted.size());
    std::uint64_t end = 0;
    for (const std::uint64_t width : {8u, 4u, 2u, 1u})
        for (std::size_t k = 0; k < sorted.size(); ++k)
            if (detail::row_of(sorted[k]->type).size == width) begin[k] = std::exchange(end, end + sorted[k]->data.size());

    std::string header = "{\"__metadata__\":{";
    std::size_t own_checksum = 0;
    for (const char* comma = ""; const auto& [key, value] : metadata) {
        header += std::exchange(comma, ",");
        detail::append_json_string(header, key);
        header += ':';
        if (key == detail::checksum_key) own_checksum = header.size() + 1;
        detail::append_json_string(header, value);
    }
    header += '}';
    for (std::size_t k = 0; k < sorted.size(); ++k) {
        const tensor& t = *sorted[k];
        header += ',';
        detail::append_json_string(header, t.name);
        header += ":{\"dtype\":";
        detail::append_json_string(header, detail::row_of(t.type).name);
        header += ",\"shape\":";
        detail::append_json(header, t.shape);
        header += ",\"data_offsets\":";
        detail::append_json(header, std::vector{begin[k], begin[k] + t.data.size()});
        header += '}';
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    if (header.size() > limits.header) refuse("the header is too long", std::to_string(header.size()) + " bytes");
    if (8 + header.size() + end > limits.file) refuse("the file is too large", std::to_string(end) + " bytes of data");
    // The header's checksum is taken with zeros in its own place.
    header.replace(own_checksum, 16, detail::xxh3_hex(std::as_bytes(std::span(header))));

    std::vector<std::byte> bytes(static_cast<std::size_t>(8 + header.size() + end));
    const auto put = [&](std::uint64_t at, const void* from, std::size_t size) {
        if (size != 0) std::memcpy(bytes.data() + at, from, size);
    };
    const std::uint64_t length = header.size();
    put(0, &length, 8);
    put(8, header.data(), header.size());
    for (std::size_t k = 0; k < sorted.size(); ++k) put(8 + length + begin[k], sorted[k]->data.data(), sorted[k]->data.size());
    return bytes;
}

/// Writes a safetensors file, whole or not at all (see `replace_file`). Throws invalid_argument as `serialise`, cannot_create,
/// write_failed.
inline void write_safetensors(const std::filesystem::path& path, const tensor_file& file, const safetensors_limits& limits = {}) {
    replace_file(path, serialise(file, limits));
}

/// Reads safetensors bytes. `where` names them in messages. Throws bad_file for everything that the format forbids, that exceeds a limit,
/// or that does not agree with the checksums. Values are not judged: see `require_finite`.
inline tensor_file parse_safetensors(std::span<const std::byte> bytes, const safetensors_limits& limits = {},
                                     const std::string& where = "memory") {
    if (bytes.size() > limits.file)
        throw bad_file(
            {"the data are larger than the limit `file`", where, std::to_string(limits.file) + " bytes", std::to_string(bytes.size()), {}});
    const auto read = [&](std::uint64_t offset, std::span<std::byte> to) {
        if (!to.empty()) std::memcpy(to.data(), bytes.data() + offset, to.size());
    };
    return detail::load_safetensors(bytes.size(), read, limits, where);
}

/// Reads a safetensors file; see `parse_safetensors`. Throws missing_file too.
inline tensor_file read_safetensors(const std::filesystem::path& path, const safetensors_limits& limits = {}) {
    const detail::input_file input(path, limits.file);
    const auto read = [&](std::uint64_t offset, std::span<std::byte> to) { input.read_at(offset, to); };
    return detail::load_safetensors(input.size(), read, limits, path.string());
}

}  // namespace EIRNN_NAMESPACE
