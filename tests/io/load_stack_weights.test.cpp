// Effective kernels of networks on grids from elsewhere: they become the model's exactly, or are refused whole.
#include "networks.hpp"
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/io/load_weights.hpp>

#include <functional>
#include <limits>

using namespace eirnn;
using networks::on_grids;

namespace {

const std::string mixing = "area2.current_E<-I_.kernel";

/// The effective weights and running statistics of a model of floats with seed 1: what another library would save.
std::vector<tensor> weights() {
    auto m = on_grids<float>(1);
    std::vector<tensor> w;
    for (const auto& t : m.effective().tensors) w.push_back(make_tensor(t.name, t.shape, t.values.data));
    for (const auto& t : m.raw().running) {
        auto values = t.values.data;
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = 0.25f * static_cast<float>(k + 1);
        w.push_back(make_tensor(t.name, t.shape, values));
    }
    return w;
}
tensor& at(std::vector<tensor>& w, std::string_view name) { return *std::ranges::find(w, name, &tensor::name); }
void put(tensor& t, std::size_t k, float value) { std::memcpy(t.data.data() + k * sizeof value, &value, sizeof value); }

void refuses(const std::function<void(std::vector<tensor>&)>& change, const std::vector<std::string>& parts) {
    auto w = weights();
    change(w);
    auto m = on_grids<double>(2);
    const auto raw = m.raw(), effective = m.effective();
    try {
        load_weights(m, w);
        FAIL("loaded, but should not have been: " << parts.front());
    } catch (const invalid_argument& e) {
        INFO(e.what());
        for (const auto& part : parts) CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
    CHECK(m.raw() == raw);
    CHECK(m.effective() == effective);
}

}  // namespace

TEST_CASE("effective kernels become those of a network on grids, with their running statistics", "[io][weights]") {
    const auto w = weights();
    auto m = on_grids<double>(2);
    CHECK(load_weights(m, w).kept.empty());
    const auto effective = m.effective(), raw = m.raw();
    REQUIRE(effective.tensors.size() + raw.running.size() == w.size());
    const auto compare = [&](const named_values<double>& t) {
        const auto expected = tensor_at(w, t.name).get<float>();
        CAPTURE(t.name);
        CHECK(t.values.data == std::vector<double>(expected.begin(), expected.end()));
    };
    for (const auto& t : effective.tensors) compare(t);
    for (const auto& t : raw.running) compare(t);
    CHECK(raw.running_steps == detail::running_steps_before);  // so that training does not begin them anew

    // From a file; the statistics may be left.
    const scratch::folder here;
    auto some = w;
    std::erase_if(some, [](const tensor& t) { return t.name.ends_with(".running"); });
    write_npz(here / "w.npz", some);
    auto other = on_grids<double>(3);
    CHECK_THROWS_AS(load_weights(other, here / "w.npz"), bad_file);
    weight_options how;
    for (const auto& t : raw.running) how.keep.push_back(t.name);
    CHECK(load_weights(other, here / "w.npz", how).kept == how.keep);
    CHECK(other.effective() == effective);
    CHECK(other.raw().running_steps == 0);
}

TEST_CASE("kernels whose axes are in another order are turned", "[io][weights]") {
    auto w = weights();
    tensor& t = *std::ranges::find_if(w, [](const tensor& x) { return x.name.starts_with("area1.") && x.name.ends_with(".kernel"); });
    const auto values = t.get<float>();
    REQUIRE(t.shape == std::vector<std::uint64_t>{3, 2, 3, 3});
    std::vector<float> turned(values.size());  // [y][x][pre][post]
    for (std::size_t post = 0; post < 3; ++post)
        for (std::size_t pre = 0; pre < 2; ++pre)
            for (std::size_t tap = 0; tap < 9; ++tap) turned[(tap * 2 + pre) * 3 + post] = values[(post * 2 + pre) * 9 + tap];
    t = make_tensor(t.name, {3, 3, 2, 3}, turned);
    auto m = on_grids<double>(2), expected = on_grids<double>(3);
    load_weights(m, w, {.sources = {{t.name, {t.name}, {3, 2, 0, 1}}}});
    load_weights(expected, weights());
    CHECK(m.effective() == expected.effective());
    refuses([&](auto& changed) { at(changed, t.name) = t; },
            {"shape (3, 3, 2, 3) instead of (3, 2, 3, 3) (the same axes in another order)"});
}

TEST_CASE("kernels that do not fit a network on grids are refused whole", "[io][weights]") {
    refuses(
        [](auto& w) {
            put(at(w, mixing), 3, 0.5f);
            put(at(w, "area2.trained.0"), 1, std::numeric_limits<float>::infinity());
            put(at(w, "area2.current_E.running"), 6, -1);
            std::erase_if(w, [](const tensor& t) { return t.name == "area2.current_E.shift"; });
            w.push_back(make_tensor("more", 1.f));
        },
        {"1 weights break the sign of their source (Dale's law): " + mixing + "[1][1] = 0.5, expected at most 0",
         "area2.trained.0: 1 numbers are NaN or infinite, first at [1]", "area2.current_E.running[0][1][1] = -1, expected a variance",
         "area2.current_E.shift: missing", "'more': the model has no such array"});
    refuses(
        [](auto& w) {
            at(w, mixing).shape = {2, 5};
        },
        {mixing + ": shape (2, 5) instead of (5, 2) (it looks transposed, W[pre][post])"});
}
