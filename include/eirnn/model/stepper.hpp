// A network inside another program's loop: one time step a call.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// How trials begin that go on step by step.
template <class T>
struct stepper_options {
    long trials = 1;                        ///< at once
    noise_key key = {};                     ///< of the noise, if the model's physics has any
    std::vector<std::uint32_t> ids = {};    ///< [trial], what keys its noise; without, its place
    owned_list<std::vector<T>> start = {};  ///< as trial_batch::start: where they go on from; empty: as the network begins
};

namespace detail {
EIRNN_COLD [[noreturn]] inline void refuse_inputs(std::size_t wanted, std::size_t got) {
    throw invalid_argument({"a step has another number of inputs than the trials", "stepper", std::to_string(wanted), std::to_string(got),
                            "give one number for each channel of each trial"});
}
EIRNN_COLD [[noreturn]] inline void refuse_to_go_on() {
    throw invalid_argument({"the model has run or learned since the last step", "stepper", "nothing in between", "another run",
                            "call restart(), or give the stepper a model of its own"});
}
EIRNN_COLD inline void refuse_to_look_back(bool looks_back) {
    require(!looks_back, "a cell that looks back at all steps needs to know how many there will be", "stepper", "another cell",
            "a cell that looks back", "run trials as a whole");
}
}  // namespace detail

/// Runs trials of a network of units one step a call, for a robot, an animal or a simulation that gives the next input only when it has
/// seen the last output. n calls give what a run of n steps gives, to the last bit, noise included; they allocate nothing. The weights are
/// those that the model has when the stepper is made. The model outlives the stepper, and may not run or learn between two calls: the next
/// one then throws invalid_argument, as does making a stepper of a network with areas on maps, or with cells that look back at all steps.
template <class Model>
class stepper {
    using backend_type = typename Model::backend_type;
    using engine_type = typename Model::engine_type;

public:
    using scalar = typename Model::scalar;

    /// `dt`: ms a step.
    stepper(Model& model, double dt, const stepper_options<scalar>& how = {})
        : engine_(static_cast<engine_type&>(model.numerics())),
          physics_(model.physics()),
          key_(how.key),
          first_(how.trials, 1, model.inputs(), model.outputs(), dt),
          input_(how.trials * model.inputs()),
          output_(how.trials * model.outputs()),
          input_numbers_(static_cast<std::size_t>(how.trials * model.inputs())),
          answer_(static_cast<std::size_t>(how.trials * model.outputs())) {
        static_assert(engine_type::steps_alone, "eirnn: a stepper is of a network of units; areas on maps have no step of their own");
        if (!how.ids.empty()) first_.id = how.ids;
        first_.start = how.start;
        restart();
    }
    stepper(const stepper&) = delete;
    stepper& operator=(const stepper&) = delete;

    /// From the first step again, with the weights that the model has now.
    void restart() {
        data_ = engine_.ready_for(first_, physics_, key_);
        data_.one_input = true;
        runs_ = engine_.runs(), step_ = 0;
        engine_.with_areas([&](auto& b, auto& parameters, auto& areas) {
            const long wanted = areas.tile_size() * areas.tile_count();
            if (memory_.size() < wanted) memory_ = buffer(wanted);
            areas.each([&](auto& a, int) {
                detail::refuse_to_look_back(a.plan.looks_back);
                a.steps = endless;
            });
            each_tile(areas, [&](const tile_place<scalar>& at) {
                areas.each([&](auto& a, int) { run_stage<false>(b, context(parameters), a, {doing::forward, a.index, 0, 0}, at); });
            });
        });
    }
    /// One step: inputs [trial][input], without the baseline, to outputs [trial][output], which stay until the next step.
    std::span<const scalar> operator()(std::span<const scalar> input) {
        if (input.size() != input_numbers_) detail::refuse_inputs(input_numbers_, input.size());
        if (engine_.runs() != runs_) detail::refuse_to_go_on();
        ++step_;
        engine_.with_areas([&](auto& b, auto& parameters, auto& areas) {
            input_.upload(input.data(), input_.size());
            data_.input = input_.data();
            const auto c = context(parameters);
            const bool placed = (step_ - 1) % noise_steps == 0;  // with the noise of the next steps
            each_tile(areas, [&](const tile_place<scalar>& at) {
                areas.each([&](auto& a, int i) {
                    if (!placed) detail::place_inputs(b, c, a, at, 1);
                    if (!a.others.empty()) receive(b, a, at);
                    for (int g = 0; g < a.plan.segments; ++g) run_stage<false>(b, c, a, {doing::forward, i, g, step_}, at);
                });
                auto& last = areas.last();
                last.steps = step_;  // whoever reads out believes that this is the last one
                read_out(b, c, last, at);
                last.steps = endless;
                save_outputs(b, c.data, last, at, output_.data());
            });
            output_.download(answer_.data(), output_.size());
        });
        return answer_;
    }
    /// Steps so far.
    long steps() const { return step_; }
    long trials() const { return first_.trials; }
    /// The states after the last step, as recording::end has them and trial_batch::start takes them. Allocates.
    owned_list<std::vector<scalar>> states() {
        if (engine_.runs() != runs_) detail::refuse_to_go_on();
        owned_list<std::vector<scalar>> all;
        engine_.with_areas([&](auto& b, auto&, auto& areas) {
            areas.each([&](auto& a, int) {
                a.each_state([&](int e) {
                    buffer to(first_.trials * a.rows.units);
                    each_tile(areas, [&](const tile_place<scalar>& at) {
                        b.for_index(at.columns, kernels::save_states<scalar>{data_, detail::as_read(b, a, a.frame(data_, at, step_), at, e),
                                                                             to.data(), 1, at.first, a.rows.units});
                    });
                    to.download(all.emplace_back(static_cast<std::size_t>(to.size())).data(), to.size());
                });
            });
        });
        return all;
    }

private:
    using buffer = typename backend_type::template buffer<scalar>;
    static constexpr long endless = (std::numeric_limits<long>::max)() / 4;

    stage_context<backend_type> context(const parameter_set<backend_type>& parameters) const { return {parameters, data_}; }
    // Tiles have memory of their own, since they go on.
    template <class Areas, class F>
    void each_tile(Areas& areas, const F& f) {
        for (long t = 0; t < areas.tile_count(); ++t) {
            const long first = t * areas.width(), trials = first + areas.width() < first_.trials ? areas.width() : first_.trials - first;
            scalar* const base = memory_.data() + t * areas.tile_size();
            f(tile_place<scalar>{base, base, trials, areas.width(), first, 0, true, step_, false});
        }
    }

    engine_type& engine_;
    dynamics physics_;
    noise_key key_;
    trial_batch<scalar> first_;
    run_data<scalar> data_;
    buffer memory_, input_, output_;
    std::size_t input_numbers_;
    std::vector<scalar> answer_;
    std::uint64_t runs_ = 0;
    long step_ = 0;
};

}  // namespace EIRNN_NAMESPACE
