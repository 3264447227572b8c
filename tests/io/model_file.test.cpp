// Models as files: what is saved comes back, and what does not fit, or breaks a rule of the network, is refused whole.
#include "networks.hpp"
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>

#include <functional>

using namespace eirnn;
using networks::decision;

namespace {

tensor& at(tensor_file& f, std::string_view name) { return *std::ranges::find(f.tensors, name, &tensor::name); }
template <class T>
void put(tensor_file& f, std::string_view name, std::size_t post, std::size_t pre, T value) {
    tensor& t = at(f, name);
    std::memcpy(t.data.data() + (post * t.shape[1] + pre) * sizeof(T), &value, sizeof(T));
}

/// Loading the model's own file after `change` must fail with a message that holds all `parts`, and change nothing.
void refuses(const std::function<void(tensor_file&)>& change, std::vector<std::string> parts) {
    const scratch::folder here;
    auto m = decision<float>(1);
    tensor_file file = to_tensors(m);
    change(file);
    write_safetensors(here / "m", file);
    auto into = decision<float>(2);
    const auto raw = into.raw(), effective = into.effective();
    try {
        load(into, here / "m");
        FAIL("loaded, but should not have been: " << parts.front());
    } catch (const bad_file& e) {
        INFO(e.what());
        for (const auto& part : parts) CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
    CHECK(into.raw() == raw);
    CHECK(into.effective() == effective);
}

}  // namespace

TEST_CASE("a model comes back from its file, untrained weights included", "[io][model]") {
    const scratch::folder here;
    auto m = decision<float>(1);
    auto raw = m.raw();
    raw["b_rec"].data[3] = 0.5f;  // not trained, but used
    raw["W_rec"](0, 1) = -0.75f;  // silent, and remembered
    m.set_raw(raw);
    save(m, here / "m");

    auto back = decision<float>(2);
    REQUIRE(back.effective()["W_rec"](6, 7) != m.effective()["W_rec"](6, 7));  // fixed weights are scaled by the seed
    CHECK(load(back, here / "m").largest_rounding == 0);
    CHECK(back.raw() == m.raw());
    CHECK(back.effective() == m.effective());
    CHECK(back.effective()["W_rec"](6, 7) < 0);
    CHECK(to_tensors(back).tensors == to_tensors(m).tensors);

    const auto file = read_safetensors(here / "m");
    CHECK(file.at("W_out").shape == std::vector<std::uint64_t>{3, 8});
    CHECK(file.metadata.at("populations") == "E 6 excitatory, I 2 inhibitory");
    CHECK(check_constraints(m.rules(), m.effective()).kept());

    auto wide = decision<double>(3);
    load(wide, here / "m");
    CHECK(wide.effective()["W_rec"](6, 7) == static_cast<double>(m.effective()["W_rec"](6, 7)));
    CHECK(wide.raw()["W_in"](5, 1) == static_cast<double>(m.raw()["W_in"](5, 1)));

    auto precise = decision<double>(4);
    save(precise, here / "d");
    CHECK_THROWS_AS(load(m, here / "d"), bad_file);
    CHECK(m.raw() == back.raw());
    const double rounding = load(m, here / "d", {.narrow = true}).largest_rounding;
    CHECK(rounding > 0);
    CHECK(rounding < 1e-7);
    CHECK(m.raw()["W_rec"](2, 1) == static_cast<float>(precise.raw()["W_rec"](2, 1)));
}

TEST_CASE("a file of another network is refused with all differences at once", "[io][model]") {
    refuses(
        [](tensor_file& f) {
            std::swap(at(f, "W_in").shape[0], at(f, "W_in").shape[1]);
            at(f, "W_rec.raw") = make_tensor("W_rec.raw", matrix<float>(7, 7));
            at(f, "b_rec").type = dtype::i32;
            std::erase_if(f.tensors, [](const tensor& t) { return t.name == "x0"; });
            f.tensors.push_back(make_tensor("stray", 1.f));
            f.metadata["inputs"] = "colour 2";
        },
        {"W_in: shape (2, 8) instead of (8, 2) (transposed)", "W_rec.raw: shape (7, 7) instead of (8, 8)", "b_rec: numbers of type I32",
         "x0: missing", "'stray': the model has no such tensor", "inputs: the file has 'colour 2', the model motion 2"});

    const scratch::folder here;
    auto m = decision<float>(1);
    save(m, here / "m");
    auto into = networks::renamed(1);
    try {
        load(into, here / "m");
        FAIL("a file of other populations was loaded");
    } catch (const bad_file& e) {
        const std::string difference =
            "populations: the file has 'E 6 excitatory, I 2 inhibitory', the model B 6 excitatory, I 2 inhibitory";
        CHECK(std::string(e.what()).find(difference) != std::string::npos);
    }
}

TEST_CASE("weights that break a rule of the network are refused", "[io][model]") {
    refuses(
        [](tensor_file& f) {
            put(f, "W_rec", 2, 6, 0.5f);   // from an inhibitory unit
            put(f, "W_rec", 3, 1, -0.5f);  // from an excitatory unit
            put(f, "W_rec", 4, 4, 0.25f);  // a self-connection
        },
        {"2 weights violate the sign of their source, first W_rec (2, 6) = 0.5",
         "1 weights stand where there is no connection, first W_rec (4, 4) = 0.25"});
    refuses([](tensor_file& f) { put(f, "W_out", 1, 2, 0.75f); },
            {"1 weights are not what the raw weights give, first W_out (1, 2) = 0.75 instead of"});
    refuses([](tensor_file& f) { put(f, "W_rec", 6, 7, 0.25f); }, {"violate the sign of their source, first W_rec (6, 7) = 0.25"});
    refuses([](tensor_file& f) { put(f, "W_rec.mask", 1, 2, std::uint8_t{2}); }, {"W_rec.mask: not the network's, first at (1, 2)"});
    refuses([](tensor_file& f) { put(f, "W_in.sign", 1, 1, std::int8_t{0}); }, {"W_in.sign: not the network's, first at (1, 1)"});
    refuses([](tensor_file& f) { put(f, "W_rec.raw", 1, 2, std::numeric_limits<float>::quiet_NaN()); },
            {"tensor 'W_rec.raw'", "(1, 2)", "1 of 64"});
}

TEST_CASE("a file that is no model, or a newer one, is refused", "[io][model]") {
    refuses([](tensor_file& f) { f.metadata.erase("model_format"); }, {"not a model of eirnn"});
    refuses([](tensor_file& f) { f.metadata = {{"checkpoint_format", "1"}}; }, {"a checkpoint of a training run"});
    refuses([](tensor_file& f) { f.metadata["model_format"] = "3", f.metadata["eirnn_version"] = "9.1"; },
            {"newer version", "use eirnn '9.1' or later"});
    refuses([](tensor_file& f) { f.metadata["model_format"] = "1.5"; }, {"makes no sense"});
    auto m = decision<float>(1);
    CHECK_THROWS_AS(load(m, "/nonexistent/model"), missing_file);
}

namespace two_equations {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct c> c;
inline constexpr input_symbol<struct u> u;
struct cell {
    static constexpr auto equations = system(c[h] = relu(W(prev(h)) + W(prev(c)) + W(u)), h = relu(W(prev(h)) + W(prev(c)) + W(u) + c / 2));
};
struct motion : input<2> {};
struct choice : output<3> {};
struct P : population<excitatory, 3> {};
struct pair : area<cell, P> {};
using net = network<areas<pair>, inputs<project<motion, pair>>, outputs<project<P, choice>>>;
}  // namespace two_equations

TEST_CASE("gates and variables of a cell that has several are numbered; what an equation reads stands side by side", "[io][model]") {
    const scratch::folder here;
    model<two_equations::net, backend::serial<float>> m(seed{1}), back(seed{2});
    const auto raw = m.raw();
    std::string names;
    for (const auto& t : raw.tensors) names += t.name + ' ' + detail::shape_text(t.shape) + ' ';
    CHECK(names ==
          "W_in.0 (3, 2) W_rec.0 (3, 6) b_rec.0 (3) W_in.1 (3, 2) W_rec.1 (3, 6) b_rec.1 (3) W_out (3, 3) b_out (3) x0.0 (3) x0.1 (3) ");
    for (long i = 0; i < 3; ++i)
        for (long j = 0; j < 6; ++j) CHECK((raw["W_rec.1"](i, j) != 0) == (i != j % 3));
    CHECK(raw["x0.1"].data == std::vector<float>(3, 0.1f));
    CHECK_THROWS_AS(raw["W_rec"], invalid_argument);
    save(m, here / "m");
    load(back, here / "m");
    CHECK(back.raw() == raw);
}

// Both were written by the last version of the first format (commit 1412c4b): the model of the first test of this file, and the one above.
TEST_CASE("files of the first format are read", "[io][model]") {
    const std::filesystem::path data = EIRNN_TEST_DATA;
    const auto near = [](const auto& got, const auto& expected) {
        REQUIRE(detail::same_arrays(got, expected));
        for (std::size_t t = 0; t < got.tensors.size(); ++t)
            for (std::size_t k = 0; k < got.tensors[t].values.data.size(); ++k)
                CHECK(got.tensors[t].values.data[k] == Approx(expected.tensors[t].values.data[k]).epsilon(1e-5));
    };
    auto m = decision<float>(2), expected = decision<float>(1);
    load(m, data / "model_first_format.safetensors");
    auto raw = expected.raw();
    raw["b_rec"].data[3] = 0.5f;
    raw["W_rec"](0, 1) = -0.75f;
    expected.set_raw(raw);
    near(m.raw(), raw);
    near(m.effective(), expected.effective());

    model<two_equations::net, backend::serial<float>> gates(seed{2});
    load(gates, data / "model_first_format_gates.safetensors");
    auto then = model<two_equations::net, backend::serial<float>>(seed{1}).raw();
    then["W_in.1"] = then["W_in.0"], then["W_rec.1"] = then["W_rec.0"];  // gates began with the same numbers
    near(gates.raw(), then);

    const scratch::folder here;
    auto file = read_safetensors(data / "model_first_format.safetensors");
    put(file, "W_rec.sign", 1, 6, std::int8_t{1});  // of a connection
    write_safetensors(here / "m", file);
    const auto before = m.raw();
    CHECK_THROWS_AS(load(m, here / "m"), bad_file);
    CHECK(m.raw() == before);
}
