// What the tests of io/ share: a folder of their own, child processes, memory peaks, Python.
#pragma once
#include <eirnn/io/file.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratch {

namespace fs = std::filesystem;

/// A new empty folder that is removed with everything in it.
class folder {
public:
    folder() {
        std::string name = (fs::temp_directory_path() / "eirnn-io-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path operator/(std::string_view name) const { return path_ / name; }
    const fs::path& path() const { return path_; }
    /// Names of what is in it.
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(path_)) found.push_back(entry.path().filename().string());
        return found;
    }

private:
    fs::path path_;
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    return {bytes.begin(), bytes.end()};
}
inline void write(const fs::path& path, std::span<const std::byte> bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline std::string text(const fs::path& path) {
    const auto bytes = eirnn::read_file(path, 1 << 26);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Runs `body`, which returns an exit code, in a child process; gives that code, or -1 if a signal ended it.
template <class Body>
int in_child(const Body& body) {
    const ::pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Kilobytes by which the peak of resident memory rises above the present while `body` runs, or -1 where Linux does not tell.
template <class Body>
long peak_growth_kb(const Body& body) {
    const auto field = [](std::string_view name) {
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with(name)) return std::strtol(line.c_str() + name.size(), nullptr, 10);
        return -1L;
    };
    std::ofstream reset("/proc/self/clear_refs");
    reset << 5 << std::flush;
    const bool works = reset.good();
    const long before = field("VmRSS:");
    body();
    return works && before > 0 ? field("VmHWM:") - before : -1;
}

struct outcome {
    int code = -1;
    std::string output;
};
inline outcome shell(const std::string& command) {
    outcome result;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> part{};
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe)) result.output.append(part.data(), n);
    const int status = ::pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

/// A Python that has NumPy, or nothing.
inline std::string python_with_numpy() {
    for (const char* python : {"/usr/bin/python3", "python3"})
        if (shell(std::string(python) + " -c 'import numpy'").code == 0) return python;
    return {};
}
/// Runs tests/io/numpy_check.py with one of its commands on a folder.
inline outcome numpy_check(const std::string& python, const std::string& command, const fs::path& where) {
    const fs::path here = fs::path(__FILE__).parent_path();
    return shell(python + " -B '" + (here / "numpy_check.py").string() + "' " + command + " '" + where.string() + "'");
}

}  // namespace scratch
