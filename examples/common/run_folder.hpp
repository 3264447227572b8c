// The folder of one run: who may use it, what lies in it, and its metrics.
#pragma once
#include <eirnn/io/file.hpp>
#include <eirnn/io/json.hpp>

#include <sys/file.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>

/// Holds a lock on the folder for as long as it lives. The lock is the kernel's, so it ends with the process however that ends; what
/// the file says is for people.
class run_folder {
public:
    /// Makes the folder where it is missing. Throws cannot_create if it is not writable or another process uses it.
    explicit run_folder(std::filesystem::path path) : path_(std::move(path)) {
        eirnn::create_folder(path_);
        eirnn::require_writable_folder(path_);
        const auto name = path_ / ".lock";
        fd_ = eirnn::detail::file_descriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
        if (fd_.get() < 0)
            throw eirnn::cannot_create(
                {"the folder cannot be locked", name.string(), {}, eirnn::detail::errno_text(errno), "choose another folder"});
        char text[256];
        const bool free = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
        const int problem = errno;
        const ::ssize_t n = ::pread(fd_.get(), text, sizeof text, 0);
        const std::string holder(text, n > 0 ? static_cast<std::size_t>(n) : 0);
        if (!free)
            throw eirnn::cannot_create({"another process uses this folder", path_.string(), "a folder of its own for every run",
                                        problem == EWOULDBLOCK ? "locked by " + holder : eirnn::detail::errno_text(problem),
                                        "wait for that process, or choose another folder"});
        if (!holder.empty()) notice_ = "the lock of " + holder + " is taken over: that process has ended without finishing";
        char host[256] = "this machine";
        ::gethostname(host, sizeof host - 1);
        const std::string mine = std::string(host) + ":" + std::to_string(::getpid());
        if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), mine.data(), mine.size(), 0) != static_cast<::ssize_t>(mine.size()))
            notice_ += "the lock could not be signed";
    }
    ~run_folder() {
        if (::ftruncate(fd_.get(), 0) != 0) return;  // an unsigned lock is as good
    }
    run_folder(const run_folder&) = delete;
    run_folder& operator=(const run_folder&) = delete;

    /// Empty, or something that a person should know about the lock.
    const std::string& notice() const { return notice_; }
    std::filesystem::path file(const char* name) const { return path_ / name; }
    std::filesystem::path checkpoint() const { return file("checkpoint.safetensors"); }

    /// Clears the way for a new run: results of an old one (`results`: those of this program) go, its checkpoint is kept under another
    /// name. Says what it did, or nothing.
    std::string start_over(std::initializer_list<const char*> results) const {
        std::error_code ec;
        std::string said;
        const auto old = checkpoint();
        if (std::filesystem::exists(old, ec)) {
            const std::string kept = old.string() + ".replaced";
            std::filesystem::rename(old, kept, ec);
            if (ec)
                throw eirnn::cannot_create(
                    {"the checkpoint of an earlier run cannot be put aside", old.string(), {}, ec.message(), "choose another folder"});
            said = "a new run replaces the one in " + path_.string() + ", whose checkpoint is kept as " + kept;
        }
        for (const char* name : {"checkpoint.safetensors.previous", "weights.safetensors", "metrics.jsonl", "summary.json"})
            std::filesystem::remove(file(name), ec);
        for (const char* name : results) std::filesystem::remove(file(name), ec);
        return said;
    }

    /// Brings the metrics in line with the validations of a run that goes on: one line for each, none for those after its checkpoint.
    /// `line(k, seconds)` makes up the one of validation k where it is missing. Gives the seconds that the run had taken.
    template <class Line>
    double restore_metrics(std::size_t validations, const Line& line) const {
        std::string lines;
        std::error_code ec;
        if (std::filesystem::exists(file("metrics.jsonl"), ec)) {
            const auto bytes = eirnn::read_file(file("metrics.jsonl"), std::uint64_t{1} << 30);
            lines.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        std::size_t kept = 0, end = 0;
        for (std::size_t next; kept < validations && (next = lines.find('\n', end)) != lines.npos; ++kept) end = next + 1;
        lines.resize(end);
        double seconds = 0;
        if (const auto at = lines.rfind("\"seconds\":"); at != lines.npos)
            std::from_chars(lines.data() + at + 10, lines.data() + lines.size(), seconds);
        for (; kept < validations; ++kept) lines += eirnn::json_object(line(kept, seconds)).text() + '\n';
        eirnn::replace_file(file("metrics.jsonl"), lines);
        return seconds;
    }

private:
    std::filesystem::path path_;
    eirnn::detail::file_descriptor fd_;
    std::string notice_;
};
