// The ImageNet configuration: its numbers, what fires before training, and one step of it on made images of its size.
#include "../catch.hpp"
#include "../instrumented.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/multicell.hpp>
#include <eirnn/task/made_images.hpp>
#include <eirnn/train/optimizer.hpp>

#include <cmath>
#include <utility>

using namespace eirnn;

namespace {
using imagenet = multicell::imagenet<multicell::standard>;

long separable(long pre, long post) { return 9 * pre + pre * post; }
// X and PN drive f, IG, OG and the candidate; IG and OG drive PN; six biases; scale and shift per step.
long recurrent_area(long in, long pn, long interneurons, long steps) {
    long n = 0;
    for (const long pre : {in, pn}) n += 2 * separable(pre, pn) + 2 * separable(pre, interneurons);
    return n + 2 * separable(interneurons, pn) + 4 * pn + 2 * interneurons + 2 * pn * steps;
}
// Made images, every pixel four by four.
trial_batch<float> large_images(long count) {
    const image_set small = made_images(count, seed{3});
    const auto from = plain_batch<float>(small, 0, count);
    trial_batch<float> b;
    b.trials = count, b.inputs = 3, b.grid = {128, 128};
    b.input.resize(static_cast<std::size_t>(count * 128 * 128 * 3));
    for (long n = 0; n < count; ++n)
        for (long p = 0; p < 128 * 128; ++p)
            for (long c = 0; c < 3; ++c)
                b.input[static_cast<std::size_t>((n * 128 * 128 + p) * 3 + c)] =
                    from.trials.input[static_cast<std::size_t>((n * 1024 + p / 128 / 4 * 32 + p % 128 / 4) * 3 + c)];
    b.target.resize(static_cast<std::size_t>(count * 1001));
    for (long n = 0; n < count; ++n)
        b.target[static_cast<std::size_t>(n * 1001 + 1 + from.label[static_cast<std::size_t>(n)])] = 1;
    b.id = from.trials.id;
    return b;
}
}  // namespace

TEST_CASE("the ImageNet network has its parameters and trains a step") {
    model<imagenet> net(seed{1});
    const long feed_forward = 49 * 3 * 64 + 2 * 64 + 9 * 64 * 128 + 2 * 128;
    const long expected = feed_forward + recurrent_area(128, 256, 64, 5) + recurrent_area(256, 256, 64, 5) +
                          recurrent_area(256, 512, 128, 5) + 512 * 1001 + 1001;
    CHECK(net.parameters() == expected);
    const auto& areas = net.structure().maps;
    REQUIRE(areas.size() == 6);
    const long sides[] = {64, 32, 16, 8, 4, 1};  // of the maps: stride 2 in the first area, then pooling by 2 after each
    for (std::size_t k = 0; k < 6; ++k) CHECK(areas[k].grid.height == sides[k]);

    const auto batch = large_images(EIRNN_TEST_INSTRUMENTED ? 1 : 2);
    const auto before = net.gradient(batch, {1, 0}, categorical_cross_entropy);
    CHECK(before.loss == Approx(std::log(1001.)).epsilon(0.05));  // nothing is known yet
    CHECK(before.norm > 0);
    if (!EIRNN_TEST_INSTRUMENTED) {
        const sgd small_step{.learning_rate = 0.05, .clip_norm = 0};
        for (std::uint64_t step = 1; step <= 3; ++step) {
            for (auto& p : net.numerics().parameters().blocks()) small_step.update(net.device(), p, step, 1);
            net.gradient(batch, {1, static_cast<std::uint32_t>(step)}, categorical_cross_entropy);
        }
        CHECK(net.gradient(batch, {1, 9}, categorical_cross_entropy).loss < before.loss);
    }
    objective penalised;  // is not offered here, and must not be ignored
    penalised.weights.l1_recurrent = 1;
    CHECK_THROWS_AS(net.gradient(batch, {1, 9}, categorical_cross_entropy, penalised), invalid_argument);
    const auto weights = net.effective();
    for (const auto& t : weights.tensors)  // Dale's law between and inside the recurrent areas
        if (t.name.starts_with("area3") && (t.name.ends_with(".kernel") || t.name.ends_with(".depthwise")))
            for (const float w : t.values.data) CHECK(w >= 0);
}

// Output gates subtract sums of many positive numbers from a state of variance 1.
TEST_CASE("few principal neurons fire before training, many with half of the first kernels") {
    const auto batch = large_images(EIRNN_TEST_INSTRUMENTED ? 1 : 2);
    const auto firing = [&](double kernel_scale) {
        model_options o;
        o.initial.kernel_scale = kernel_scale;
        model<imagenet> net(seed{1}, o);
        const auto r = net.run(batch, {}, {.record = {"area3.PN", "area3.o"}, .batch_statistics = true});
        const auto &rates = r.recorded[0].values.data, &subtracted = r.recorded[1].values.data;
        double share = 0, mean = 0;
        for (const float x : rates) share += x > 0;
        for (const float x : subtracted) mean += x;
        return std::pair{share / static_cast<double>(rates.size()), mean / static_cast<double>(subtracted.size())};
    };
    const auto [few, much] = firing(1);
    const auto [many, little] = firing(0.5);
    INFO(few << " " << much << " " << many << " " << little);
    CHECK(few < 0.05);
    CHECK(much > 5);
    CHECK(many > 0.2);
    CHECK(little < 1);
}
