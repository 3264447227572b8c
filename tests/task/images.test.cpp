// Image sets, how they become batches, and the images that the library makes.
#include "catch.hpp"

#include <eirnn/task/images.hpp>
#include <eirnn/task/made_images.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <vector>

using namespace eirnn;

static_assert(!std::is_constructible_v<image_loader<float>, image_set&&>, "a loader would outlive a temporary set");

namespace {

// A set of random bytes, neither square nor with three channels.
image_set random_set(long images, long height = 6, long width = 9, long channels = 2) {
    image_set set{height, width, channels, 7, {}, {}};
    random_sequence draw(key_of(5, random_stream::analysis));
    for (long i = 0; i < images; ++i) set.labels.push_back(static_cast<std::uint8_t>(draw.below(7)));
    for (long k = 0; k < images * set.numbers(); ++k) set.pixels.push_back(static_cast<std::uint8_t>(draw.below(256)));
    return set;
}

std::vector<double> placed(const image_set& set, long index, const augmentation* window = nullptr) {
    std::vector<double> out(static_cast<std::size_t>(set.numbers()));
    place_image(set, index, window, out.data());
    return out;
}

// Pads, cuts out, mirrors and standardises in the plainest way.
std::vector<double> naive(const image_set& set, long index, augmentation a, long padding) {
    const long h = set.height, w = set.width, c = set.channels;
    std::vector<double> padded(static_cast<std::size_t>((h + 2 * padding) * (w + 2 * padding) * c), 0.0);
    const auto at = [&](long row, long column, long k) -> double& {
        return padded[static_cast<std::size_t>((row * (w + 2 * padding) + column) * c + k)];
    };
    const auto original = [&](long row, long column, long k) {
        return static_cast<double>(set.pixels[static_cast<std::size_t>(((index * h + row) * w + column) * c + k)]);
    };
    for (long row = 0; row < h; ++row)
        for (long column = 0; column < w; ++column)
            for (long k = 0; k < c; ++k) at(row + padding, column + padding, k) = original(row, column, k);
    std::vector<double> crop;
    for (long row = 0; row < h; ++row)
        for (long column = 0; column < w; ++column)
            for (long k = 0; k < c; ++k) {
                const long from = a.mirrored ? w - 1 - column : column;
                crop.push_back(at(row + padding + a.row, from + padding + a.column, k));
            }
    const double n = static_cast<double>(crop.size()), mean = std::accumulate(crop.begin(), crop.end(), 0.0) / n;
    double variance = 0;
    for (const double x : crop) variance += (x - mean) * (x - mean) / n;
    for (double& x : crop) x = (x - mean) / (std::max)(std::sqrt(variance), 1 / std::sqrt(n));
    return crop;
}

struct counted {
    std::uint64_t value = 0;
};

}  // namespace

TEST_CASE("an image is standardised over all its pixels and channels", "[task]") {
    // Mean 4, deviations -4 -2 0 6: variance 56 / 4 = 14.
    image_set set{1, 2, 2, 1, {0, 2, 4, 10, 77, 77, 77, 77}, {0, 0}};
    const double s = std::sqrt(14.0);
    const std::vector<double> expected{-4 / s, -2 / s, 0, 6 / s};
    const auto got = placed(set, 0);
    for (std::size_t k = 0; k < 4; ++k) CHECK(got[k] == Approx(expected[k]).margin(1e-15));
    CHECK(placed(set, 1) == std::vector<double>(4, 0.0));
    // A deviation under 1 / sqrt(4) counts as 1 / 2: 0 0 0 1 has mean 1/4 and deviation sqrt(3)/4.
    set.pixels = {0, 0, 0, 1, 5, 5, 5, 5};
    CHECK(placed(set, 0) == std::vector<double>{-0.5, -0.5, -0.5, 1.5});
}

