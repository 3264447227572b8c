#include "catch.hpp"
#include "../instrumented.hpp"
#include "example_tensors.hpp"
#include "scratch.hpp"

#include <eirnn/core/random.hpp>
#include <eirnn/io/safetensors.hpp>

#include <ctime>
#include <string>

using namespace eirnn;

namespace {

using bytes = std::vector<std::byte>;

bytes raw(std::string_view header, std::size_t data_size, std::uint64_t length) {
    bytes b = scratch::bytes_of(header);
    const auto prefix = std::bit_cast<std::array<std::byte, 8>>(length);
    b.insert(b.begin(), prefix.begin(), prefix.end());
    b.resize(b.size() + data_size);
    return b;
}
bytes raw(std::string_view header, std::size_t data_size) { return raw(header, data_size, header.size()); }

/// The message of the bad_file that reading throws; anything else fails the test.
std::string refusal(std::span<const std::byte> content, const safetensors_limits& limits = {}) {
    try {
        parse_safetensors(content, limits, "x.safetensors");
    } catch (const bad_file& e) {
        CHECK(e.text().where.starts_with("x.safetensors, byte "));
        return e.what();
    }
    return "loaded";
}

std::string entry(std::string_view name, std::string_view type, std::string_view shape, std::string_view offsets) {
    return std::string("\"")
        .append(name)
        .append("\":{\"dtype\":\"")
        .append(type)
        .append("\",\"shape\":[")
        .append(shape)
        .append("],\"data_offsets\":[")
        .append(offsets)
        .append("]}");
}

tensor_file small_example() {
    return {{make_tensor("W", example_matrix<float>()), make_tensor("I/mask", {3}, std::vector<std::uint8_t>{0, 1, 1}),
             make_tensor("empty", {0}, std::vector<float>{}), make_tensor("step", std::uint64_t{7})},
            {{"task", "decision"}}};
}

}  // namespace

