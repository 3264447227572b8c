// Options that the programs share.
#pragma once
#include <array>
#include <charconv>
#include <string>
#include <string_view>

enum class processor : unsigned char { cpu, serial, thrust };
inline constexpr std::array<std::string_view, 3> backend_names{"cpu", "serial", "thrust"};

/// For a shell, whatever the text is.
inline std::string quoted(const std::string& text) {
    std::string s = "'";
    for (const char c : text) s += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return s + "'";
}

/// The shortest text that gives the same number.
inline std::string number_text(double x) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, x).ptr};
}
