// Files on disk: read whole with a cap, replace whole or not at all.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {
namespace detail {

/// The system calls behind every write. Tests derive from this and override calls to inject faults.
struct system_calls {
    int open(const char* path, int flags, ::mode_t mode) { return ::open(path, flags, mode); }
    ::ssize_t write(int fd, const void* data, std::size_t size) { return ::write(fd, data, size); }
    int fsync(int fd) { return ::fsync(fd); }
    int close(int fd) { return ::close(fd); }
    int rename(const char* from, const char* to) { return ::rename(from, to); }
};

EIRNN_COLD inline std::string errno_text(int number) {
    return std::generic_category().message(number) + " (errno " + std::to_string(number) + ")";
}

class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int fd) : fd_(fd) {}
    file_descriptor(file_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~file_descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

/// Writes everything or returns the errno that stopped it.
template <class Calls>
int write_all(Calls& calls, int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ::ssize_t written = calls.write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

/// A regular file opened for reading; its size is the one at opening.
class input_file {
public:
    /// Throws missing_file, or bad_file if `path` is not a regular file or is larger than `max_bytes`.
    input_file(const std::filesystem::path& path, std::uint64_t max_bytes) : name_(path.string()) {
        // O_NONBLOCK: opening a named pipe must not wait for its writer.
        fd_ = file_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (fd_.get() < 0)
            throw missing_file({"the file cannot be opened", name_, {}, errno_text(errno), "check the path and its permissions"});
        struct ::stat status {};
        if (::fstat(fd_.get(), &status) != 0) throw missing_file({"the file cannot be examined", name_, {}, errno_text(errno), {}});
        if (!S_ISREG(status.st_mode))
            throw bad_file({"this is not a regular file", name_, "a file", S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe", {}});
        size_ = static_cast<std::uint64_t>(status.st_size);
        if (size_ > max_bytes)
            throw bad_file({"the file is larger than the limit `file`", name_, "at most " + std::to_string(max_bytes) + " bytes",
                            std::to_string(size_) + " bytes", "raise the limit if you trust the file"});
    }
    std::uint64_t size() const { return size_; }

    /// Fills `to` from `offset`; throws bad_file if the file has become shorter.
    void read_at(std::uint64_t offset, std::span<std::byte> to) const {
        while (!to.empty()) {
            const ::ssize_t got = ::pread(fd_.get(), to.data(), to.size(), static_cast<::off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            const std::string where = name_ + ", byte " + std::to_string(offset);
            if (got < 0) throw bad_file({"reading failed", where, std::to_string(to.size()) + " more bytes", errno_text(errno), {}});
            if (got == 0)
                throw bad_file(
                    {"the file became shorter while it was read", where, std::to_string(to.size()) + " more bytes", "its end", {}});
            offset += static_cast<std::uint64_t>(got);
            to = to.subspan(static_cast<std::size_t>(got));
        }
    }

private:
    std::string name_;
    file_descriptor fd_;
    std::uint64_t size_ = 0;
};

/// Removes `name.tmp.<pid>` files left behind by processes that were killed. Errors are ignored: a leftover does no harm.
EIRNN_COLD inline void remove_stale_temporaries(const std::filesystem::path& path) {
    const std::string prefix = path.filename().string() + ".tmp.";
    std::error_code ignored;
    auto folder = path.parent_path();
    for (std::filesystem::directory_iterator it(folder.empty() ? "." : folder, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
        const std::string name = it->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        long pid = 0;
        const char* last = name.data() + name.size();
        if (const auto r = std::from_chars(name.data() + prefix.size(), last, pid); r.ec != std::errc{} || r.ptr != last || pid <= 0)
            continue;
        const bool alive = ::kill(static_cast<::pid_t>(pid), 0) == 0 || errno != ESRCH;
        if (alive && pid != ::getpid()) continue;
        // Our own number may be that of a killed predecessor (in containers it usually is), so the lock decides who is writing.
        const file_descriptor fd(::open(it->path().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (fd.get() >= 0 && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(it->path().c_str());
    }
}

/// `replace_file` over given system calls.
template <class Calls>
void replace_file_with(Calls&& calls, const std::filesystem::path& path, std::span<const std::byte> bytes) {
    const std::string name = path.string();
    struct ::stat status {};
    if (path.filename().empty() || (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)))
        throw cannot_create(
            {"a file cannot be written here", name, "the path of a file, or of nothing yet", "a folder, device or pipe", {}});
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    remove_stale_temporaries(path);

    const std::string temporary = name + ".tmp." + std::to_string(::getpid());
    int fd = calls.open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        const int number = errno;
        throw cannot_create({"a file cannot be created",
                             temporary,
                             {},
                             errno_text(number),
                             number == EEXIST ? "another thread is saving this file: save it from one thread at a time"
                                              : "check that the folder exists and is writable"});
    }
    const auto fail = [&](const char* step, int number) {
        if (fd >= 0) calls.close(fd);
        ::unlink(temporary.c_str());
        std::error_code ec;
        const auto space = std::filesystem::space(folder, ec);
        throw write_failed({std::string("writing failed (") + step + "); the file that stood here is untouched", name,
                            std::to_string(bytes.size()) + " bytes to be written",
                            errno_text(number) + (ec ? "" : ", " + std::to_string(space.available) + " bytes free"),
                            number == EFBIG ? "raise the file size limit (ulimit -f)" : "free some space or choose another folder"});
    };
    // The lock tells other threads that this temporary is in use; without a link someone took it for a leftover before the lock was there.
    struct ::stat ours {};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::fstat(fd, &ours) != 0 || ours.st_nlink == 0) {
        calls.close(fd);
        throw cannot_create({"another thread is saving this file", name, {}, {}, "save a file from one thread at a time"});
    }
    if (const int number = write_all(calls, fd, bytes)) fail("write", number);
    if (calls.fsync(fd) != 0) fail("fsync", errno);  // never retried: after a failed fsync the kernel may have dropped the pages
    if (calls.close(std::exchange(fd, -1)) != 0) fail("close", errno);
    if (calls.rename(temporary.c_str(), name.c_str()) != 0) fail("rename", errno);

    file_descriptor parent(calls.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
    const int number = parent.get() < 0 || calls.fsync(parent.get()) != 0 ? errno : 0;
    // Some network file systems cannot sync a folder and say so with EINVAL; they need no sync.
    if (number != 0 && number != EINVAL)
        throw write_failed({"the new file is complete but may not survive a power loss (fsync of its folder failed)",
                            name,
                            {},
                            errno_text(number),
                            "save again"});
}

}  // namespace detail

/// The whole content of a regular file of at most `max_bytes`. Throws missing_file or bad_file.
inline std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
    const detail::input_file file(path, max_bytes);
    std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
    file.read_at(0, bytes);
    return bytes;
}

/// Replaces the file at `path` (or creates it) such that after any fault, kill or power loss it holds either all old or all new bytes:
/// `path.tmp.<pid>` in the same folder, write, fsync, rename, fsync of the folder. A symbolic link is replaced, not followed.
/// Throws cannot_create or write_failed with the system's reason; the old file is then untouched and the temporary removed (only when
/// the sync of the folder fails is the new file already in place). The library handles no signals: a program that may meet a file size
/// limit should ignore SIGXFSZ, whose default is to kill.
inline void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    detail::replace_file_with(detail::system_calls{}, path, bytes);
}
/// The same for text.
inline void replace_file(const std::filesystem::path& path, std::string_view text) {
    replace_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

/// Makes a folder and its parents where missing. Throws cannot_create.
inline void create_folder(const std::filesystem::path& path) {
    std::error_code ec;
    std::filesystem::create_directories(path, ec);
    if (ec || !std::filesystem::is_directory(path, ec))
        throw cannot_create(
            {"a folder cannot be created", path.string(), {}, ec ? ec.message() : "a file of this name", "choose another folder"});
}

/// Throws cannot_create unless a file can be created in the folder: found before the first step, not after hours.
inline void require_writable_folder(const std::filesystem::path& path) {
    // A probe is made because permission bits do not tell about read-only mounts, quotas and network file systems.
    const std::string probe = (path / (".writable.tmp." + std::to_string(::getpid()))).string();
    ::unlink(probe.c_str());
    const detail::file_descriptor fd(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.get() < 0)
        throw cannot_create({"the folder is not writable", path.string(), {}, detail::errno_text(errno), "choose another folder"});
    ::unlink(probe.c_str());
}

}  // namespace EIRNN_NAMESPACE
