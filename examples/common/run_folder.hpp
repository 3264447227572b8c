// The folder of one run: who may use it, what lies in it, and its metrics.
#pragma once
#include <eirnn/io/file.hpp>
#include <eirnn/io/json.hpp>

#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

/// The name of a file of a run, of whichever program. There are no others: a run writes nothing that its folder does not know.
struct run_file {
    std::string_view name;

    static constexpr std::array<std::string_view, 15> all{"summary.json",
                                                          "psychometric.npz",
                                                          "connectivity.npz",
                                                          "reaction_times.npz",
                                                          "durations.npz",
                                                          "measures.npz",
                                                          "example.npz",
                                                          "choices.npz",
                                                          "state_space.npz",
                                                          "tuning.npz",
                                                          "traces.npz",
                                                          "metrics.jsonl",
                                                          "weights.safetensors",
                                                          "checkpoint.safetensors.previous",
                                                          "checkpoint.safetensors"};
    consteval run_file(const char* text) : name(*std::ranges::find(all, std::string_view(text))) {}  // another name does not compile
};

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
    std::filesystem::path file(run_file which) const { return path_ / which.name; }
    std::filesystem::path checkpoint() const { return file("checkpoint.safetensors"); }
    /// The weights with which a run has diverged.
    std::filesystem::path diverged(std::uint64_t step) const {
        return path_ / (std::string(diverged_) + std::to_string(step) + std::string(suffix_));
    }
    bool has_checkpoint() const { return there(checkpoint()) || there(file("checkpoint.safetensors.previous")); }

    /// Finds out whether a run may use the folder, and changes nothing. Throws cannot_create if there is a run and it is neither to go on
    /// nor to be overwritten, and missing_file if it is to go on but has left results without a checkpoint. Files that no run writes do
    /// not count. Metrics alone are what a run leaves that ended before its first checkpoint.
    void admit(bool resume, bool overwrite) const {
        const auto found = files_of_run();
        if (found.empty() || overwrite || (resume && (has_checkpoint() || found == std::vector<std::string>{"metrics.jsonl"}))) return;
        std::string names;
        for (const auto& name : found) names += (names.empty() ? "" : ", ") + name;
        const std::string other = "start again in its place with --overwrite, or choose another folder";
        if (resume)
            throw eirnn::missing_file(
                {"the run in this folder has no checkpoint to go on from", path_.string(), "checkpoint.safetensors", names, other});
        throw eirnn::cannot_create({"this folder holds a run", path_.string(), "a folder of its own for every run", names,
                                    (has_checkpoint() ? "go on with it with --resume, " : "") + other});
    }

    /// Removes the run that is there: the files that these programs write and the figures that are drawn from them, no others. `needed`: a
    /// file that the new run has been given, which must not be one of them. Says what it did, or nothing. The newest checkpoint goes last,
    /// so that until then the run is one to go on with.
    std::string start_over(const std::filesystem::path& needed = {}) const {
        const auto found = files_of_run();
        if (found.empty()) return {};
        std::vector<std::string> names;
        for (const std::string figure : {"psychometric", "durations", "reaction_times", "connectivity", "learning_curve", "figure"})
            for (const char* suffix : {".png", ".svg", ".json"})
                if (there(path_ / (figure + suffix))) names.push_back(figure + suffix);
        names.insert(names.end(), found.begin(), found.end());
        std::error_code ec;
        for (const auto& name : names) {
            const auto path = path_ / name;
            if (!needed.empty() && std::filesystem::equivalent(path, needed, ec))
                throw eirnn::invalid_argument({"this file is of the run that is to be overwritten",
                                               needed.string(),
                                               "a file outside of the folder",
                                               {},
                                               "choose another folder"});
            if (std::filesystem::is_directory(std::filesystem::symlink_status(path, ec)))
                throw eirnn::cannot_create(
                    {"a run cannot write here", path.string(), "a file, or nothing yet", "a folder", "choose another folder"});
        }
        for (const auto& name : names)
            if (!std::filesystem::remove(path_ / name, ec) && ec)
                throw eirnn::cannot_create(
                    {"a file of an earlier run cannot be removed", (path_ / name).string(), {}, ec.message(), "choose another folder"});
        return "the run that was in " + path_.string() + " is removed";
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
    static constexpr std::string_view diverged_ = "diverged-", suffix_ = ".safetensors";
    // A link is there whatever it points to.
    static bool there(const std::filesystem::path& path) {
        std::error_code ec;
        return std::filesystem::exists(std::filesystem::symlink_status(path, ec));
    }
    /// What is there of a run, the newest checkpoint last.
    std::vector<std::string> files_of_run() const {
        std::vector<std::string> found;
        std::error_code ec;
        for (std::filesystem::directory_iterator it(path_, ec), end; !ec && it != end; it.increment(ec)) {
            const std::string name = it->path().filename().string();
            const auto step_end = name.find_first_not_of("0123456789", diverged_.size());
            if (name.starts_with(diverged_) && step_end > diverged_.size() && step_end != name.npos && name.substr(step_end) == suffix_)
                found.push_back(name);
        }
        if (ec) throw eirnn::cannot_create({"the folder cannot be listed", path_.string(), {}, ec.message(), "choose another folder"});
        for (const auto name : run_file::all)
            if (there(path_ / name)) found.emplace_back(name);
        return found;
    }
    std::filesystem::path path_;
    eirnn::detail::file_descriptor fd_;
    std::string notice_;
};