TEST_CASE("windows agree with padding, cutting out and mirroring", "[task]") {
    const auto set = random_set(3);
    for (const std::int32_t row : {-4, -1, 0, 2, 4})
        for (const std::int32_t column : {-4, 0, 3})
            for (const bool mirrored : {false, true}) {
                const augmentation a{row, column, mirrored};
                const auto got = placed(set, 2, &a), expected = naive(set, 2, a, 4);
                double error = 0;
                for (std::size_t k = 0; k < got.size(); ++k) error = (std::max)(error, std::abs(got[k] - expected[k]));
                INFO(row << ' ' << column << ' ' << mirrored);
                CHECK(error < 1e-12);
            }
    // A window beside the image shows nothing, however far it is.
    for (const std::int32_t offset : {6, -9, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
        const augmentation beside{offset, offset, false};
        CHECK(placed(set, 0, &beside) == std::vector<double>(static_cast<std::size_t>(set.numbers()), 0.0));
    }
    const augmentation none;
    CHECK(placed(set, 1) == placed(set, 1, &none));
}

TEST_CASE("an image is a matrix of channels by positions", "[task]") {
    const auto set = random_set(2);
    const auto dense = placed(set, 1);
    std::vector<float> spaced(static_cast<std::size_t>(set.positions() * 5), -1.f);
    place_image(set, 1, nullptr, spaced.data(), 5);
    for (long p = 0; p < set.positions(); ++p)
        for (long row = 0; row < 5; ++row) {
            const float got = spaced[static_cast<std::size_t>(p * 5 + row)];
            REQUIRE(got == (row < 2 ? static_cast<float>(dense[static_cast<std::size_t>(p * 2 + row)]) : -1.f));
        }
    CHECK_THROWS_AS(place_image(set, 1, nullptr, spaced.data(), 1), invalid_argument);
    CHECK_THROWS_AS(place_image(set, 2, nullptr, spaced.data()), invalid_argument);
    CHECK_THROWS_AS(place_image(set, -1, nullptr, spaced.data()), invalid_argument);

    const auto batch = plain_batch<double>(set, 0, 2);
    CHECK(std::vector<double>(batch.trials.input.begin() + set.numbers(), batch.trials.input.end()) == dense);
    CHECK(batch.label == std::vector<std::int32_t>{set.labels[0], set.labels[1]});
    CHECK(batch.image == std::vector<std::uint32_t>{0, 1});
    CHECK((batch.trials.trials == 2 && batch.trials.frames == 1 && batch.trials.inputs == 2));
    CHECK(batch.trials.grid == grid_entry{6, 9});
    CHECK(batch.trials.id == batch.image);
    std::vector<double> target(14, 0.0);
    target[set.labels[0]] = target[7 + set.labels[1]] = 1;
    CHECK(batch.trials.target == target);
    CHECK_THROWS_AS(plain_batch<float>(set, 1, 2), invalid_argument);
    CHECK_THROWS_AS(plain_batch<float>(set, 0, 0), invalid_argument);
}

TEST_CASE("every window is drawn equally often, and again for the same seed, epoch and image", "[task]") {
    std::array<int, 9> rows{}, columns{};
    int mirrored = 0;
    std::set<std::pair<int, int>> corners;
    for (long image = 0; image < 9000; ++image) {
        const auto a = draw_augmentation(seed{1}, 3, image);
        REQUIRE((a.row >= -4 && a.row <= 4 && a.column >= -4 && a.column <= 4));
        ++rows[static_cast<std::size_t>(a.row + 4)];
        ++columns[static_cast<std::size_t>(a.column + 4)];
        mirrored += a.mirrored;
        corners.insert({a.row, a.column});
    }
    // 1000 each with a deviation of 30, 4500 with 47; all 81 offsets.
    for (std::size_t k = 0; k < 9; ++k) CHECK((std::abs(rows[k] - 1000) < 150 && std::abs(columns[k] - 1000) < 150));
    CHECK(std::abs(mirrored - 4500) < 240);
    CHECK(corners.size() == 81);

    const auto differs = [](auto draw) {
        int n = 0;
        for (long image = 0; image < 100; ++image) n += draw(image) != draw_augmentation(seed{1}, 3, image);
        return n;
    };
    CHECK(differs([](long i) { return draw_augmentation(seed{1}, 3, i); }) == 0);
    CHECK(differs([](long i) { return draw_augmentation(seed{2}, 3, i); }) > 90);
    CHECK(differs([](long i) { return draw_augmentation(seed{1}, 4, i); }) > 90);
    CHECK(differs([](long i) { return draw_augmentation(seed{1}, 3 + (std::uint64_t{1} << 32), i); }) > 90);
    CHECK(draw_augmentation(seed{1}, 0, 0, 0).row == 0);
    CHECK_THROWS_AS(draw_augmentation(seed{1}, 0, 0, -1), invalid_argument);
}

TEST_CASE("every epoch shows every image once, in an order of its own", "[task]") {
    constexpr std::uint64_t images = 1000;
    image_order order(images, seed{1});
    std::set<std::vector<std::uint32_t>> orders;
    for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
        std::vector<std::uint32_t> seen;
        std::uint64_t in_place = 0;
        for (std::uint64_t k = 0; k < images; ++k) {
            const auto p = order.at(epoch * images + k);
            REQUIRE(p.epoch == epoch);
            in_place += p.image == k;
            seen.push_back(p.image);
        }
        CHECK(in_place < 10);  // one is expected
        orders.insert(seen);
        CHECK(std::set<std::uint32_t>(seen.begin(), seen.end()).size() == images);
        CHECK(*std::max_element(seen.begin(), seen.end()) == images - 1);
    }
    CHECK(orders.size() == 4);
    // Any position may be asked for at any time.
    image_order later(images, seed{1}), other(images, seed{2});
    int same = 0;
    for (const std::uint64_t position : {3999u, 0u, 2500u, 17u, 3000u}) {
        CHECK(later.at(position) == order.at(position));
        same += other.at(position) == order.at(position);
    }
    CHECK(same < 3);
    CHECK(image_order(10, seed{1}, false).at(37) == image_order::place{3, 7});
    CHECK_THROWS_AS(image_order(0, seed{1}), invalid_argument);
}

