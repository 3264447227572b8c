// What every benchmark reports: work per second, and its share of the peak of multiply-adds that the same process reached in registers.
#pragma once
#include <eirnn/backend/cpu/packet.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <thread>
#include <vector>

namespace bench {

inline double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Operations per second of N chains of multiply-adds on vectors of `bytes`. The chains start differently: equal ones would become one.
template <int bytes, int N>
double chains() {
    using vector = typename eirnn::detail::raw_vector<float, bytes / 4>::type;
    volatile float start = 1;  // values that the compiler must not know
    vector sum[std::size_t{N}], factor = vector{} + 0.5f * start;
    for (auto& s : sum) {
        s = vector{} + start;
        start = start + 0.001f;
    }
    constexpr long rounds = 2'000'000 / N;
    const double begin = now();
    for (long k = 0; k < rounds; ++k)
        EIRNN_UNROLL
        for (int j = 0; j < N; ++j) sum[j] = sum[j] * factor + factor;
    const double seconds = now() - begin;
    vector all{};
    for (const auto& s : sum) all += s;
    volatile float keep = all[0];
    (void)keep;
    return 2. * (bytes / 4) * N * static_cast<double>(rounds) / seconds;
}
inline double peak_of_this_thread() {
    double best = 0;
    for (int repeat = 0; repeat < 30; ++repeat) {
        best = std::max({best, chains<32, 8>(), chains<32, 10>(), chains<32, 12>()});
        if constexpr (eirnn::vector_bytes == 64) best = std::max({best, chains<64, 12>(), chains<64, 20>(), chains<64, 24>()});
    }
    return best;
}
/// Operations per second of all threads at once: the most that this process has seen. Every call looks again, since others who use the
/// same processor leave a third of it at times; the first is made before there is a pool of threads.
inline double peak(int threads) {
    static std::map<int, double> most;
    std::vector<double> each(static_cast<std::size_t>(threads));
    {
        std::barrier together(threads);
        std::vector<std::jthread> team;
        for (double& p : each)
            team.emplace_back([&] {
                together.arrive_and_wait();
                p = peak_of_this_thread();
            });
    }
    double sum = 0;
    for (const double p : each) sum += p;
    return most[threads] = (std::max)(most[threads], sum);
}

/// Seconds of each run of several steps in turns, each sorted, until the benchmark has seen enough.
template <class... F>
std::array<std::vector<double>, sizeof...(F)> time_turns(benchmark::State& state, F&... step) {
    std::array<std::vector<double>, sizeof...(F)> seconds;
    for (auto _ : state) {
        std::size_t k = 0;
        const auto one = [&](auto& run) {
            const double begin = now();
            run();
            seconds[k++].push_back(now() - begin);
        };
        (one(step), ...);
    }
    for (auto& s : seconds) std::sort(s.begin(), s.end());
    return seconds;
}
/// Seconds of each run of `step`, the shortest first, until the benchmark has seen enough.
template <class F>
std::vector<double> time_each(benchmark::State& state, F&& step) {
    return time_turns(state, step)[0];
}
inline double median(const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; }

/// `count` pieces of work a time, `operations` each (useful ones: multiplications and additions of weights that exist). Rates are those of
/// the median; `fastest_share` is that of the fastest tenth, what is left where others use the same processor.
inline void report(benchmark::State& state, const std::vector<double>& seconds, double count, double operations, int threads) {
    const double typical = median(seconds), fast = seconds[seconds.size() / 10], most = peak(threads);
    state.counters["per_second"] = count / typical;
    state.counters["peak_gflops"] = most / 1e9;
    state.counters["peak_share"] = count * operations / typical / most;
    state.counters["fastest_share"] = count * operations / fast / most;
}

/// Runs what was registered, with the peaks of one and two threads measured first.
inline int run(int argc, char** argv) {
    peak(1), peak(2);
    benchmark::AddCustomContext("vectors", eirnn::vector_name);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return EXIT_SUCCESS;
}

}  // namespace bench
