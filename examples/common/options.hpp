// Options that the programs share.
#pragma once
#include <array>
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
