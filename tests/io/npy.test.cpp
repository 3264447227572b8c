#include "catch.hpp"
#include "example_tensors.hpp"
#include "scratch.hpp"

#include <eirnn/io/npy.hpp>

#include <algorithm>
#include <string>

using namespace eirnn;

namespace {

void replace(std::vector<std::byte>& bytes, std::string_view from, std::string_view to) {
    const auto pattern = scratch::bytes_of(from);
    const auto found = std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end());
    REQUIRE(found != bytes.end());
    const auto replacement = scratch::bytes_of(to);
    std::ranges::copy(replacement, found);
}

std::string refusal(const std::filesystem::path& path, const npy_limits& limits = {}) {
    try {
        path.extension() == ".npy" ? void(read_npy(path, limits)) : void(read_npz(path, limits));
    } catch (const bad_file& e) {
        return e.what();
    }
    return "loaded";
}

/// An NPY file of version 1 with this dictionary.
std::vector<std::byte> npy(std::string dictionary, std::size_t data_size) {
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(dictionary.size() & 0xFF);
    text += static_cast<char>(dictionary.size() >> 8);
    auto bytes = scratch::bytes_of(text + dictionary);
    bytes.resize(bytes.size() + data_size);
    return bytes;
}

}  // namespace

TEST_CASE("NPZ round trip, with the same bytes each time", "[io][npy]") {
    scratch::folder here;
    write_npz(here / "a.npz", example_tensors());
    write_npz(here / "b.npz", example_tensors());
    CHECK(read_npz(here / "a.npz") == example_tensors());
    CHECK(scratch::text(here / "a.npz") == scratch::text(here / "b.npz"));
    CHECK(here.names().size() == 2);
    write_npz(here / "empty.npz", std::vector<tensor>{});
    CHECK(read_npz(here / "empty.npz").empty());
    CHECK_THROWS_AS(read_npz(here / "none.npz"), missing_file);

    const auto one = make_tensor("a", 1.0f);
    CHECK_THROWS_AS(write_npz(here / "c.npz", {one, one}), invalid_argument);
    CHECK_THROWS_AS(write_npz(here / "c.npz", {make_tensor("../a", 1.0f)}), invalid_argument);
    CHECK_THROWS_AS(write_npz(here / "c.npz", {{"a", dtype::bf16, {1}, std::vector<std::byte>(2)}}), invalid_argument);
    CHECK_THROWS_AS(write_npz(here / "c.npz", {{"a", dtype::f32, {1}, std::vector<std::byte>(2)}}), invalid_argument);
    CHECK(here.names().size() == 3);
}

TEST_CASE("an NPZ archive that is cut, lengthened or has a flipped bit gives no wrong numbers", "[io][npy]") {
    scratch::folder here;
    const std::vector<tensor> arrays{make_tensor("W", example_matrix<float>()), make_tensor("step", std::int64_t{3})};
    write_npz(here / "a.npz", arrays);
    auto bytes = read_file(here / "a.npz", 1 << 20);
    const auto load = [&](std::span<const std::byte> content) {
        detail::npz_archive archive({content.begin(), content.end()}, {}, "memory");
        std::vector<tensor> found;
        for (std::size_t k = 0; k < archive.size(); ++k) found.push_back(archive.read(k));
        return found;
    };
    CHECK(load(bytes) == arrays);
    for (std::size_t size = 0; size < bytes.size(); ++size) REQUIRE_THROWS_AS(load(std::span(bytes).first(size)), bad_file);
    // A zip archive has bits without meaning for the content (times, versions); all others are covered by checks and CRCs.
    std::size_t harmless = 0;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        const auto mask = std::byte{1} << static_cast<int>(bit % 8);
        bytes[bit / 8] ^= mask;
        try {
            if (load(bytes) != arrays) FAIL("bit " << bit);
            ++harmless;
        } catch (const bad_file&) {
        }
        bytes[bit / 8] ^= mask;
    }
    CHECK(harmless < 8 * (60 * arrays.size()));
    bytes.push_back(std::byte{0});
    CHECK_THROWS_AS(load(bytes), bad_file);
}

