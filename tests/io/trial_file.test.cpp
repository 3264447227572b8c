// Trials from NPZ files: names, axes, types, classes, masks and lengths become a batch, or are refused by name and place.
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/io/trial_file.hpp>

using namespace eirnn;

namespace {

// 4 steps of 3 trials with 2 inputs.
std::vector<tensor> arrays() {
    std::vector<double> input;
    for (int k = 0; k < 24; ++k) input.push_back(k);
    return {make_tensor("inputs", {4, 3, 2}, input),
            make_tensor("targets", {4, 3}, std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2, 0}),
            make_tensor("lengths", {3}, std::vector<std::int32_t>{3, 4, 3})};
}
tensor& at(std::vector<tensor>& all, std::string_view name) { return *std::ranges::find(all, name, &tensor::name); }

trial_batch<float> read(const std::vector<tensor>& all, trial_file_options how = {.dt = 20}) {
    const scratch::folder here;
    write_npz(here / "trials.npz", all);
    return read_trials(here / "trials.npz", how);
}
void refuses(std::vector<tensor> all, const std::vector<std::string>& parts, const trial_file_options& how = {.dt = 20}) {
    try {
        read(all, how);
        FAIL("read, but should not have been: " << parts.front());
    } catch (const bad_file& e) {
        INFO(e.what());
        for (const auto& part : parts) CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("inputs, classes and lengths become trials", "[io]") {
    const auto b = read(arrays());
    CHECK(b.trials == 3);
    CHECK(b.steps == 4);
    CHECK(b.inputs == 2);
    CHECK(b.outputs == 3);
    CHECK(b.dt == 20);
    CHECK(b.input_at(3, 1, 1) == 21);
    CHECK(b.length == std::vector<std::int32_t>{3, 4, 3});
    for (long t = 0; t < 4; ++t)
        for (long n = 0; n < 3; ++n) {
            const long meant = t == 2 && n == 0 ? 1 : (t == 2 && n == 2) || (t == 3 && n == 1) ? 2 : 0;
            for (long o = 0; o < 3; ++o) {
                CHECK(b.target_at(t, n, o) == float(o == meant));
                CHECK(b.mask_at(t, n, o) == float(t < 3 || n == 1));
            }
        }
    const auto wide = read(arrays(), {.dt = 20, .classes = 5, .high = 0.8, .low = 0.2});
    CHECK(wide.outputs == 5);
    CHECK(wide.target_at(2, 0, 1) == 0.8f);
    CHECK(wide.target_at(2, 0, 4) == 0.2f);
}

TEST_CASE("trials may come first, targets be numbers, masks be given for steps or for outputs", "[io]") {
    std::vector<tensor> all{make_tensor("x", {3, 4, 2}, std::vector<float>(24)), make_tensor("y", {3, 4, 1}, std::vector<double>(12, 0.25)),
                            make_tensor("m", {3, 4}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})};
    const float x = 7;
    std::memcpy(all[0].data.data() + (1 * 4 + 2) * 2 * sizeof x, &x, sizeof x);
    const trial_file_options how{.dt = 10, .inputs = "x", .targets = "y", .masks = "m", .trials_first = true};
    const auto b = read(all, how);
    CHECK(b.input_at(2, 1, 0) == 7);
    CHECK(b.outputs == 1);
    CHECK(b.target_at(3, 2, 0) == 0.25f);
    CHECK(b.mask_at(2, 1, 0) == 6);
    CHECK(b.length == std::vector<std::int32_t>(3, 4));
    all[1] = make_tensor("y", {3, 4, 2}, std::vector<double>(24, 0.5));
    CHECK(read(all, how).mask_at(2, 1, 1) == 6);
    all[2] = make_tensor("m", {3, 4, 2}, std::vector<std::uint8_t>(24, 1));
    CHECK(read(all, how).mask_at(2, 1, 1) == 1);
}

TEST_CASE("files that hold no trials are refused by name and place", "[io]") {
    auto all = arrays();
    all.erase(all.begin());
    refuses(all, {"an array of trials is missing", "'inputs'", "targets"});
    all = arrays();
    at(all, "targets") = make_tensor("targets", {3, 4}, std::vector<std::int64_t>(12));
    refuses(all, {"'targets'", "other steps or trials", "4 steps of 3 trials", "(3, 4)"});
    at(all, "targets") = make_tensor("targets", {4, 3}, std::vector<double>(12));
    refuses(all, {"'targets'", "integers, or an axis of outputs", "F64"});
    at(all, "targets") = make_tensor("targets", {4, 3}, std::vector<std::int64_t>{0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0});
    refuses(all, {"a target is no class", "number[1][1] = -1"});
    refuses(arrays(), {"a target is no class", "0 .. 1", "number[2][2] = 2"}, {.dt = 20, .classes = 2});
    at(all, "targets") = make_tensor("targets", {4, 3}, std::vector<std::int64_t>(12, 1'000'000'000'000));
    refuses(all, {"a class is too large"});
    all = arrays();
    at(all, "lengths") = make_tensor("lengths", {3}, std::vector<std::int32_t>{3, 5, 3});
    refuses(all, {"an impossible length", "1 .. 4", "number[1] = 5"});
    at(all, "lengths") = make_tensor("lengths", {2}, std::vector<std::int32_t>{3, 4});
    refuses(all, {"lengths are an integer for each trial", "(2)"});
    all = arrays();
    all.push_back(make_tensor("masks", {4, 3}, std::vector<float>(12, -1)));
    refuses(all, {"a mask is negative", "number[0][0]"});
    at(all, "masks") = make_tensor("masks", {4, 3, 2}, std::vector<float>(24, 1));
    refuses(all, {"another number of outputs", "(4, 3, 2)"});
    all = arrays();
    at(all, "inputs") = make_tensor("inputs", {4, 3, 2}, std::vector<double>(24, 1e300));
    refuses(all, {"too large for a float", "number[0][0][0]"});
    at(all, "inputs") = make_tensor("inputs", {4, 3, 2}, std::vector<double>(24, std::numeric_limits<double>::quiet_NaN()));
    refuses(all, {"inputs", "not finite"});
    at(all, "inputs") = make_tensor("inputs", {0, 3, 2}, std::vector<double>());
    refuses(all, {"there are no trials"});
    CHECK_THROWS_AS(read(arrays(), {}), invalid_argument);
    CHECK_THROWS_AS(read_trials("/no/such/file.npz", {.dt = 20}), missing_file);
}
