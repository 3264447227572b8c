// JSON text, written: for metrics, summaries and file headers. Numbers never depend on the locale and read back exactly.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
namespace detail {

/// Bytes of the UTF-8 character that `s` starts with; 0 if it starts with none (also for overlong forms, surrogates and above U+10FFFF).
EIRNN_COLD inline std::size_t utf8_length(std::string_view s) {
    const auto byte = [&](std::size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
    const auto tail = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
    const unsigned b = byte(0), c = byte(1);
    if (s.empty()) return 0;
    if (b < 0x80) return 1;
    if (b >= 0xC2 && b < 0xE0) return tail(1) ? 2 : 0;
    if (b >= 0xE0 && b < 0xF0) return tail(1) && tail(2) && !(b == 0xE0 && c < 0xA0) && !(b == 0xED && c >= 0xA0) ? 3 : 0;
    if (b >= 0xF0 && b < 0xF5) return tail(1) && tail(2) && tail(3) && !(b == 0xF0 && c < 0x90) && !(b == 0xF4 && c >= 0x90) ? 4 : 0;
    return 0;
}
EIRNN_COLD inline bool valid_utf8(std::string_view s) {
    while (!s.empty()) {
        const std::size_t n = utf8_length(s);
        if (n == 0) return false;
        s.remove_prefix(n);
    }
    return true;
}

}  // namespace detail

/// A name from a file, quoted and safe to show: control characters and broken UTF-8 as \xNN, long names cut.
EIRNN_COLD inline std::string printable(std::string_view name) {
    constexpr std::size_t longest = 120;
    std::string s = "'";
    std::string_view rest = name.substr(0, longest);
    while (!rest.empty()) {
        const std::size_t n = detail::utf8_length(rest);
        const auto c = static_cast<unsigned char>(rest.front());
        if (n == 0 || c < 0x20 || c == 0x7F || c == '\'' || c == '\\') {
            s += "\\x";
            s += "0123456789abcdef"[c >> 4];
            s += "0123456789abcdef"[c & 15];
            rest.remove_prefix(1);
        } else {
            s += rest.substr(0, n);
            rest.remove_prefix(n);
        }
    }
    return s + (name.size() > longest ? "'... (" + std::to_string(name.size()) + " bytes)" : "'");
}

class json_object;
class json_array;

namespace detail {

EIRNN_COLD inline void append_json_string(std::string& out, std::string_view s) {
    if (!valid_utf8(s)) throw invalid_argument({"text for JSON is not valid UTF-8", printable(s), {}, {}, {}});
    out += '"';
    for (const char c : s) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u < 0x20) {
            out += "\\u00";
            out += "0123456789abcdef"[u >> 4];
            out += "0123456789abcdef"[u & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

template <class T>
EIRNN_COLD void append_json_number(std::string& out, T value) {
    if constexpr (std::floating_point<T>) {
        using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        static_assert(sizeof(T) == sizeof(bits), "eirnn: JSON numbers are float, double or integers");
        constexpr bits exponent = sizeof(T) == 4 ? bits{0x7F800000u} : static_cast<bits>(0x7FF0000000000000ull);
        if ((std::bit_cast<bits>(value) & exponent) == exponent) {
            out += "null";
            return;
        }
    }
    char text[40];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

template <class T>
EIRNN_COLD void append_json(std::string& out, const T& value) {
    if constexpr (std::same_as<T, json_object> || std::same_as<T, json_array>) {
        out += value.text();
    } else if constexpr (std::same_as<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (std::integral<T> || std::floating_point<T>) {
        append_json_number(out, value);
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        append_json_string(out, value);
    } else {
        static_assert(
            requires { std::begin(value), std::end(value); },
            "eirnn: a JSON value is a number, a truth value, text, a json_object, a json_array, or a range of these");
        out += '[';
        bool first = true;
        for (const auto& element : value) {
            if (!first) out += ',';
            first = false;
            append_json(out, element);
        }
        out += ']';
    }
}

}  // namespace detail

/// A JSON array whose elements may differ in type.
class json_array {
public:
    template <class T>
    json_array& add(const T& value) & {
        std::string element;
        detail::append_json(element, value);
        body_ += (body_.empty() ? "" : ",") + element;
        return *this;
    }
    template <class T>
    json_array add(const T& value) && {
        return std::move(add(value));
    }
    std::string text() const { return "[" + body_ + "]"; }

private:
    std::string body_;
};

/// A JSON object with its keys in the order given: `json_object{}.add("step", 3).add("loss", 0.25)`. Values: numbers (NaN and infinity
/// become null), truth values, text, objects, arrays, and ranges of these. Throws invalid_argument for a key given twice or broken UTF-8.
class json_object {
public:
    template <class T>
    json_object& add(std::string_view key, const T& value) & {
        std::string member = key_text(key);
        detail::append_json(member, value);
        keys_.emplace_back(key);
        body_ += (body_.empty() ? "" : ",") + member;
        return *this;
    }
    template <class T>
    json_object add(std::string_view key, const T& value) && {
        return std::move(add(key, value));
    }
    std::string text() const { return "{" + body_ + "}"; }

private:
    EIRNN_COLD std::string key_text(std::string_view key) const {
        if (std::find(keys_.begin(), keys_.end(), key) != keys_.end())
            throw invalid_argument({"a JSON key is given twice", "key " + printable(key), {}, {}, "use another key"});
        std::string text;
        detail::append_json_string(text, key);
        return text += ':';
    }
    std::string body_;
    std::vector<std::string> keys_;
};

}  // namespace EIRNN_NAMESPACE
