// Lesions of a network of maps and units, on any backend: what is silent, against networks whose weights from there are 0.
#pragma once
#include "../catch.hpp"

#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lesioned {
using namespace eirnn;

struct image : input<2, grid<6, 4>> {};
struct F : population<excitatory, 3> {};
struct PN : population<excitatory, 4> {};
struct IG : population<inhibitory, 2> {};
struct OG : population<inhibitory, 3> {};
struct E : population<excitatory, 5> {};
struct I : population<inhibitory, 2> {};
struct choice : output<2, softmax> {};
struct V1 : area<feed_forward, F, convolution<3>, max_pool<3, 2>> {};
struct V2 : area<multicell::standard, PN, IG, OG, separable<3>> {};
struct parietal : area<rate<softplus>, E, I> {};
/// A front end of two maps before units, which drive the first of them.
struct loop
    : network<areas<V1, V2, parietal>, inputs<project<image, V1, unconstrained>>,
              long_range<project<F, V2>, project<PN, parietal>, project<E, V1, delayed<1>>, project<PN, V1, enlarged<2>, delayed<1>>>,
              outputs<project<E, choice>>, signs<absolute>, time_steps<5>> {};

template <class B>
model<loop, B> make(long frames = 5) {
    model_options o;
    o.frames = frames;
    o.physics.tau = 40, o.physics.unit_noise = 0.05;
    model<loop, B> m(seed{3}, o);
    auto w = m.raw();
    for (auto& x : w["V2.C.shift"].data) x = 2;  // or all PN are silent anyway
    m.set_raw(w);
    return m;
}
template <class T>
trial_batch<T> films(long trials, long frames = 5) {
    auto b = trial_batch<T>::of_images(trials, {6, 4}, 2, frames);
    b.steps = 5, b.dt = 20, b.outputs = 2;
    b.length.assign(static_cast<std::size_t>(trials), 5);
    for (long k = 0; k < trials; ++k) b.id.push_back(static_cast<std::uint32_t>(k));
    random_sequence draw(key_of(7, random_stream::analysis), 1);
    for (T& x : b.input) x = static_cast<T>(draw.normal());
    b.target.resize(static_cast<std::size_t>(5 * trials * 2)), b.mask.assign(b.target.size(), T(1));
    return b;
}
/// The network without some weights: of arrays of these names, all sources or one.
template <class B>
model<loop, B> without(long frames, std::initializer_list<const char*> arrays, long source = -1) {
    auto m = make<B>(frames);
    auto w = m.raw();
    for (const std::string_view name : arrays) {
        bool found = false;
        for (auto& t : w.tensors) {
            if (t.name != name) continue;
            found = true;
            const std::size_t pres = static_cast<std::size_t>(t.shape[1]);
            const std::size_t taps = t.values.data.size() / static_cast<std::size_t>(t.shape[0]) / pres;
            for (std::size_t k = 0; k < t.values.data.size(); ++k)
                if (source < 0 || k / taps % pres == static_cast<std::size_t>(source)) t.values.data[k] = 0;
        }
        INFO(name);
        REQUIRE(found);
    }
    m.set_raw(w);
    return m;
}

