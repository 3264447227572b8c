#include "catch.hpp"
#include "example_tensors.hpp"
#include "scratch.hpp"

#include <eirnn/core/random.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/io/safetensors.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <limits>
#include <thread>

using namespace eirnn;

namespace {
tensor_file example() { return {example_tensors(), {{"task", "dé\"cision\n"}, {"", "empty key"}, {"a\"xxh3", "0123456789abcdefgh"}}}; }
}  // namespace

TEST_CASE("safetensors round trip", "[io][safetensors]") {
    scratch::folder here;
    write_safetensors(here / "f", example());
    const tensor_file found = read_safetensors(here / "f");
    CHECK(found == parse_safetensors(read_file(here / "f", 1 << 20)));

    auto expected = example();
    std::ranges::sort(expected.tensors, {}, &tensor::name);
    CHECK(found == expected);
    CHECK(found.format == safetensors_format);
    CHECK(found.at("W").get_matrix<float>() == example_matrix<float>());
    CHECK(found.at("W64").get_matrix<double>()(2, 1) == 21.25);
    CHECK(found.at("step").get_scalar<long>() == -7);
    CHECK(found.at("counter").get<std::uint64_t>()[2] == ~std::uint64_t{0});
    CHECK(found.find("w") == nullptr);
    CHECK_THROWS_AS(found.at("w"), bad_file);
    CHECK_THROWS_AS(found.at("W").get<double>(), bad_file);
    CHECK_THROWS_AS(found.at("mask").get_matrix<std::uint8_t>(), bad_file);
    CHECK_THROWS_AS(found.at("W").get_scalar<float>(), bad_file);
    CHECK_THROWS_AS(read_safetensors(here / "none"), missing_file);
    CHECK_THROWS_AS(read_safetensors(here.path()), bad_file);

    CHECK(parse_safetensors(serialise({})) == tensor_file{});
}

TEST_CASE("the same content gives the same bytes, aligned for its types", "[io][safetensors]") {
    auto file = example();
    const auto bytes = serialise(file);
    std::ranges::reverse(file.tensors);
    CHECK(serialise(file) == bytes);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto offset = [&](std::string_view name) {
        const auto at = text.find("[", text.find("data_offsets", text.find("\"" + std::string(name) + "\":{")));
        return std::stoul(text.substr(at + 1));
    };
    CHECK(std::bit_cast<std::uint64_t>(std::array{bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]}) % 8 ==
          0);
    for (const tensor& t : file.tensors) CHECK(offset(t.name) % detail::row_of(t.type).size == 0);
}

TEST_CASE("what could not be read back is not written", "[io][safetensors]") {
    const auto one = [](std::string name) { return make_tensor(std::move(name), 1.0f); };
    const auto refused = [](tensor_file file) { CHECK_THROWS_AS(serialise(file), invalid_argument); };
    for (const char* name : {"", "../W", "a/../b", "/W", "\xFF", "a\nb", "__metadata__"}) refused({{one(name)}, {}});
    refused({{one(std::string(1025, 'n'))}, {}});
    refused({{one("a"), one("a")}, {}});
    refused({{}, {{"xxh3", "0"}}});
    refused({{}, {{"xxh3:W", "0"}}});
    refused({{}, {{"eirnn_format", "2"}}});
    refused({{}, {{"key", "\xC0\x80"}}});
    refused({{}, {{"key", std::string(1 << 20, 'v')}}});
    refused({{{"W", dtype::f32, {2}, std::vector<std::byte>(4)}}, {}});
    refused({{{"W", dtype::u8, {std::uint64_t{1} << 60, 0}, {}}}, {}});
    refused({{{"W", dtype::u8, std::vector<std::uint64_t>(9, 1), std::vector<std::byte>(1)}}, {}});
    CHECK_THROWS_AS(make_tensor("W", {2, 2}, std::vector<float>(3)), invalid_argument);
}