TEST_CASE("the loader gives what its positions say, from any step, with and without its thread", "[task]") {
    const auto set = random_set(50);
    const image_loading how{.batch = 16, .seed = 9};
    for (const bool ahead : {false, true})
        for (const std::uint64_t first : {0u, 3u, 1000u}) {
            auto here = how;
            here.ahead = ahead;
            here.first_step = first;
            image_loader<float> loader(set, here);
            image_order order(50, seed{9});
            for (std::uint64_t step = first; step < first + 30; ++step) {
                const auto& batch = loader.next();
                REQUIRE(batch.step == step);
                REQUIRE(batch.size() == 16);
                REQUIRE(std::accumulate(batch.trials.target.begin(), batch.trials.target.end(), 0.f) == 16);
                for (std::uint64_t k = 0; k < 16; ++k) {
                    const auto [epoch, image] = order.at(step * 16 + k);
                    REQUIRE(batch.image[k] == image);
                    REQUIRE(batch.label[k] == set.labels[image]);
                    REQUIRE(batch.trials.target[k * 7 + set.labels[image]] == 1);
                    REQUIRE(batch.trials.id[k] == image);
                    const auto window = draw_augmentation(seed{9}, epoch, image);
                    std::vector<float> expected(static_cast<std::size_t>(set.numbers()));
                    place_image(set, image, &window, expected.data());
                    const auto begin = batch.trials.input.begin() + static_cast<long>(k) * set.numbers();
                    REQUIRE(std::vector<float>(begin, begin + set.numbers()) == expected);
                }
            }
        }
}

TEST_CASE("a loader without augmentation and shuffling walks through the set", "[task]") {
    const auto set = random_set(10);
    image_loader<double> loader(set, {.batch = 4, .shuffled = false, .augmented = false});
    const auto plain = plain_batch<double>(set, 0, 4);
    const auto& batch = loader.next();
    CHECK(batch.trials.input == plain.trials.input);
    CHECK(batch.label == plain.label);
    loader.next();
    CHECK(loader.next().image == std::vector<std::uint32_t>{8, 9, 0, 1});
    { image_loader<double> never_asked(set); }
}

TEST_CASE("an error on the loader's thread reaches the caller, and the item is tried again", "[task]") {
    for (const bool ahead : {false, true}) {
        std::atomic<int> failures = 0;
        const auto make = [&](std::uint64_t step, counted& to) {
            to.value = 999;
            if (step == 5 && failures < 2) {
                ++failures;
                throw std::runtime_error("step 5");
            }
            to.value = step;
        };
        detail::prepared_ahead<counted, decltype(make)> items(make, 2, ahead);
        const counted* last = nullptr;
        for (std::uint64_t step = 2; step < 5; ++step) {
            last = &items.next();
            REQUIRE(last->value == step);
        }
        CHECK_THROWS_AS(items.next(), std::runtime_error);
        CHECK(last->value == 4);  // what the caller holds is untouched
        CHECK_THROWS_AS(items.next(), std::runtime_error);
        CHECK(items.next().value == 5);
        CHECK(items.next().value == 6);
    }
}

TEST_CASE("image sets and loaders refuse what does not fit", "[task]") {
    const auto good = random_set(4);
    CHECK_NOTHROW(good.check());
    const auto refuses = [&](auto spoil) {
        auto set = good;
        spoil(set);
        CHECK_THROWS_AS(set.check(), invalid_argument);
        CHECK_THROWS_AS(image_loader<float>(set), invalid_argument);
    };
    refuses([](image_set& s) { s.height = 0; });
    refuses([](image_set& s) { s.width = -9; });
    refuses([](image_set& s) { s.width = std::numeric_limits<long>::max(); });
    refuses([](image_set& s) { s.height = s.width = s.channels = 1L << 22; });
    refuses([](image_set& s) { s.pixels.pop_back(); });
    refuses([](image_set& s) { s.labels.push_back(0); });
    refuses([](image_set& s) { s.labels.clear(), s.pixels.clear(); });
    refuses([](image_set& s) { s.classes = 0; });
    refuses([](image_set& s) { s.classes = 257; });
    refuses([](image_set& s) { s.labels[3] = 7; });
    try {
        auto set = good;
        set.labels[3] = 9;
        set.check();
        FAIL("a label of 9 among 7 classes was accepted");
    } catch (const invalid_argument& e) {
        CHECK(e.text().where == "image_set.labels, image 3");
        CHECK(e.text().expected == "0 .. 6");
        CHECK(e.text().got == "9");
    }
    CHECK_THROWS_AS(image_loader<float>(good, {.batch = 0}), invalid_argument);
    CHECK_THROWS_AS(image_loader<float>(good, {.batch = std::numeric_limits<long>::max()}), invalid_argument);
    CHECK_THROWS_AS(image_loader<float>(good, {.padding = -1}), invalid_argument);
}

