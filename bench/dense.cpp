// Trials per second of a whole training step of dense rate networks (Dale's law, mask, noise at every step, forward, backward, update), and the
// share of the peak of fused multiply-adds that this process reaches in register loops. Medians; numbers of a shared machine scatter.
// usage: dense [THREADS [SECONDS]]
#include <eirnn/eirnn.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace eirnn;

struct E : population<excitatory, dynamic> {};
struct I : population<inhibitory, dynamic> {};
struct cortex : area<rate<relu>, E, I> {};
struct stimulus : input<4> {};
struct choice : output<2> {};
using network_of_units = network<areas<cortex>, inputs<project<stimulus, cortex>>, outputs<project<E, choice>>>;

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Operations per second of N independent chains of multiply-adds in registers.
template <int N>
double chains() {
    volatile const float half = 0.5f;  // a value that the compiler must not know
    packet<float> sum[static_cast<std::size_t>(N)], factor = packet<float>{} + half;
    for (auto& s : sum) s = packet<float>{} + 1.f;
    const long rounds = 20'000'000 / N;
    const double begin = now();
    for (long k = 0; k < rounds; ++k)
        EIRNN_UNROLL
        for (int j = 0; j < N; ++j) sum[j] = sum[j] * factor + factor;
    const double seconds = now() - begin;
    packet<float> all{};
    for (const auto& s : sum) all = all + s;
    volatile float keep = all.v[0];
    (void)keep;
    return 2. * packet<float>::width * N * static_cast<double>(rounds) / seconds;
}
double peak_of_one_thread() {
    double best = 0;
    for (int repeat = 0; repeat < 3; ++repeat)
        best = std::max({best, chains<8>(), chains<10>(), chains<12>(), chains<20>(), chains<24>()});
    return best;
}
double peak(int threads) {
    std::vector<double> each(static_cast<std::size_t>(threads));
    {
        std::vector<std::jthread> pool;
        for (double& p : each) pool.emplace_back([&p] { p = peak_of_one_thread(); });
    }
    double sum = 0;
    for (double p : each) sum += p;
    return sum;
}
// Random trials: what is in them does not matter for the time.
trial_batch<float> random_trials(long trials, long steps) {
    trial_batch<float> b(trials, steps, 4, 2, 20);
    random_sequence r(key_of(1, stream::analysis));
    for (float& x : b.input) x = static_cast<float>(r.uniform());
    for (float& x : b.target) x = static_cast<float>(r.uniform());
    for (float& x : b.mask) x = r.bernoulli(0.8) ? 1.f : 0.f;
    return b;
}
}  // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
    const double budget = argc > 2 ? std::atof(argv[2]) : 2;
    const double flops = peak(threads);  // before any pool of threads exists
    std::printf("%s vectors, %d threads, peak %.0f GF/s\n", vector_name, threads, flops / 1e9);
    std::printf("units batch steps omega   trials/s   share of peak\n");
    struct size {
        long units, batch, steps;
    };
    for (const size s : {size{100, 20, 150}, size{150, 50, 150}, size{500, 20, 300}})
        for (const double omega : {0., 2.}) {
            model_options options;
            options.sizes = sizes{}.of<E>(s.units * 8 / 10).of<I>(s.units - s.units * 8 / 10);
            options.initial.spectral_radius = 0.8;
            model<network_of_units> m(seed{1}, options, cpu<float>(threads));
            const auto trials = random_trials(s.batch, s.steps);
            objective o;
            o.omega = omega;
            const sgd rule{.learning_rate = 1e-4};
            std::vector<double> seconds;
            std::uint32_t step = 0;
            for (const double begin = now(); now() - begin < budget || seconds.size() < 5;) {
                const double t = now();
                const auto g = m.gradient(trials, {1, step++}, squared_error, o);
                for (auto& block : m.numerics().parameters().blocks()) rule.update(m.device(), block, step, g.norm > 1 ? 1 / g.norm : 1);
                seconds.push_back(now() - t);
            }
            std::nth_element(seconds.begin(), seconds.begin() + static_cast<long>(seconds.size() / 2), seconds.end());
            const double per_second = static_cast<double>(s.batch) / seconds[seconds.size() / 2];
            const auto n = static_cast<double>(s.units);
            const double useful = 6 * (n * (n + 4) + 2 * n) * static_cast<double>(s.steps);  // per trial, Omega not counted
            std::printf("%5ld %5ld %5ld %5.0f %10.0f %10.1f %%\n", s.units, s.batch, s.steps, omega, per_second, 100 * useful * per_second / flops);
        }
}