TEST_CASE("numbers that are not finite are found and named", "[io][safetensors]") {
    auto w = example_matrix<float>();
    w(0, 0) = std::numeric_limits<float>::denorm_min();
    w(0, 1) = std::numeric_limits<float>::max();
    const auto loaded = parse_safetensors(serialise({{make_tensor("W", w)}, {}}));
    CHECK_NOTHROW(require_finite(loaded.at("W")));
    CHECK(loaded.at("W").get_matrix<float>()(0, 0) == std::numeric_limits<float>::denorm_min());
    w(1, 2) = std::numeric_limits<float>::quiet_NaN();
    w(2, 3) = -std::numeric_limits<float>::infinity();
    try {
        require_finite(make_tensor("W", w), "run.safetensors");
        FAIL("NaN went unseen");
    } catch (const bad_file& e) {
        CHECK(e.text().where == "run.safetensors, tensor 'W', first at (1, 2)");
        CHECK(e.text().got == "2 of 12 NaN or infinite");
    }
    CHECK_THROWS_AS(require_finite(make_tensor("x", std::numeric_limits<double>::infinity())), bad_file);
    CHECK(find_non_finite({"h", dtype::f16, {2}, scratch::bytes_of(std::string("\xFF\x7B\x00\xFC", 4))}).first == 1);   // 65504, -infinity
    CHECK(find_non_finite({"b", dtype::bf16, {2}, scratch::bytes_of(std::string("\x7F\x7F\xC0\x7F", 4))}).first == 1);  // largest, NaN
    CHECK_NOTHROW(require_finite(make_tensor("n", ~std::uint64_t{0})));
}

TEST_CASE("doubles become floats only when asked, with the loss reported", "[io][safetensors]") {
    const auto r = round_to_float(make_tensor("W", {3}, std::vector{0.5, 0.1, -3.0}));
    CHECK(r.values == std::vector<float>{0.5f, 0.1f, -3.0f});
    CHECK(r.largest_rounding == static_cast<double>(0.1f) - 0.1);
    CHECK_THROWS_AS(round_to_float(make_tensor("W", 1.0f)), bad_file);
}

TEST_CASE("a save that is killed at any moment leaves a valid file", "[io][safetensors]") {
    scratch::folder here;
    const auto path = here / "state.safetensors";
    const auto save = [&](std::uint64_t step) {
        write_safetensors(
            path, {{make_tensor("step", step), make_tensor("W", {100'000}, std::vector<float>(100'000, static_cast<float>(step)))}, {}});
    };
    save(0);
    random_sequence wait(key_of(1, random_stream::analysis));
    std::uint64_t last = 0;
    int interrupted = 0;
    for (int kill = 0; kill < 50; ++kill) {
        const ::pid_t child = ::fork();
        if (child == 0) {
            for (std::uint64_t step = last + 1;; ++step) save(step);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(wait.below(20'000)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        interrupted += here.names().size() > 1;
        REQUIRE(here.names().size() <= 2);  // leftovers of earlier kills do not pile up

        const auto file = read_safetensors(path);
        const auto step = file.at("step").get_scalar<std::uint64_t>();
        REQUIRE(step >= last);
        REQUIRE(file.at("W").get<float>() == std::vector<float>(100'000, static_cast<float>(step)));
        last = step;
    }
    CHECK(last > 0);
    CHECK(interrupted > 0);
    save(last + 1);
    CHECK(here.names() == std::vector<std::string>{"state.safetensors"});
}

TEST_CASE("NumPy reads our safetensors and NPZ files", "[io][numpy]") {
    const std::string python = scratch::python_with_numpy();
    if (python.empty()) {
        WARN("skipped: no Python with NumPy");
        return;
    }
    scratch::folder here;
    write_safetensors(here / "ours.safetensors", example());
    write_npz(here / "ours.npz", example_tensors());
    const auto result = scratch::numpy_check(python, "read", here.path());
    INFO(result.output);
    CHECK(result.code == 0);
    CHECK(result.output == "ok\n");
}
