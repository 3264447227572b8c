// Effective weights from elsewhere: every float type and order gives the numbers of the file, and what does not fit is told at once.
#include "networks.hpp"
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/spec/sign.hpp>
#include <eirnn/io/load_weights.hpp>
#include <eirnn/io/model_file.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace eirnn;
using networks::decision;

namespace {

/// The weights of a network like `decision`, all numbers exact in BF16: the least of the types.
std::vector<tensor> weights(double factor = 1) {
    matrix<double> in(8, 2), rec(8, 8), out(3, 8);
    for (long post = 0; post < 8; ++post)
        for (long pre = 0; pre < 8; ++pre) {
            const double magnitude = 0.0625 * static_cast<double>(1 + (5 * post + 3 * pre) % 15);
            if (pre < 2) in(post, pre) = magnitude;
            if (post != pre && (post < 6 || pre < 6)) rec(post, pre) = pre < 6 ? magnitude : -magnitude;
            if (post < 3 && pre < 6) out(post, pre) = magnitude;
        }
    rec(6, 7) = -0.25 * factor, rec(7, 6) = -0.5 * factor;
    std::vector<double> b(8, -0.5), x0(8, 0.125);
    b[3] = 1.5;
    return {make_tensor("x0", {8}, x0), make_tensor("W_rec", rec),    make_tensor("b_out", {3}, std::vector{1., 2., -3.}),
            make_tensor("W_out", out),  make_tensor("b_rec", {8}, b), make_tensor("W_in", in)};
}
tensor& at(std::vector<tensor>& w, std::string_view name) { return *std::ranges::find(w, name, &tensor::name); }
void put(std::vector<tensor>& w, std::string_view name, std::size_t k, double value) {
    std::memcpy(at(w, name).data.data() + k * sizeof value, &value, sizeof value);
}
/// The effective weights of a model as the tensors that `weights` gives.
template <class Model>
bool has(Model& m, const std::vector<tensor>& expected) {
    bool same = true;
    const auto effective = m.effective();
    detail::each_array(effective, [&](const std::string& name, const auto& shape, const auto& values) {
        const tensor& t = tensor_at(expected, name);
        const std::vector<double> ours(values.begin(), values.end());
        same = same && t.shape == shape && ours == t.get<double>();
    });
    return same;
}
std::vector<tensor> as(std::vector<tensor> w, dtype type) {
    for (tensor& t : w) {
        std::vector<std::byte> data;
        for (const double x : t.get<double>()) {
            const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
            // All are sums of few powers of two, so cutting is exact.
            const auto half =
                static_cast<std::uint16_t>((bits >> 16 & 0x8000) | (x == 0 ? 0 : ((bits >> 23 & 0xFF) - 112) << 10) | (bits >> 13 & 0x3FF));
            const auto brain = static_cast<std::uint16_t>(bits >> 16);
            const auto append = [&](const auto& value) {
                const auto bytes = std::as_bytes(std::span(&value, 1));
                data.insert(data.end(), bytes.begin(), bytes.end());
            };
            type == dtype::f16 ? append(half) : type == dtype::bf16 ? append(brain) : type == dtype::f32 ? append(bits) : append(x);
        }
        t.type = type, t.data = data;
    }
    return w;
}

/// Loading must fail with a message that holds all `parts` (and none that begins with "no: "), and change nothing.
template <class Model>
void refuses_of(Model&& m, const std::vector<tensor>& w, const std::vector<std::string>& parts, const weight_options& how = {}) {
    const auto raw = m.raw(), effective = m.effective();
    try {
        load_weights(m, w, how);
        FAIL("loaded, but should not have been: " << parts.front());
    } catch (const invalid_argument& e) {
        INFO(e.what());
        for (const auto& part : parts)
            if (part.starts_with("no: "))
                CHECK(std::string(e.what()).find(part.substr(4)) == std::string::npos);
            else
                CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
    CHECK(m.raw() == raw);
    CHECK(m.effective() == effective);
}
void refuses(const std::function<void(std::vector<tensor>&)>& change, const std::vector<std::string>& parts,
             const weight_options& how = {}) {
    auto w = weights();
    change(w);
    refuses_of(decision<double>(1), w, parts, how);
}

}  // namespace

TEST_CASE("weights in memory become the effective weights exactly, whatever the rule of signs", "[io][weights]") {
    const auto w = weights();
    auto rectified = decision<double>(1);
    CHECK(load_weights(rectified, w).largest_rounding == 0);
    CHECK(has(rectified, w));
    CHECK(rectified.raw()["W_rec"](0, 6) > 0);
    auto absolute_value = decision<double, signs<absolute>>(1);
    load_weights(absolute_value, w);
    CHECK(has(absolute_value, w));
    auto narrow = decision<float>(1);
    CHECK(load_weights(narrow, w).largest_rounding == 0);
    CHECK(has(narrow, w));
    // Fixed weights may be scaled, as initial ones are; biases are used although nobody trains them.
    load_weights(rectified, weights(1.5));
    CHECK(has(rectified, weights(1.5)));
    // What is loaded can be saved and comes back.
    const scratch::folder here;
    save(rectified, here / "m.safetensors");
    auto back = decision<double>(2);
    load(back, here / "m.safetensors");
    CHECK(has(back, weights(1.5)));
}

TEST_CASE("every type of floating-point number is read exactly", "[io][weights]") {
    for (const dtype type : {dtype::f64, dtype::f32, dtype::f16, dtype::bf16}) {
        auto m = decision<double>(1);
        load_weights(m, as(weights(), type));
        CHECK(has(m, weights()));
        const scratch::folder here;
        write_safetensors(here / "w.safetensors", {as(weights(), type), {}});
        auto other = decision<double>(2);
        load_weights(other, here / "w.safetensors");
        CHECK(has(other, weights()));
    }
    for (const auto& [bits, value] :
         {std::pair{0x0001, 0x1p-24}, {0x03FF, 1023 * 0x1p-24}, {0x0400, 0x1p-14}, {0x7BFF, 65504.}, {0xC000, -2.}})
        CHECK(detail::half_to_double(static_cast<std::uint16_t>(bits)) == value);
    // A double that a float does not have is rounded, and the report says how far.
    auto w = weights();
    put(w, "W_rec", 1, 0.1);
    auto m = decision<float>(1);
    CHECK(load_weights(m, w).largest_rounding == std::abs(0.1 - static_cast<double>(0.1f)));
    CHECK(m.effective()["W_rec"](0, 1) == 0.1f);
    put(w, "W_rec", 1, 1e39);
    refuses_of(decision<float>(1), w, {"W_rec[0][1] (to E 0 from E 1) = 1e+39: too large for a model of float"});
}

TEST_CASE("soft_rectify is inverted to rounding, from the smallest weight to the largest", "[io][weights]") {
    auto w = weights();
    std::vector<double> magnitudes{1e-300, 1e-12, 1e-6, 0.1, std::log(2.), 1, 19.9, 20, 20.000000001, 20.1, 25, 400, 1e6};
    for (std::size_t k = 0; k < magnitudes.size(); ++k) put(w, "W_out", k / 6 * 8 + k % 6, magnitudes[k]);
    auto m = decision<double, signs<soft_rectify>>(1);
    load_weights(m, w);
    const auto effective = m.effective();
    for (std::size_t k = 0; k < magnitudes.size(); ++k) {
        const double got = effective["W_out"](static_cast<long>(k / 6), static_cast<long>(k % 6));
        CAPTURE(magnitudes[k], got);
        CHECK(std::abs(got - magnitudes[k]) <= 1e-13 * std::abs(std::log(magnitudes[k])) * magnitudes[k] + 1e-13 * magnitudes[k]);
    }
    // The model's own file holds raw weights above 20, where the softplus is the weight itself.
    const scratch::folder here;
    save(m, here / "m.safetensors");
    auto back = decision<double, signs<soft_rectify>>(2);
    load(back, here / "m.safetensors");
    CHECK(back.effective() == effective);

    put(w, "W_out", 3, 0);
    refuses_of(
        m, w,
        {"1 weights are 0 under soft_rectify, which has no weight of magnitude 0: W_out[0][3] (to choice 0 from E 3) = 0, expected not 0",
         "declare rectify or absolute"});
}

TEST_CASE("arrays may have other names, add up, be turned, be left out, or be ignored", "[io][weights]") {
    auto w = weights();
    matrix<double> rec = at(w, "W_rec").get_matrix<double>(), turned(8, 8);
    for (long i = 0; i < 8; ++i)
        for (long j = 0; j < 8; ++j) turned(j, i) = rec(i, j);
    at(w, "W_rec") = make_tensor("kernel", turned);
    at(w, "b_rec") = make_tensor("bias_1", {1, 8}, std::vector<double>(8, -0.5));  // extents of 1 do not count
    w.push_back(make_tensor("bias_2", {8}, std::vector<double>{0, 0, 0, 2, 0, 0, 0, 0}));
    w.push_back(make_tensor("step", std::int64_t{7}));
    std::erase_if(w, [](const tensor& t) { return t.name == "x0" || t.name == "b_out"; });
    const weight_options how{
        .sources = {{"W_rec", {"kernel"}, {1, 0}}, {"b_rec", {"bias_1", "bias_2"}}, {"b_out", {}}}, .keep = {"x0"}, .ignore = {"step"}};
    auto m = decision<double>(1);
    CHECK(load_weights(m, w, how).kept == std::vector<std::string>{"x0"});
    CHECK(m.effective()["x0"].data == std::vector<double>(8, 0.1));
    CHECK(m.effective()["b_out"].data == std::vector<double>(3));
    CHECK(m.effective()["W_rec"] == rec);
    CHECK(m.effective()["b_rec"].data == weights()[4].get<double>());

    refuses_of(
        m, w,
        {"'kernel': the model has no such array", "'step': the model has no such array", "W_rec: missing", "b_rec: missing", "x0: missing",
         "expected: W_in (8, 2), W_rec (8, 8), b_rec (8), W_out (3, 8), b_out (3), x0 (8);", "which may be missing (keep)"});
    auto wrong = how;
    wrong.sources.push_back({"W_recurrent", {"kernel"}});
    wrong.sources[1].from.push_back("bias_3");
    wrong.keep.push_back("x1");
    refuses_of(m, w, {"sources names 'W_recurrent', which the model does not have", "keep names 'x1'", "b_rec: missing ('bias_3')"}, wrong);
    wrong = how;
    wrong.sources[0].axes = {1, 2};
    refuses_of(m, w, {"W_rec ('kernel'): array_source::axes is no order of the 2 axes"}, wrong);
    wrong.sources[0].axes = {};
    refuses_of(m, w, {"W_rec looks like W[pre][post]: transposed, it breaks no rule", "{name, {name}, {1, 0}}"}, wrong);
    // One array of a sum that is there does not excuse the other.
    wrong = how;
    wrong.keep.push_back("b_rec");
    std::erase_if(w, [](const tensor& t) { return t.name == "bias_2"; });
    refuses_of(m, w, {"b_rec: missing ('bias_2')"}, wrong);
}

TEST_CASE("a network without inputs needs no input weights; arrays may be listed in the call", "[io][weights]") {
    auto m = networks::without_inputs(1);
    const matrix<double> out(1, 2, 0.5);
    load_weights(m, {make_tensor("W_rec", matrix<double>(2, 2)), make_tensor("W_out", out), make_tensor("b_rec", {2}, std::vector{1., 2.}),
                     make_tensor("b_out", {1}, std::vector{3.}), make_tensor("x0", {2}, std::vector{0., 0.})});
    CHECK(m.effective()["W_out"] == out);
    CHECK_THROWS_AS(load_weights(m, {make_tensor("W_out", out)}), invalid_argument);
}

TEST_CASE("shapes and types that do not fit are told with what they look like", "[io][weights]") {
    refuses(
        [](auto& w) {
            at(w, "W_in") = make_tensor("W_in", matrix<double>(2, 8));
            at(w, "W_rec") = make_tensor("W_rec", matrix<double>(7, 7));
            at(w, "b_rec") = make_tensor("b_rec", {8}, std::vector<std::int32_t>(8));
            at(w, "x0") = make_tensor("x0", 0.5);
            at(w, "W_out").shape = {3, 9};
            w.push_back(at(w, "b_out"));
        },
        {"W_in: shape (2, 8) instead of (8, 2) (it looks transposed, W[pre][post])", "W_rec: shape (7, 7) instead of (8, 8)",
         "b_rec: numbers of type I32 instead of F16, BF16, F32 or F64", "x0: shape () instead of (8)", "'b_out': given twice",
         "W_out: shape (3, 9)", "where: memory"});
    refuses([](auto& w) { at(w, "W_out").data.pop_back(); }, {"W_out: its shape does not fit its data"});
}

TEST_CASE("weights that break a rule of the network are told by unit, with what was expected", "[io][weights]") {
    refuses(
        [](auto& w) {
            put(w, "W_rec", 2 * 8 + 6, 0.5);    // from an inhibitory unit
            put(w, "W_rec", 3 * 8 + 1, -0.5);   // from an excitatory unit
            put(w, "W_rec", 4 * 8 + 4, 0.25);   // a self-connection
            put(w, "W_rec", 7 * 8 + 6, -0.75);  // a fixed weight
            put(w, "W_in", 5, -1);
            put(w, "W_out", 7, -2);
        },
        {"2 weights break the sign of their source (Dale's law): W_rec[2][6] (to E 2 from I 0) = 0.5, expected at most 0, W_rec[3][1] (to "
         "E 3 "
         "from E 1) = -0.5, expected at least 0",
         "1 weights stand where the network has no connection: W_rec[4][4] (to E 4 from E 4) = 0.25, expected 0",
         "1 weights are not the fixed weights of the network times one factor: W_rec[7][6] (to I 1 from I 0) = -0.75, expected -0.5",
         "no: looks like", "W_in[2][1] (to E 2 from motion 1) = -1, expected at least 0",
         "W_out[0][7] (to choice 0 from I 1) = -2, expected 0", "free_sign, unconstrained", "set them to 0, or declare the connections"});
}

TEST_CASE("a matrix the wrong way round is recognised by its signs and masks", "[io][weights]") {
    refuses(
        [](auto& w) {
            const auto rec = at(w, "W_rec").template get<double>();
            for (std::size_t i = 0; i < 8; ++i)
                for (std::size_t j = 0; j < 8; ++j) put(w, "W_rec", j * 8 + i, rec[i * 8 + j]);
        },
        {"weights break the sign of their source", "W_rec looks like W[pre][post]: transposed, it breaks no rule", "save W.T"});
}

TEST_CASE("numbers that are not finite are refused with their place", "[io][weights]") {
    refuses([](auto& w) { put(w, "W_rec", 2 * 8 + 6, std::numeric_limits<double>::quiet_NaN()); },
            {"W_rec: 1 numbers are NaN or infinite, first at [2][6]"});
    auto half = as(weights(), dtype::f16);
    half[0].data[1] = std::byte{0x7C}, half[0].data[0] = std::byte{0};
    refuses_of(decision<double>(1), half, {"x0: 1 numbers are NaN or infinite, first at [0]"});
    auto w = weights();
    w.push_back(make_tensor("more", {8}, std::vector<double>(8, 1e308)));
    put(w, "b_rec", 2, 1.5e308);
    refuses_of(decision<double>(1), w, {"b_rec[2] (E 2) = infinity: too large"}, {.sources = {{"b_rec", {"b_rec", "more"}}}});
}

TEST_CASE("files say their name; what a model has saved, and files of other kinds, say how they are loaded", "[io][weights]") {
    const scratch::folder here;
    auto m = decision<double>(1), untouched = decision<double>(1);
    const auto says = [&](const std::filesystem::path& path, std::vector<std::string> parts) {
        try {
            load_weights(m, path);
            FAIL("loaded");
        } catch (const error& e) {
            INFO(e.what());
            for (const auto& part : parts) CHECK(std::string(e.what()).find(part) != std::string::npos);
        }
        CHECK(m.raw() == untouched.raw());
    };
    auto w = weights();
    put(w, "W_rec", 2 * 8 + 6, 0.5);
    write_npz(here / "w.npz", w);
    says(here / "w.npz", {"where: " + (here / "w.npz").string(), "W_rec[2][6]"});
    save(m, here / "m.safetensors");
    says(here / "m.safetensors", {"'W_rec.raw': the model has no such array", "by load(model, path)"});
    scratch::write(here / "net.pt", scratch::bytes_of("PK"));
    says(here / "net.pt", {"not read from files of this kind", "pickled files (.pt, .pkl) are never read"});
    scratch::write(here / "net.npz", scratch::bytes_of("PK"));
    says(here / "net.npz", {"no NPZ archive"});
    CHECK_THROWS_AS(load_weights(m, here / "none.npz"), missing_file);
}

TEST_CASE("weights that NumPy wrote are read whatever their order, bytes and type", "[io][weights][numpy]") {
    const std::string python = scratch::python_with_numpy();
    if (python.empty()) {
        WARN("skipped: no Python with NumPy");
        return;
    }
    const scratch::folder here;
    write_npz(here / "w.npz", weights());
    const auto result = scratch::numpy_check(python, "weights", here.path());
    INFO(result.output);
    REQUIRE(result.code == 0);
    for (const char* name : {"fortran.npz", "big.npz", "half.npz", "big_half.npz", "single.npz"}) {
        CAPTURE(name);
        auto m = decision<double>(1);
        load_weights(m, here / name, {.ignore = {"large"}});
        CHECK(has(m, weights()));
    }
    // 80 MB under a name that is ignored, or under the name of a matrix: its head tells that it does not fit, and it is not inflated.
    auto m = decision<double>(1);
    for (const char* name : {"fortran.npz", "bomb.npz"}) {
        std::string message = "loaded";
        const long growth = scratch::peak_growth_kb([&] {
            try {
                load_weights(m, here / name, {.ignore = {"large"}});
            } catch (const bad_file& e) {
                message = e.what();
            }
        });
        CAPTURE(message);
        CHECK(growth < 20'000);
        if (name[0] == 'b') CHECK(message.find("W_rec: shape (10000000) instead of (8, 8)") != std::string::npos);
    }
}
