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

    recorder(const run_data<T>& d, const run_request<T>& what) : data(d), ask(what), probed(what.probes.size()) {
        detail::require(ask.every >= 1, "samples must be at least one step apart", "run_request::every", ">= 1", std::to_string(ask.every),
                        "use 1 to save every step");
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
        return r;
    }
};

}  // namespace EIRNN_NAMESPACE
