// One array in NumPy's NPY format: header text and data.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a reader of NPY and NPZ files accepts at most. Exceeding one is a bad_file that names the limit.
struct npy_limits {
    std::uint64_t file = std::uint64_t{4} << 30;      ///< bytes
    std::uint64_t inflated = std::uint64_t{4} << 30;  ///< bytes of all compressed arrays of a file, as they are before compression
    std::size_t header = 10'000;                      ///< bytes, as in NumPy
    std::size_t dims = 8;                             ///< dimensions of an array
    std::size_t name = 1024;                          ///< bytes
};

namespace detail {

/// A little-endian number in bytes; the caller has checked that they are there.
inline std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < count; ++k) value |= static_cast<std::uint64_t>(bytes[at + k]) << (8 * k);
    return value;
}

/// NPY version 1.0, C order, little-endian; the data follow at a multiple of 64 bytes.
inline std::string npy_header(const tensor& t) {
    const auto& row = row_of(t.type);
    std::string dictionary =
        std::string("{'descr': '") + (row.size == 1 ? '|' : '<') + std::string(row.numpy) + "', 'fortran_order': False, 'shape': (";
    for (const std::uint64_t extent : t.shape) dictionary += std::to_string(extent) + ", ";
    // NumPy writes (3,) and (3, 4): the last comma stays only for one dimension.
    if (!t.shape.empty()) dictionary.erase(dictionary.size() - (t.shape.size() == 1 ? 1 : 2));
    dictionary += "), }";
    const std::size_t used = (10 + dictionary.size() + 1) % 64;
    dictionary.append(used > 0 ? 64 - used : 0, ' ');
    dictionary += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dictionary.size() & 0xFF);
    header += static_cast<char>(dictionary.size() >> 8);
    return header + dictionary;
}

/// Reads the Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing else of Python.
class npy_header_parser {
public:
    npy_header_parser(std::string_view text, const npy_limits& limits, const std::string& where)
        : text_(text), limits_(limits), where_(where) {}

    std::string descr;
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;

    void parse() {
        bool has_descr = false, has_order = false, has_shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = string();
            bool& seen = key == "descr" ? has_descr : key == "fortran_order" ? has_order : has_shape;
            if ((key != "descr" && key != "fortran_order" && key != "shape") || std::exchange(seen, true))
                fail("a key of the array's header is unknown or occurs twice", "descr, fortran_order, shape", printable(key));
            expect(':');
            if (key == "descr") read_descr();
            if (key == "fortran_order") read_order();
            if (key == "shape") read_shape();
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_space();
        if (at_ != text_.size() || !has_descr || !has_order || !has_shape)
            fail("the array's header is incomplete or followed by something", "descr, fortran_order, shape", printable(text_));
    }

    [[noreturn]] void fail(std::string what, std::string expected = {}, std::string got = {}, std::string repair = {}) const {
        throw bad_file({std::move(what), where_, std::move(expected), std::move(got), std::move(repair)});
    }

private:
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    char peek() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool accept(char c) {
        const bool found = c == peek();
        if (found) ++at_;
        return found;
    }
    void expect(char c) {
        if (!accept(c))
            fail("the array's header is not as expected", std::string("'") + c + "' at character " + std::to_string(at_), printable(text_));
    }
    std::string string() {
        const char quote = accept('"') ? '"' : '\'';
        if (quote == '\'') expect('\'');
        const std::size_t end = (std::min)(text_.find(quote, at_), text_.size());
        std::string s(text_.substr(at_, end - at_));
        at_ = end;
        expect(quote);
        return s;
    }
    void read_descr() {
        if (peek() != '\'' && peek() != '"')
            fail("the array has structured elements", "numbers", printable(text_), "save each field as its own array");
        descr = string();
    }
    void read_order() {
        fortran_order = peek() == 'T';
        const std::string_view word = fortran_order ? "True" : "False";
        if (text_.substr(at_, word.size()) != word) fail("the array's header is not as expected", "True or False", printable(text_));
        at_ += word.size();
    }
    void read_shape() {
        expect('(');
        while (!accept(')')) {
            if (shape.size() == limits_.dims)
                fail("the array has more dimensions than the limit `dims`", "at most " + std::to_string(limits_.dims), printable(text_));
            std::uint64_t extent = 0;
            if (const char c = peek(); c < '0' || c > '9') fail("an extent is not a plain non-negative integer", {}, printable(text_));
            for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
                extent = 10 * extent + static_cast<std::uint64_t>(text_[at_] - '0');
                if (extent > std::uint64_t{1} << 53) fail("an extent is too large", "at most 2^53", printable(text_));
            }
            shape.push_back(extent);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
    }

