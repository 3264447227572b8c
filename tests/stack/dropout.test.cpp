// Dropout inside a stack: what it keeps, what keys it, and that evaluation is free of it.
#include "small_stack.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

using namespace stacks;
using processor = backend::cpu<double>;
using dropping = multicell::pn_cell_drpt;

namespace {

constexpr int C = 5;  // the dropped state, among the variables of the cell
constexpr long units = 5, positions = 36;

using dropping_engine = stack_engine<processor, dropping, readout_cell>;
/// One area on the image, no batch norm: what one image does depends on no other. Its state stays above 0 unless it is dropped.
struct dropping_stack : dropping_engine {
    dropping_stack() : dropping_engine(small_layout(), processor(2)) {
        set_weights(*this, 1);
        auto raw = parameters().exported(&parameter_block<processor>::raw);
        for (std::size_t k = 0; k < raw.size(); ++k)
            for (double& x : raw[k])
                if (const auto& t = parameters().tensors()[k]; t.area == 0)
                    x = t.role != tensor_role::bias ? 0.1 * x : t.equation == 4 ? -5 : 2;  // equation 4: the output gate, closed
        parameters().upload(raw, &parameter_block<processor>::raw);
    }
    static eirnn::layout small_layout() {
        const variation v{.kernel = one_by_one, .steps = 4};
        const auto a = make_area<dropping>(2, {6, 6}, {units, 3, 2}, {}, v);
        return make_layout(v, {6, 6}, 2, {a, readout_map(a, 3)});
    }
};
auto images_of(long images) { return make_images<double>(dropping_stack::small_layout(), images); }
std::vector<double> states(const trial_batch<double>& b, bool training) {
    dropping_stack e;
    return e.run(b, {{0, C, false}}, training).probed[0];
}
std::vector<double> of_image(const std::vector<double>& all, long images, long image) {
    std::vector<double> one;
    for (long s = 0; s < 4; ++s) {
        const auto from = all.begin() + (s * images + image) * positions * units;
        one.insert(one.end(), from, from + positions * units);
    }
    return one;
}
double share_kept(const std::vector<double>& v) {
    return double(std::count_if(v.begin(), v.end(), [](double x) { return x > 0; })) / double(v.size());
}

}  // namespace

TEST_CASE("dropout keeps nine tenths, divided by nine tenths") {
    const long images = 8, per_step = images * positions * units;
    const auto batch = images_of(images);
    const auto trained = states(batch, true), evaluated = states(batch, false);
    CHECK(share_kept(evaluated) == 1);
    CHECK(share_kept(trained) == Approx(0.9).margin(0.015));  // 5760 draws: four deviations
    for (long k = 0; k < per_step; ++k) {
        const auto i = static_cast<std::size_t>(k);
        if (trained[i] > 0) REQUIRE(trained[i] == Approx(evaluated[i] / 0.9).epsilon(1e-14));
    }
    // pairs of steps, images, units and positions are dropped independently of each other
    const auto both = [&](long apart, long end) {
        long n = 0, all = 0;
        for (long k = 0; k + apart < end; ++k, ++all)
            n += trained[static_cast<std::size_t>(k)] > 0 && trained[static_cast<std::size_t>(k + apart)] > 0;
        return double(n) / double(all);
    };
    for (const long apart : {per_step, positions * units, units, 1l}) CHECK(both(apart, 4 * per_step) == Approx(0.81).margin(0.03));
}
TEST_CASE("a run that asks for it drops what a gradient's pass drops") {
    const auto batch = images_of(5);
    dropping_stack e;
    CHECK(e.drops());
    CHECK(e.run_trials(batch, {}, {}, {.probes = {{0, C, false}}, .dropout = true}).probed[0] == states(batch, true));
}
TEST_CASE("what is dropped depends on the image and not on its place") {
    const auto batch = images_of(6);
    const auto all = states(batch, true);
    auto alone = batch;
    alone.trials = 1;
    const auto first = batch.input.begin() + 4 * positions * 2;
    alone.input.assign(first, first + positions * 2);
    alone.id = {batch.id[4]};
    CHECK(of_image(states(alone, true), 1, 0) == of_image(all, 6, 4));
    alone.id = {batch.id[3]};
    CHECK(of_image(states(alone, true), 1, 0) != of_image(all, 6, 4));
}
TEST_CASE("what is dropped depends on the seed and the iteration") {
    dropping_stack e;
    const auto batch = images_of(4);
    const auto loss = [&](std::uint64_t key, std::uint32_t iteration) {
        return e.gradient(batch, {key, iteration}, categorical_cross_entropy).loss;
    };
    const double one = loss(1, 0);
    CHECK(loss(1, 1) != one);
    CHECK(loss(2, 0) != one);
    CHECK(loss(1, 0) == one);
}
