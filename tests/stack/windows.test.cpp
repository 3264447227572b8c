// Kernels, strides and maxima against loops written out here. Everything is a small integer, so that results are equal to the last bit and
// many maxima are shared by several positions.
#include "small_stack.hpp"

#include "../catch.hpp"
#include "../linear_loss.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

using namespace stacks;

namespace plain {
using namespace eirnn::notation;
struct rectified {
    static constexpr auto equations = equations::system(r = relu(W(X)));
};
}  // namespace plain

namespace {

using numbers = std::vector<double>;
std::size_t at(long k) { return static_cast<std::size_t>(k); }

// Windows of TensorFlow's padding "SAME": as many positions as strides fit; the odd one of the padding is behind.
struct side {
    long n, size, stride;
    long outputs() const { return (n + stride - 1) / stride; }
    long place(long output, long tap) const {
        const long missing = (outputs() - 1) * stride + size - n;
        return output * stride + tap - (missing > 0 ? missing / 2 : 0);
    }
};
struct map_windows {
    side y, x;
    long outputs() const { return y.outputs() * x.outputs(); }
    long taps() const { return y.size * x.size; }
    long place(long output, long tap) const {
        const long v = y.place(output / x.outputs(), tap / x.size), h = x.place(output % x.outputs(), tap % x.size);
        return v < 0 || v >= y.n || h < 0 || h >= x.n ? -1 : v * x.n + h;
    }
};
struct expected_values {
    numbers output, kernel, bias;  // kernel: gradient [post][pre][tap]
};
expected_values compute(const map_windows& w, const map_windows& pool, long pres, long posts, const numbers& image, const numbers& kernel,
                        const numbers& bias, const numbers& target, bool first_of_equals) {
    numbers y(at(w.outputs() * posts)), d(y.size());
    for (long p = 0; p < w.outputs(); ++p)
        for (long o = 0; o < posts; ++o) {
            double sum = bias[at(o)];
            for (long i = 0; i < pres; ++i)
                for (long k = 0; k < w.taps(); ++k)
                    if (const long from = w.place(p, k); from >= 0)
                        sum += kernel[at((o * pres + i) * w.taps() + k)] * image[at(from * pres + i)];
            y[at(p * posts + o)] = sum > 0 ? sum : 0;
        }
    expected_values e{numbers(at(pool.outputs() * posts)), numbers(kernel.size()), numbers(bias.size())};
    for (long p = 0; p < pool.outputs(); ++p)
        for (long o = 0; o < posts; ++o) {
            long best = -1;
            for (long k = 0; k < pool.taps(); ++k) {
                const long from = pool.place(p, k);
                if (from < 0) continue;
                const double x = y[at(from * posts + o)], most = best < 0 ? -1 : y[at(best * posts + o)];
                if (x > most || (x == most && !first_of_equals)) best = from;
            }
            e.output[at(p * posts + o)] = y[at(best * posts + o)];
            if (y[at(best * posts + o)] > 0) d[at(best * posts + o)] += target[at(p * posts + o)];
        }
    for (long p = 0; p < w.outputs(); ++p)
        for (long o = 0; o < posts; ++o) {
            e.bias[at(o)] += d[at(p * posts + o)];
            for (long i = 0; i < pres; ++i)
                for (long k = 0; k < w.taps(); ++k)
                    if (const long from = w.place(p, k); from >= 0)
                        e.kernel[at((o * pres + i) * w.taps() + k)] += d[at(p * posts + o)] * image[at(from * pres + i)];
        }
    return e;
}

template <class B>
numbers as_numbers(const B& v) {
    return numbers(v.begin(), v.end());
}

/// Whether the rule for equal maxima showed.
template <class B>
bool check_windows(grid_entry grid, kernel_entry kernel, pooling_entry pool) {
    using T = typename B::scalar;
    constexpr long pres = 2, posts = 3;
    INFO(grid.height << " x " << grid.width << ", form " << static_cast<int>(kernel.form) << ", kernel " << kernel.size << " by "
                     << kernel.stride << ", maxima " << pool.size << " by " << pool.stride << " on " << B::name());
    auto a = make_area<plain::rectified>(pres, grid, {posts}, pool, {.rule = sign_rule::free, .kernel = kernel});
    a.grid = strided(grid, kernel.stride);
    const auto l = make_layout({.steps = 1}, grid, pres, {a, readout_map(a, posts, false)});
    stack_engine<B, plain::rectified, readout_cell> e(l, B());

    random_sequence r(key_of(1, random_stream::analysis));
    const auto integers = [&](std::size_t n, long low, long high) {
        numbers v(n);
        for (double& x : v) x = static_cast<double>(low + r.below(static_cast<std::uint32_t>(high - low + 1)));
        return v;
    };
    tensor_list<T> raw;
    numbers composed, depthwise, channels, bias;
    for (const auto& t : e.parameters().tensors()) {
        numbers v = integers(at(t.size()), t.area == 1 ? 0 : -1, t.area == 1 ? 0 : 2);
        if (t.area == 1 && t.role == tensor_role::weights)
            for (long k = 0; k < posts; ++k) v[at(k * posts + k)] = 1;
        if (t.area == 0) (t.role == tensor_role::depthwise ? depthwise : t.role == tensor_role::weights ? channels : bias) = v;
        raw.emplace_back(v.begin(), v.end());
    }
    const long taps = kernel.taps();
    for (long o = 0; o < posts; ++o)
        for (long i = 0; i < pres; ++i)
            for (long k = 0; k < taps; ++k)
                composed.push_back(depthwise.empty() ? channels[at((o * pres + i) * taps + k)]
                                                     : channels[at(o * pres + i)] * depthwise[at(i * taps + k)]);
    e.parameters().upload(raw, &parameter_block<B>::raw);

    const numbers image = integers(at(grid.positions() * pres), 0, 2);
    const map_windows w{{grid.height, kernel.size, kernel.stride}, {grid.width, kernel.size, kernel.stride}};
    const map_windows p{{w.y.outputs(), pool.size, pool.stride}, {w.x.outputs(), pool.size, pool.stride}};
    const numbers target = integers(at(p.outputs() * posts), -3, 3);
    trial_batch<T> batch;
    batch.trials = 1, batch.inputs = pres, batch.grid = grid;
    batch.input.assign(image.begin(), image.end()), batch.target.assign(target.begin(), target.end());
    const auto expected = compute(w, p, pres, posts, image, composed, bias, target, true);
    CHECK(as_numbers(e.run(batch).output) == expected.output);
    e.gradient(batch, {1, 0}, linear::loss{}, 1);
    const auto gradient = e.parameters().exported(&parameter_block<B>::gradient);
    numbers of_channels(at(posts * pres)), of_depthwise(at(pres * taps));
    for (long o = 0; o < posts; ++o)
        for (long i = 0; i < pres; ++i)
            for (long k = 0; k < taps && !depthwise.empty(); ++k) {
                const double g = expected.kernel[at((o * pres + i) * taps + k)];
                of_channels[at(o * pres + i)] += g * depthwise[at(i * taps + k)];
                of_depthwise[at(i * taps + k)] += g * channels[at(o * pres + i)];
            }
    for (std::size_t k = 0; k < gradient.size(); ++k) {
        const auto& t = e.parameters().tensors()[k];
        if (t.area == 1) continue;
        INFO("tensor " << k);
        CHECK(as_numbers(gradient[k]) == (t.role == tensor_role::bias        ? expected.bias
                                          : t.role == tensor_role::depthwise ? of_depthwise
                                          : depthwise.empty()               ? expected.kernel
                                                                            : of_channels));
    }
    return compute(w, p, pres, posts, image, composed, bias, target, false).kernel != expected.kernel;
}
template <class B>
void check_all_windows() {
    int decided_by_rule = 0;
    for (const grid_entry g : {grid_entry{6, 6}, grid_entry{5, 4}, grid_entry{1, 7}})
        for (const auto form : {kernel_form::pointwise, kernel_form::ordinary, kernel_form::separable})
            for (const int size : {1, 3, 5})
                for (const int stride : {1, 2, 3})
                    for (const pooling_entry pool : {pooling_entry{1, 1}, pooling_entry{3, 1}, pooling_entry{3, 2}, pooling_entry{2, 2}}) {
                        if (form == kernel_form::pointwise && size > 1) continue;
                        decided_by_rule += check_windows<B>(g, {form, size, stride}, pool);
                    }
    CHECK(decided_by_rule > 50);
}

}  // namespace

TEST_CASE("windows on an even map every second position are padded behind") {
    STATIC_REQUIRE(padding_before(6, 3, 2) == 0);
    STATIC_REQUIRE(padding_before(5, 3, 2) == 1);
    STATIC_REQUIRE(padding_before(6, 3, 1) == 1);
    STATIC_REQUIRE(padding_before(6, 2, 2) == 0);
    STATIC_REQUIRE(padding_before(6, 1, 2) == 0);
    STATIC_REQUIRE(padding_before(32, 5, 2) == 1);
    STATIC_REQUIRE(strided(5, 2) == 3);
}
TEST_CASE("kernels and maxima are those of loops, serial") { check_all_windows<backend::serial<double>>(); }
TEST_CASE("kernels and maxima are those of loops, cpu") { check_all_windows<backend::cpu<float>>(); }
