// The reader of CIFAR-10's binary files, and what it says of folders and files that are none.
#include "catch.hpp"
#include "scratch.hpp"

#include <eirnn/core/random.hpp>
#include <eirnn/io/cifar10.hpp>

#include <sys/stat.h>

#include <string>
#include <vector>

using namespace eirnn;

namespace {

// Records of random bytes with the given labels; a seed makes them.
std::vector<std::byte> records(std::uint32_t which, const std::vector<int>& labels) {
    std::vector<std::byte> bytes;
    random_sequence draw(key_of(8, random_stream::analysis), which);
    for (const int label : labels) {
        bytes.push_back(static_cast<std::byte>(label));
        for (int k = 0; k < 3072; ++k) bytes.push_back(static_cast<std::byte>(draw.below(256)));
    }
    return bytes;
}

void write_all_batches(const scratch::fs::path& to) {
    for (std::uint32_t b = 1; b <= 5; ++b)
        scratch::write(to / ("data_batch_" + std::to_string(b) + ".bin"), records(b, {static_cast<int>(b), 0, 9}));
    scratch::write(to / "test_batch.bin", records(6, {3, 8}));
}

// The text of the error that `body` throws, which must be an E.
template <class E, class Body>
error_text refusal(const Body& body) {
    try {
        body();
    } catch (const E& e) {
        return e.text();
    }
    FAIL("nothing was refused");
    return {};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the planes of CIFAR-10 become pixels with their channels together", "[io]") {
    const scratch::folder folder;
    write_all_batches(folder.path());
    const auto set = read_cifar10_training(folder.path());
    set.check();
    CHECK((set.height == 32 && set.width == 32 && set.channels == 3 && set.classes == 10));
    CHECK(set.labels == std::vector<std::uint8_t>{1, 0, 9, 2, 0, 9, 3, 0, 9, 4, 0, 9, 5, 0, 9});
    for (std::uint32_t b = 1; b <= 5; ++b) {
        const auto bytes = records(b, {0, 0, 0});
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t c = 0; c < 3; ++c)
                for (std::size_t row = 0; row < 32; ++row)
                    for (std::size_t column = 0; column < 32; ++column)
                        REQUIRE(set.pixels[((((b - 1) * 3 + i) * 32 + row) * 32 + column) * 3 + c] ==
                                std::to_integer<std::uint8_t>(bytes[i * 3073 + 1 + c * 1024 + row * 32 + column]));
    }
    CHECK(read_cifar10_test(folder.path()).labels == std::vector<std::uint8_t>{3, 8});
    CHECK(cifar10_classes[9] == "truck");
}

TEST_CASE("the folder that the archive unpacks to is found", "[io]") {
    const scratch::folder folder;
    scratch::fs::create_directory(folder / "cifar-10-batches-bin");
    write_all_batches(folder / "cifar-10-batches-bin");
    CHECK(read_cifar10_training(folder.path()).size() == 15);
    CHECK(read_cifar10_test(folder / "cifar-10-batches-bin").size() == 2);
}

TEST_CASE("missing batches are named, and the likely reason", "[io]") {
    const scratch::folder folder;
    const auto training = [&] { read_cifar10_training(folder.path()); };

    CHECK(holds(refusal<missing_file>([&] { read_cifar10_training(folder / "nowhere"); }).where, "nowhere"));
    auto text = refusal<missing_file>(training);
    CHECK(holds(text.got, "data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin"));
    CHECK(!holds(text.got, "test_batch"));

    write_all_batches(folder.path());
    scratch::fs::remove(folder / "data_batch_4.bin");
    text = refusal<missing_file>(training);
    CHECK(text.got == "no data_batch_4.bin");
    CHECK(text.where == folder.path().string());
    CHECK(read_cifar10_test(folder.path()).size() == 2);

    scratch::write(folder / "data_batch_1", scratch::bytes_of("pickled"));
    CHECK(holds(refusal<missing_file>(training).repair, "version for Python"));
    scratch::write(folder / "cifar-10-binary.tar.gz", scratch::bytes_of("archive"));
    CHECK(holds(refusal<missing_file>(training).repair, "not unpacked"));
    CHECK(holds(refusal<bad_file>([&] { read_cifar10_test(folder / "cifar-10-binary.tar.gz"); }).repair, "unpack the archive"));
    CHECK(refusal<bad_file>([&] { read_cifar10_test(folder / "test_batch.bin"); }).got == "a file");
}

TEST_CASE("files that are no batches are refused with their name and size", "[io]") {
    const scratch::folder folder;
    const auto refused = [&](std::vector<std::byte> bytes) {
        write_all_batches(folder.path());
        scratch::write(folder / "data_batch_3.bin", bytes);
        const auto text = refusal<bad_file>([&] { read_cifar10_training(folder.path()); });
        CHECK(holds(text.where, "data_batch_3.bin"));
        return text;
    };
    const auto good = records(3, {1, 2, 3, 4});
    for (const std::size_t size : {0u, 1u, 3072u, 3074u, 4u * 3073u - 1u}) {
        const auto text = refused({good.begin(), good.begin() + static_cast<long>(size)});
        CHECK(holds(text.expected, "30730000 bytes, or a smaller multiple of 3073"));
        CHECK(text.got == std::to_string(size) + " bytes");
    }
    CHECK(refused(std::vector<std::byte>(10'001 * 3073)).got == "30733073 bytes");
    CHECK(holds(refused(scratch::bytes_of("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 30730000\n")).got, "a text?"));
    // A text of the right size fails at its first label.
    auto text = refused(std::vector<std::byte>(3073, std::byte{'<'}));
    CHECK(holds(text.where, "data_batch_3.bin, image 0, byte 0"));
    CHECK(text.got == "60");

    for (const int label : {10, 255}) {
        text = refused(records(3, {1, 2, label, 4}));
        CHECK(holds(text.where, "data_batch_3.bin, image 2, byte 6146"));
        CHECK(text.expected == "0 .. 9");
        CHECK(text.got == std::to_string(label));
    }

    scratch::fs::remove(folder / "data_batch_3.bin");
    scratch::fs::create_directory(folder / "data_batch_3.bin");
    CHECK(refusal<bad_file>([&] { read_cifar10_training(folder.path()); }).got == "a folder");
    scratch::fs::remove(folder / "data_batch_3.bin");
    REQUIRE(::mkfifo((folder / "data_batch_3.bin").c_str(), 0600) == 0);
    CHECK(holds(refusal<bad_file>([&] { read_cifar10_training(folder.path()); }).what, "not a regular file"));
}
