// What the benchmarks on a device have in common: they make their networks, say that they are ready, and answer a line of numbers on the
// standard input with a line of JSON. So the one who asks can make networks while something else is compiled, measure programs in turns,
// and go on where one of them fails. Without nvcc they run on the host system of Thrust that they are compiled for.
#pragma once
#include <eirnn/backend/thrust/thrust.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace bench {

using device = eirnn::backend::thrust_backend<float>;

/// Says what it runs on. False if there is no GPU.
inline bool find_device() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    int devices = 0, processors = 0, clock = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return std::puts("no GPU: skipped"), false;
    cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0);
    cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, 0);
    std::printf("{\"multiprocessors\": %d, \"clock_mhz\": %d}\n", processors, clock / 1000);
#endif
    return true;
}

/// Runs whole training steps for so many seconds, at least three, after two that touch the memory. A step reads its gradient's norm back,
/// so that the next one begins when the device is done. `count` trials a step, `operations` each.
template <class F>
void answer(F&& step, double seconds, double count, double operations) {
    using clock = std::chrono::steady_clock;
    const auto since = [](clock::time_point begin) { return std::chrono::duration<double>(clock::now() - begin).count(); };
    step(), step();
    std::vector<double> times;
    for (const auto begin = clock::now(); times.size() < 3 || since(begin) < seconds;) {
        const auto now = clock::now();
        step();
        times.push_back(since(now));
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"per_second\": %.6g, \"fastest\": %.6g, \"runs\": %zu, \"megaflop\": %.6g}\n", count / times[times.size() / 2],
                count / times.front(), times.size(), operations / 1e6);
}

/// Answers requests until there are no more: `f(numbers of the line)`.
template <class F>
int serve(const F& f) {
    std::puts("{\"ready\": true}");
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::vector<double> numbers;
        for (double x; words >> x;) numbers.push_back(x);
        try {
            f(numbers);
        } catch (const std::exception& error) {
            std::string text = error.what();
            std::replace_if(
                text.begin(), text.end(), [](char c) { return c == '"' || c == '\\' || c < ' '; }, ' ');
            std::printf("{\"error\": \"%s\"}\n", text.c_str());
        }
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace bench