TEST_CASE("headers that break the format are refused one by one", "[io][safetensors]") {
    struct attack {
        std::string header;
        std::size_t data;
        std::string message;
    };
    const std::string ok = entry("a", "F32", "2", "0,8");
    const auto with = [](const std::string& entries) { return "{" + entries + "}"; };
    const std::vector<attack> attacks{
        // JSON
        {"", 0, "no safetensors file"},
        {" {}", 0, "no safetensors file"},
        {"[]", 0, "no safetensors file"},
        {"{", 0, "its end"},
        {"{}x", 0, "something follows"},
        {"{}\n", 0, "something follows"},
        {"{\"a", 0, "ends inside a string"},
        {"{" + ok + ",}", 8, "not as expected"},
        {"{" + ok + " " + ok + "}", 8, "not as expected"},
        {"{'a':1}", 0, "not as expected"},
        {"{\"a\":null}", 0, "not as expected"},
        {"{\"a\":[]}", 0, "not as expected"},
        // names
        {with(entry("", "U8", "0", "0,0")), 0, "name is empty"},
        {with(entry("../../etc/x", "U8", "0", "0,0")), 0, "'../../etc/x'"},
        {with(entry("/etc/x", "U8", "0", "0,0")), 0, "'/etc/x'"},
        {with(entry("a\\u0000b", "U8", "0", "0,0")), 0, "'a\\x00b'"},
        {with(entry(std::string_view("a\0b", 3), "U8", "0", "0,0")), 0, "control character"},
        {with(entry("a\xFF", "U8", "0", "0,0")), 0, "'a\\xff'"},
        {with(entry("\xC0\xAF", "U8", "0", "0,0")), 0, "UTF-8"},
        {with(entry("\xED\xA0\x80", "U8", "0", "0,0")), 0, "UTF-8"},
        {with(entry("\xF4\x90\x80\x80", "U8", "0", "0,0")), 0, "UTF-8"},
        {with(entry("\xE2\x82", "U8", "0", "0,0")), 0, "UTF-8"},
        {with(entry("\\uD800", "U8", "0", "0,0")), 0, "surrogate"},
        {with(entry("\\uD800\\u0041", "U8", "0", "0,0")), 0, "surrogate"},
        {with(entry("\\uDC00", "U8", "0", "0,0")), 0, "surrogate"},
        {with(entry("\\u12", "U8", "0", "0,0")), 0, "hexadecimal"},
        {with(entry("\\x41", "U8", "0", "0,0")), 0, "escape"},
        {with(entry(std::string(1 << 20, 'n'), "U8", "0", "0,0")), 0, "limit `name`"},
        // duplicates
        {with(ok + "," + ok), 8, "a tensor occurs twice"},
        {with(entry("a", "U8", "0", "0,0") + "," + entry("\\u0061", "U8", "0", "0,0")), 0, "a tensor occurs twice"},
        {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "metadata key occurs twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "key occurs twice"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "key occurs twice"},
        // metadata
        {"{\"__metadata__\":{\"k\":1}}", 0, "not as expected"},
        {"{\"__metadata__\":{\"k\":{}}}", 0, "not as expected"},
        {"{\"__metadata__\":[]}", 0, "not as expected"},
        {"{\"__metadata__\":{\"k\":\"" + std::string((1 << 20) + 1, 'v') + "\"}}", 0, "limit `metadata`"},
        {"{\"__metadata__\":{\"k\":\"" + std::string(1 << 20, 'v') + "\"}}", 0, "limit `metadata`"},
        {"{\"__metadata__\":{\"xxh3\":\"0123\"}}", 0, "16 hexadecimal digits"},
        {"{\"__metadata__\":{\"xxh3\":\"0123456789abcdef\"}}", 0, "header is damaged"},
        {"{\"__metadata__\":{\"eirnn_format\":\"1\"}}", 0, "header is damaged"},
        {"{\"__metadata__\":{\"eirnn_format\":\"1\",\"xxh3\":\"0123456789abcdef\"}}", 0, "wrong checksum"},
        // keys of a tensor
        {"{\"a\":{}}", 0, "no dtype"},
        {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", 0, "no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "no data_offsets"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"strides\":[1]}}", 0, "unknown key"},
        {with(entry("a", "F8_E4M3", "0", "0,0")), 0, "unknown type"},
        {with(entry("a", "f32", "0", "0,0")), 0, "unknown type"},
        {"{\"a\":{\"dtype\":5,\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "not as expected"},
        // numbers
        {with(entry("a", "F32", "-2", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "2.0", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "2e0", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "1e3", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "02", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "\"2\"", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "true", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "2,", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "[2]", "0,8")), 8, "plain non-negative integer"},
        {with(entry("a", "F32", "18446744073709551616", "0,8")), 8, "too large"},
        {with(entry("a", "F32", "9007199254740993", "0,8")), 8, "too large"},
        {with(entry("a", "F32", "2", "0,18446744073709551616")), 8, "too large"},
        // sizes
        {with(entry("a", "F32", "1,1,1,1,1,1,1,1,2", "0,8")), 8, "limit `dims`"},
        {with(entry("a", "F32", "4294967296,4294967296", "0,0")), 0, "below 2^64"},
        {with(entry("a", "F64", "2305843009213693952", "0,0")), 0, "too large"},
        {with(entry("a", "F32", "1073741824,4294967296", "0,0")), 0, "below 2^64"},
        {with(entry("a", "F32", "3", "0,8")), 8, "12 bytes"},
        {with(entry("a", "F64", "2", "0,8")), 8, "16 bytes"},
        {with(entry("a", "F32", "", "0,8")), 8, "4 bytes"},
        // offsets
        {with(entry("a", "F32", "2", "8,0")), 8, "reversed"},
        {with(entry("a", "F32", "2", "0,8,8")), 8, "not as expected"},
        {with(entry("a", "F32", "2", "8")), 8, "not as expected"},
        {with(ok), 7, "the file is cut"},
        {with(ok), 9, "after the last tensor"},
        {"{}", 1, "after the last tensor"},
        {with(entry("a", "F32", "2", "4,12")), 12, "hole"},
        {with(ok + "," + entry("b", "F32", "1", "12,16")), 16, "hole"},
        {with(ok + "," + entry("b", "F32", "1", "4,8")), 8, "overlap"},
        {with(ok + "," + entry("b", "F32", "2", "0,8")), 8, "overlap"},
        {with(ok + "," + entry("b", "F32", "0", "4,4")), 8, "overlap"},
    };
    for (const auto& a : attacks) {
        CAPTURE(a.header.substr(0, 200), a.message);
        CHECK(refusal(raw(a.header, a.data)).find(a.message) != std::string::npos);
    }
    // The controls: the same pieces, put together as the format allows.
    CHECK(parse_safetensors(raw("{}   ", 0)).format == 0);
    CHECK(parse_safetensors(raw(with(" " + ok + " ,\n\t" + entry("b", "U8", "0", "8,8")), 8)).tensors.size() == 2);
    const auto unsorted = parse_safetensors(raw(with(entry("z", "F32", "1", "8,12") + "," + ok), 12));
    CHECK(unsorted.at("a").shape == std::vector<std::uint64_t>{2});
    CHECK(unsorted.at("z").data.size() == 4);
    CHECK(parse_safetensors(raw(with(entry("\\u00e9\\ud83d\\ude00", "U8", "0", "0,0")), 0)).at("é😀").data.empty());
    CHECK(parse_safetensors(raw("{\"__metadata__\":{\"format\":\"pt\"}}", 0)).metadata.at("format") == "pt");
}

TEST_CASE("a file cut or lengthened anywhere is refused", "[io][safetensors]") {
    scratch::folder here;
    auto content = serialise(small_example());
    REQUIRE(refusal(content) == "loaded");
    for (std::size_t size = 0; size < content.size(); ++size) REQUIRE(refusal(std::span(content).first(size)) != "loaded");
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{100}, content.size() - 1}) {
        scratch::write(here / "f", std::span(content).first(size));
        CHECK_THROWS_AS(read_safetensors(here / "f"), bad_file);
    }
    content.push_back(std::byte{0});
    CHECK(refusal(content) != "loaded");
}

