// Which channels of two maps are connected, and by which fixed weights: masks of kernels.
#include "../catch.hpp"
#include "../model_gradient.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace masked_maps {
using namespace eirnn;
using device = backend::serial<double>;

struct one_to_one {
    static constexpr double at(int post, int pre) { return post == pre; }
};
struct fan {
    static constexpr double at(int post, int pre) { return post == pre ? -1 : post == pre + 2 ? 0.5 : 0; }
};
// Rows of both populations of the area, E and then I.
struct chosen {
    static constexpr int posts = 8, pres = 4;
    static constexpr bool at(int post, int pre) { return post < 6 ? (post + pre) % 3 == 0 : pre == post - 6; }
};
struct image : input<4, grid<4, 4>> {};
struct second : input<4, grid<4, 4>> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct F : population<free_sign, 6> {};
struct G : population<free_sign, 4, principal> {};
struct category : output<3> {};
struct V3 : area<rate<softplus>, G, separable<3>> {};
template <class A, class B, class Image, class Second, class Up, class Top>
using network_of =
    network<areas<A, B, V3>, inputs<Image, Second>, long_range<Up, Top>, outputs<project<G, category>>, time_steps<3>, signs<absolute>>;

namespace some {
struct V1 : area<multicell::standard_ei, E, I, separable<3>, wiring<project<E, E, sparse<0.5>, no_self>, project<E, I>>> {};
struct V2 : area<rate<softplus>, F, convolution<3>, wiring<project<F, F, sparse<0.4, 7>>>> {};
}  // namespace some
namespace all {
struct V1 : area<multicell::standard_ei, E, I, separable<3>> {};
struct V2 : area<rate<softplus>, F, convolution<3>> {};
}  // namespace all
using masked = network_of<some::V1, some::V2, project<image, some::V1, table<chosen>>,
                          project<second, some::V2, unconstrained, separable<3>, fixed<fan>>,
                          project<E, some::V2, pointwise, fixed<one_to_one>>, project<F, V3, block<posts<0, 4>, pres<0, 3>>>>;
using full = network_of<all::V1, all::V2, project<image, all::V1>, project<second, all::V2, unconstrained, separable<3>>,
                        project<E, all::V2, pointwise>, project<F, V3>>;

trial_batch<double> pictures(long trials) {
    auto b = trial_batch<double>::of_images(trials, {4, 4}, 4);
    b.add_image({4, 4}, 4);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (double& x : b.more_images[0].input) x = r.uniform(0, 1);
    b.target.resize(static_cast<std::size_t>(3 * trials));
    for (std::size_t k = 0; k < static_cast<std::size_t>(trials); ++k) b.target[3 * k + k % 3] = 1;
    return b;
}
const std::vector<double>& array(const weight_set<double>& w, const std::string& end) {
    for (const auto& t : w.tensors)
        if (t.name.size() >= end.size() && t.name.compare(t.name.size() - end.size(), end.size(), end) == 0) return t.values.data;
    throw std::runtime_error("there is no " + end);
}
long zeros(const std::vector<double>& v) { return std::count(v.begin(), v.end(), 0.); }

