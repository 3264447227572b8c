// One step of a network a call: what a run gives, to the last bit, and no allocation.
#include "../catch.hpp"

#include "../instrumented.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/stepper.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <span>
#include <vector>

#if !EIRNN_TEST_INSTRUMENTED
// Every allocation of the program is counted.
namespace {
std::atomic<std::size_t> allocated{0};
void* counted(void* p) {
    ++allocated;
    if (!p) throw std::bad_alloc();
    return p;
}
}  // namespace
[[gnu::noinline]] void* operator new(std::size_t n) { return counted(std::malloc(n > 0 ? n : 1)); }
[[gnu::noinline]] void* operator new(std::size_t n, std::align_val_t a) {
    const auto to = static_cast<std::size_t>(a);
    return counted(std::aligned_alloc(to, (n + to - 1) / to * to));
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif

namespace step_by_step {
using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct g> g;
inline constexpr symbol<struct q> q;
inline constexpr input_symbol<struct u> u;
// Two states and noise.
struct building_up {
    static constexpr auto equations = system(c[h] = 0.8 * prev(c) + 0.2 * softplus(W(prev(c)) + W(u)) + noise,
                                             h = softplus(0.7 * prev(h) + 0.3 * (W(prev(h)) + W(u)) + 0.2 * c));
};
// Its last product reads what the same step has made.
struct gated {
    static constexpr auto equations = system(g[h] = logistic(W(prev(h)) + W(u)), q[h] = logistic(W(prev(h)) + W(u)) * prev(h),
                                             h = (1 - g) * prev(h) + g * hyperbolic_tangent(W(q) + W(u)));
};
}  // namespace cells

struct motion : input<2> {};
struct choice : output<2, softmax, usual_loss{}, mean_of_steps> {};
struct value : output<1> {};
struct E1 : population<excitatory, 21> {};
struct I1 : population<inhibitory, 6> {};
struct E2 : population<excitatory, 9> {};
struct H : population<free_sign, 13, principal> {};
struct sensory : area<rate<relu>, E1, I1> {};
struct motor : area<cells::building_up, E2> {};
struct hidden : area<cells::gated, H, wiring<project<H, H, with_self, allow<self_connection>>>> {};
using rates = network<areas<sensory>, inputs<project<motion, sensory>>, outputs<project<E1, choice>, project<E1, value>>>;
using two_cells = network<areas<sensory, motor>, inputs<project<motion, sensory>, project<motion, motor>>,
                          long_range<project<E1, motor>, project<E2, E1>>, outputs<project<E2, choice>>, signs<absolute>>;
using gates = network<areas<hidden>, inputs<project<motion, hidden, unconstrained>>, outputs<project<H, choice>>>;

// More steps than a block of noise, and than the memory of a run goes round.
template <class Net, class B>
void check(long trials) {
    using T = typename B::scalar;
    constexpr long steps = 43, before = 8;
    model<Net, B> m(seed{3}), other(seed{3});
    trial_batch<T> all(trials, before + steps, 2, m.outputs(), 20);
    random_sequence r({5, 6});
    for (T& x : all.input) x = static_cast<T>(r.uniform(-0.2, 1));
    for (auto& id : all.id) id = static_cast<std::uint32_t>(r.below(1000));
    const noise_key key{7, 3};
    run_request<T> ask;
    ask.end = true;
    const auto expected = other.run(all, key, ask);

    stepper s(m, 20., {.trials = trials, .key = key, .ids = all.id});
    const auto inputs_of = [&](long t) {
        return std::span<const T>(all.input).subspan(static_cast<std::size_t>(t * trials * 2), static_cast<std::size_t>(trials * 2));
    };
    for (int again = 0; again < 2; ++again) {
        long wrong = 0;
        for (long t = 0; t < before + steps; ++t) {
            const auto y = s(inputs_of(t));
            REQUIRE(y.size() == static_cast<std::size_t>(trials * m.outputs()));
            for (std::size_t k = 0; k < y.size(); ++k) wrong += !(y[k] == expected.output[static_cast<std::size_t>(t) * y.size() + k]);
        }
        CHECK(wrong == 0);
        CHECK(s.steps() == before + steps);
        CHECK(s.states() == expected.end);
        s.restart();
    }

    // From states that a run left. Noise goes on from where it begins, so that there is none here.
    auto options = m.options();
    options.physics.unit_noise = options.physics.input_noise = 0;
    model<Net, B> still(seed{3}, options);
    const auto whole = still.run(all, key, ask);
    trial_batch<T> head(trials, before, 2, m.outputs(), 20);
    head.input.assign(all.input.begin(), all.input.begin() + before * trials * 2);
    stepper later(still, 20., {.trials = trials, .start = still.run(head, key, ask).end});
    for (long t = before; t < before + steps; ++t) later(inputs_of(t));
    CHECK(later.states() == whole.end);
}

TEST_CASE("steps one by one are those of a run, to the last bit") {
    check<rates, backend::serial<double>>(1);
    check<rates, backend::cpu<float>>(1);
    check<rates, backend::cpu<float>>(12);
    check<two_cells, backend::cpu<float>>(3);
    check<two_cells, backend::serial<float>>(2);
    check<gates, backend::cpu<double>>(7);
}

#if !EIRNN_TEST_INSTRUMENTED
template <class B>
std::size_t allocated_in_steps() {
    model<two_cells, B> m(seed{3});
    stepper s(m, 20.);
    const std::vector<typename B::scalar> input{0.3f, 0.7f};
    const std::size_t before = allocated;
    for (int t = 0; t < 100; ++t) s(input);
    return allocated - before;
}
TEST_CASE("a step does not allocate") {
    CHECK(allocated > 0);
    CHECK(allocated_in_steps<backend::cpu<float>>() == 0);
    CHECK(allocated_in_steps<backend::serial<double>>() == 0);
}
#endif

TEST_CASE("a step is refused where it would not be what it says") {
    model<rates> m(seed{3});
    stepper s(m, 20.);
    const std::vector<float> input{0.3f, 0.7f}, short_one{0.3f};
    s(input);
    CHECK_THROWS_AS(s(short_one), invalid_argument);
    m.run(trial_batch<float>(1, 5, 2, 3, 20));
    CHECK_THROWS_AS(s(input), invalid_argument);
    CHECK_THROWS_AS(s.states(), invalid_argument);
    s.restart();
    CHECK(s.steps() == 0);
    CHECK_NOTHROW(s(input));
}
}  // namespace step_by_step
