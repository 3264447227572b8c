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
#include <vector>

namespace EIRNN_NAMESPACE {

/// Sums over trials that may be recorded in several batches; the quotients are what a gradient computation reports for all of them
/// together.
class tally {
public:
    explicit tally(const recorded_loss& loss) : of_(loss) {}

    /// Takes a recording of every step in. Outputs that the mask leaves out are not looked at. Those of images are logits; their error is
    /// that of the softmax.
    template <class T>
    void add(const trial_batch<T>& trials, const recording<T>& what_happened) {
        const auto n = static_cast<std::size_t>(what_happened.outputs);
        std::vector<double> y(n), seen(n), target(n), mask(n);
        for (long k = 0, t = 0; t < trials.target_steps(); ++t)
            for (long trial = 0; trial < trials.trials; ++trial, k += what_happened.outputs) {
                double here = 0;
                for (std::size_t o = 0; o < n; ++o) {
                    const std::size_t at = static_cast<std::size_t>(k) + o;
                    mask[o] = trials.mask.empty() ? 1 : double(trials.mask[at]);
                    target[o] = mask[o] > 0 ? double(trials.target[at]) : 0;
                    y[o] = mask[o] > 0 || of_.reads_all ? double(what_happened.output[at]) : 0;
                    here += mask[o];
                }
                if (here == 0) continue;
                weight_ += here;
                seen = y;
                if (trials.has_images()) kernels::activate_column(softmax, y.data(), seen.data(), what_happened.outputs);
                for (std::size_t o = 0; o < n; ++o) squares_ += mask[o] * (seen[o] - target[o]) * (seen[o] - target[o]);
                loss_ += of_.of_column(y.data(), target.data(), mask.data(), what_happened.outputs);
            }
        outputs_ = static_cast<double>(n);
    }
    /// Both are 0 / 0, which is not finite, where the masks leave nothing.
    double loss() const { return loss_ / (of_.per_point ? weight_ / outputs_ : weight_); }
    double rmse() const { return std::sqrt(squares_ / weight_); }

private:
    recorded_loss of_;
    double loss_ = 0, squares_ = 0, weight_ = 0, outputs_ = 1;
};

/// The largest spectral radius among the square recurrent matrices of a dense network; the rate cell has one. 0 where there is none, as in
/// networks on grids.
template <class T>
double spectral_radius(const weight_set<T>& effective) {
    double largest = 0;
    for (const auto& [name, shape, w] : effective.tensors)
        if (name.find("W_rec") != std::string::npos && name.find("<-") == std::string::npos && w.rows == w.cols)
            largest = (std::max)(largest, spectral_radius(w));
    return largest;
}

}  // namespace EIRNN_NAMESPACE