TEST_CASE("archives made to deceive are refused", "[io][npy]") {
    scratch::folder here;
    write_npz(here / "a.npz", {make_tensor("abcdef", 1.0f), make_tensor("ghijkl", 2.0f)});
    const auto good = read_file(here / "a.npz", 1 << 20);
    const std::size_t central = detail::little_endian(good, good.size() - 6, 4);
    const auto changed = [&](std::size_t at, std::uint32_t value, std::size_t count) {
        auto bytes = good;
        for (std::size_t k = 0; k < count; ++k) bytes[at + k] = static_cast<std::byte>((value >> (8 * k)) & 0xFF);
        scratch::write(here / "x.npz", bytes);
        return refusal(here / "x.npz");
    };
    const auto says = [](const std::string& message, std::string_view part) {
        CAPTURE(message, part);
        CHECK(message.find(part) != std::string::npos);
    };
    says(changed(central + 8, 0x0801, 2), "encrypted");
    says(changed(central + 10, 8, 2), "two ways of compression");
    says(changed(central + 10, 12, 2), "compressed in an unknown way");
    says(changed(central + 20, 0x7FFFFFFF, 4), "sizes");
    says(changed(central + 16, 1, 4), "CRC");
    says(changed(central + 42, 0xFFFFFFF0, 4), "place is wrong");
    says(changed(good.size() - 2, 1, 2), "no NPZ archive");
    says(changed(good.size() - 6, 0xFFFFFFFF, 4), "directory of the archive is damaged");
    says(changed(good.size() - 12, 0xFFFF, 2), "directory of the archive is damaged");
    // Both directory entries point at the first array: two names for it, then, with its name copied, an overlap.
    const std::size_t second = central + 46 + 10;
    says(changed(second + 42, 0, 4), "two names");
    const auto bomb = [&] {
        auto bytes = good;
        for (const std::size_t at : {central + 20, central + 24})
            for (std::size_t k = 0; k < 4; ++k) bytes[at + k] = std::byte{0x7F};
        scratch::write(here / "x.npz", bytes);
        return refusal(here / "x.npz");
    };
    says(bomb(), "cut or too large");
    for (const auto& [name, message] : {std::pair{"/etc/x.npy", "looks like a path"},
                                        {"..//..npy!", "looks like a path"},
                                        {"abcdef.txt", "no array"},
                                        {"ghijkl.npy", "two names"},
                                        {"abc\xFF"
                                         "ef.npy",
                                         "UTF-8"}}) {
        auto bytes = good;
        replace(bytes, "abcdef.npy", name);
        if (std::string_view(name) != "ghijkl.npy") {
            std::ranges::copy(scratch::bytes_of(name), bytes.begin() + static_cast<long>(central) + 46);
        }
        scratch::write(here / "x.npz", bytes);
        says(refusal(here / "x.npz"), message);
    }
}

TEST_CASE("an array hidden inside another one is refused", "[io][npy]") {
    scratch::folder here;
    const auto inner = make_tensor("b", 1.0f);
    write_npz(here / "inner.npz", {inner});
    const auto hidden = read_file(here / "inner.npz", 1 << 20);
    write_npz(here / "x.npz", {make_tensor("a", {hidden.size()},
                                           std::vector(reinterpret_cast<const std::uint8_t*>(hidden.data()),
                                                       reinterpret_cast<const std::uint8_t*>(hidden.data()) + hidden.size())),
                               inner});
    REQUIRE(refusal(here / "x.npz") == "loaded");
    auto bytes = read_file(here / "x.npz", 1 << 20);
    const std::size_t directory = detail::little_endian(bytes, bytes.size() - 6, 4), second = directory + 46 + 5;
    const auto place = std::search(bytes.begin(), bytes.end(), hidden.begin(), hidden.end()) - bytes.begin();
    for (std::size_t k = 0; k < 4; ++k) bytes[second + 42 + k] = static_cast<std::byte>((place >> (8 * k)) & 0xFF);
    scratch::write(here / "x.npz", bytes);
    CHECK(refusal(here / "x.npz").find("entries overlap") != std::string::npos);
}

