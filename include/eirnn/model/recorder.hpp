// What a run leaves behind: outputs, rates and states of the steps that were asked for, probes of areas on grids.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/kernels/image.hpp>
#include <eirnn/model/dense_area.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/runner.hpp>

#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class B>
class recorder {
public:
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    recorder(const run_data<T>& d, const run_request<T>& ask) : data_(d), ask_(ask), probed_(ask.probes.size()) {
        detail::require(ask.every >= 1, "samples must be at least one step apart", "run_request::every", ">= 1", std::to_string(ask.every),
                        "use 1 to save every step");
    }

    /// Before the run: memory for what will be saved of an area.
    template <class P, class Output>
    void expect(const dense_area<P, Output, B>& a, bool) {
        const long samples = data_.steps / ask_.every * data_.trials;
        output_ = buffer(samples * a.rows.outputs), final_output_ = buffer(data_.trials * a.rows.outputs);
        rate_ = buffer(ask_.rates ? samples * a.rows.units : 0), state_ = buffer(ask_.states ? samples * a.rows.units : 0);
    }
    template <class P>
    void expect(const grid_area<P, B>& a, bool last) {
        constexpr auto& plan = P::plan;
        if (last) output_ = buffer(data_.trials * a.positions() * a.rows[a.shape_of(plan.output())]);
        for (std::size_t k = 0; k < ask_.probes.size(); ++k) {
            const probe& p = ask_.probes[k];
            if (p.area != a.index) continue;
            detail::require(p.variable >= 0 && p.variable < a.E && plan.variables[p.variable].stored, "a variable is not kept by this cell",
                            "probe::variable", "a stored variable", std::to_string(p.variable), "choose another variable");
            const long per_trial = p.centre ? 1 : a.positions() * (a.once || a.last ? 1 : a.steps);
            probed_[k] = buffer(data_.trials * a.rows[a.shape_of(p.variable)] * per_trial);
        }
    }

    /// A step of an area is complete.
    template <class P, class Output>
    void take(B& b, const dense_area<P, Output, B>& a, const tile_place<T>& at) {
        constexpr auto& plan = P::plan;
        const record_data<T> to{output_.data(), final_output_.data(), ask_.rates ? rate_.data() : nullptr,
                                ask_.states ? state_.data() : nullptr, ask_.every};
        const auto m = a.frame(data_, at, at.step);
        b.for_index(at.columns, kernels::save_step<Output, T>{data_, to, a.readout(at, at.step), m.value[plan.output()], m.value[0], at.step,
                                                              at.first, a.rows.units, a.rows.outputs});
    }
    template <class P>
    void take(B& b, const grid_area<P, B>& a, const tile_place<T>& at) {
        constexpr auto& plan = P::plan;
        if (a.last) {
            const long outputs = a.rows[a.shape_of(plan.output())], per_trial = a.positions() * outputs;
            b.for_index(at.trials * per_trial,
                        kernels::save_probe<T>{a.block(a.value[plan.output()], at, at.step), nullptr, nullptr,
                                               output_.data() + at.first * per_trial, outputs, a.positions(), -1, T(1), false});
        }
        for (std::size_t k = 0; k < ask_.probes.size(); ++k)
            if (ask_.probes[k].area == a.index) save(b, a, ask_.probes[k], at, probed_[k].data());
    }

    run_result<T> result() {
        run_result<T> r;
        const auto fetch = [](const buffer& from, std::vector<T>& to) {
            to.resize(static_cast<std::size_t>(from.size()));
            if (!to.empty()) from.download(to.data(), from.size());
        };
        fetch(output_, r.output), fetch(final_output_, r.final_output), fetch(rate_, r.rate), fetch(state_, r.state);
        for (auto& p : probed_) fetch(p, r.probed.emplace_back());
        return r;
    }

private:
    template <class P>
    void save(B& b, const grid_area<P, B>& a, const probe& p, const tile_place<T>& at, T* to) {
        const auto& v = P::plan.variables[p.variable];
        const long units = a.rows[v.shape], per = p.centre ? 1 : a.positions(), count = a.once || a.last ? 1 : a.steps;
        const auto& g = a.shape.grid;
        kernels::save_probe<T> f{a.block(a.value[p.variable], at, at.step),
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 units,
                                 a.positions(),
                                 p.centre ? g.height / 2 * g.width + g.width / 2 : -1,
                                 p.centre ? T(1) / static_cast<T>(count) : T(1),
                                 p.centre && at.step > 1 && count > 1};
        if (v.normalised) f.scale = a.normalised(p.variable, at.step).scale, f.shift = a.normalised(p.variable, at.step).shift;
        const long step = p.centre || count == 1 ? 0 : at.step - 1;
        f.to = to + (step * data_.trials + at.first) * per * units;
        b.for_index(at.trials * per * units, f);
    }

    const run_data<T>& data_;
    const run_request<T>& ask_;
    buffer output_, final_output_, rate_, state_;
    std::vector<buffer> probed_;
};

}  // namespace EIRNN_NAMESPACE
