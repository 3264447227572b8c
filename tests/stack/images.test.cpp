// Networks that see several images and films.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/kernels/loss.hpp>
#include <eirnn/model/model.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace several_images {
using namespace eirnn;

struct left : input<2, grid<6, 4>> {};
struct right : input<1, grid<6, 4>> {};
struct context : input<3, grid<3, 2>> {};
struct cue : input<2> {};
struct S : population<excitatory, 4> {};
struct PN : population<excitatory, 5> {};
struct IN : population<inhibitory, 2> {};
struct E : population<excitatory, 6> {};
struct category : output<3> {};
struct choice : output<2, softmax> {};

struct V1 : area<feed_forward, S, convolution<3>, max_pool<3, 2>> {};
struct V2 : area<multicell::standard_ei, PN, IN, separable<3>> {};
struct parietal : area<rate<softplus>, E> {};

/// Two images drive the first area, a third one the second.
struct seeing : network<areas<V1, V2>, inputs<project<left, V1>, project<right, V1>, project<context, V2>>, long_range<project<S, V2>>,
                        outputs<project<PN, category>>, signs<absolute>, time_steps<3>> {};
/// The same before units with an input of their own.
struct deciding
    : network<areas<V1, V2, parietal>, inputs<project<cue, parietal>, project<left, V1>, project<context, V2>, project<right, V1>>,
              long_range<project<S, V2>, project<PN, parietal>>, outputs<project<E, choice>>, signs<absolute>, time_steps<3>> {};
struct both : input<3, grid<6, 4>> {};
/// Both areas see the film; the first one waits for its batch norm in every step.
struct PN_ : population<excitatory, 3> {};
struct IN_ : population<inhibitory, 2> {};
struct F : population<excitatory, 3> {};
struct waits : area<multicell::standard_ei, PN_, IN_, separable<3>> {};
struct hastens : area<rate<relu>, F, convolution<3>> {};
struct together : area<multicell::standard_ei, PN, IN, separable<3>> {};
struct film : input<2, grid<3, 2>> {};
struct racing
    : network<areas<waits, hastens, together>, inputs<project<film, waits>, project<film, hastens>>,
              long_range<project<PN_, together>, project<F, together>>, outputs<project<PN, category>>, signs<absolute>, time_steps<4>> {};

/// Its states are all that a step reads of the one before.
struct leaks : area<rate<relu>, F, convolution<3>> {};
struct stepping : network<areas<leaks>, inputs<project<left, leaks>, project<right, leaks>>, outputs<project<F, category>>, time_steps<3>> {
};

template <class T>
void fill(std::vector<T>& v, const std::vector<std::uint32_t>& ids, std::uint32_t what) {
    const std::size_t frames = 3, each = v.size() / ids.size();  // of a still image [trial][pixel]; of a film, any order does
    for (std::size_t k = 0; k < v.size(); ++k) {
        random_sequence r({what, 7}, ids[k / each % ids.size()], static_cast<std::uint32_t>(k % each + frames));
        v[k] = static_cast<T>(r.uniform(0, 1));
    }
}
template <class M>
auto pictures(const M& m, const std::vector<std::uint32_t>& ids) {
    auto b = m.make_trials(static_cast<long>(ids.size()), 0, 20);
    b.id = ids;
    fill(b.input, ids, 1);
    for (std::size_t k = 0; k < b.more_images.size(); ++k) fill(b.more_images[k].input, ids, 2 + static_cast<std::uint32_t>(k));
    if (!b.has_images()) {
        for (long t = 0; t < b.steps; ++t)
            for (long n = 0; n < b.trials; ++n)
                for (long i = 0; i < b.unit_inputs; ++i) b.unit_input_at(t, n, i) = 0.1 * static_cast<double>(t + i + n);
        for (long t = 0; t < b.steps; ++t)
            for (long n = 0; n < b.trials; ++n) b.target_at(t, n, n % b.outputs) = b.mask_at(t, n, 0) = b.mask_at(t, n, 1) = 1;
        return b;
    }
    b.target.assign(static_cast<std::size_t>(3 * b.trials), 0);
    for (std::size_t k = 0; k < ids.size(); ++k) b.target[3 * k + ids[k] % 3] = 1;
    return b;
}
const std::vector<std::uint32_t> some{3, 5, 10};

