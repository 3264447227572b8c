// What a recording is worth: the loss and the RMSE of outputs against the targets of their trials.
#pragma once
#include <eirnn/kernels/loss.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/identity.hpp>
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
    /// `outputs`: of the network, where they have different losses.
    explicit tally(const recorded_loss& loss, const std::vector<named_range>& outputs = {})
        : of_(loss), loss_(loss.parts), squares_(loss.parts), weight_(loss.parts) {
        for (std::size_t k = 0; k < loss.parts && loss.parts > 1; ++k) rows_.push_back({outputs[k].begin, outputs[k].size});
    }

    /// Takes a recording of every step in. Outputs that the mask leaves out are not looked at, nor those without a loss. The error of
    /// logits of images is that of their softmax.
    template <class T>
    void add(const trial_batch<T>& trials, const recording<T>& what_happened) {
        if (of_.parts == 1) rows_ = {{0, what_happened.outputs}};
        for (std::size_t k = 0; k < of_.parts; ++k)
            if (of_.part[k].trained) add(trials, what_happened, k);
    }
    /// Both are 0 / 0, which is not finite, where the masks leave nothing.
    double loss() const {
        double sum = 0, all = 0;
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            const double weight = of_.part[k].per_point ? weight_[k] / static_cast<double>(rows_[k].size) : weight_[k];
            all += weight;
            if (weight > 0) sum += loss_[k] / weight;
        }
        return all > 0 ? sum : all / all;
    }
    double rmse() const {
        double squares = 0, weight = 0;
        for (std::size_t k = 0; k < of_.parts; ++k) squares += squares_[k], weight += weight_[k];
        return std::sqrt(squares / weight);
    }

private:
    template <class T>
    void add(const trial_batch<T>& trials, const recording<T>& what_happened, std::size_t part) {
        const recorded_part& of = of_.part[part];
        const long begin = rows_[part].begin, size = rows_[part].size;
        const auto n = static_cast<std::size_t>(size);
        std::vector<double> y(n), seen(n), target(n), mask(n);
        for (long k = begin, t = 0; t < trials.target_steps(); ++t)
            for (long trial = 0; trial < trials.trials; ++trial, k += what_happened.outputs) {
                double here = 0;
                for (std::size_t o = 0; o < n; ++o) {
                    const std::size_t at = static_cast<std::size_t>(k) + o;
                    mask[o] = trials.mask.empty() ? 1 : double(trials.mask[at]);
                    target[o] = mask[o] > 0 ? double(trials.target[at]) : 0;
                    y[o] = mask[o] > 0 || of.reads_all ? double(what_happened.output[at]) : 0;
                    here += mask[o];
                }
                if (here == 0) continue;
                weight_[part] += here;
                seen = y;
                if (trials.has_images() && of.logits) kernels::activate_column(softmax, y.data(), seen.data(), size);
                for (std::size_t o = 0; o < n; ++o) squares_[part] += mask[o] * (seen[o] - target[o]) * (seen[o] - target[o]);
                loss_[part] += of.of_column(y.data(), target.data(), mask.data(), size);
            }
    }
    recorded_loss of_;
    std::vector<index_range> rows_;  // of each part
    std::vector<double> loss_, squares_, weight_;
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
