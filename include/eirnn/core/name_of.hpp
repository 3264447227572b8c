// The name of a type as the user typed it: what messages, files and plots call a population or an area.
#pragma once
#include <eirnn/config.hpp>

#include <cstddef>
#include <string_view>

namespace EIRNN_NAMESPACE {

namespace detail {
template <class T>
constexpr std::string_view signature_of() {
    return __PRETTY_FUNCTION__;
}

// Every compiler wraps the type in a text of its own; the wrapping is measured on a type whose spelling is known.
struct signature_frame {
    std::size_t before, after;
};
constexpr signature_frame measure_signature() {
    const std::string_view known = "double", text = signature_of<double>();
    const std::size_t before = text.find(known);
    return {before, text.size() - before - known.size()};
}
}  // namespace detail

namespace detail {
template <class T>
constexpr std::string_view spelling_of() {
    constexpr signature_frame frame = measure_signature();
    const std::string_view text = signature_of<T>();
    return text.substr(frame.before, text.size() - frame.before - frame.after);
}
}  // namespace detail

/// A type as a value that can be compared and searched for in a loop: its full spelling, empty for none. Not the address of something made
/// for the type, because g++ with -fsanitize=undefined refuses to compare addresses in constant expressions.
using type_identity = std::string_view;
template <class T>
inline constexpr type_identity identity_of = detail::spelling_of<T>();

/// The last component of a type's name: `E` for `E`, `lab::E`, an `E` in an anonymous namespace or inside a function.
/// A type without a name of its own (`population<...>`) yields the compiler's spelling, which differs between compilers.
template <class T>
constexpr std::string_view name_of() {
    const std::string_view text = identity_of<T>;
    int depth = 0;  // a "::" inside brackets belongs to a template argument, a parameter list or an anonymous namespace
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
        if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
        if (depth == 0 && c == ':') start = i + 1;
    }
    return text.substr(start);
}

/// Whether a text can be a name in a file: letters, digits and underscores, not starting with a digit (bytes above 127 count as letters).
constexpr bool is_identifier(std::string_view s) {
    for (std::size_t i = 0; i < s.size(); ++i) {
        const char c = s[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) > 127;
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
    }
    return !s.empty();
}

}  // namespace EIRNN_NAMESPACE