TEST_CASE("several images are lowered, each to a driver of its own", "[stack][images]") {
    const auto l = lower<seeing>();
    CHECK(l.images == std::vector<driver_entry>{{-1, 0, 2, {6, 4}}, {-2, 0, 1, {6, 4}}, {-3, 0, 3, {3, 2}}});
    CHECK(l.image_channels() == 6);
    CHECK(l.image_channels(2) == 3);
    CHECK(l.maps[0].drivers == std::vector<driver_entry>{{-1, 0, 2, {6, 4}}, {-2, 0, 1, {6, 4}}});
    CHECK(l.maps[1].drivers == std::vector<driver_entry>{{0, 0, 4, {3, 2}}, {-3, 0, 3, {3, 2}}});
    const auto all = describe<seeing>();
    for (const char* line : {"input left: 2 channels on 6 x 4", "input right: 1 channel on 6 x 4", "input context: 3 channels on 3 x 2"})
        CHECK_THAT(all.text(), Catch::Contains(line));
    CHECK_THAT(all.graphviz(), Catch::Contains("right") && Catch::Contains("context"));
}

TEST_CASE("the gradient of a network that sees several images is what differences say", "[stack][images]") {
    model<seeing, backend::serial<double>> m(seed{2});
    CHECK(m.inputs() == 6);
    CHECK(m.identity().parts.at("image 3") == "3 x 2");
    check_gradient_of_model(m, pictures(m, some));
    model_options o;
    o.frames = 3, o.frames_of = {{"right", 1}};
    model<seeing, backend::serial<double>> films(seed{2}, o);
    const auto b = pictures(films, some);
    CHECK(b.frames == 3);
    CHECK(b.more_images[0].frames == 1);
    CHECK(b.more_images[1].frames == 3);
    check_gradient_of_model(films, b);
    model<deciding, backend::serial<double>> decides(seed{2},
                                                     {.trained = {.bias = true, .output_bias = true}, .frames_of = {{"context", 3}}});
    check_gradient_of_model(decides, pictures(decides, some));
}

TEST_CASE("two images compute what one with the channels of both does", "[stack][images]") {
    using one_image = network<areas<V1, V2>, inputs<project<both, V1>, project<context, V2>>, long_range<project<S, V2>>,
                              outputs<project<PN, category>>, signs<absolute>, time_steps<3>>;
    model<seeing, backend::serial<double>> a(seed{2});
    model<one_image, backend::serial<double>> b(seed{3});
    const auto from = a.raw();
    auto to = b.raw();
    const auto kernel_of = [](const auto& w, const char* end) {
        std::size_t k = 0;
        while (w.tensors[k].name.find(end) == std::string::npos) ++k;
        return k;
    };
    const std::size_t of_both = kernel_of(to, "<-X.kernel"), of_left = kernel_of(from, "<-left"), of_right = kernel_of(from, "<-right");
    REQUIRE(to.tensors[of_both].shape == std::vector<std::uint64_t>{4, 3, 3, 3});
    std::vector<double> joined;
    for (std::size_t o = 0; o < 4; ++o) {
        const auto add = [&](const std::vector<double>& v, std::size_t n) {
            joined.insert(joined.end(), v.begin() + static_cast<long>(o * n), v.begin() + static_cast<long>((o + 1) * n));
        };
        add(from.tensors[of_left].values.data, 18), add(from.tensors[of_right].values.data, 9);
    }
    for (auto& t : to.tensors)
        for (const auto& x : from.tensors)
            if (x.name == t.name) t = x;
    to.tensors[of_both].values.data = joined;
    b.set_raw(to);

    const auto two = pictures(a, some);
    auto one = b.make_trials(3, 0, 20);
    for (std::size_t p = 0; p < 3 * 24; ++p) {
        for (std::size_t i = 0; i < 2; ++i) one.input[3 * p + i] = two.input[2 * p + i];
        one.input[3 * p + 2] = two.more_images[0].input[p];
    }
    one.more_images[0] = two.more_images[1];
    const auto x = a.run(two).output, y = b.run(one).output;
    REQUIRE(x.size() == y.size());
    for (std::size_t k = 0; k < x.size(); ++k) CHECK(x[k] == Approx(y[k]).epsilon(1e-12));
    CHECK(x[0] != x[3]);
}

TEST_CASE("several images are the same for any threads, in any batch and part of it", "[stack][images]") {
    using device = backend::cpu<double>;
    const std::vector<std::uint32_t> ids{4, 8, 15, 16, 23, 42, 108};
    const model_options films{.frames_of = {{"context", 3}}};
    model<deciding, backend::serial<double>> a(seed{3}, films);
    model<deciding, device> one(seed{3}, films, device(1)), two(seed{3}, films, device(2));
    const auto b = pictures(a, ids);
    const double expected = a.gradient(b, {5, 2}, a.default_loss()).norm;
    CHECK(one.gradient(b, {5, 2}, one.default_loss()).norm == Approx(expected).epsilon(1e-11));
    two.gradient(b, {5, 2}, two.default_loss());
    CHECK(one.last_gradient() == two.last_gradient());
    const auto all = one.run(b, {5, 2});
    const auto those = two.run(b.part(2, 3), {5, 2});
    for (long t = 0; t < 3; ++t)
        for (long n = 0; n < 3; ++n)
            for (long o = 0; o < 2; ++o) CHECK(those.output_at(t, n, o) == all.output_at(t, n + 2, o));
}

