// A stack of areas without its cells: what models and trainers use, so that they are compiled once for all of them.
#pragma once
#include <eirnn/kernels/image.hpp>
#include <eirnn/model/images.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/running.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a gradient computation found; `hits` is the share of the images whose largest output is that of the largest target.
struct stack_report {
    double loss = 0, norm = 0, hits = 0;
};
/// A loss of columns of the readout, z becoming dL/dz: device, batch, z, columns, outputs, number of the first column.
template <class B>
struct stack_loss {
    using T = typename B::scalar;
    double (*columns)(B&, const run_data<T>&, view<T>, long, long, long);
};

/// A stack whose cells are not told: what models and trainers use, so that they are compiled once for all cells.
template <backend::Backend B>
class stack_runner {
public:
    using T = typename B::scalar;
    virtual ~stack_runner() = default;

    B& device() { return backend_; }
    const stack_layout& structure() const { return layout_; }
    parameter_set<B>& parameters() { return parameters_; }
    const parameter_set<B>& parameters() const { return parameters_; }

    /// Gives every tensor its initial values.
    virtual void initialize(seed s) = 0;
    /// Running statistics of batch norm, one list per normalised variable: [step][mean, variance][unit].
    virtual std::vector<std::vector<T>> running_statistics() = 0;
    /// `steps`: gradient steps that they have followed, see `running_steps`. Throws invalid_argument, changing nothing.
    virtual void set_running_statistics(const std::vector<std::vector<T>>& all, std::uint64_t steps) = 0;
    /// Gradient steps that the running statistics have followed. Step n has a share of 1 / n in them, so that they are the plain mean over
    /// all batches, until that is as small as `running_share`; from then on they follow exponentially. Where all time steps share one
    /// statistic, each of them counts.
    std::uint64_t running_steps() const { return running_steps_; }
    double running_share() const { return running_share_; }
    /// The share of a batch in the long run, 0 < share <= 1. Throws invalid_argument.
    void set_running_share(double share) {
        detail::require(share > 0 && share <= 1, "the share of a batch in the running statistics is out of range", "running_share",
                        "0 < share <= 1", std::to_string(share), "the authors' code has 0.003");
        running_share_ = share;
    }
    /// Runs images without learning: running statistics, no dropout. With `batch_statistics`, as in training (running ones stay).
    virtual stack_result<T> run(const image_batch<T>& batch, const std::vector<probe>& probes = {}, bool batch_statistics = false) = 0;
    /// The gradient of the loss, averaged over the images (or times `scale`), by every raw weight. Running statistics follow.
    virtual stack_report gradient_of(const image_batch<T>& batch, std::uint64_t key, std::uint32_t iteration, stack_loss<B> loss,
                                     double scale) = 0;
    template <class Loss>
    stack_report gradient(const image_batch<T>& batch, std::uint64_t key, std::uint32_t iteration, Loss, double scale = 0) {
        const auto columns = [](B& b, const run_data<T>& d, view<T> z, long n, long outputs, long first) {
            return b.sum(n, kernels::loss_of_columns<Loss, identity_t, T>{d, z, n, outputs, first});
        };
        return gradient_of(batch, key, iteration, {columns}, scale);
    }

protected:
    stack_runner(const stack_layout& l, B b) : layout_(l), backend_(std::move(b)) {}
    stack_layout layout_;
    B backend_;
    parameter_set<B> parameters_;
    std::uint64_t running_steps_ = 0;
    double running_share_ = long_run_share;
};

}  // namespace EIRNN_NAMESPACE
