// Whole training steps (forward, backward, update) of the Standard and StandardEI networks of Sun et al. on CIFAR-10 shapes. Useful
// operations: two for every use of a weight of a kernel, forward, for the adjoint of what it reads and for its own gradient. What is
// the same in every step counts once; biases, batch norm, gates and pooling do not count, nor does what is computed again on the way back.
#include "measure.hpp"

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

/// Of one image.
template <class Net>
double useful_operations(model<Net>& net) {
    const auto& l = net.structure();
    std::vector<bool> still(l.maps.size() + 1, true);  // what comes into an area is the same in every step
    for (std::size_t k = 0; k < l.maps.size(); ++k) {
        still[k + 1] = still[k];
        for (const auto& t : l.maps[k].terms) still[k + 1] = still[k + 1] && t.source < 0;
    }
    double sum = 0;
    for (const auto& t : net.numerics().parameters().tensors()) {
        if (t.role != tensor_role::weights && t.role != tensor_role::depthwise) continue;
        const auto k = static_cast<std::size_t>(t.area);
        const bool once = k + 1 == l.maps.size() || (t.source < 0 && still[k]);
        const auto previous = [&] {
            return network_traits<Net>::facts.areas[k].equations.terms[static_cast<std::size_t>(t.term)].previous;
        };
        const int steps = once ? 1 : previous() ? l.steps - 1 : l.steps;
        const long positions = l.maps[k].grid.positions();
        sum += 2. * static_cast<double>(t.size() * positions * steps) * (k == 0 ? 2 : 3);
    }
    return sum;
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
    const double operations = useful_operations(net);
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