TEST_CASE("made images depend on the seed and their index only", "[task]") {
    const auto set = made_images(95, seed{4});
    set.check();
    CHECK((set.height == 32 && set.width == 32 && set.channels == 3 && set.classes == 10));
    const auto part = made_images(41, seed{4}, 33);
    for (long k = 0; k < 41; ++k) {
        REQUIRE(part.labels[static_cast<std::size_t>(k)] == set.labels[static_cast<std::size_t>(33 + k)]);
        REQUIRE(std::equal(part.image(k), part.image(k) + part.numbers(), set.image(33 + k)));
    }
    CHECK(made_images(95, seed{5}).pixels != set.pixels);
    CHECK(made_images(95, seed{5}).labels != set.labels);

    // As many of each class in every ten.
    for (long ten = 0; ten < 9; ++ten) CHECK(std::set<int>(set.labels.begin() + ten * 10, set.labels.begin() + ten * 10 + 10).size() == 10);
    CHECK(made_images(1, seed{4}, (1L << 40) + 3).pixels != made_images(1, seed{4}, 3).pixels);
    CHECK_THROWS_AS(made_images(0, seed{4}), invalid_argument);
    CHECK_THROWS_AS(made_images(10, seed{4}, -1), invalid_argument);
    CHECK_THROWS_AS(made_images(10, seed{4}, std::numeric_limits<long>::max()), invalid_argument);
}

TEST_CASE("made images do not change unnoticed", "[task]") {
    std::uint64_t hash = 1469598103934665603u;  // FNV-1a
    for (const std::uint8_t v : made_images(50, seed{1}).pixels) hash = (hash ^ v) * 1099511628211u;
    CHECK(hash == 0xd755a4534925c7bbu);
}

TEST_CASE("made images hide their class from a linear classifier, not from one that knows what to look for", "[task]") {
    const auto train = made_images(2000, seed{1}), test = made_images(1000, seed{1}, 2000);
    const auto seen = plain_batch<double>(train, 0, train.size()), asked = plain_batch<double>(test, 0, test.size());
    const auto numbers = static_cast<std::size_t>(train.numbers());

    std::vector<double> means(10 * numbers, 0.0);
    for (std::size_t i = 0; i < seen.label.size(); ++i)
        for (std::size_t k = 0; k < numbers; ++k)
            means[static_cast<std::size_t>(seen.label[i]) * numbers + k] += seen.trials.input[i * numbers + k] / 200;
    int right = 0;
    for (std::size_t i = 0; i < asked.label.size(); ++i) {
        std::array<double, 10> distance{};
        for (std::size_t c = 0; c < 10; ++c)
            for (std::size_t k = 0; k < numbers; ++k) {
                const double d = asked.trials.input[i * numbers + k] - means[c * numbers + k];
                distance[c] += d * d;
            }
        right += std::min_element(distance.begin(), distance.end()) - distance.begin() == asked.label[i];
    }
    CHECK(right < 200);  // of 1000; chance is 100

    // Along the stripes of a grating neighbours are alike.
    int told_apart = 0, gratings = 0;
    for (std::size_t i = 0; i < asked.label.size(); ++i) {
        if (asked.label[i] > 1) continue;
        const auto at = [&](std::size_t row, std::size_t column, std::size_t c) {
            return asked.trials.input[i * numbers + (row * 32 + column) * 3 + c];
        };
        double down = 0, across = 0;
        for (std::size_t row = 0; row + 1 < 32; ++row)
            for (std::size_t column = 0; column + 1 < 32; ++column)
                for (std::size_t c = 0; c < 3; ++c) {
                    down += std::pow(at(row + 1, column, c) - at(row, column, c), 2);
                    across += std::pow(at(row, column + 1, c) - at(row, column, c), 2);
                }
        ++gratings;
        told_apart += asked.label[i] == (down > across ? 0 : 1);
    }
    CHECK(gratings == 200);
    CHECK(told_apart > 190);
}