    std::string_view text_;
    const npy_limits& limits_;
    const std::string& where_;
    std::size_t at_ = 0;
};

/// From first-index-fastest to last-index-fastest.
inline std::vector<std::byte> fortran_to_c(std::span<const std::byte> from, const std::vector<std::uint64_t>& shape, std::size_t size) {
    std::vector<std::byte> to(from.size());
    std::vector<std::uint64_t> index(shape.size());
    for (std::size_t k = 0; k < from.size() / size; ++k) {
        std::uint64_t position = 0;
        for (std::size_t d = 0; d < shape.size(); ++d) position = position * shape[d] + index[d];
        std::memcpy(to.data() + position * size, from.data() + k * size, size);
        for (std::size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d) index[d] = 0;
    }
    return to;
}

/// What the start of an NPY file says.
struct npy_head {
    tensor array;          ///< without data
    std::size_t data = 0;  ///< where they begin
    bool fortran_order = false;
    bool big_endian = false;
};

/// Parses the start of an NPY file, version 1 to 3, of which `bytes` hold at least the header. Pickled objects are refused.
inline npy_head parse_npy_head(std::span<const std::byte> bytes, std::string name, const npy_limits& limits, const std::string& where) {
    const auto fail = [&](std::string what, std::string expected = {}, std::string got = {}, std::string repair = {}) {
        throw bad_file({std::move(what), where, std::move(expected), std::move(got), std::move(repair)});
    };
    if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
        fail("this is no NPY array", "the bytes \\x93NUMPY", "something else, or a cut file");
    const auto version = std::to_integer<int>(bytes[6]);
    if (version < 1 || version > 3 || bytes[7] != std::byte{0}) fail("unknown version of NPY", "1.0, 2.0 or 3.0", std::to_string(version));
    const std::size_t length_bytes = version == 1 ? 2 : 4, begin = 8 + length_bytes;
    if (bytes.size() < begin) fail("the array is cut");
    const std::size_t length = little_endian(bytes, 8, length_bytes);
    if (length > limits.header)
        fail("the array's header is longer than the limit `header`", std::to_string(limits.header), std::to_string(length));
    if (length > bytes.size() - begin)
        fail("the array is cut", std::to_string(length) + " bytes of header", std::to_string(bytes.size() - begin));
    const std::string text(reinterpret_cast<const char*>(bytes.data() + begin), length);
    npy_header_parser header(text, limits, where);
    header.parse();

    const char order = header.descr.empty() ? '\0' : header.descr.front();
    const std::string_view kind = std::string_view(header.descr).substr(header.descr.empty() ? 0 : 1);
    if (kind.starts_with('O'))
        fail("the array holds pickled Python objects, which are never loaded", "numbers", printable(header.descr),
             "save arrays of numbers");
    const auto row = kind.empty() ? dtypes.end() : find_by(dtypes, kind, &dtype_row::numpy);
    if (row == dtypes.end() || (order != '<' && order != '>' && !(order == '|' && row->size == 1)))
        fail("the array holds an unsupported type", "numbers such as '<f4', '<f8', '<i8', '|u1'", printable(header.descr));
    return {{std::move(name), row->type, std::move(header.shape), {}}, begin + length, header.fortran_order, order == '>'};
}

/// Parses the bytes of an NPY file. Big-endian numbers and Fortran order are converted.
inline tensor parse_npy(std::span<const std::byte> bytes, std::string name, const npy_limits& limits, const std::string& where) {
    npy_head head = parse_npy_head(bytes, std::move(name), limits, where);
    tensor& t = head.array;
    const auto data = bytes.subspan(head.data);
    if (const auto expected = byte_size(t.type, t.shape); expected != data.size())
        throw bad_file({"the shape does not fit the size of the data",
                        where,
                        expected ? std::to_string(*expected) + " bytes" : "a size below 2^64",
                        std::to_string(data.size()) + " bytes",
                        {}});
    const auto size = static_cast<std::size_t>(row_of(t.type).size);
    t.data = head.fortran_order ? fortran_to_c(data, t.shape, size) : std::vector<std::byte>(data.begin(), data.end());
    if (head.big_endian)
        for (std::size_t k = 0; k < t.data.size(); k += size) std::reverse(t.data.data() + k, t.data.data() + k + size);
    return std::move(t);
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
