// What a run leaves behind: outputs, rates and states of the steps that were asked for, probes of areas on grids. What an area puts there
// stands beside its stages.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/model/runner.hpp>

#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class B>
struct recorder {
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    const run_data<T>& data;
    const run_request<T>& ask;
    buffer output, final_output, rate, state;
    std::vector<buffer> probed;
    std::vector<long> probed_units;

    recorder(const run_data<T>& d, const run_request<T>& what)
        : data(d), ask(what), probed(what.probes.size()), probed_units(what.probes.size()) {
        detail::require(ask.every >= 1, "samples must be at least one step apart", "run_request::every", ">= 1", std::to_string(ask.every),
                        "use 1 to save every step");
    }
    /// Makes room for probe k: so many numbers per unit.
    void make_room(std::size_t k, long numbers, long units) { probed[k] = buffer(numbers * units), probed_units[k] = units; }
    /// Refuses a variable that a cell has only in passing.
    static void require_stored(bool known) {
        detail::require(known, "a variable is not kept by this cell", "probe::variable", "one that another step or another equation reads",
                        "another", "choose another variable");
    }
    recording<T> result() const {
        recording<T> r;
        r.trials = data.trials;
        const auto fetch = [](const buffer& from, std::vector<T>& to) {
            to.resize(static_cast<std::size_t>(from.size()));
            if (!to.empty()) from.download(to.data(), from.size());
        };
        fetch(output, r.output), fetch(final_output, r.final_output), fetch(rate, r.rate), fetch(state, r.state);
        for (const auto& p : probed) fetch(p, r.probed.emplace_back());
        r.probed_units = probed_units;
        return r;
    }
};

}  // namespace EIRNN_NAMESPACE
