// Where trials begin and what they leave behind for others that go on from there: the states of all areas, in the order of
// trial_batch::start.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/model/parameters.hpp>
#include <eirnn/model/trials.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What a run begins with and where it ends, in a backend's memory. Areas have `each_state`, `state_size`, and pointers to both.
template <class B>
class state_memory {
public:
    using T = typename B::scalar;

    /// Numbers of a trial in each state; none where states do not say all.
    template <class Areas>
    static std::vector<long> sizes(Areas& areas) {
        std::vector<long> all;
        bool whole = true;
        areas.each([&](auto& a, int) { whole = whole && a.goes_on_from_states(); });
        if (whole) each(areas, [&](auto& a, int e, std::size_t) { all.push_back(a.state_size(e)); });
        return all;
    }
    /// Throws invalid_argument if a batch goes on from states that are not those of the areas, or where states do not say all.
    template <class Areas>
    static void check(Areas& areas, const trial_batch<T>& batch) {
        using detail::require;
        require(batch.first_step >= 0 && batch.first_step % noise_steps == 0, "noise cannot go on from any step", "trial_batch::first_step",
                "a multiple of " + std::to_string(noise_steps), std::to_string(batch.first_step), "make pieces of so many steps");
        const std::size_t given = batch.start.size();
        if (given == 0) return;
        areas.each([&](auto& a, int) {
            require(a.goes_on_from_states(), "trials of areas that look further back than a step cannot go on from states alone",
                    "trial_batch::start", "none", std::to_string(given) + " states", "run trials as a whole");
        });
        std::size_t states = 0;
        each(areas, [&](auto& a, int e, std::size_t k) {
            states = k + 1;
            const long wanted = batch.trials * a.state_size(e), got = k < given ? static_cast<long>(batch.start[k].size()) : 0;
            require(wanted == got && first_not_finite(batch.start[k]) < 0, "a state to go on from is not one of the network's",
                    "trial_batch::start", std::to_string(wanted) + " finite numbers", std::to_string(got),
                    "take recording::end of a run of this network with as many trials");
        });
        require(states == given, "there are more states to go on from than the network has", "trial_batch::start", std::to_string(states),
                std::to_string(given), "take recording::end of a run of this network");
    }
    /// Tells the areas what the trials of a batch begin with, if they do not begin as the network does.
    template <class Areas>
    void begin(Areas& areas, const trial_batch<T>& batch) {
        start_.clear();
        each(areas, [&](auto& a, int e, std::size_t k) {
            a.start[e] = nullptr;
            if (batch.start.empty()) return;
            const long n = static_cast<long>(batch.start[k].size());
            start_.emplace_back(n).upload(batch.start[k].data(), n);
            a.start[e] = start_.back().data();
        });
    }
    /// Tells the areas where to leave the states of so many trials; 0: nobody wants them.
    template <class Areas>
    void expect(Areas& areas, long trials) {
        end_.clear();
        each(areas, [&](auto& a, int e, std::size_t) {
            a.end[e] = nullptr;
            if (trials == 0) return;
            end_.emplace_back(trials * a.state_size(e));
            a.end[e] = end_.back().data();
        });
    }
    bool expected() const { return !end_.empty(); }
    void fetch(owned_list<std::vector<T>>& to) const {
        to.clear();
        for (const buffer& from : end_) from.download(to.emplace_back(static_cast<std::size_t>(from.size())).data(), from.size());
    }

private:
    using buffer = typename B::template buffer<T>;
    // f(area, variable, index of the state) for each.
    template <class Areas, class F>
    static void each(Areas& areas, const F& f) {
        std::size_t number = 0;
        areas.each([&](auto& a, int) { a.each_state([&](int e) { f(a, e, number++); }); });
    }
    std::vector<buffer> start_, end_;
};

}  // namespace EIRNN_NAMESPACE
