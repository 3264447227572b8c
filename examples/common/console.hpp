// What the program tells a person: a live line on a terminal, a plain one every few seconds elsewhere, nothing when quiet.
#pragma once
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

/// Seconds since it was made, by a clock that never steps back.
class stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

inline std::string fixed_text(double x, int digits) {
    char text[64];
    const auto r = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, digits);
    return r.ec == std::errc{} ? std::string(text, r.ptr) : std::string("?");
}
/// 75 -> "1:15", 4000 -> "1:06:40"
inline std::string clock_text(double seconds) {
    if (!(seconds >= 0 && seconds < 1e7)) return "?";
    const long s = static_cast<long>(seconds + 0.5);
    const auto two = [](long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return (s >= 3600 ? std::to_string(s / 3600) + ":" + two(s / 60 % 60) : std::to_string(s / 60)) + ":" + two(s % 60);
}

class console {
public:
    /// `program`: what warnings begin with.
    console(std::string program, bool quiet) : program_(std::move(program)), quiet_(quiet) {
        const char* const terminal = std::getenv("TERM");
        live_ = ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
    }
    ~console() { end_line(); }
    console(const console&) = delete;
    console& operator=(const console&) = delete;

    /// A line that stays.
    void say(const std::string& text) {
        if (quiet_) return;
        end_line();
        put(STDOUT_FILENO, text + '\n');
    }
    /// Something that went wrong, or could: said even when quiet.
    void warn(const std::string& text) {
        end_line();
        put(STDERR_FILENO, program_ + ": " + text + '\n');
    }
    /// Whether it is time for the next line of progress.
    bool progress_due() const { return !quiet_ && clock_.seconds() >= next_; }
    void progress(const std::string& text) {
        next_ = clock_.seconds() + (live_ ? 0.2 : 5);
        put(STDOUT_FILENO, live_ ? '\r' + text + "\x1b[K" : text + '\n');
        line_open_ = live_;
    }

private:
    void end_line() {
        if (line_open_) put(STDOUT_FILENO, "\n");
        line_open_ = false;
    }
    // A reader that has gone away is no reason to stop training, so what cannot be written is dropped.
    static void put(int to, std::string_view text) {
        while (!text.empty()) {
            const ::ssize_t n = ::write(to, text.data(), text.size());
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    std::string program_;
    bool quiet_, live_ = false, line_open_ = false;
    stopwatch clock_;
    double next_ = 0;
};