TEST_CASE("one flipped bit anywhere is seen", "[io][safetensors]") {
    auto content = serialise(small_example());
    const std::size_t bits = 8 * content.size();
    for (std::size_t bit = 0; bit < bits; ++bit) {
        const auto mask = std::byte{1} << static_cast<int>(bit % 8);
        content[bit / 8] ^= mask;
        if (refusal(content) == "loaded") FAIL("bit " << bit);
        content[bit / 8] ^= mask;
    }
    // Also in a file with nothing in it, where only the conventions' own keys can be hit, and at random in a large one.
    content = serialise({});
    for (std::size_t bit = 0; bit < 8 * content.size(); ++bit) {
        const auto mask = std::byte{1} << static_cast<int>(bit % 8);
        content[bit / 8] ^= mask;
        if (refusal(content) == "loaded") FAIL("empty file, bit " << bit);
        content[bit / 8] ^= mask;
    }
    content = serialise({{make_tensor("large", {30, 100}, std::vector<double>(3000, 0.5)), make_tensor("W", example_matrix<float>())}, {}});
    random_sequence draw(key_of(5, random_stream::analysis));
    for (int k = 0; k < 10'000; ++k) {
        const std::uint32_t bit = draw.below(static_cast<std::uint32_t>(8 * content.size()));
        const auto mask = std::byte{1} << static_cast<int>(bit % 8);
        content[bit / 8] ^= mask;
        if (refusal(content) == "loaded") FAIL("large file, bit " << bit);
        content[bit / 8] ^= mask;
    }
}

