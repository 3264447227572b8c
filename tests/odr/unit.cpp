// One of the units of a program, compiled with flags of its own: UNIT is its name. All train the same networks.
#include "networks.hpp"

#include <eirnn/eirnn.hpp>

using namespace shared;

DECLARE_UNIT(UNIT);

namespace {

double squares(const std::vector<float>& v) {
    double sum = 0;
    for (const float x : v) sum += static_cast<double>(x) * static_cast<double>(x);
    return sum;
}
template <class B>
double of_trials() {
    model<decision, B> m{seed{1}};
    train(m, tasks::perceptual_decision{}, sgd{}, until{.max_trials = 60},
          training_options{.validate_every_trials = 60, .validation_batch = 30});
    const auto w = m.raw();
    return squares(w["W_in"].data) + squares(w["W_rec"].data) + squares(w["W_out"].data);
}
// One step, without the trainer, which is compiled for the trials already.
template <class B>
double of_images() {
    model<map, B> m{seed{1}};
    const auto batch = plain_batch<float>(made_images(10, seed{1}), 0, 10);
    m.gradient(batch.trials, {}, categorical_cross_entropy);
    auto w = m.raw();
    const auto g = m.last_gradient();
    double sum = 0;
    for (std::size_t k = 0; k < w.tensors.size(); ++k) {
        auto& to = w.tensors[k].values.data;
        for (std::size_t i = 0; i < to.size(); ++i) to[i] -= g.tensors[k].values.data[i];
        sum += squares(to);
    }
    return sum;
}

}  // namespace

std::vector<double> UNIT() {
    return {of_trials<cpu<float>>(), of_trials<serial<float>>(), of_images<cpu<float>>()};
}
eirnn::matrix<float> UNIT(const eirnn::matrix<float>& given, eirnn::seed) {
    if (given.data.empty()) throw invalid_argument({"a matrix is empty", "", "", "", ""});
    return given;
}