template <class B>
void check_lesions() {
    using T = typename B::scalar;
    const std::vector<std::string> variables{"V1.r", "V2.PN", "V2.C", "V2.IG", "V2.OG", "parietal.r"};
    const auto run = [&](auto& m, const trial_batch<T>& batch, const std::vector<lesion>& lesions) {
        run_request<T> ask;
        ask.record = variables, ask.lesions = lesions;
        return m.run(batch, {5, 2}, ask);
    };
    // Alike to the bit in all but some variables.
    const auto alike = [&](const recording<T>& a, const recording<T>& b, std::initializer_list<std::size_t> but = {}) {
        CHECK(a.output == b.output);
        for (std::size_t v = 0; v < variables.size(); ++v) {
            INFO(variables[v]);
            if (std::find(but.begin(), but.end(), v) == but.end()) CHECK(a.recorded[v].values == b.recorded[v].values);
        }
    };
    auto m = make<B>();
    const auto batch = films<T>(6);
    const auto intact = run(m, batch, {});
    const std::initializer_list<const char*> from_PN{"V1.y<-PN.kernel",  "V2.f<-PN.kernel", "V2.IG<-PN.kernel",
                                                     "V2.OG<-PN.kernel", "V2.C<-PN.kernel", "W_in"};
    const auto check = [&](const std::vector<lesion>& lesions, model<loop, B> cut, std::initializer_list<std::size_t> but = {}) {
        const auto a = run(m, batch, lesions), b = run(cut, batch, {});
        alike(a, b, but);
        CHECK(a.output != intact.output);
        alike(run(m, batch, {}), intact);  // for that run only
        for (const std::size_t v : but)
            if (lesions[0].units == 0) CHECK(std::ranges::all_of(a.recorded[v].values.data, [](T x) { return x == 0; }));
        // As many steps as the run has.
        auto all_steps = lesions;
        for (lesion& l : all_steps) l.begin = 1, l.end = 6;
        alike(run(m, batch, all_steps), a);
    };
    check({{.of = "F"}}, without<B>(5, {"V2.f<-X.kernel", "V2.IG<-X.kernel", "V2.OG<-X.kernel", "V2.C<-X.kernel"}), {0});
    check({{.of = "IG"}}, without<B>(5, {"V2.i<-IG.kernel"}), {3});
    check({{.of = "OG"}}, without<B>(5, {"V2.o<-OG.kernel"}), {4});
    check({{.of = "PN"}}, without<B>(5, from_PN), {1});
    check({{.of = "PN", .first = 2, .units = 1}}, without<B>(5, from_PN, 2), {1});
    check({{.of = "E", .to = "V1"}}, without<B>(5, {"V1.y<-E.kernel"}));
    check({{.of = "PN", .to = "V1"}}, without<B>(5, {"V1.y<-PN.kernel"}));
    check({{.of = "V2", .to = "parietal"}}, without<B>(5, {"W_in"}));
    check({{.of = "PN", .to = "OG"}}, without<B>(5, {"V2.OG<-PN.kernel"}));
    check({{.of = "V1", .to = "IG"}}, without<B>(5, {"V2.IG<-X.kernel"}));
    check({{.of = "image", .to = "F"}}, without<B>(5, {"V1.y<-image.kernel"}));
    check({{.of = "E", .to = "V1"}, {.of = "PN", .first = 1, .units = 1, .to = "V1"}}, [&] {
        auto both = without<B>(5, {"V1.y<-PN.kernel"}, 1);
        auto w = both.raw();
        w["V1.y<-E.kernel"] = without<B>(5, {"V1.y<-E.kernel"}).raw()["V1.y<-E.kernel"];
        both.set_raw(w);
        return both;
    }());

    // For some steps: until then nothing is different, and afterwards the network goes on.
    for (const lesion& l : {lesion{.of = "PN", .begin = 3, .end = 4}, lesion{.of = "F", .begin = 3, .end = 4, .to = "V2"}}) {
        const auto briefly = run(m, batch, {l});
        const auto& a = briefly.recorded[1].values.data;
        const auto& b = intact.recorded[1].values.data;
        const std::size_t step = a.size() / 5;
        CHECK(std::equal(a.begin(), a.begin() + static_cast<long>(2 * step), b.begin()));
        for (std::size_t t = 2; t < 5; ++t) {
            bool differs = false, silent = true;
            for (std::size_t k = t * step; k < (t + 1) * step; ++k) differs = differs || a[k] != b[k], silent = silent && a[k] == 0;
            CHECK(differs);
            if (t < 4 && !l.cuts()) CHECK(silent == (t == 2));
        }
    }
}

}  // namespace lesioned
