// What a recording is worth: the loss and the RMSE of outputs against the targets of their trials.
#pragma once
#include <eirnn/kernels/loss.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/images.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/parameters.hpp>
#include <eirnn/model/recording.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {
template <class Activation>
struct loss_for {
    using type = squared_error_t;
};
template <>
struct loss_for<logistic_t> {
    using type = binary_cross_entropy_t;
};
template <>
struct loss_for<softmax_t> {
    using type = categorical_cross_entropy_t;
};
}  // namespace detail

/// The loss that goes with a model's outputs: binary cross-entropy with logistic ones, categorical cross-entropy with softmax, else squared
/// error.
template <class Model>
using default_loss = typename detail::loss_for<typename Model::output_activation>::type;

/// Sums over trials that may be recorded in several batches; the quotients are what a gradient computation reports for all of them
/// together.
template <class Loss, class Activation>
class tally {
    static constexpr bool squared = std::is_same_v<Loss, squared_error_t>, plain = std::is_same_v<Activation, identity_t>;
    static_assert(squared || plain || std::is_same_v<Loss, typename detail::loss_for<Activation>::type>,
                  "eirnn: a cross-entropy goes with its own output activation (logistic or softmax), or with a linear output");

public:
    /// Takes a recording of every step in. Outputs that the mask leaves out are not looked at. Those of images are logits; their error is
    /// that of the softmax.
    template <class T>
    void add(const trial_batch<T>& trials, const recording<T>& what_happened) {
        const auto n = static_cast<std::size_t>(what_happened.outputs);
        const bool logits = trials.has_images();
        std::vector<double> z(n), y(n), target(n), mask(n);
        for (long k = 0, t = 0; t < trials.target_steps(); ++t)
            for (long trial = 0; trial < trials.trials; ++trial) {
                double here = 0;
                for (std::size_t o = 0; o < n; ++o, ++k) {
                    const auto at = static_cast<std::size_t>(k);
                    mask[o] = trials.mask.empty() ? 1 : double(trials.mask[at]);
                    target[o] = mask[o] > 0 ? double(trials.target[at]) : 0;
                    z[o] = mask[o] > 0 || !squared ? double(what_happened.output[at]) : 0;
                    here += mask[o];
                }
                if (here == 0) continue;
                weight_ += here;
                y = z;
                if (logits) kernels::activate_column(softmax, z.data(), y.data(), what_happened.outputs);
                for (std::size_t o = 0; o < n; ++o) squares_ += mask[o] * (y[o] - target[o]) * (y[o] - target[o]);
                if constexpr (!squared && !plain)
                    if (!logits) back_to_logits(z);
                loss_ += kernels::column_loss(Loss{}, identity_t{}, z.data(), target.data(), mask.data(), what_happened.outputs, 1.);
            }
        outputs_ = static_cast<double>(n);
    }
    /// Both are 0 / 0, which is not finite, where the masks leave nothing.
    double loss() const { return loss_ / (std::is_same_v<Loss, categorical_cross_entropy_t> ? weight_ / outputs_ : weight_); }
    double rmse() const { return std::sqrt(squares_ / weight_); }

private:
    // Recordings hold what the activation made of the logits. Probabilities of 0 and 1 are moved by 1e-10, as in the code of Song et al.
    static void back_to_logits(std::vector<double>& y) {
        constexpr double least = 1e-10;
        for (double& p : y) {
            const double q = std::log((std::max)(p, least));
            p = std::is_same_v<Activation, logistic_t> ? q - std::log((std::max)(1 - p, least)) : q;
        }
    }
    double loss_ = 0, squares_ = 0, weight_ = 0, outputs_ = 1;
};

/// The largest spectral radius among the square recurrent matrices of a dense network; the rate cell has one. 0 where there is none, as in
/// networks on grids.
template <class T>
double spectral_radius(const weight_set<T>& effective) {
    double largest = 0;
    for (const auto& [name, shape, w] : effective.tensors)
        if (name.starts_with("W_rec") && w.rows == w.cols) largest = (std::max)(largest, spectral_radius(w));
    return largest;
}

}  // namespace EIRNN_NAMESPACE
