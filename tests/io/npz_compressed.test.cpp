// Compressed NPZ files: what NumPy writes is read, whatever way it was written, and what is made to deceive costs neither memory nor time.
#include "../instrumented.hpp"
#include "catch.hpp"
#include "example_tensors.hpp"
#include "scratch.hpp"

#include <eirnn/io/npy.hpp>

#include <zlib.h>

#include <ctime>
#include <limits>
#include <string>

using namespace eirnn;

namespace {

using bytes = std::vector<std::byte>;

bytes deflated(std::span<const std::byte> content) {
    z_stream s{};
    REQUIRE(deflateInit2(&s, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    bytes out(deflateBound(&s, content.size()) + 16);
    s.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data()));
    s.avail_in = static_cast<uInt>(content.size());
    s.next_out = reinterpret_cast<Bytef*>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
    out.resize(s.total_out);
    deflateEnd(&s);
    return out;
}
void put(bytes& to, std::uint64_t value, std::size_t count) {
    for (; count != 0; --count, value >>= 8) to.push_back(static_cast<std::byte>(value & 0xFF));
}

/// One entry of an archive, each part of which can be made to lie.
struct member {
    std::string name;
    bytes packed;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    std::uint64_t method = 8;
    bool streamed = false;  ///< sizes and CRC behind the content, 0 before it
    bool zip64 = false;     ///< sizes in the extra field of the directory
};
member member_of(const std::string& name, std::span<const std::byte> content) {
    return {name + ".npy", deflated(content), content.size(), detail::crc32(content)};
}
/// The content of an NPY file.
bytes npy(const tensor& t) {
    bytes all = scratch::bytes_of(detail::npy_header(t));
    all.insert(all.end(), t.data.begin(), t.data.end());
    return all;
}
struct tail_options {
    bool zip64 = false;
    std::uint64_t count = 0;  ///< added to the number of entries that the zip64 directory tells
};
bytes archive(const std::vector<member>& members, tail_options tail = {}) {
    bytes all, directory;
    const std::uint64_t saturated = 0xFFFFFFFF;
    for (const auto& m : members) {
        const std::uint64_t offset = all.size();
        put(all, detail::zip_local, 4);
        put(all, 20, 2), put(all, m.streamed ? 8 : 0, 2), put(all, m.method, 2), put(all, 0x210000, 4);
        put(all, m.streamed ? 0 : m.crc, 4), put(all, m.streamed ? 0 : m.packed.size(), 4), put(all, m.streamed ? 0 : m.size, 4);
        put(all, m.name.size(), 2), put(all, 0, 2);
        const auto name = scratch::bytes_of(m.name);
        all.insert(all.end(), name.begin(), name.end());
        all.insert(all.end(), m.packed.begin(), m.packed.end());
        if (m.streamed) put(all, 0x08074b50, 4), put(all, m.crc, 4), put(all, m.packed.size(), 4), put(all, m.size, 4);
        put(directory, detail::zip_central, 4);
        put(directory, 20, 2), put(directory, 20, 2), put(directory, m.streamed ? 8 : 0, 2), put(directory, m.method, 2);
        put(directory, 0x210000, 4), put(directory, m.crc, 4);
        put(directory, m.zip64 ? saturated : m.packed.size(), 4), put(directory, m.zip64 ? saturated : m.size, 4);
        put(directory, m.name.size(), 2), put(directory, m.zip64 ? 28 : 0, 2), put(directory, 0, 10);
        put(directory, m.zip64 ? saturated : offset, 4);
        directory.insert(directory.end(), name.begin(), name.end());
        if (m.zip64)
            put(directory, 1, 2), put(directory, 24, 2), put(directory, m.size, 8), put(directory, m.packed.size(), 8),
                put(directory, offset, 8);
    }
    const std::uint64_t begin = all.size();
    all.insert(all.end(), directory.begin(), directory.end());
    const std::uint64_t end = all.size();
    if (tail.zip64) {
        put(all, detail::zip64_end, 4), put(all, 44, 8), put(all, 45, 2), put(all, 45, 2), put(all, 0, 8);
        put(all, members.size() + tail.count, 8), put(all, members.size() + tail.count, 8), put(all, directory.size(), 8),
            put(all, begin, 8);
        put(all, detail::zip64_locator, 4), put(all, 0, 4), put(all, end, 8), put(all, 1, 4);
    }
    put(all, detail::zip_end, 4), put(all, 0, 4);
    put(all, tail.zip64 ? 0xFFFF : members.size(), 2), put(all, tail.zip64 ? 0xFFFF : members.size(), 2);
    put(all, tail.zip64 ? saturated : directory.size(), 4), put(all, tail.zip64 ? saturated : begin, 4), put(all, 0, 2);
    return all;
}

std::vector<tensor> read(std::span<const std::byte> content, const npy_limits& limits = {}) {
    detail::npz_archive a({content.begin(), content.end()}, limits, "x.npz");
    std::vector<tensor> found;
    for (std::size_t k = 0; k < a.size(); ++k) found.push_back(a.read(k));
    return found;
}
std::string refusal(std::span<const std::byte> content, const npy_limits& limits = {}) {
    try {
        read(content, limits);
    } catch (const bad_file& e) {
        CHECK(e.text().where.starts_with("x.npz, byte "));
        return e.what();
    }
    return "loaded";
}
void says(const std::string& message, std::string_view part) {
    CAPTURE(message, part);
    CHECK(message.find(part) != std::string::npos);
}

const tensor first = make_tensor("W", example_matrix<double>());
const tensor second = make_tensor("b", {3}, std::vector<float>{1, -2, 3});
std::vector<member> two() { return {member_of("W", npy(first)), member_of("b", npy(second))}; }

}  // namespace