TEST_CASE("NPY headers that break the format are refused one by one", "[io][npy]") {
    scratch::folder here;
    const auto says = [&](const std::vector<std::byte>& bytes, std::string_view message) {
        scratch::write(here / "x.npy", bytes);
        const std::string found = refusal(here / "x.npy");
        CAPTURE(found, message);
        CHECK(found.find(message) != std::string::npos);
    };
    const std::string f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    says(npy(f4, 8), "loaded");
    says(npy("{\"shape\":(2), \"descr\":\"<f4\",\"fortran_order\":True}\n", 8), "loaded");
    says(npy(f4, 9), "size of the data");
    says(npy(f4, 7), "size of the data");
    says(npy(f4 + "x", 8), "followed by something");
    says(npy("{'descr': '<f4', 'shape': (2,), }", 8), "incomplete");
    says(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8), "twice");
    says(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8), "unknown");
    says(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", 8), "True or False");
    says(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8), "plain non-negative");
    says(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0), "below 2^64");
    says(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,), }", 0), "too large");
    says(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1250000000,), }", 8), "10000000000 bytes");
    says(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2), }", 8), "limit `dims`");
    says(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8), "pickled");
    says(npy("{'descr': 'O', 'fortran_order': False, 'shape': (1,), }", 8), "unsupported");
    says(npy("{'descr': '', 'fortran_order': False, 'shape': (1,), }", 8), "unsupported");
    says(npy("{'descr': '|f4', 'fortran_order': False, 'shape': (1,), }", 4), "unsupported");
    says(npy("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", 8), "unsupported");
    says(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4), "structured");
    says(npy(f4 + std::string(10'000, ' '), 8), "limit `header`");
    says(npy(std::string(9'000, '('), 0), "not as expected");
    says(scratch::bytes_of("\x93NUMPY"), "no NPY array");
    says(scratch::bytes_of("<!DOCTYPE html><html>"), "no NPY array");
    auto other = npy(f4, 8);
    other[6] = std::byte{4};
    says(other, "version");
    other = npy(f4, 8);
    other[9] = std::byte{1};
    says(other, "cut");
}

TEST_CASE("arrays written by NumPy are read exactly, or refused with the repair", "[io][numpy]") {
    const std::string python = scratch::python_with_numpy();
    if (python.empty()) {
        WARN("skipped: no Python with NumPy");
        return;
    }
    scratch::folder here;
    const auto result = scratch::numpy_check(python, "write", here.path());
    INFO(result.output);
    REQUIRE(result.code == 0);

    const auto arrays = read_npz(here / "numpy.npz");
    CHECK(arrays.size() == 8);
    CHECK(tensor_at(arrays, "c").get_matrix<float>() == example_matrix<float>());
    CHECK(tensor_at(arrays, "fortran").get_matrix<double>() == example_matrix<double>());
    CHECK(tensor_at(arrays, "big").get_matrix<double>() == example_matrix<double>());
    CHECK(tensor_at(arrays, "big_fortran").get_matrix<float>() == example_matrix<float>());
    const auto three = tensor_at(arrays, "three").get<std::int64_t>();
    CHECK(tensor_at(arrays, "three").shape == std::vector<std::uint64_t>{2, 3, 4});
    for (std::size_t k = 0; k < 24; ++k) CHECK(three[k] == static_cast<std::int64_t>(k));
    CHECK(tensor_at(arrays, "mask").get<std::uint8_t>() == std::vector<std::uint8_t>{1, 0});
    CHECK(tensor_at(arrays, "scalar").get_scalar<double>() == 2.5);
    CHECK(tensor_at(arrays, "empty").shape == std::vector<std::uint64_t>{0, 3});

    for (const char* version : {"v1.npy", "v2.npy", "v3.npy"})
        CHECK(read_npy(here / version).get_matrix<float>() == example_matrix<float>());
    CHECK(read_npy(here / "v1.npy").name == "v1");
    CHECK(tensor_at(read_npz(here / "compressed.npz"), "c").get_matrix<double>() == example_matrix<double>());
    CHECK(refusal(here / "object.npz").find("pickled") != std::string::npos);
    CHECK(refusal(here / "structured.npz").find("structured") != std::string::npos);
    CHECK(refusal(here / "text.npz").find("unsupported") != std::string::npos);
    CHECK(refusal(here / "complex.npz").find("unsupported") != std::string::npos);
}
