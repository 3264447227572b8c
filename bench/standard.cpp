// Whole training steps (forward, backward, update) of the Standard and StandardEI networks of Sun et al. on CIFAR-10 shapes, and what else an
// epoch consists of.
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
void train(model<Net>& net, const trial_batch<float>& trials, std::uint32_t step) {
    const sgd rule{.learning_rate = 0.1, .clip_norm = 0, .momentum = 0, .weight_decay = 2e-4};
    net.gradient(trials, {1, step}, categorical_cross_entropy);
    for (auto& p : net.numerics().parameters().blocks()) rule.update(net.device(), p, 1, 1);
}

template <class Net>
void training_step(benchmark::State& state) {
    const long batch = state.range(0);
    const int threads = static_cast<int>(state.range(1));
    const double before = megabytes();
    const image_set images = made_images(batch, seed{1});
    model<Net> net(seed{1}, {}, cpu<float>(threads));
    const auto trials = plain_batch<float>(images, 0, batch).trials;
    std::uint32_t step = 0;
    train(net, trials, step++);  // touches the memory
    const auto seconds = bench::time_each(state, [&] { train(net, trials, step++); });
    const double operations = bench::operations_of_maps(net);
    bench::report(state, seconds, static_cast<double>(batch), operations, threads);
    state.counters["megabytes"] = (megabytes() - before) / static_cast<double>(batch);
    state.counters["megaflop"] = operations / 1e6;
}

/// An epoch of `multicell` on CIFAR-10: 50,000 images read, shifted, mirrored and learned from, 2,500 tested. All on one thread, where a
/// training on more makes the batches beside the steps.
template <class Net>
void epoch(benchmark::State& state) {
    const long batch = state.range(0), learned = 50'000, tested = 2'500;
    const image_set images = made_images(5'000, seed{1});
    model<Net> net(seed{1}, {}, cpu<float>(1));
    image_loader<float> loader(images, {.batch = batch, .ahead = false});
    const labelled_images<float>* next = &loader.next();
    std::uint32_t step = 0;
    const auto load = [&] { next = &loader.next(); };
    const auto learn = [&] { train(net, next->trials, step++); };
    const auto test = [&] { benchmark::DoNotOptimize(net.run(next->trials).output.data()); };
    learn(), test();  // touch the memory
    const auto [loading, learning, testing] = bench::time_turns(state, load, learn, test);
    const auto of_epoch = [&](const std::vector<double>& seconds, long count) {
        return bench::median(seconds) * static_cast<double>(count) / static_cast<double>(batch);
    };
    const double loads = of_epoch(loading, learned), tests = of_epoch(testing, tested), all = loads + tests + of_epoch(learning, learned);
    state.counters["loading_share"] = loads / all;
    state.counters["testing_share"] = tests / all;
}

void arguments(benchmark::internal::Benchmark* b) {
    b->ArgNames({"batch", "threads"})->ArgsProduct({{128}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(training_step<multicell::cifar10<multicell::standard>>)->Name("standard")->Apply(arguments);
BENCHMARK(training_step<multicell::cifar10<multicell::standard_ei>>)->Name("standard_ei")->Apply(arguments);
BENCHMARK(epoch<multicell::cifar10<multicell::standard>>)->Name("epoch/standard")->ArgName("batch")->Arg(128)->Arg(32)->UseRealTime();
BENCHMARK(epoch<multicell::cifar10<multicell::standard_ei>>)->Name("epoch/standard_ei")->ArgName("batch")->Arg(128)->Arg(32)->UseRealTime();

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv); }
