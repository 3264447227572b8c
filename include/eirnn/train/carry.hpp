// Trials that follow each other without a reset: which states the next ones begin with.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/model/any_model.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Which trials begin where others ended, and not as the network does.
enum class carrying : unsigned char {
    never,       ///< none (what the published code does in training, against the text of Song et al. 2016)
    training,    ///< trial k of a step where trial k of the step before ended; those of a validation as the network does
    throughout,  ///< so, and those of a validation in `batch` sequences side by side, whose first ones begin as the network does
    by_task,     ///< `throughout` with a task that is `continuous`, else `never`
};

namespace detail {

/// Throws invalid_argument unless these are states of so many trials, or none.
template <class T>
void require_carried(const owned_list<std::vector<T>>& carried, const std::vector<long>& units, long trials) {
    const char* const repair = "restore it with the network and the batch that it was saved with";
    require(carried.empty() || carried.size() == units.size(), "a training state carries another number of states than the network has",
            "trainer_state::carried", std::to_string(units.size()), std::to_string(carried.size()), repair);
    for (std::size_t k = 0; k < carried.size(); ++k)
        require(static_cast<long>(carried[k].size()) == trials * units[k] && first_not_finite(carried[k]) < 0,
                "a carried state is not one of the trials of a step", "trainer_state::carried",
                std::to_string(trials * units[k]) + " finite numbers", std::to_string(carried[k].size()), repair);
}

template <class T>
bool all_finite(const owned_list<std::vector<T>>& states) {
    bool finite = true;
    for (const auto& s : states) finite = finite && first_not_finite(s) < 0;
    return finite;
}

/// Runs trials in `sequences` side by side: trial k begins where trial k - `sequences` ended, at its own last step, the first ones as the
/// network does. Nobody follows states that are not finite: they are the `end` of what is given then, else those of the last trials are.
template <backend::Backend B, class T>
recording<T> run_in_sequence(any_model<B>& model, const trial_batch<T>& trials, noise_key key, long sequences) {
    recording<T> all;
    auto& states = all.end;
    for (long first = 0; first < trials.trials; first += sequences) {
        trial_batch<T> some = trials.part(first, (std::min)(sequences, trials.trials - first));
        for (auto& s : states) s.resize(s.size() / static_cast<std::size_t>(sequences) * static_cast<std::size_t>(some.trials));
        some.start = std::move(states);
        recording<T> r = model.run(some, key, {.end = true});
        states = std::move(r.end);
        if (first == 0) {
            all.trials = trials.trials, all.steps = r.steps, all.outputs = r.outputs, all.units = r.units, all.dt = r.dt;
            all.output.resize(static_cast<std::size_t>(r.samples() * all.trials * r.outputs));
            all.final_output.resize(static_cast<std::size_t>(all.trials * r.outputs));
        }
        const long width = some.trials * r.outputs;
        for (long k = 0; k < r.samples(); ++k)
            std::copy_n(r.output.begin() + k * width, width, all.output.begin() + (k * all.trials + first) * r.outputs);
        std::copy_n(r.final_output.begin(), width, all.final_output.begin() + first * r.outputs);
        if (!all_finite(states)) break;
    }
    return all;
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