TEST_CASE("an area that sees a film waits for nobody else who sees it", "[stack][images]") {
    model<racing, backend::serial<double>> m(seed{2}, {.frames = 4});
    check_gradient_of_model(m, pictures(m, some));
}

TEST_CASE("images by name; a lesion of one", "[stack][images]") {
    model<seeing, backend::serial<double>> m(seed{2});
    auto b = pictures(m, some);
    const auto context = m.image(b, "context");
    CHECK(context.channels == 3);
    context(0, 1, 2, 1, 2) = 0.75;
    CHECK(b.more_images[1].input[(1 * 6 + 2 * 2 + 1) * 3 + 2] == 0.75);
    m.image(b, "left")(0, 2, 5, 3, 1) = 0.25;
    CHECK(b.input.back() == 0.25);
    CHECK_THROWS_WITH(m.image(b, "middle"), Catch::Contains("left, right, context"));

    auto dark = b;
    dark.more_images[1].input.assign(dark.more_images[1].input.size(), 0);
    const auto as_dark = m.run(dark).output;
    CHECK(m.run(b).output != as_dark);
    CHECK(m.run(b, {}, {.lesions = {{.of = "context", .to = "V2"}}}).output == as_dark);
    CHECK(m.run(b, {}, {.lesions = {{.of = "right", .to = "V1"}}}).output != as_dark);
}

TEST_CASE("a step of its own sees all images", "[stack][images]") {
    model_options still;
    still.physics.unit_noise = 0;
    model<stepping, backend::serial<double>> m(seed{2}, still);
    const auto b = pictures(m, some);
    auto both = b.input;
    both.insert(both.end(), b.more_images[0].input.begin(), b.more_images[0].input.end());
    owned_list<std::vector<double>> states;
    for (const auto& s : m.run(b, {}, {.end = true}).end) states.emplace_back(s.size());
    for (int k = 0; k < 3; ++k) states = m.step(states, both, 20);
    CHECK(states == m.run(b, {}, {.end = true}).end);
    // What one trial sees, for all of them
    std::vector<double> first(b.input.begin(), b.input.begin() + 48);
    first.insert(first.end(), b.more_images[0].input.begin(), b.more_images[0].input.begin() + 24);
    const auto alike = m.step(states, first, 20), own = m.step(states, both, 20);
    for (std::size_t s = 0; s < alike.size(); ++s)
        for (std::size_t k = 0; k < alike[s].size() / 3; ++k) CHECK(alike[s][k] == own[s][k]);
    CHECK(alike[0] != own[0]);
    CHECK_THROWS_WITH(m.step(states, b.input, 20), Catch::Contains("another number of inputs"));
}

TEST_CASE("batches that lack an image, or have another one, are refused", "[stack][images]") {
    model<seeing, backend::serial<double>> m(seed{2});
    const auto fine = pictures(m, some);
    CHECK_NOTHROW(m.run(fine));
    const auto refused = [&](const auto& change, const char* word) {
        auto b = fine;
        change(b);
        CHECK_THROWS_WITH(m.run(b), Catch::Contains(word));
    };
    refused([](auto& b) { b.more_images.pop_back(); }, "another number of images");
    refused([](auto& b) { b.more_images[1].grid = {2, 3}; }, "another map");
    refused([](auto& b) { b.more_images[1].channels = 4; }, "another number of inputs");
    refused([](auto& b) { b.more_images[0].frames = 3; }, "another map");
    refused([](auto& b) { b.more_images[0].input.pop_back(); }, "wrong size");
    refused([](auto& b) { b.more_images[0].input[30] = std::numeric_limits<double>::quiet_NaN(); }, "not finite");
    trial_batch<double> few;
    CHECK_THROWS_WITH(m.image(few, "right"), Catch::Contains("make_trials"));
    CHECK_THROWS_WITH((model<seeing, backend::serial<double>>(seed{2}, {.frames_of = {{"middle", 3}}})), Catch::Contains("left, right"));
    CHECK_THROWS_WITH((model<seeing, backend::serial<double>>(seed{2}, {.frames_of = {{"left", 2}}})), Catch::Contains("1 or 3"));
}

}  // namespace several_images
