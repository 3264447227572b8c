// The reader of IDX files (MNIST), as they are and packed, and what it says of files that are none, cut, or lying about their size.
#include "catch.hpp"
#include "scratch.hpp"

#include <eirnn/core/random.hpp>
#include <eirnn/io/idx.hpp>

#include <zlib.h>

#include <string>
#include <vector>

using namespace eirnn;

namespace {

using bytes = std::vector<std::byte>;

bytes idx(unsigned type, const std::vector<std::uint32_t>& shape, const std::vector<std::uint8_t>& values) {
    bytes b{std::byte{0}, std::byte{0}, static_cast<std::byte>(type), static_cast<std::byte>(shape.size())};
    for (const std::uint32_t n : shape)
        for (const int shift : {24, 16, 8, 0}) b.push_back(static_cast<std::byte>(n >> shift & 255u));
    for (const std::uint8_t v : values) b.push_back(static_cast<std::byte>(v));
    return b;
}
bytes packed(const bytes& plain) {
    z_stream s{};
    REQUIRE(deflateInit2(&s, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    bytes out(plain.size() + 1000);
    s.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
    s.avail_in = static_cast<uInt>(plain.size());
    s.next_out = reinterpret_cast<Bytef*>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - s.avail_out);
    deflateEnd(&s);
    return out;
}
std::vector<std::uint8_t> random_values(std::size_t count, std::uint32_t below) {
    std::vector<std::uint8_t> v;
    random_sequence draw(key_of(9, random_stream::analysis));
    for (std::size_t k = 0; k < count; ++k) v.push_back(static_cast<std::uint8_t>(draw.below(below)));
    return v;
}

const std::vector<std::uint8_t> pixels = random_values(5 * 4 * 3, 256), labels = random_values(5, 10);

// The text of the error that these two files bring about, which must be a bad_file.
error_text refusal(const bytes& images, const bytes& named, int classes = 10, const idx_limits& limits = {}) {
    const scratch::folder folder;
    scratch::write(folder / "images", images), scratch::write(folder / "labels", named);
    try {
        read_idx_images(folder / "images", folder / "labels", classes, limits);
    } catch (const bad_file& e) {
        return e.text();
    }
    FAIL("nothing was refused");
    return {};
}

}  // namespace

TEST_CASE("images and labels are read from IDX files, packed or not", "[io]") {
    const bytes images = idx(8, {5, 4, 3}, pixels), named = idx(8, {5}, labels);
    const scratch::folder folder;
    scratch::write(folder / "train-images-idx3-ubyte", images);
    scratch::write(folder / "train-labels-idx1-ubyte.gz", packed(named));
    scratch::write(folder / "t10k-images-idx3-ubyte.gz", packed(images));
    scratch::write(folder / "t10k-labels-idx1-ubyte", named);
    for (const auto& set : {read_idx_training(folder.path()), read_idx_test(folder.path())}) {
        CHECK((set.height == 4 && set.width == 3 && set.channels == 1 && set.classes == 10));
        CHECK(set.pixels == pixels);
        CHECK(set.labels == labels);
    }

    scratch::write(folder / "colour", idx(8, {5, 2, 2, 3}, pixels));
    const auto colour = read_idx_images(folder / "colour", folder / "t10k-labels-idx1-ubyte");
    CHECK((colour.height == 2 && colour.width == 2 && colour.channels == 3));
}

TEST_CASE("what is wrong with IDX files is said", "[io]") {
    const bytes images = idx(8, {5, 4, 3}, pixels), named = idx(8, {5}, labels);
    const auto cut = [](bytes b, std::size_t by) {
        b.resize(b.size() - by);
        return b;
    };
    const auto longer = [](bytes b) {
        b.push_back(std::byte{1});
        return b;
    };
    CHECK(refusal(scratch::bytes_of("<html>"), named).what == "this is no IDX file");
    CHECK(refusal({}, named).what == "an IDX file has a wrong size");
    CHECK(refusal(idx(13, {5, 4, 3}, pixels), named).what == "an IDX file has numbers of another type");
    CHECK(refusal(named, images).what == "an IDX file has another number of dimensions");
    for (const bytes& damaged : {cut(images, 1), cut(images, 61), longer(images)})
        CHECK(refusal(damaged, named).what == "an IDX file has a wrong size");
    CHECK(refusal(cut(packed(images), 9), named).what == "a packed IDX file is cut");
    CHECK(refusal(packed(longer(images)), named).what == "a packed IDX file is longer than its size says");
    CHECK(refusal(packed(cut(images, 1)), named).what == "a packed IDX file is shorter than its size says");
    CHECK(refusal(longer(packed(images)), named).what == "a packed IDX file is followed by something");
    bytes wrong_sum = packed(images);
    wrong_sum[wrong_sum.size() - 6] ^= std::byte{1};
    CHECK(refusal(wrong_sum, named).what == "a packed IDX file is damaged");

    // Sizes that the file does not hold take no memory.
    CHECK(refusal(idx(8, {0xffffffffu, 0xffffffffu, 0xffffffffu}, {}), named).what == "an IDX file is larger than the limit `inflated`");
    CHECK(refusal(idx(8, {1u << 30, 2, 1}, {}), named).what == "an IDX file has a wrong size");
    CHECK(refusal(packed(idx(8, {60000, 28, 28}, {})), named).what == "a packed IDX file is too short for its sizes");
    CHECK(refusal(packed(images), named, 10, {.inflated = 59}).what == "an IDX file is larger than the limit `inflated`");
    CHECK(refusal(images, named, 10, {.file = 20}).what == "the file is larger than the limit `file`");

    CHECK(refusal(images, idx(8, {4}, {1, 2, 3, 4})).what == "images and labels are not of the same set");
    const auto label = refusal(images, idx(8, {5}, {0, 1, 3, 2, 0}), 3);
    CHECK(label.what == "a label is not one of the classes");
    CHECK(label.where.ends_with("labels, image 2"));

    const scratch::folder empty;
    CHECK_THROWS_AS(read_idx_training(empty.path()), missing_file);
    CHECK_THROWS_AS(read_idx_images(empty / "images", empty / "labels"), missing_file);
}
