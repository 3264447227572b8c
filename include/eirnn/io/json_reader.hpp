// JSON text from untrusted files, read token by token in the order a grammar expects: nothing is stored but what the caller asks for.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace EIRNN_NAMESPACE::detail {

/// A cursor over JSON text. The caller knows what must come next, so nesting is bounded by the caller and the stack does not grow.
class json_cursor {
public:
    /// `base` is the byte offset of the text in `file`, for messages.
    json_cursor(std::string_view text, std::string file, std::uint64_t base) : text_(text), file_(std::move(file)), base_(base) {}

    /// Where the last token ended.
    std::size_t position() const { return at_; }
    /// Where the next token begins.
    std::size_t next() {
        skip_space();
        return at_;
    }
    /// "file, byte N"
    std::string where(std::size_t position) const { return file_ + ", byte " + std::to_string(base_ + position); }

    [[noreturn]] void fail(std::size_t position, std::string what, std::string expected = {}, std::string got = {}) const {
        throw bad_file({std::move(what), where(position), std::move(expected), std::move(got), {}});
    }

    bool accept(char c) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) unexpected(std::string("'") + c + "'");
    }

    /// Text of at most `limit` bytes after its escapes are resolved; `limit_name` is for the message.
    std::string string(std::size_t limit, const char* limit_name) {
        expect('"');
        const std::size_t begin = at_ - 1;
        std::string out;
        while (true) {
            const std::size_t run = at_;
            while (at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] < 0x7F && text_[at_] != '"' && text_[at_] != '\\') ++at_;
            out += text_.substr(run, at_ - run);
            if (out.size() > limit)
                fail(begin, std::string("a string is longer than the limit `") + limit_name + "`",
                     "at most " + std::to_string(limit) + " bytes", printable(out.substr(0, 40)) + "...");
            const char c = at_ < text_.size() ? text_[at_] : '\0';
            if (c == '"') break;
            if (at_ == text_.size()) fail(at_, "the header ends inside a string");
            if (c == '\\') {
                escape(out);
            } else {
                const std::size_t n = utf8_length(text_.substr(at_));
                if (n == 0) fail(at_, "a string is not valid UTF-8", {}, printable(out + c));
                if (static_cast<unsigned char>(c) < 0x20) fail(at_, "a string has a bare control character", {}, printable(out + c));
                out += text_.substr(at_, n);
                at_ += n;
            }
        }
        ++at_;
        return out;
    }

    /// A plain non-negative integer up to 2^53: no sign, fraction, exponent or leading zero. Larger ones are not safe in every JSON reader.
    std::uint64_t integer() {
        constexpr std::uint64_t largest = std::uint64_t{1} << 53;
        skip_space();
        const std::size_t begin = at_;
        std::uint64_t value = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            value = 10 * value + static_cast<std::uint64_t>(text_[at_] - '0');
            if (value > largest) fail(begin, "a number is too large", "at most 2^53", number_text(begin));
            ++at_;
        }
        const bool more = at_ < text_.size() && std::string_view(".eE+-").find(text_[at_]) != std::string_view::npos;
        if (at_ == begin || more || (text_[begin] == '0' && at_ > begin + 1))
            fail(begin, "this is not a plain non-negative integer", "digits without sign, fraction, exponent or leading zero",
                 number_text(begin));
        return value;
    }

    /// Only spaces may follow.
    void expect_padding() const {
        const std::size_t other = text_.find_first_not_of(' ', at_);
        if (other != std::string_view::npos)
            fail(other, "something follows the header's object", "only spaces", printable(text_.substr(other, 1)));
    }

private:
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
    }
    [[noreturn]] void unexpected(std::string expected) const {
        fail(at_, "the header is not as expected", std::move(expected), at_ == text_.size() ? "its end" : printable(text_.substr(at_, 1)));
    }
    std::string number_text(std::size_t begin) const { return printable(text_.substr(begin, 24)); }

    std::uint32_t hex4() {
        std::uint32_t value = 0;
        for (int k = 0; k < 4; ++k, ++at_) {
            const char c = at_ < text_.size() ? text_[at_] : '\0';
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) fail(at_, "a \\u escape needs four hexadecimal digits");
            value = 16 * value + static_cast<std::uint32_t>(digit);
        }
        return value;
    }
    void escape(std::string& out) {
        const std::size_t begin = at_++;
        const char c = at_ < text_.size() ? text_[at_++] : '\0';
        if (const auto simple = std::string_view("\"\\/bfnrt").find(c); c != '\0' && simple != std::string_view::npos) {
            out += "\"\\/\b\f\n\r\t"[simple];
            return;
        }
        if (c != 'u') fail(begin, "unknown escape in a string");
        std::uint32_t code = hex4();
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            const std::uint32_t low = hex4();
            if (low < 0xDC00 || low >= 0xE000) fail(begin, "a string has half a surrogate pair");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        if (code >= 0xD800 && code < 0xE000) fail(begin, "a string has half a surrogate pair");
        const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xC0 | (code >> 6));
            put(0x80 | (code & 0x3F));
        } else {
            if (code < 0x10000) {
                put(0xE0 | (code >> 12));
            } else {
                put(0xF0 | (code >> 18));
                put(0x80 | ((code >> 12) & 0x3F));
            }
            put(0x80 | ((code >> 6) & 0x3F));
            put(0x80 | (code & 0x3F));
        }
    }

    std::string_view text_;
    std::string file_;
    std::uint64_t base_;
    std::size_t at_ = 0;
};

}  // namespace EIRNN_NAMESPACE::detail
