// Networks with what no other test of the backends has: cells that look back, normalised units without recurrence, outputs of several
// kinds, dropout, maps with time constants and noise, units that read maps and cues. Any backend must agree with the plain loops of the
// serial one.
#pragma once
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/kernels/loss.hpp>
#include <eirnn/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace rich {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct a> a;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct k> k;
inline constexpr symbol<struct q> q;
inline constexpr trainable<struct eta> eta;
inline constexpr input_symbol<struct u> u;
struct looking_back {
    static constexpr auto equations = system(a[h] = hebbian(0.9, prev(h)), k[h] = W(prev(h)) + W(u), q[h] = attention(k, prev(k), prev(h)),
                                             h = dropout(0.8, hyperbolic_tangent(W(prev(h)) + W(u) + eta * a + q)));
};
struct layer {
    static constexpr auto equations = system(a[h] = batch_norm(W(u)), h = softplus(a));
};
}  // namespace cells

struct cue : input<2> {};
struct image : input<2, grid<4, 4>> {};
struct F : population<excitatory, 4> {};
struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct H : population<free_sign, 5, principal> {};
struct K : population<free_sign, 3, principal> {};
struct V1 : area<rate<softplus>, F, convolution<3>, max_pool<2>> {};
struct cortex : area<rate<softplus>, E, I> {};
struct memory : area<cells::looking_back, H> {};
struct hidden : area<cells::layer, K> {};
struct choice : output<2, softmax> {};
struct eye : output<1, hyperbolic_tangent> {};
struct unused : output<1, logistic, no_loss> {};
using circuit =
    network<areas<V1, cortex, memory, hidden>, inputs<project<image, V1>, project<cue, cortex>, project<cue, hidden>>,
            long_range<project<F, cortex>, project<F, memory>, project<E, memory>, project<H, hidden>, project<E, V1, delayed<1>>>,
            outputs<project<H, choice>, project<K, eye>, project<K, unused>>, signs<absolute>, time_steps<6>>;

template <class T>
trial_batch<T> trials(long n) {
    trial_batch<T> b(n, 6, 2, 4, 20);
    b.grid = {4, 4};
    b.input.assign(static_cast<std::size_t>(n * 32), T(0));
    b.add_unit_inputs(2);
    for (long trial = 0; trial < n; ++trial) {
        random_sequence r({3, 3}, static_cast<std::uint32_t>(trial));
        for (long p = 0; p < 32; ++p) b.input[static_cast<std::size_t>(trial * 32 + p)] = static_cast<T>(r.uniform(0, 1));
        for (long t = 0; t < 6; ++t) {
            for (long i = 0; i < 2; ++i) b.unit_input_at(t, trial, i) = static_cast<T>(r.uniform(0, 1));
            b.target_at(t, trial, 0) = 1, b.target_at(t, trial, 2) = static_cast<T>(0.3);
            for (long o = 0; o < 4; ++o) b.mask_at(t, trial, o) = t > o;
        }
    }
    return b;
}
inline model_options options() {
    model_options o;
    o.physics.tau = 40, o.physics.unit_noise = 0.05, o.physics.input_noise = 0.05;
    o.trained = {.bias = true, .output_bias = true};
    return o;
}
/// The largest difference between the gradients of two backends, and between what they say of the loss.
template <class A, class B>
double distance(A a, B b) {
    model<circuit, A> x(seed{3}, options(), std::move(a));
    model<circuit, B> y(seed{3}, options(), std::move(b));
    const double loss = x.gradient(trials<typename A::scalar>(7), {1, 4}, x.default_loss()).loss,
                 other = y.gradient(trials<typename B::scalar>(7), {1, 4}, y.default_loss()).loss;
    const auto g = x.last_gradient();
    const auto f = y.last_gradient();
    double largest = std::abs(loss - other);
    for (std::size_t k = 0; k < g.tensors.size(); ++k)
        for (std::size_t i = 0; i < g.tensors[k].values.data.size(); ++i)
            largest = std::max(largest, std::abs(double(g.tensors[k].values.data[i]) - double(f.tensors[k].values.data[i])));
    return largest;
}

}  // namespace rich
