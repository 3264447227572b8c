// What a trainer asks of a task, whatever the task is: batches of trials, and a score of what the model did in them.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/model/identity.hpp>
#include <eirnn/model/recording.hpp>
#include <eirnn/model/trials.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a batch of trials is for.
enum class purpose : unsigned char {
    training,    ///< random conditions
    validation,  ///< a deterministic sweep over the conditions, catch trials included
    test,        ///< the sweep that is analysed
};

/// A batch of trials, asked for by its place in a sequence: the same request gives the same trials, and trial `first + k` is the same
/// trial in whatever batch it is made.
struct trial_request {
    enum purpose purpose = eirnn::purpose::training;  ///< what the trials are for
    std::uint64_t seed = 0;                           ///< of everything random in the trials
    std::uint64_t iteration = 0;                      ///< a new iteration draws new conditions and durations
    long trials = 0;                                  ///< how many, >= 1
    double dt = 0;                                    ///< ms of a time step, > 0
    long first = 0;                                   ///< index of the first trial, so that a large set can be made in batches
};

/// Trials together with what each of them was. `trials.id[k]` is `request.first + k`.
template <class T, class Condition>
struct task_batch {
    trial_batch<T> trials;
    owned_list<Condition> conditions;  ///< [trial]
};

/// The type of the batches that a task makes.
template <class K, class T>
using batch_of = decltype(std::declval<const K&>().template make<T>(std::declval<const trial_request&>()));

/// A task that a model can be trained on. `performance` is in percent (0 .. 100); training has reached its goal when the mean of the
/// last validations exceeds `target_performance()`. Whatever depends on time is stated in ms, so that any dt may be asked for.
/// A task may call its channels by names, in `static std::vector<named_range> input_names()` or `output_names()`: {{"cues", 0, 2},
/// {"motion", 2, 2}}. A trainer refuses a network that has inputs or outputs of these names in another order.
template <class K, class T = float>
concept Task = requires(const K& task, const trial_request& request, const batch_of<K, T>& batch, const recording<T>& what_happened) {
    { task.inputs() } -> std::convertible_to<long>;
    { task.outputs() } -> std::convertible_to<long>;
    {task.template make<T>(request)};
    { batch.trials } -> std::convertible_to<const trial_batch<T>&>;
    { task.performance(batch, what_happened) } -> std::convertible_to<double>;
    { task.validation_trials() } -> std::convertible_to<long>;
    { task.target_performance() } -> std::convertible_to<double>;
};

/// Whether a task says that its network runs on from trial to trial: `static constexpr bool continuous = true`.
template <class K>
inline constexpr bool is_continuous = [] {
    if constexpr (requires { K::continuous; })
        return static_cast<bool>(K::continuous);
    else
        return false;
}();

/// The index 0 .. count - 1 whose `at(index)` is the largest, the first one of equals.
template <class At>
long index_of_largest(long count, const At& at) {
    long best = 0;
    for (long k = 1; k < count; ++k)
        if (at(k) > at(best)) best = k;
    return best;
}

/// The choice of a trial: the index of the largest output at the trial's own last step, the first one of equals.
template <class T>
long final_choice(const recording<T>& what_happened, long trial) {
    return index_of_largest(what_happened.outputs, [&](long o) { return what_happened.final_at(trial, o); });
}

/// Refuses a recording that is not one of the given number of trials, or that has fewer than `outputs` outputs.
template <class T>
void require_recording_of(const recording<T>& what_happened, std::size_t trials, long outputs) {
    if (what_happened.trials != static_cast<long>(trials))
        throw invalid_argument({"the recording is not of these trials", "recording.trials", std::to_string(trials),
                                std::to_string(what_happened.trials), "pass the recording that was made from this batch"});
    if (outputs > what_happened.outputs)
        throw invalid_argument({"the recording has too few outputs to hold a choice", "recording.outputs",
                                "at least " + std::to_string(outputs), std::to_string(what_happened.outputs),
                                "give the network one output per choice"});
}

}  // namespace EIRNN_NAMESPACE
