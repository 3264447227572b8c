// Channels, populations and projections of maps that are silent for a run or for some of its steps.
#include "lesions.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

using namespace lesioned;

TEST_CASE("what is silent on maps is as if its weights were 0, to the bit", "[stack]") {
    check_lesions<backend::serial<double>>();
    check_lesions<backend::cpu<float>>();
}
TEST_CASE("lesions of what a network of maps does not have are refused", "[stack]") {
    auto m = make<backend::serial<double>>();
    const auto batch = films<double>(2);
    const auto refused = [&](auto& of, const auto& trials, const lesion& l, const char* what) {
        CHECK_THROWS_WITH(of.run(trials, {}, {.lesions = {l}}), Catch::Contains(what) && Catch::Contains("run_request::lesions"));
    };
    refused(m, batch, {.of = "V3"}, "E, I, parietal, F, V1, PN, IG, OG, V2, image");
    refused(m, batch, {.of = "PN", .to = "choice"}, "choice");
    refused(m, batch, {.of = "PN", .first = 3, .units = 2}, "PN: 4");
    refused(m, batch, {.of = "E", .to = "V1", .to_first = 3}, "V1: 3");
    refused(m, batch, {.of = "image"}, "projection");
    refused(m, batch, {.of = "F", .to = "parietal"}, "no projection");
    refused(m, batch, {.of = "E", .to = "V2"}, "no projection");
    refused(m, batch, {.of = "PN", .begin = -1}, "silence");
}

namespace lesioned {
/// The same without a way back.
struct chain : network<areas<V1, V2, parietal>, inputs<project<image, V1, unconstrained>>,
                       long_range<project<F, V2>, project<PN, parietal>>, outputs<project<E, choice>>, signs<absolute>, time_steps<5>> {};
}  // namespace lesioned

TEST_CASE("what one picture brings about is computed once, and silent in all steps or in none", "[stack]") {
    using chain_model = model<chain, backend::cpu<double>>;
    const auto made = [] {
        chain_model m(seed{3});
        auto w = m.raw();
        for (auto& x : w["V2.C.shift"].data) x = 2;
        m.set_raw(w);
        return m;
    };
    auto m = made(), cut = made();
    auto w = cut.raw();
    for (const char* name : {"V2.f<-X.kernel", "V2.IG<-X.kernel", "V2.OG<-X.kernel", "V2.C<-X.kernel"})
        for (auto& x : w[name].data) x = 0;
    cut.set_raw(w);
    const auto pictures = films<double>(3, 1);
    const auto expected = cut.run(pictures, {5, 2}).output, intact = m.run(pictures, {5, 2}).output;
    CHECK(expected != intact);
    for (const lesion& l : {lesion{.of = "F"}, lesion{.of = "V1", .begin = 1}, lesion{.of = "F", .to = "V2"}})
        CHECK(m.run(pictures, {5, 2}, {.lesions = {l}}).output == expected);
    for (const lesion& l : {lesion{.of = "F", .begin = 2}, lesion{.of = "V1", .end = 3}, lesion{.of = "F", .begin = 2, .to = "V2"},
                            lesion{.of = "image", .end = 3, .to = "V1"}})
        CHECK_THROWS_WITH(m.run(pictures, {5, 2}, {.lesions = {l}}), Catch::Contains("all steps") && Catch::Contains("film"));
    CHECK(m.run(pictures, {5, 2}, {.lesions = {{.of = "PN", .begin = 2, .end = 3}}}).output != intact);
    CHECK(m.run(pictures, {5, 2}, {.lesions = {{.of = "PN", .begin = 2, .end = 3, .to = "parietal"}}}).output != intact);
    CHECK(m.run(pictures, {5, 2}).output == intact);
}