TEST_CASE("kernels have the connections of their masks, and no others", "[stack]") {
    model<masked, device> m(seed{3});
    const auto w = m.effective();
    const auto& drive = array(w, "current_E<-X.kernel");
    REQUIRE(drive.size() == 24);
    for (int post = 0; post < 6; ++post)
        for (int pre = 0; pre < 4; ++pre) CHECK((drive[static_cast<std::size_t>(post * 4 + pre)] != 0) == chosen::at(post, pre));
    const auto& below = array(w, "I_<-X.kernel");
    for (int post = 0; post < 2; ++post)
        for (int pre = 0; pre < 4; ++pre) CHECK((below[static_cast<std::size_t>(post * 4 + pre)] != 0) == (post == pre));
    // a channel of a convolution is connected at all taps, or at none
    const auto& inside = array(w, "x<-r.kernel");
    long connected = 0;
    for (std::size_t pair = 0; pair < 36; ++pair) {
        const long off = zeros({inside.begin() + static_cast<long>(9 * pair), inside.begin() + static_cast<long>(9 * pair + 9)});
        CHECK((off == 0 || off == 9));
        connected += off == 0;
    }
    CHECK(connected > 5);
    CHECK(connected < 25);
    const auto& relay = array(w, "x<-E.kernel");
    for (int post = 0; post < 6; ++post)
        for (int pre = 0; pre < 6; ++pre) CHECK(relay[static_cast<std::size_t>(post * 6 + pre)] == one_to_one::at(post, pre));
    const auto& from_second = array(w, "x<-second.kernel");
    for (int post = 0; post < 6; ++post)
        for (int pre = 0; pre < 4; ++pre) CHECK(from_second[static_cast<std::size_t>(post * 4 + pre)] == fan::at(post, pre));
    CHECK(zeros(array(w, "x<-second.depthwise")) == 0);

    const std::string text = describe<masked>().text();
    CHECK_THAT(text, Catch::Contains("table, ") && Catch::Contains("sparse p=0.4 seed=7, ") && Catch::Contains("block, "));
    CHECK_THAT(text, Catch::Contains("pointwise, fixed, excitatory") && Catch::Contains(std::to_string(9 * connected) + " weights"));
}

TEST_CASE("a masked kernel is one whose other weights are 0", "[stack]") {
    model<masked, device> m(seed{3});
    model<full, device> same(seed{4});
    auto w = m.raw(), v = same.raw();
    const auto effective = m.effective();
    REQUIRE(v.tensors.size() == w.tensors.size());
    for (std::size_t k = 0; k < v.tensors.size(); ++k) {
        const std::string& name = v.tensors[k].name;
        const bool weights = name.find("<-") != std::string::npos;
        const bool any_sign = name.find(".x<-") != std::string::npos || name.find(".z<-") != std::string::npos;
        v.tensors[k].values = weights ? effective.tensors[k].values : w.tensors[k].values;
        if (weights && !any_sign)
            for (double& x : v.tensors[k].values.data) x = std::abs(x);
    }
    same.set_raw(v);
    const auto b = pictures(5);
    const auto x = m.run(b).output, y = same.run(b).output;
    for (std::size_t k = 0; k < x.size(); ++k) CHECK(x[k] == Approx(y[k]).epsilon(1e-12));
    check_gradient_of_model(m, b);
    const double loss = m.gradient(b, {1, 4}, m.default_loss()).loss;
    CHECK(loss == Approx(same.gradient(b, {1, 4}, same.default_loss()).loss).epsilon(1e-12));
    const auto g = m.last_gradient(), of_all = same.last_gradient();
    for (std::size_t k = 0; k < g.tensors.size(); ++k) {
        INFO(g.tensors[k].name);
        for (std::size_t i = 0; i < g.tensors[k].values.data.size(); ++i)
            if (g.tensors[k].values.data[i] != 0)
                CHECK(std::abs(g.tensors[k].values.data[i]) == Approx(std::abs(of_all.tensors[k].values.data[i])).epsilon(1e-9));
    }

    using threads = backend::cpu<double>;
    model<masked, threads> two(seed{3}, {}, threads(2));
    CHECK(two.gradient(b, {1, 4}, two.default_loss()).loss == Approx(loss).epsilon(1e-12));
    // steps of an optimiser leave it so
    for (int k = 0; k < 3; ++k) {
        m.gradient(b, {1, 4}, m.default_loss());
        auto raw = m.raw();
        const auto slope = m.last_gradient();
        for (std::size_t t = 0; t < raw.tensors.size(); ++t)
            for (std::size_t i = 0; i < raw.tensors[t].values.data.size(); ++i)
                raw.tensors[t].values.data[i] -= 0.1 * slope.tensors[t].values.data[i];
        m.set_raw(raw);
    }
    CHECK(m.gradient(b, {1, 4}, m.default_loss()).loss < loss);
    const auto after = m.effective();
    for (std::size_t k = 0; k < after.tensors.size(); ++k)
        if (after.tensors[k].name.find("kernel") != std::string::npos)
            CHECK(zeros(after.tensors[k].values.data) == zeros(effective.tensors[k].values.data));
    CHECK(array(after, "x<-E.kernel") == array(effective, "x<-E.kernel"));
}

}  // namespace masked_maps
