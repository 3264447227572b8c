// Whole training steps of the Standard network of Sun et al. on CIFAR-10 shapes, as in bench/standard.cpp, on a device. Requests are
// "BATCH SECONDS".
#include "answer.hpp"

#include "../operations.hpp"

#include <eirnn/eirnn.hpp>

#include <cstdint>

using namespace eirnn;

int main() {
    if (!bench::find_device()) return 77;
    model<multicell::cifar10<multicell::standard>, bench::device> net(seed{1});
    const double operations = bench::operations_of_maps(net);
    return bench::serve([&](const std::vector<double>& asked) {
        const auto batch = static_cast<long>(asked.at(0));
        const auto trials = plain_batch<float>(made_images(batch, seed{1}), 0, batch).trials;
        const sgd rule{.learning_rate = 0.1, .clip_norm = 0, .momentum = 0, .weight_decay = 2e-4};
        std::uint32_t step = 0;
        const auto train = [&] {
            net.gradient(trials, {1, step++}, categorical_cross_entropy);
            for (auto& p : net.numerics().parameters().blocks()) rule.update(net.device(), p, 1, 1);
        };
        bench::answer(train, asked.at(1), static_cast<double>(batch), operations);
    });
}
