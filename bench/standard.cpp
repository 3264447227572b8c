// Images per second of a whole training step (forward, backward, update) of the Standard network of Sun et al. on CIFAR-10 shapes, the processor
// time of an image, and the memory of the process. Medians; numbers of a shared machine scatter.
// usage: standard [THREADS [BATCH [STEPS]]]
#include <eirnn/multicell.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace eirnn;

namespace {
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}
double megabytes() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_maxrss) / 1024;
}
double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}
}  // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
    const long batch = argc > 2 ? std::atol(argv[2]) : 128, steps = argc > 3 ? std::atol(argv[3]) : 20;
    if (threads < 0 || batch < 1 || steps < 1) {
        std::fputs("usage: standard [THREADS [BATCH [STEPS]]]\n", stderr);
        return 64;
    }
    const image_set images = made_images(batch, seed{1});
    model<multicell::cifar10<multicell::standard>> net(seed{1}, {}, cpu<float>(threads));
    const sgd rule{.learning_rate = 0.1, .clip_norm = 0, .momentum = 0, .weight_decay = 2e-4};
    const auto trials = plain_batch<float>(images, 0, batch).trials;
    const double before = megabytes();
    std::vector<double> rate, cost;
    for (long step = -2; step < steps; ++step) {  // the first two touch the memory
        const double begin = now(), used = processor_seconds();
        net.gradient(trials, {1, static_cast<std::uint32_t>(step + 2)}, categorical_cross_entropy);
        for (auto& p : net.numerics().parameters().blocks()) rule.update(net.device(), p, 1, 1);
        if (step < 0) continue;
        const double n = static_cast<double>(batch);
        rate.push_back(n / (now() - begin));
        cost.push_back(1e3 * (processor_seconds() - used) / n);
    }
    std::printf("packets of %d floats, %d threads, batch %ld: %.0f images/s (best %.0f), %.2f ms of processor time an image, %.1f MB an image\n",
                packet<float>::width, net.device().threads(), batch, median(rate), *std::max_element(rate.begin(), rate.end()), median(cost),
                (megabytes() - before) / static_cast<double>(batch));
}