TEST_CASE("damaged data name their tensor, a newer format the version", "[io][safetensors]") {
    auto content = serialise(small_example());
    content.back() ^= std::byte{1};  // the smallest numbers lie last
    CHECK(refusal(content).find("tensor 'I/mask'") != std::string::npos);

    auto header = std::string("{\"__metadata__\":{\"eirnn_format\":\"2\",\"xxh3\":\"0000000000000000\"}}");
    header.replace(header.find("0000000000000000"), 16, detail::xxh3_hex(std::as_bytes(std::span(header))));
    CHECK(refusal(raw(header, 0)).find("newer eirnn; where: x.safetensors, byte 8; expected: format up to 1; got: format '2'") !=
          std::string::npos);

    const auto unprotected = [](std::string text) {
        text.replace(text.find("0000000000000000"), 16, detail::xxh3_hex(std::as_bytes(std::span(text))));
        return text;
    };
    const std::string conventions = "{\"__metadata__\":{\"eirnn_format\":\"1\",\"xxh3\":\"0000000000000000\"";
    CHECK(refusal(raw(unprotected(conventions + "}," + entry("a", "U8", "1", "0,1") + "}"), 1)).find("no checksum") != std::string::npos);
    CHECK(refusal(raw(unprotected(conventions + ",\"xxh3:b\":\"0123456789abcdef\"}}"), 0)).find("belongs to no tensor") !=
          std::string::npos);
}

TEST_CASE("lying sizes and header bombs cost neither memory nor time", "[io][safetensors]") {
    std::string empty_tensors = "{";
    for (int k = 0; k < 1'000'000; ++k) empty_tensors += (k ? "," : "") + entry("t" + std::to_string(k), "U8", "0", "0,0");
    empty_tensors += '}';
    std::string metadata = "{\"__metadata__\":{";
    for (int k = 0; k < 1'000'000; ++k) metadata += (k ? ",\"" : "\"") + std::to_string(k) + "\":\"\"";
    metadata += "}}";
    const safetensors_limits wide{.header = std::uint64_t{100} << 20};
    struct bomb {
        bytes content;
        safetensors_limits limits;
        std::string message;
        long kilobytes;
    };
    std::vector<bomb> bombs;
    for (const std::uint64_t length :
         {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{95}, std::uint64_t{101}, std::uint64_t{0}, std::uint64_t{1}})
        bombs.push_back({raw("{}", 98, length), {}, "", 1024});
    bombs.push_back({raw("{}", 0, 99'000'000), {}, "limit `header`", 1024});
    bombs.push_back({raw(empty_tensors, 0), {}, "limit `header`", 1024});
    // The header itself is copied once; what is parsed before the limit must stay below twice the header's limit.
    bombs.push_back({raw(empty_tensors, 0), wide, "limit `tensors`", 200 << 10});
    bombs.push_back({raw(metadata, 0), {}, "limit `metadata`", 32 << 10});
    bombs.push_back({raw("{\"a\":" + std::string(1'000'000, '['), 0), {}, "not as expected", 4096});
    bombs.push_back({raw("{\"a\":{\"shape\":" + std::string(1'000'000, '['), 0), {}, "plain non-negative integer", 4096});
    bombs.push_back({raw("{\"a\":" + std::string(1'000'000, '{'), 0), {}, "not as expected", 4096});
    bombs.push_back({raw("{" + entry("a", "U8", "9007199254740992", "0,9007199254740992") + "}", 0), {}, "is cut", 1024});

    constexpr long instrumented = EIRNN_TEST_INSTRUMENTED ? 30 : 1;  // red zones, memory that is freed but kept, checks at every access
    for (const auto& b : bombs) {
        std::string message;
        const std::clock_t begin = std::clock();
        const long growth = scratch::peak_growth_kb([&] { message = refusal(b.content, b.limits); });
        const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        CAPTURE(message, b.message, growth, seconds);
        CHECK(message != "loaded");
        CHECK(message.find(b.message) != std::string::npos);
        CHECK(seconds < 1. * instrumented);  // about 0.1 where nothing is instrumented; anything quadratic takes minutes
        if (growth < 0)
            WARN("memory not measured: /proc does not tell");
        else
            CHECK(growth <= b.kilobytes * instrumented);
    }
    CHECK_THROWS_AS(parse_safetensors(raw("{}", 0), {.file = 9}), bad_file);
}
