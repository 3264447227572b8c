// Areas on maps that are driven by several others: past an area, and back, one or two steps late.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace eirnn;

namespace plain {
using namespace eirnn::notation;
/// No norm and no state: what comes out is what comes in, times a number.
struct relay {
    static constexpr auto equations = equations::system(r = relu(W(X)));
};
}  // namespace plain

namespace wiring_of_maps {

struct image : input<2, grid<6, 4>> {};
struct F : population<excitatory, 3> {};
struct E : population<excitatory, 5> {};
struct I : population<inhibitory, 2> {};
struct PN : population<excitatory, 4> {};
struct IG : population<inhibitory, 2> {};
struct OG : population<inhibitory, 3> {};
struct category : output<3> {};
struct V1 : area<feed_forward, F, convolution<3>> {};
struct V2 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 1>> {};
struct V3 : area<multicell::standard, PN, IG, OG, separable<3>> {};

/// The image reaches V2 past V1, and V3 past both by every second position; V2 and V3 drive V1 and V2 back.
struct tangle : network<areas<V1, V2, V3>, inputs<project<image, V1, unconstrained>, project<image, V2>>,
                        long_range<project<F, V2>, project<E, V3>, project<F, V3, pointwise>, project<E, V1, delayed<1>>,
                                   project<PN, V1, pointwise, delayed<2>>, project<PN, V2, delayed<1>>>,
                        outputs<project<PN, category>>, signs<absolute>, time_steps<4>> {};

struct spot : input<1, grid<1, 2>> {};
struct A : population<excitatory, 1, principal> {};
struct B : population<excitatory, 1, principal> {};
struct C : population<excitatory, 1, principal> {};
struct first : area<plain::relay, A, pointwise> {};
struct second : area<plain::relay, B, pointwise> {};
struct third : area<plain::relay, C, pointwise> {};
struct seen : output<1> {};
struct line : network<areas<first, second, third>, inputs<project<spot, first>>,
                      long_range<project<A, second>, project<C, second, delayed<2>>, project<B, third>, project<A, third, delayed<1>>>,
                      outputs<project<C, seen>>, signs<absolute>, time_steps<5>> {};

template <class T>
trial_batch<T> films(long n, long frames) {
    auto b = trial_batch<T>::of_images(n, {6, 4}, 2, frames);
    random_sequence r({4, 4});
    for (T& x : b.input) x = static_cast<T>(r.normal());
    b.target.assign(static_cast<std::size_t>(3 * n), T(0));
    for (long k = 0; k < n; ++k) b.target[static_cast<std::size_t>(3 * k + k % 3)] = 1;
    return b;
}
model_options of_frames(long frames) {
    model_options o;
    o.frames = frames;
    return o;
}

}  // namespace wiring_of_maps
using namespace wiring_of_maps;

TEST_CASE("maps that are driven by several others are lowered with all of them") {
    const layout l = lower<tangle>();
    REQUIRE(l.maps.size() == 4);
    const grid_entry map{6, 4};
    CHECK(l.maps[0].drivers == std::vector<driver_entry>{{1, 1, 5, map}, {2, 2, 4, map}, {-1, 0, 2, map}});
    CHECK(l.maps[1].drivers == std::vector<driver_entry>{{0, 0, 3, map}, {2, 1, 4, map}, {-1, 0, 2, map}});
    CHECK(l.maps[2].drivers == std::vector<driver_entry>{{1, 0, 5, map}, {0, 0, 3, map}});
    REQUIRE(l.maps[0].terms.size() == 3);
    CHECK(l.maps[0].terms[1].kernel == kernel_entry{kernel_form::pointwise, 1, 1});
    CHECK(l.maps[0].terms[1].rule == sign_rule::absolute);
    CHECK(l.maps[0].terms[2].rule == sign_rule::free);
    const auto names = term_names<tangle>();
    CHECK(std::vector<std::string>(names.begin(), names.begin() + 3) == std::vector<std::string>{"V1.y<-E", "V1.y<-PN", "V1.y<-image"});
    CHECK(describe<tangle>().text().find("PN -> F (y<-PN): pointwise, 2 steps late, excitatory, absolute, 12 weights\n") !=
          std::string::npos);
}
TEST_CASE("the identity of a network says which areas are read late", "[stack]") {
    const auto id = model<line, backend::serial<double>>(seed{1}, of_frames(5)).identity();
    CHECK(id.parts.at("late") == "3 to 2 by 2, 1 to 3 by 1");
}
TEST_CASE("what is delayed is read as it was, and 0 before the first step", "[stack]") {
    model<line, backend::serial<double>> m(seed{1}, of_frames(5));
    auto w = m.raw();
    const auto set = [&](const char* name, double x) { w[name].data = {x}; };
    set("first.r<-X.kernel", 1), set("second.r<-A.kernel", 2), set("second.r<-C.kernel", 0.5), set("third.r<-B.kernel", 1);
    set("third.r<-A.kernel", 10);
    for (auto& t : w.tensors)
        if (t.name.ends_with("bias")) std::ranges::fill(t.values.data, 0.);
    m.set_raw(w);
    auto b = trial_batch<double>::of_images(1, {1, 2}, 1, 5);
    for (std::size_t k = 0; k < 10; ++k) b.input[k] = double(k % 2 == 0 ? k / 2 + 1 : 7);  // 1, 2, 3, 4, 5 and always 7
    const auto r = m.run(b, {}, {.probes = {{0, 0, false}, {1, 0, false}, {2, 0, false}}});
    double a[6]{}, c[6]{};
    for (int s = 1; s <= 5; ++s) {
        a[s] = s;
        const double second = 2 * a[s] + (s > 2 ? 0.5 * c[s - 2] : 0);
        c[s] = second + 10 * (s > 1 ? a[s - 1] : 0);
        const auto at = static_cast<std::size_t>(2 * (s - 1));
        CHECK(r.probed[0].at(at) == a[s]);
        CHECK(r.probed[1].at(at) == second);
        CHECK(r.probed[2].at(at) == c[s]);
    }
}
TEST_CASE("the gradient goes back along every projection between maps, late ones too", "[stack]") {
    for (const long frames : {1l, 4l}) {
        INFO(frames << " frames");
        model<tangle, backend::serial<double>> m(seed{2}, of_frames(frames));
        CHECK(check_gradient_of_model(m, films<double>(2, frames)) < 8);  // biases in front of batch norm
    }
}
TEST_CASE("maps that drive each other are the same on every backend, for any threads, and from one batch to the next", "[stack]") {
    using cpu = backend::cpu<double>;
    model<tangle, backend::serial<double>> a(seed{3});
    model<tangle, cpu> b(seed{3}, {}, cpu(1)), c(seed{3}, {}, cpu(2));
    const auto batch = films<double>(11, 1);
    for (int k = 0; k < 3; ++k) {  // the second and third in memory that has been used
        const auto x = a.gradient(batch, {1, 0}, a.default_loss()), y = b.gradient(batch, {1, 0}, b.default_loss());
        CHECK(x.norm == Approx(y.norm).epsilon(1e-11));
        c.gradient(batch, {1, 0}, c.default_loss());
        CHECK(b.last_gradient() == c.last_gradient());
    }
    const auto x = a.run(batch).output, y = b.run(batch).output;
    for (std::size_t k = 0; k < x.size(); ++k) CHECK(x[k] == Approx(y[k]).epsilon(1e-11).margin(1e-12));
    const auto first = b.last_gradient();
    b.gradient(films<double>(3, 1), {1, 0}, b.default_loss());
    b.gradient(batch, {1, 0}, b.default_loss());
    CHECK(b.last_gradient() == first);
}
