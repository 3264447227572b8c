// Networks on grids as files: what is saved comes back, and what does not fit is refused whole.
#include "networks.hpp"
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/io/model_file.hpp>

#include <cmath>
#include <functional>

using namespace eirnn;
using networks::on_grids;

namespace {

/// With statistics that are not those at the start.
template <class T>
auto used(std::uint64_t s) {
    auto m = on_grids<T>(s);
    auto raw = m.raw();
    for (auto& t : raw.running)
        for (std::size_t k = 0; k < t.values.data.size(); ++k) t.values.data[k] = static_cast<T>(0.25 * static_cast<double>(k + 1));
    m.set_raw(raw);
    return m;
}

tensor& at(tensor_file& f, std::string_view name) { return *std::ranges::find(f.tensors, name, &tensor::name); }
void put(tensor& t, std::size_t k, float value) { std::memcpy(t.data.data() + k * sizeof value, &value, sizeof value); }
const std::string mixing = "area2.current_E<-I_.kernel";

/// Loading a saved file after `change` must fail with a message that holds all `parts`, and change nothing.
template <class Into>
void refuses(Into into, const std::function<void(tensor_file&)>& change, std::vector<std::string> parts, load_options how = {}) {
    const scratch::folder here;
    auto m = used<float>(1);
    tensor_file file = to_tensors(m);
    change(file);
    write_safetensors(here / "m", file);
    const auto raw = into.raw(), effective = into.effective();
    try {
        load(into, here / "m", how);
        FAIL("loaded, but should not have been: " << parts.front());
    } catch (const bad_file& e) {
        INFO(e.what());
        for (const auto& part : parts) CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
    CHECK(into.raw() == raw);
    CHECK(into.effective() == effective);
}
void refuses(const std::function<void(tensor_file&)>& change, std::vector<std::string> parts) { refuses(on_grids<float>(2), change, parts); }

}  // namespace

TEST_CASE("a network on grids comes back from its file with running statistics") {
    const scratch::folder here;
    auto m = used<float>(1);
    save(m, here / "m", {{"model", "small"}});
    auto into = on_grids<float>(2);
    CHECK(into.raw() != m.raw());
    CHECK(load(into, here / "m").largest_rounding == 0);
    CHECK(into.raw() == m.raw());
    CHECK(into.effective() == m.effective());

    const auto file = read_safetensors(here / "m");
    CHECK(file.metadata.at("model") == "small");
    CHECK(file.metadata.at("seed") == "1");
    for (const float w : file.at(mixing).get<float>()) CHECK(w <= 0);
    CHECK(file.at(mixing + ".sign").get<std::int8_t>() == std::vector<std::int8_t>(10, -1));
    CHECK(file.at(mixing + ".mask").get<std::uint8_t>() == std::vector<std::uint8_t>(10, 1));
    CHECK(file.at(mixing).shape == std::vector<std::uint64_t>{5, 2});
    CHECK(file.at("area2.current_E.running").shape == std::vector<std::uint64_t>{2, 2, 5});
    save(into, here / "again");
    CHECK(read_safetensors(here / "again").tensors == file.tensors);
}

TEST_CASE("a file of floats fits a model of doubles, and the other way round where rounding is allowed") {
    const scratch::folder here;
    auto m = used<float>(1);
    save(m, here / "m");
    auto wide = on_grids<double>(2);
    load(wide, here / "m");
    save(wide, here / "wide");
    auto into = on_grids<float>(2);
    CHECK_THROWS_AS(load(into, here / "wide"), bad_file);
    CHECK(load(into, here / "wide", {.narrow = true}).largest_rounding == 0);
    CHECK(into.raw() == m.raw());
}

TEST_CASE("what does not fit the network is refused whole") {
    refuses([](tensor_file& f) { std::erase_if(f.tensors, [](const tensor& t) { return t.name == mixing; }); }, {mixing + ": missing"});
    refuses([](tensor_file& f) { f.tensors.push_back(make_tensor("more", 1.f)); }, {"'more': the model has no such tensor"});
    refuses([](tensor_file& f) { at(f, mixing).shape = {2, 5}; }, {mixing + ": shape (2, 5) instead of (5, 2)"});
    refuses([](tensor_file& f) { at(f, mixing) = make_tensor(mixing, {5, 2}, std::vector<std::int32_t>(10)); }, {mixing, "type I32"});
    refuses([](tensor_file& f) { f.metadata["model_format"] = "3"; }, {"newer version"});
    refuses([](tensor_file& f) { f.metadata.erase("model_format"), f.metadata["stack_format"] = "2"; },
            {"'area1.y<-X.kernel.mask': the model has no such tensor"});
    refuses([](tensor_file& f) { f.metadata.erase("area 2"); }, {"area 2: the file names none, the model has 6 x 6, pooled to 3 x 3"});
    refuses(networks::of_three_steps(2), [](tensor_file&) {}, {"time_steps: the file has '2', the model 3", "area2.current_E.scale"});
    refuses(on_grids<float>(2, 3), [](tensor_file&) {}, {mixing + ": shape (5, 2) instead of (5, 3)"});
    auto m = on_grids<float>(2);
    CHECK_THROWS_AS(load(m, "/no/such/file"), missing_file);
}

TEST_CASE("numbers that break a rule of the network are refused") {
    refuses([](tensor_file& f) { put(at(f, mixing), 3, 0.5f); },
            {"1 weights violate the sign of their source, first " + mixing + " (1, 1) = 0.5"});
    refuses([](tensor_file& f) { put(at(f, mixing + ".raw"), 0, 1e30f); },
            {"1 weights are not what the raw weights give, first " + mixing + " (0, 0) = -", "instead of -1.00000001"});
    refuses([](tensor_file& f) { put(at(f, "area2.trained.0.raw"), 1, std::bit_cast<float>(0x7FC00000u)); },
            {"not finite", "area2.trained.0.raw"});
    refuses([](tensor_file& f) { put(at(f, "area2.current_E.running"), 6, -1); },
            {"a variance below 0, area2.current_E.running (0, 1, 1)"});
}

TEST_CASE("a file of the second format of networks on grids is read, and written in the format of all models") {
    const scratch::folder here;
    auto m = on_grids<float>(2);
    load(m, std::filesystem::path(EIRNN_TEST_DATA) / "stack_second_format.safetensors");
    const auto raw = m.raw();
    auto expected = used<float>(1).raw();
    CHECK(raw.running_steps == 7);
    expected.running_steps = 7;
    CHECK(detail::same_arrays(raw, expected));
    CHECK(raw.running == expected.running);
    for (std::size_t t = 0; t < raw.tensors.size(); ++t)
        for (std::size_t k = 0; k < raw.tensors[t].values.data.size(); ++k)
            CHECK(raw.tensors[t].values.data[k] == Approx(expected.tensors[t].values.data[k]).epsilon(1e-5));
    save(m, here / "m");
    CHECK(read_safetensors(here / "m").metadata.at("model_format") == "2");
    auto again = on_grids<float>(3);
    load(again, here / "m");
    CHECK(again.raw() == raw);
}

TEST_CASE("small weights are pruned on grids too, and numbers that are no weights stay") {
    auto m = on_grids<double>(1);
    auto raw = m.raw();
    raw[mixing](1, 1) = 1e-5, raw[mixing](2, 0) = -2e-4;
    raw["area2.trained.0"].data[1] = 1e-5;
    m.set_raw(raw);
    m.prune(1e-4);
    auto expected = raw;
    expected[mixing](1, 1) = 0;
    for (std::size_t k = 0; k < expected.tensors.size(); ++k)
        for (double& w : expected.tensors[k].values.data)
            if (m.is_weight(k) && std::abs(w) < 1e-4) w = 0;
    CHECK(m.raw() == expected);
    CHECK(m.raw()["area2.trained.0"].data[1] == 1e-5);
    CHECK(m.raw()[mixing](2, 0) == -2e-4);
}
