#include "catch.hpp"
#include "scratch.hpp"

#include <eirnn/core/random.hpp>
#include <eirnn/io/file.hpp>

#include <sys/resource.h>

#include <csignal>
#include <string>

using namespace eirnn;

namespace {

const auto old_bytes = scratch::bytes_of("old content");
const auto new_bytes = std::vector<std::byte>(100'000, std::byte{0x5A});

enum class fault { open, write_error, disk_full, fsync, close, rename, folder_open, folder_fsync };

struct faulty_calls : detail::system_calls {
    explicit faulty_calls(fault f) : what(f) {}
    fault what;
    int folder = -1, writes = 0;
    static int fail(int number) {
        errno = number;
        return -1;
    }
    int open(const char* path, int flags, ::mode_t mode) {
        const bool is_folder = (flags & O_DIRECTORY) != 0;
        if (what == fault::open && !is_folder) return fail(EACCES);
        if (what == fault::folder_open && is_folder) return fail(EIO);
        const int fd = ::open(path, flags, mode);
        if (is_folder) folder = fd;
        return fd;
    }
    ::ssize_t write(int fd, const void* data, std::size_t size) {
        // Two short writes and an interruption are no faults; the error comes after them.
        if (writes++ < 2) return ::write(fd, data, std::min<std::size_t>(size, 1000));
        if (writes == 3) return fail(EINTR);
        if (what == fault::write_error) return fail(EIO);
        if (what == fault::disk_full) {
            const detail::file_descriptor full(::open("/dev/full", O_WRONLY));
            return ::write(full.get(), data, size);
        }
        return ::write(fd, data, size);
    }
    int fsync(int fd) { return what == (fd == folder ? fault::folder_fsync : fault::fsync) ? fail(EIO) : ::fsync(fd); }
    int close(int fd) {
        const int result = ::close(fd);
        return what == fault::close ? fail(EDQUOT) : result;
    }
    int rename(const char* from, const char* to) { return what == fault::rename ? fail(EACCES) : ::rename(from, to); }
};

/// Each call fails with a probability of one in five, with a reason that the system could give.
struct random_calls : detail::system_calls {
    explicit random_calls(std::uint32_t run) : draw(key_of(3, random_stream::analysis), run) {}
    random_sequence draw;
    bool fails(int number) {
        if (draw.below(5) != 0) return false;
        errno = number;
        return true;
    }
    int open(const char* path, int flags, ::mode_t mode) { return fails(EMFILE) ? -1 : ::open(path, flags, mode); }
    ::ssize_t write(int fd, const void* data, std::size_t size) {
        if (fails(draw.below(2) ? EINTR : ENOSPC)) return -1;
        return ::write(fd, data, std::min<std::size_t>(size, 1 + draw.below(60'000)));
    }
    int fsync(int fd) { return fails(EIO) ? -1 : ::fsync(fd); }
    int close(int fd) {
        const int result = ::close(fd);
        return fails(EIO) ? -1 : result;
    }
    int rename(const char* from, const char* to) { return fails(EIO) ? -1 : ::rename(from, to); }
};

template <class Calls>
void replace_with(Calls&& calls, const std::filesystem::path& path) {
    detail::replace_file_with(calls, path, new_bytes);
}

}  // namespace

TEST_CASE("reading a file tells missing, wrong and too large ones apart", "[io][file]") {
    scratch::folder here;
    CHECK_THROWS_AS(read_file(here / "none", 100), missing_file);
    CHECK_THROWS_AS(read_file(here / "none" / "below", 100), missing_file);
    CHECK_THROWS_AS(read_file(here.path(), 100), bad_file);
    CHECK_THROWS_AS(read_file("/dev/zero", 100), bad_file);
    const auto pipe = here / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_AS(read_file(pipe, 100), bad_file);
    scratch::write(here / "f", old_bytes);
    CHECK(read_file(here / "f", old_bytes.size()) == old_bytes);
    CHECK_THROWS_AS(read_file(here / "f", old_bytes.size() - 1), bad_file);
}

TEST_CASE("a file is replaced whole, or the old one stays", "[io][file]") {
    scratch::folder here;
    const auto path = here / "state";
    replace_file(path, old_bytes);
    CHECK(read_file(path, 1 << 20) == old_bytes);

    const auto broken = GENERATE(fault::open, fault::write_error, fault::disk_full, fault::fsync, fault::close, fault::rename);
    CAPTURE(static_cast<int>(broken));
    try {
        replace_with(faulty_calls(broken), path);
        FAIL("the fault went unseen");
    } catch (const error& e) {
        CHECK(e.code() == (broken == fault::open ? error_code::cannot_create : error_code::write_failed));
        CHECK(e.text().where.find("state") != std::string::npos);
        CHECK(e.text().got.find("errno") != std::string::npos);
        if (broken == fault::disk_full) CHECK(e.text().got.find(std::to_string(ENOSPC)) != std::string::npos);
    }
    CHECK(read_file(path, 1 << 20) == old_bytes);
    CHECK(here.names() == std::vector<std::string>{"state"});

    replace_file(path, new_bytes);
    CHECK(read_file(path, 1 << 20) == new_bytes);
}

TEST_CASE("a failing sync of the folder is reported though the new file is in place", "[io][file]") {
    scratch::folder here;
    const auto broken = GENERATE(fault::folder_open, fault::folder_fsync);
    CHECK_THROWS_AS(replace_with(faulty_calls(broken), here / "state"), write_failed);
    CHECK(read_file(here / "state", 1 << 20) == new_bytes);
}

TEST_CASE("success is reported only when the new bytes are there, failure only with old or new ones", "[io][file]") {
    scratch::folder here;
    int good = 0, bad = 0;
    for (std::uint32_t run = 0; run < 150; ++run) {
        scratch::write(here / "state", old_bytes);
        bool succeeded = true;
        try {
            replace_with(random_calls(run), here / "state");
        } catch (const error&) {
            succeeded = false;
        }
        ++(succeeded ? good : bad);
        const auto found = read_file(here / "state", 1 << 20);
        REQUIRE((found == new_bytes || (!succeeded && found == old_bytes)));
        REQUIRE(here.names().size() == 1);
    }
    CHECK(good > 10);
    CHECK(bad > 10);
}

TEST_CASE("places where no file can be", "[io][file]") {
    scratch::folder here;
    CHECK_THROWS_AS(replace_file(here.path(), new_bytes), cannot_create);
    CHECK_THROWS_AS(replace_file(here.path() / "", new_bytes), cannot_create);
    REQUIRE(::mkfifo((here / "pipe").c_str(), 0600) == 0);
    CHECK_THROWS_AS(replace_file(here / "pipe", new_bytes), cannot_create);
    CHECK_THROWS_AS(replace_file(here / "none" / "state", new_bytes), cannot_create);
    CHECK_THROWS_AS(replace_file(here / std::string(300, 'x'), new_bytes), cannot_create);

    create_folder(here / "a" / "b");
    create_folder(here / "a" / "b");
    require_writable_folder(here / "a" / "b");
    CHECK(std::filesystem::is_empty(here / "a" / "b"));
    scratch::write(here / "file", old_bytes);
    CHECK_THROWS_AS(create_folder(here / "file"), cannot_create);
    CHECK_THROWS_AS(create_folder(here / "file" / "below"), cannot_create);
    CHECK_THROWS_AS(require_writable_folder(here / "none"), cannot_create);
    CHECK_THROWS_AS(require_writable_folder(here / "file"), cannot_create);
    CHECK_THROWS_AS(require_writable_folder("/proc"), cannot_create);
}

TEST_CASE("a limit on file sizes is an error, not the end of the old file", "[io][file]") {
    scratch::folder here;
    replace_file(here / "state", old_bytes);
    const int code = scratch::in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{50'000, 50'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            replace_file(here / "state", new_bytes);
        } catch (const write_failed& e) {
            return e.text().got.find(std::to_string(EFBIG)) == std::string::npos ? 2 : 0;
        } catch (...) {
        }
        return 1;
    });
    CHECK(code == 0);
    CHECK(read_file(here / "state", 1 << 20) == old_bytes);
    CHECK(here.names() == std::vector<std::string>{"state"});
}

TEST_CASE("temporaries of the dead are removed, those of the living stay", "[io][file]") {
    scratch::folder here;
    const ::pid_t dead = [] {
        const ::pid_t child = ::fork();
        if (child == 0) ::_exit(0);
        ::waitpid(child, nullptr, 0);
        return child;
    }();
    scratch::write(here / ("state.tmp." + std::to_string(dead)), old_bytes);
    scratch::write(here / ("state.tmp." + std::to_string(::getpid())), old_bytes);  // a killed predecessor had our number
    scratch::write(here / "state.tmp.1", old_bytes);
    scratch::write(here / "state.tmp.notes", old_bytes);
    scratch::write(here / ("other.tmp." + std::to_string(dead)), old_bytes);
    replace_file(here / "state", new_bytes);
    auto names = here.names();
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"other.tmp." + std::to_string(dead), "state", "state.tmp.1", "state.tmp.notes"});

    // Another thread of this process in the middle of a save.
    const auto ours = here / ("state.tmp." + std::to_string(::getpid()));
    const detail::file_descriptor busy(::open(ours.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    REQUIRE(::flock(busy.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK_THROWS_AS(replace_file(here / "state", old_bytes), cannot_create);
    CHECK(std::filesystem::exists(ours));
    CHECK(read_file(here / "state", 1 << 20) == new_bytes);
}
