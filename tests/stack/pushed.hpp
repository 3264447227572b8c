// A network of areas with a state on maps, into each number of which a film can push: the pushed adjoint is dL/dx.
#pragma once
#include "../catch.hpp"

#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <string>

namespace omega_of_maps {
using namespace eirnn;

struct F : population<free_sign, 3> {};
struct G : population<excitatory, 2> {};
struct film : input<2, grid<4, 4>> {};
struct push_F : input<3, grid<4, 4>> {};
struct push_G : input<2, grid<2, 2>> {};
struct line : output<2, identity, squared_error> {};
struct V1 : area<rate<relu>, F, separable<3>, max_pool<2>> {};
struct V2 : area<rate<relu>, G, convolution<3>> {};
constexpr long steps = 5;
using pushed = network<areas<V1, V2>, inputs<project<film, V1>, project<push_F, V1, pointwise>, project<push_G, V2, pointwise>>,
                       long_range<project<F, V2>>, outputs<project<G, line>>, time_steps<steps>>;

inline model_options options(bool initial = false) {
    model_options o;
    o.physics.tau = 60, o.physics.unit_noise = 0;
    o.frames = steps;
    o.trained.map_initial_state = initial;
    return o;
}
inline trial_batch<double> films(long trials) {
    auto b = trial_batch<double>::of_images(trials, {4, 4}, 2, steps);
    b.add_image({4, 4}, 3, steps);
    b.add_image({2, 2}, 2, steps);
    random_sequence r({5, 4});
    for (double& x : b.input) x = r.uniform(0, 1);
    for (long k = 0; k < 2 * trials; ++k) b.target.push_back(r.normal());
    return b;
}
// Weights with active and silent units, and what is pushed going into its own unit.
template <class M>
void stir(M& m) {
    auto w = m.raw();
    random_sequence r({3, 8});
    for (auto& t : w.tensors)
        for (double& x : t.values.data) x = 0.45 * r.normal() + 0.1;
    const auto push = [&](const std::string& name, std::size_t n) {
        auto& kernel = w[name].data;
        REQUIRE(kernel.size() == n * n);
        for (std::size_t k = 0; k < kernel.size(); ++k) kernel[k] = k % (n + 1) == 0;
    };
    push("V1.x<-push_F.kernel", 3), push("V2.x<-push_G.kernel", 2);
    m.set_raw(w);
}

}  // namespace omega_of_maps
