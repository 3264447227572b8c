// The networks of the gallery on a device: their gradients in double precision against those of the serial backend, in single precision
// against those of `cpu`, and whether a second run gives the same bits.
//
// A unit is compiled twice and linked to one program. With EIRNN_TEST_HOST a host compiler makes what is compared with; without, nvcc makes
// the device's part, or a host compiler with a host system of Thrust, to try the program where there is no GPU. Only plain numbers pass
// between the two, since they have the library's types under different names. EIRNN_TEST_WITHOUT_TBB: `serial` stands in for `cpu`, where
// oneTBB cannot be linked.
//
// The programs of the gallery are read inside namespaces, with a main that is a template, as in tests/gallery/check.hpp; the outer one is
// not the same in the two, since programs have functions of their own.
#pragma once
#include "../../../examples/gallery/learn_images.hpp"
#include "../../../examples/gallery/tasks.hpp"

#ifndef EIRNN_TEST_HOST
#include <eirnn/backend/thrust/thrust.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <vector>

#ifdef __CUDACC__
// A program may name a model on `cpu`, which nvcc cannot read. None is made here.
namespace EIRNN_NAMESPACE::backend {
template <class T, class Executor>
class cpu : public serial<T> {
public:
    using serial<T>::serial;
};
}  // namespace EIRNN_NAMESPACE::backend
#endif

#ifdef EIRNN_TEST_HOST
#define EIRNN_TEST_SIDE on_host
#else
#define EIRNN_TEST_SIDE on_device
#endif
namespace EIRNN_TEST_SIDE {}
using namespace EIRNN_TEST_SIDE;

namespace gallery {

struct numbers {
    double loss = 0;
    std::vector<double> gradient;
};
/// Of one network, made by the host's unit. `trials`: of the batch.
struct expected {
    numbers exact, single;
};

/// The gradient of the first batch of a task, on a backend.
template <class Net, class B, class Task>
numbers gradient_on(const Task& task, const eirnn::model_options& options, long trials) {
    using T = typename B::scalar;
    const auto batch = task.template make<T>({eirnn::purpose::training, 3, 0, trials, 20, 0}).trials;
    eirnn::model<Net, B> m(eirnn::seed{2}, options);
    numbers n;
    n.loss = m.gradient(batch, {1, 4}, m.default_loss()).loss;
    for (const auto& t : m.last_gradient().tensors) n.gradient.insert(n.gradient.end(), t.values.data.begin(), t.values.data.end());
    return n;
}

/// The largest difference, as a share of the largest number.
inline double distance(const numbers& a, const numbers& b) {
    if (a.gradient.size() != b.gradient.size()) return 1e300;
    double off = std::abs(a.loss - b.loss) / std::max(std::abs(b.loss), 1e-30), most = 0, largest = 0;
    for (std::size_t k = 0; k < b.gradient.size(); ++k) {
        const double d = std::abs(a.gradient[k] - b.gradient[k]);
        if (!(d <= 1e300)) return 1e300;
        most = std::max(most, d), largest = std::max(largest, std::abs(b.gradient[k]));
    }
    return largest > 0 ? std::max(off, most / largest) : 1e300;
}
inline bool same_bits(const numbers& a, const numbers& b) {
    return a.loss == b.loss && a.gradient.size() == b.gradient.size() &&
           std::memcmp(a.gradient.data(), b.gradient.data(), a.gradient.size() * sizeof(double)) == 0;
}

/// What may differ. Networks with noise: contracted products round once, and noise is made in single precision also where its sums are not.
/// Spikes: in single precision one may fall on the other side of its threshold, and then nothing is alike.
struct tolerance {
    double exact = 1e-9, single = 2e-3;
};
inline constexpr tolerance usual{}, noisy{1e-4, 2e-3}, spikes{1e-9, 1e300};

/// Pictures of noise on any map, with labels.
template <long Height, long Width, long Channels, long Classes>
struct noise_pictures {
    template <class T>
    eirnn::task_batch<T, long> make(const eirnn::trial_request& request) const {
        eirnn::task_batch<T, long> made{eirnn::trial_batch<T>::of_images(request.trials, {Height, Width}, Channels, 1), {}};
        auto& b = made.trials;
        b.outputs = Classes;
        b.target.assign(static_cast<std::size_t>(request.trials * Classes), T(0));
        auto random = eirnn::tasks::trial_random(request, 0);
        for (T& x : b.input) x = static_cast<T>(random.normal());
        for (long k = 0; k < request.trials; ++k)
            b.target[static_cast<std::size_t>(k * Classes) + random.below(static_cast<std::uint32_t>(Classes))] = T(1);
        return made;
    }
};

#ifdef EIRNN_TEST_HOST

#ifdef EIRNN_TEST_WITHOUT_TBB
using host_single = eirnn::backend::serial<float>;
#else
using host_single = eirnn::backend::cpu<float>;
#endif
template <class Net, class Task>
expected expected_of(const Task& task, const eirnn::model_options& options, long trials) {
    return {gradient_on<Net, eirnn::backend::serial<double>>(task, options, trials), gradient_on<Net, host_single>(task, options, trials)};
}
#define EIRNN_GALLERY_NETWORK(name, net, task, options, trials, allowed) \
    gallery::expected expected_of_##name() { return gallery::expected_of<net>(task, options, trials); }

#else

struct entry {
    const char* name;
    expected (*wanted)();
    numbers (*exact)();
    numbers (*single)();
    tolerance allowed;
};
inline std::vector<entry>& entries() {
    static std::vector<entry> all;
    return all;
}
inline bool add(const entry& e) { return entries().push_back(e), true; }
#define EIRNN_GALLERY_NETWORK(name, net, task, options, trials, allowed)                                          \
    gallery::expected expected_of_##name();                                                                       \
    [[maybe_unused]] static const bool added_##name = gallery::add(                                               \
        {#name, expected_of_##name,                                                                               \
         [] { return gallery::gradient_on<net, eirnn::backend::thrust_backend<double>>(task, options, trials); }, \
         [] { return gallery::gradient_on<net, eirnn::backend::thrust_backend<float>>(task, options, trials); }, gallery::allowed});

/// One line of JSON per network.
inline bool run(const entry& e) {
    try {
        const expected wanted = e.wanted();
        const numbers exact = e.exact(), again = e.exact(), single = e.single(), single_again = e.single();
        const double off = distance(exact, wanted.exact), off_single = distance(single, wanted.single);
        const bool same = same_bits(exact, again) && same_bits(single, single_again);
        const bool right = off < e.allowed.exact && off_single < e.allowed.single && same;
        std::printf("{\"network\": \"%s\", \"double\": %.2e, \"single\": %.2e, \"same_bits\": %s, \"right\": %s}\n", e.name, off,
                    off_single, same ? "true" : "false", right ? "true" : "false");
        std::fflush(stdout);
        return right;
    } catch (const std::exception& error) {
        std::string text = error.what();
        for (char& c : text)
            if (c == '"' || c == '\\' || c == '\n') c = ' ';
        std::printf("{\"network\": \"%s\", \"right\": false, \"error\": \"%s\"}\n", e.name, text.c_str());
        std::fflush(stdout);
        return false;
    }
}

#endif

}  // namespace gallery

#ifndef EIRNN_TEST_HOST
/// Returns 77 where there is no GPU, and 1 if any network is wrong; the others run all the same.
int main() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return std::puts("no GPU: skipped"), 77;
#endif
    bool right = true;
    for (const auto& e : gallery::entries()) right = gallery::run(e) && right;
    return right ? 0 : 1;
}
#endif

#define main(...) unused_main(auto, __VA_ARGS__)
