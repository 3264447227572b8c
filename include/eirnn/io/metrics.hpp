// Metrics of a run as JSON Lines: one object per line, appended.
#pragma once
#include <eirnn/io/file.hpp>
#include <eirnn/io/json.hpp>

#include <filesystem>
#include <string>

namespace EIRNN_NAMESPACE {

/// Appends JSON objects to a file, one per line and one write each, so that readers and a kill see whole lines.
///     jsonl_writer log("metrics.jsonl");
///     log.write(json_object{}.add("step", step).add("loss", loss));
class jsonl_writer {
public:
    /// Opens or creates the file; what is there stays. A line that a killed run left unfinished is ended first. Throws cannot_create.
    explicit jsonl_writer(const std::filesystem::path& path)
        : name_(path.string()), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
        struct ::stat status {};
        if (fd_.get() < 0 || ::fstat(fd_.get(), &status) != 0)
            throw cannot_create(
                {"a metrics file cannot be opened", name_, {}, detail::errno_text(errno), "check that its folder exists and is writable"});
        char last = '\n';
        if (S_ISREG(status.st_mode) && status.st_size > 0 && ::pread(fd_.get(), &last, 1, status.st_size - 1) == 1 && last != '\n')
            append("\n");
    }

    /// Appends one line. Throws write_failed; the file then ends with the line before.
    void write(const json_object& metrics) { append(metrics.text() + '\n'); }

    /// Brings everything to the disk and closes: the moment when some file systems report what went wrong before. Throws write_failed.
    void close() {
        if (fd_.get() < 0) return;
        // EINVAL: pipes and terminals cannot be synced and need not be.
        const bool synced = ::fsync(fd_.get()) == 0 || errno == EINVAL;
        const int sync_error = errno;
        if (::close(fd_.release()) != 0 || !synced) fail(synced ? errno : sync_error);
    }

private:
    void append(const std::string& line) {
        if (fd_.get() < 0) fail(EBADF);
        struct ::stat before {};
        const bool regular = ::fstat(fd_.get(), &before) == 0 && S_ISREG(before.st_mode);
        detail::system_calls calls;
        if (const int number = detail::write_all(calls, fd_.get(), std::as_bytes(std::span(line.data(), line.size())))) {
            // Half a line would be worse than none; if this fails too, the next opening ends it.
            [[maybe_unused]] const int cut = regular ? ::ftruncate(fd_.get(), before.st_size) : 0;
            fail(number);
        }
    }
    [[noreturn]] void fail(int number) const {
        throw write_failed({"a line of metrics could not be written", name_, {}, detail::errno_text(number), "free some space"});
    }
    std::string name_;
    detail::file_descriptor fd_;
};

}  // namespace EIRNN_NAMESPACE
