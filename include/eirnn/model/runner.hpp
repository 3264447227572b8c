// A network's numbers without its cells: what models and trainers use, so that they are compiled once for all cells.
#pragma once
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/dynamics.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/recording.hpp>
#include <eirnn/model/running.hpp>
#include <eirnn/model/soft_pins.hpp>
#include <eirnn/model/trials.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What is minimised beside the loss: weights of the penalties.
struct objective {
    double omega = 0;                  ///< lambda_Omega (Song et al. 2016, equations 22-26), of areas with one state x and a rate r = f(x)
    double l2_rate = 0;                ///< times the mean of r^2 over steps, trials and units
    weight_penalties weights{};        ///< penalties on the size of weights
    soft_pins pins{};                  ///< what pulls weights towards given values, of any network
    friend bool operator==(const objective&, const objective&) = default;
};

/// The noise of a run: the same key and trial id give the same noise in any batch.
struct noise_key {
    std::uint64_t seed = 0;       ///< of the run
    std::uint32_t iteration = 0;  ///< another one is other noise, for the same trials
};

/// What a gradient computation found. The gradient itself stays in the engine.
struct gradient_report {
    double loss = 0;                   ///< of the task
    double omega = 0;                  ///< Omega, not weighted
    double penalty = 0;                ///< the other penalties, weighted
    double norm = 0;                   ///< of the gradient of everything
    double performance = 0;            ///< percent of the images whose class has the largest output; 0 for trials with a target per step
};

/// What to keep of a variable during a run: its mean over the time steps at the centre of the map, (height / 2, width / 2), or all of it.
/// Units have one position, and areas that share a cell are one.
struct probe {
    int area = 0;        ///< index of the area, in the order of the network
    int variable = 0;    ///< index of the variable, in the order of the cell's equations
    bool centre = true;  ///< the mean over the steps at the centre of the map; false: every step at every position, of units every sample
    long first = 0;      ///< of units: the first of them
    long units = 0;      ///< and how many; 0: all
};

/// What is silent during a run. Units, or channels of a map at all positions: what others read of them is 0, whatever reaches them, and
/// their other variables go on. Or the projection to others: nothing of it arrives, as if its weights were 0.
struct lesion {
    std::string of = {};  ///< the name of a population or an area, of a projection also of an input; empty: all units
    long first = 0;       ///< the first one that is silent, among its units or channels
    long units = 0;       ///< and how many; 0: all from there
    long begin = 0;       ///< the first step; 0: from the initial values on
    long end = 0;         ///< the step behind the last one; 0: to the end
    std::string to = {};  ///< if given, what is silent is their projection to the population or area of this name
    long to_first = 0;    ///< the first one there that it does not reach
    long to_units = 0;    ///< and how many; 0: all from there

    bool cuts() const { return !to.empty() || to_units > 0; }
    bool holds(long step) const { return step >= begin && (end == 0 || step < end); }
};

/// How to run trials without gradients.
template <class T>
struct run_request {
    long every = 1;                          ///< steps between two saved samples
    bool rates = false;                      ///< whether to save the rates of all units (r)
    bool states = false;                     ///< whether to save the first variable of the cell (x of the rate cell)
    const std::vector<T>* noise = nullptr;   ///< [step][trial][unit], added as it stands instead of drawn noise
    std::vector<eirnn::probe> probes = {};   ///< variables by their numbers
    std::vector<std::string> record = {};    ///< variables by their names, "motor.c": the area and what the cell's equation is for
    std::vector<lesion> lesions = {};        ///< units, channels and projections that are silent
    bool batch_statistics = false;           ///< batch norm by this batch and not by the running statistics
    bool dropout = false;                    ///< whether dropout goes on, as it does in the tests of the authors' code
    bool end = false;                        ///< whether to save the states with which trials end, for others that go on from there
    long steps = 0;                          ///< of a network that has a number of its own: run so many of them; 0: all
};
/// The parts of a readout, which have a loss each.
struct loss_parts {
    std::vector<index_range> rows;
    std::vector<double> scale;
};
/// A loss of a network's outputs, whatever its type and theirs. z becomes dL/dz in `count` columns, which are steps of `columns` trials
/// each, the first of them `first`. `parts` of the readout: their rows, and by what their losses are multiplied.
template <class B>
struct loss_of_outputs {
    using T = typename B::scalar;
    double (*of_columns)(B&, const run_data<T>&, const loss_parts& parts, view<T> z, long count, long columns, long outputs, long first);
    recorded_loss recorded;
    double scale = 0;  ///< of the loss; 0: one over the sum of the mask, of each part its own, or over the images
};
template <class Loss, class Output, class B>
loss_of_outputs<B> erase_loss(Loss, double scale = 0) {
    using T = typename B::scalar;
    const auto of_columns = [](B& b, const run_data<T>& d, const loss_parts& parts, view<T> z, long count, long columns, long outputs,
                               long first) {
        kernels::loss_of_columns<Loss, Output, T> f{d, z, columns, outputs, first, {}};
        for (std::size_t k = 0; k < detail::output_parts<Output>; ++k)
            f.part[k] = {parts.rows[k].begin, parts.rows[k].size, parts.scale[k]};
        return b.sum(count, f);
    };
    return {of_columns, kernels::record_loss<Loss, Output>(), scale};
}

template <backend::Backend B>
class runner {
public:
    using T = typename B::scalar;
    virtual ~runner() = default;

    B& device() { return backend_; }
    parameter_set<B>& parameters() { return parameters_; }
    const parameter_set<B>& parameters() const { return parameters_; }

    /// Runs trials. The weights in use are the effective ones.
    virtual recording<T> run_trials(const trial_batch<T>& batch, const dynamics& how, noise_key key, const run_request<T>& ask) = 0;
    /// The gradient of loss + penalties by every raw weight; soft pins are those that parameter_set::pin got last. `noise`, if given, is
    /// added instead of drawn noise, [step][trial][unit]; `state_adjoints`, if given, gets dL/dx of the task loss in the same shape (cells
    /// with Omega only). `end`, if given, gets the states with which the trials ended, as recording::end has them. Running statistics
    /// follow.
    virtual gradient_report gradient_of(const trial_batch<T>& batch, const dynamics& how, noise_key key, const loss_of_outputs<B>& loss,
                                        const objective& o, const std::vector<T>* noise = nullptr, std::vector<T>* state_adjoints = nullptr,
                                        owned_list<std::vector<T>>* end = nullptr) = 0;
    /// Units, and channels of maps behind them: what dynamics::tau_per_unit counts.
    virtual long senders() const = 0;
    /// Whether the cell of some of them reads dt / tau, or has noise.
    virtual bool has_time(long first, long count, bool noise) = 0;
    /// Numbers of a trial in each state that trials can go on from, in the order of trial_batch::start; none where that is not enough.
    virtual std::vector<long> states() = 0;
    /// Time steps that the network has of its own; 0: as many as its trials.
    virtual long own_steps() const = 0;
    /// Trials of so many steps, with inputs, targets and masks of 0; images have no targets.
    virtual trial_batch<T> zero_trials(long trials, long steps, double dt) = 0;

    /// Whether some cell has dropout.
    virtual bool drops() = 0;

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

protected:
    explicit runner(B b) : backend_(std::move(b)) {}
    runner(runner&&) = default;
    runner& operator=(runner&&) = default;
    B backend_;
    parameter_set<B> parameters_;
    std::uint64_t running_steps_ = 0;
    double running_share_ = long_run_share;
};

}  // namespace EIRNN_NAMESPACE