TEST_CASE("compressed archives are read, streamed and in zip64 too", "[io][npy]") {
    const std::vector<tensor> both{first, second};
    CHECK(read(archive(two())) == both);
    auto members = two();
    for (auto& m : members) m.streamed = true;
    CHECK(read(archive(members)) == both);
    members[1].zip64 = true;
    CHECK(read(archive(members)) == both);
    CHECK(read(archive(members, {.zip64 = true})) == both);
    CHECK(read(archive({}, {.zip64 = true})).empty());
    auto mixed = two();
    mixed[0] = {"W.npy", npy(first), npy(first).size(), detail::crc32(npy(first)), 0};
    CHECK(read(archive(mixed)) == both);

    // The head of an array tells its shape and inflates no more than a header.
    detail::npz_archive a(archive(members), {}, "x.npz");
    CHECK(a.name(0) == "W");
    CHECK(a.head(0).shape == first.shape);
    CHECK(a.head(0).data.empty());
    CHECK(a.head(1).type == dtype::f32);
}

TEST_CASE("what NumPy compresses is read, also where it could not seek", "[io][numpy]") {
    const std::string python = scratch::python_with_numpy();
    if (python.empty()) {
        WARN("skipped: no Python with NumPy");
        return;
    }
    scratch::folder here;
    const auto result = scratch::numpy_check(python, "compressed", here.path());
    INFO(result.output);
    REQUIRE(result.code == 0);
    for (const char* name : {"plain.npz", "pipe.npz", "zip64.npz"}) {
        CAPTURE(name);
        const auto arrays = read_npz(here / name);
        REQUIRE(arrays.size() == 5);
        CHECK(tensor_at(arrays, "c").get_matrix<double>() == example_matrix<double>());
        CHECK(tensor_at(arrays, "big_fortran").get_matrix<float>() == example_matrix<float>());
        CHECK(tensor_at(arrays, "empty").shape == std::vector<std::uint64_t>{0, 3});
        CHECK(tensor_at(arrays, "zeros").get<double>() == std::vector<double>(100'000));
        CHECK(tensor_at(arrays, "scalar").get_scalar<double>() == 2.5);
    }
}

TEST_CASE("a compressed archive that is cut, lengthened or has a flipped bit gives no wrong numbers", "[io][npy]") {
    for (const bool wide : {false, true}) {
        auto members = two();
        for (auto& m : members) m.zip64 = m.streamed = wide;
        auto content = archive(members, {.zip64 = wide});
        const std::vector<tensor> both{first, second};
        for (std::size_t size = 0; size < content.size(); ++size) REQUIRE(refusal(std::span(content).first(size)) != "loaded");
        std::size_t harmless = 0;
        for (std::size_t bit = 0; bit < 8 * content.size(); ++bit) {
            const auto mask = std::byte{1} << static_cast<int>(bit % 8);
            content[bit / 8] ^= mask;
            try {
                if (read(content) != both) FAIL("bit " << bit);
                ++harmless;
            } catch (const bad_file&) {
            }
            content[bit / 8] ^= mask;
        }
        // Times, versions, attributes, and what streaming leaves behind the content: the directory is what counts.
        CHECK(harmless < 8 * (75 * both.size()));
        content.push_back(std::byte{0});
        CHECK(refusal(content) != "loaded");
    }
}

TEST_CASE("sizes that lie are found out before and after inflating", "[io][npy]") {
    const auto with = [](auto change) {
        auto members = two();
        change(members[0]);
        return refusal(archive(members));
    };
    says(with([](member& m) { m.size += 1; }), "is shorter than its size says");
    says(with([](member& m) { m.size -= 1; }), "is longer than its size says");
    says(with([](member& m) { m.size = 10; }), "is longer than its size says");
    says(with([](member& m) { m.size = 0; }), "is longer than its size says");
    says(with([](member& m) { m.size = 0xFFFFFFFE; }), "promises more than its compressed bytes can give");
    says(with([](member& m) { m.zip64 = true, m.size = std::numeric_limits<std::uint64_t>::max(); }), "promises more");
    says(with([](member& m) { m.zip64 = true, m.size = std::uint64_t{1} << 40; }), "promises more");
    says(with([](member& m) { m.packed.pop_back(); }), "is cut");
    says(with([](member& m) { m.packed.clear(); }), "promises more");
    says(with([](member& m) { m.packed.push_back(std::byte{0}); }), "is followed by something");
    says(with([](member& m) { m.packed.assign(m.packed.size(), std::byte{0xFF}); }), "is damaged");
    says(with([](member& m) { m.crc ^= 1; }), "wrong CRC");
    says(with([](member& m) { m.method = 0; }), "sizes of a stored entry differ");
    says(with([](member& m) { m.method = 14; }), "compressed in an unknown way");
    // A stream of zlib's own format, with its two bytes in front, is not what a zip archive holds.
    says(with([](member& m) { m.packed.insert(m.packed.begin(), {std::byte{0x78}, std::byte{0x9C}}); }), "is damaged");
    // Two directories of one archive that say different things.
    says(refusal(archive(two(), {.zip64 = true, .count = 1})), "directory of the archive is damaged");
    auto content = archive(two(), {.zip64 = true});
    content[content.size() - 12] = std::byte{7}, content[content.size() - 11] = std::byte{0};
    content[content.size() - 14] = std::byte{7}, content[content.size() - 13] = std::byte{0};
    says(refusal(content), "directory of the archive is damaged");
}

TEST_CASE("bombs cost neither memory nor time", "[io][npy]") {
    const auto zeros = [](std::size_t count) { return npy(make_tensor("zeros", {count}, std::vector<double>(count))); };
    const bytes large = zeros(std::size_t{1} << 23);  // 64 MiB, in 64 KiB
    const member honest = member_of("zeros", large);
    REQUIRE(honest.packed.size() * 900 < large.size());
    CHECK(refusal(archive({honest})) == "loaded");
    CHECK(refusal(archive({honest}), {.inflated = large.size()}) == "loaded");

    struct bomb {
        bytes content;
        npy_limits limits;
        std::string message;
        long kilobytes;
    };
    std::vector<bomb> bombs;
    bombs.push_back({archive({honest}), {.inflated = large.size() - 1}, "limit `inflated`", 1024});
    auto second_copy = honest;
    second_copy.name = "more.npy";
    bombs.push_back({archive({honest, second_copy}), {.inflated = 2 * large.size() - 1}, "limit `inflated`", 150 << 10});
    auto liar = honest;
    liar.size = 1000;
    bombs.push_back({archive({liar}), {}, "is longer than its size says", 1024});
    liar.size = honest.packed.size() * 1033;
    bombs.push_back({archive({liar}), {}, "promises more", 1024});
    // A deflated archive in the archive: the inner one is no array.
    bombs.push_back({archive({member_of("inner", archive({honest}))}), {}, "no NPY array", 1024});
    // A header that says 8 PiB of numbers.
    bytes header = scratch::bytes_of(std::string("\x93NUMPY\x01\x00\x4e\x00", 10) +
                                     "{'descr': '<f8', 'fortran_order': False, 'shape': (1125899906842624,), }     \n");
    bombs.push_back({archive({member_of("a", header)}), {}, "does not fit the size of the data", 1024});

    // The header of a small array before 64 MiB.
    bytes padded = npy(first);
    padded.insert(padded.end(), large.begin(), large.end());
    bombs.push_back({archive({member_of("W", padded)}), {}, "does not fit the size of the data", 1024});

    constexpr long instrumented = EIRNN_TEST_INSTRUMENTED ? 30 : 1;
    for (const auto& b : bombs) {
        std::string message;
        const std::clock_t begin = std::clock();
        const long growth = scratch::peak_growth_kb([&] { message = refusal(b.content, b.limits); });
        const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        CAPTURE(message, b.message, growth, seconds);
        CHECK(message.find(b.message) != std::string::npos);
        CHECK(seconds < 2. * instrumented);
        if (growth < 0)
            WARN("memory not measured: /proc does not tell");
        else
            CHECK(growth <= b.kilobytes * instrumented);
    }
    // What an archive is not asked for is not inflated.
    detail::npz_archive a(archive({honest}), {.inflated = 10}, "x.npz");
    const long growth = scratch::peak_growth_kb([&] { CHECK(a.head(0).shape == std::vector<std::uint64_t>{std::uint64_t{1} << 23}); });
    CHECK(growth <= 1024 * instrumented);
    CHECK_THROWS_AS(a.read(0), bad_file);
}
