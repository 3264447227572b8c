// Whole training steps (forward, backward, update) of the Standard and StandardEI networks of Sun et al. on CIFAR-10 shapes.
#include "measure.hpp"
#include "operations.hpp"

#include <eirnn/eirnn.hpp>

#include <unistd.h>

#include <fstream>

using namespace eirnn;

namespace {

/// In memory now. The most that a process ever had would not tell a second run from a first.
double megabytes() {
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return static_cast<double>(pages * sysconf(_SC_PAGESIZE)) / 1048576;
}

template <class Net>
void training_step(benchmark::State& state) {
    const long batch = state.range(0);
    const int threads = static_cast<int>(state.range(1));
    const double before = megabytes();
    const image_set images = made_images(batch, seed{1});
    model<Net> net(seed{1}, {}, cpu<float>(threads));
    const sgd rule{.learning_rate = 0.1, .clip_norm = 0, .momentum = 0, .weight_decay = 2e-4};
    const auto trials = plain_batch<float>(images, 0, batch).trials;
    std::uint32_t step = 0;
    const auto train = [&] {
        net.gradient(trials, {1, step++}, categorical_cross_entropy);
        for (auto& p : net.numerics().parameters().blocks()) rule.update(net.device(), p, 1, 1);
    };
    train();  // touches the memory
    const auto seconds = bench::time_each(state, train);
    const double operations = bench::operations_of_maps(net);
    bench::report(state, seconds, static_cast<double>(batch), operations, threads);
    state.counters["megabytes"] = (megabytes() - before) / static_cast<double>(batch);
    state.counters["megaflop"] = operations / 1e6;
}

void arguments(benchmark::internal::Benchmark* b) {
    b->ArgNames({"batch", "threads"})->ArgsProduct({{128}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(training_step<multicell::cifar10<multicell::standard>>)->Name("standard")->Apply(arguments);
BENCHMARK(training_step<multicell::cifar10<multicell::standard_ei>>)->Name("standard_ei")->Apply(arguments);

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv); }
