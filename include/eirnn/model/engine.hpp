// A network's numbers and what can be done with them: run trials, take gradients. Knows the equations of its areas' cells, not the names of
// the network.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/area_list.hpp>
#include <eirnn/model/batch_memory.hpp>
#include <eirnn/model/check_batch.hpp>
#include <eirnn/model/lesions.hpp>
#include <eirnn/model/loss_parts.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/recorder.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/states.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// `Areas`: grid_area, then dense_area, in the order in which they run; the last one is read out. Whoever names them includes
/// units.hpp or maps.hpp for them, so that nobody compiles the stages of areas that he does not have.
template <backend::Backend B, class... Areas>
class engine : public runner<B> {
public:
    using typename runner<B>::T;
    static constexpr int areas = sizeof...(Areas);
    using first_area = std::tuple_element_t<0, std::tuple<Areas...>>;
    using last_area = std::tuple_element_t<sizeof...(Areas) - 1, std::tuple<Areas...>>;
    using output_activation = typename last_area::output_activation;
    static constexpr bool steps_alone = !first_area::gathers;  ///< a time step is a function of states of units

    /// Builds areas and parameters; all weights are 0. `frames` of each image that areas on maps see; 1: the same image in every step.
    /// Throws invalid_argument if the layout does not fit the areas.
    engine(const layout& l, trainables trained, const std::vector<long>& frames, B b) : runner<B>(std::move(b)), steps_(l.steps) {
        const auto maps = static_cast<long>(l.maps.size());
        units_ = l.units_by_cell(), output_channels_ = l.output_channels, inputs_ = maps > 0 ? 0 : l.inputs;
        unit_inputs_ = l.unit_inputs();
        const auto found = maps + static_cast<long>(units_.size());
        detail::require(found == areas, "a layout has another number of areas than cells", "layout::maps", std::to_string(areas),
                        std::to_string(found), "lower the layout from the network of these cells");
        detail::require((l.steps >= 1) == (maps > 0), "areas on maps need time steps, and others have none of their own", "layout::steps",
                        maps > 0 ? ">= 1" : "0", std::to_string(l.steps), "lower the layout from the network of these cells");
        detail::require((maps > 0) == !l.images.empty() && frames.size() == l.images.size(), "areas on maps see images, and others do not",
                        "layout::images", maps > 0 ? ">= 1, each with its frames" : "0", std::to_string(l.images.size()),
                        "lower the layout from the network of these cells");
        for (std::size_t k = 0; k < frames.size(); ++k) {
            detail::require(frames[k] == 1 || frames[k] == l.steps, "a film has one frame per time step", "model_options::frames",
                            "1 or " + std::to_string(l.steps), std::to_string(frames[k]), "change the frames, or the steps of the network");
            images_.push_back({{}, {}, l.images[k].grid, l.images[k].channels, frames[k] == 1});
        }
        ports handed_over{images_, {}};
        areas_.each([&](auto& a, int i) { build(a, i, l, handed_over, parameters_, trained); });
        areas_.each([&](auto& a, int) { link(a, handed_over); });
        parameters_.finish();
        places_ = detail::number_places(areas_, parameters_.tensors(), l);
    }

    /// Per area: whether it is a map, not the readout, that keeps nothing from one step to the next.
    std::vector<bool> feed_forward() {
        std::vector<bool> all;
        areas_.each([&](auto& a, int) {
            if constexpr (std::remove_reference_t<decltype(a)>::gathers)
                all.push_back(!a.plan.recurrent && !a.last);
            else
                all.push_back(false);
        });
        return all;
    }

    recording<T> run_trials(const trial_batch<T>& batch, const dynamics& how, noise_key key, const run_request<T>& ask) override {
        for (const probe& p : ask.probes)
            detail::require(p.area >= 0 && p.area < areas, "there is no such area", "probe::area", "0 .. " + std::to_string(areas - 1),
                            std::to_string(p.area), "count areas from 0");
        detail::check_lesions(places_, parameters_, ask.lesions);
        if constexpr (last_area::gathers)
            detail::require(!ask.rates && !ask.states && !ask.noise && ask.every == 1,
                            "rates, states, noise and samples are asked of units on one position", "run_request",
                            "rates, states, noise and every as they are without a word", "others",
                            "name variables in `record`, which keeps those of maps in every step");
        run_data<T> d = begin(batch, how, key, ask.noise, steps_of(ask), ask.batch_statistics, false, true);
        d.drops = ask.dropout;
        states_.expect(areas_, ask.end ? d.trials : 0);
        detail::silence(areas_, places_, ask.lesions);
        detail::cut(backend_, places_, parameters_, ask.lesions);
        recorder<B> kept(d, ask);
        areas_.each([&](auto& a, int) { expect(kept, a); });
        const auto look = [&](B& b, int area, const tile_place<T>& at) { areas_.at(area, [&](auto& a) { keep(kept, b, a, at); }); };
        pass<false>({parameters_, d}, {.batch_statistics = ask.batch_statistics, .keep = true}, look,
                    [](B&, const tile_place<T>&) { return 0.; });
        recording<T> result = kept.result();
        states_.fetch(result.end);
        result.outputs = output_count(), result.steps = d.steps, result.every = ask.every;
        if constexpr (last_area::gathers)
            result.every = d.steps, result.final_output = result.output;
        else
            result.units = unit_count(), result.dt = batch.dt;
        return result;
    }

    gradient_report gradient_of(const trial_batch<T>& batch, const dynamics& how, noise_key key, const loss_of_outputs<B>& loss,
                                const objective& o, const std::vector<T>* noise = nullptr, std::vector<T>* state_adjoints = nullptr,
                                owned_list<std::vector<T>>* end = nullptr) override {
        const bool omega = o.omega != 0 || state_adjoints;
        long rates = 0;
        std::vector<std::size_t> omega_blocks;
        areas_.each([&](auto& a, int) {
            rates += a.rates();
            if (omega && a.has_omega) a.add_omega_blocks(omega_blocks);
        });
        if (omega) {
            detail::require(!omega_blocks.empty(), "Omega is not defined for these cells", "objective::omega",
                            "a cell with one state x and a rate r = f(x)", "other cells", "set omega to 0");
            detail::require(!state_adjoints || (units_.size() == 1 && last_area::has_omega), "derivatives by states are those of units",
                            "gradient_of", "units of one cell, which has one state x and a rate r = f(x)", "others", "leave them out");
        }
        if constexpr (last_area::gathers)
            detail::require(!noise, "noise is handed in for units on one position", "gradient_of", "none", "noise", "leave it out");
        parameters_.check_places(o.weights);
        run_data<T> d = begin(batch, how, key, noise, steps_, true, omega);
        states_.expect(areas_, end ? d.trials : 0);
        detail::silence(areas_, places_, {});
        long positions = 0;
        if constexpr (last_area::gathers) positions = areas_.last().positions();
        const loss_parts parts = detail::parts_of_loss(batch, loss, output_channels_, output_count(), positions);
        const int groups = backend_.groups(d.trials, areas_.width());
        parameters_.make_partials(groups, omega_blocks);
        if constexpr (area_list<B, Areas...>::meets) parameters_.clear_partials(backend_);
        ++running_steps_;
        gradient_report report;
        double count = 0;
        if (omega) {
            buffer adjoints(state_adjoints ? d.steps * d.trials * unit_count() : 0);
            forward_and_backward(d, loss, parts, true, true, state_adjoints ? adjoints.data() : nullptr, report, count);
            if (state_adjoints) {
                state_adjoints->resize(static_cast<std::size_t>(adjoints.size()));
                adjoints.download(state_adjoints->data(), adjoints.size());
            }
        }
        // The derivatives in Omega are those of the task's loss alone. A penalty on rates, which changes them, takes a pass of its own.
        d.rate_penalty = static_cast<T>(2 * o.l2_rate / (static_cast<double>(d.steps) * static_cast<double>(d.trials * rates)));
        d.rate_penalty_only = omega;
        if (!omega || o.l2_rate != 0) forward_and_backward(d, loss, parts, !omega, false, nullptr, report, count);
        report.omega = count > 0 ? report.omega / count : 0;
        report.penalty = report.penalty * double(d.rate_penalty) / 2 + parameters_.penalty(backend_, o.weights);
        report.norm = std::sqrt(parameters_.collect(backend_, o.weights, count > 0 ? o.omega / count : 0));
        if (end) states_.fetch(*end);
        return report;
    }
    /// For trials that go on one step at a time, see stepper.hpp: `f(backend, parameters, areas)`.
    template <class F>
    decltype(auto) with_areas(const F& f) {
        return f(backend_, parameters_, areas_);
    }
    /// Gets everything ready to run these trials; what was ready for others no longer is.
    run_data<T> ready_for(const trial_batch<T>& batch, const dynamics& how, noise_key key) {
        const run_data<T> d = begin(batch, how, key, nullptr, steps_, false, false);
        each_normalised([&](auto& a, int e) { detail::use_running(backend_, a, e); });
        states_.expect(areas_, 0);
        detail::silence(areas_, places_, {});
        return d;
    }
    /// How often trials have been made ready.
    std::uint64_t runs() const { return runs_; }
    long senders() const override { return places_.senders; }
    bool has_time(long first, long count, bool noise) override {
        bool any = false;
        areas_.each([&](auto& a, int i) {
            const long begin = places_.first[static_cast<std::size_t>(i)], end = begin + places_.size[static_cast<std::size_t>(i)];
            if (first < end && begin < first + count) any = any || (noise ? a.noisy() : a.timed());
        });
        return any;
    }
    bool drops() override {
        bool any = false;
        areas_.each([&](auto& a, int) {
            for (int e = 0; e < a.plan.variables.size; ++e) any = any || a.plan.variables[e].dropped;
        });
        return any;
    }
    std::vector<long> states() override { return state_memory<B>::sizes(areas_); }
    long own_steps() const override { return steps_; }
    trial_batch<T> zero_trials(long trials, long steps, double dt) override {
        trial_batch<T> b(trials, last_area::gathers ? 0 : steps, inputs_, output_count(), dt);
        for (const port& image : images_) {
            const long frames = image.constant ? 1 : steps;
            if (&image != images_.data()) {
                b.add_image(image.grid, image.channels, frames);
                continue;
            }
            b.grid = image.grid, b.inputs = image.channels, b.frames = frames;
            b.input.resize(static_cast<std::size_t>(frames * trials * image.grid.positions() * image.channels));
        }
        if constexpr (last_area::gathers)
            b.outputs = 0, b.length.clear(), b.id.clear();
        else if constexpr (first_area::gathers)
            b.add_unit_inputs(unit_inputs_);
        return b;
    }

    std::vector<std::vector<T>> running_statistics() override {
        std::vector<std::vector<T>> all;
        each_normalised([&](auto& a, int e) { all.push_back(detail::running_of(a, e)); });
        return all;
    }
    void set_running_statistics(const std::vector<std::vector<T>>& all, std::uint64_t steps) override {
        std::size_t next = 0;
        each_normalised([&](auto& a, int e) { detail::require_running(a, e, all, next++); });
        detail::require(next == all.size(), "there are more running statistics than normalised variables", "set_running_statistics",
                        std::to_string(next), std::to_string(all.size()), "use those of this network");
        next = 0;
        each_normalised([&](auto& a, int e) { detail::set_running(a, e, all[next++]); });
        running_steps_ = steps;
    }

private:
    using buffer = typename B::template buffer<T>;
    using runner<B>::backend_;
    using runner<B>::parameters_;
    using runner<B>::running_share_;
    using runner<B>::running_steps_;

    long unit_count() const { return units_.empty() ? 1 : units_.back().end(); }
    long output_count() {
        if constexpr (last_area::gathers) return areas_.last().rows[areas_.last().shape_of(areas_.last().plan.output())];
        else return areas_.last().rows.outputs;
    }
    template <class F>
    void each_normalised(const F& f) {
        areas_.each([&](auto& a, int) {
            if constexpr (std::remove_reference_t<decltype(a)>::normalises) a.norms.each([&](int e) { f(a.norms, e); });
        });
    }

    // Checks the batch, decides where everything of it lies, and hands it and the weights to the device.
    // `steps`: of the network's own, how many it runs. `looked_at`: there is no way back, but whoever asked may look at any variable.
    run_data<T> begin(const trial_batch<T>& batch, const dynamics& how, noise_key key, const std::vector<T>* noise, long steps,
                      bool training, bool omega, bool looked_at = false) {
        run_data<T> d;
        ++runs_;
        const batch_shape wanted{last_area::gathers, images_,     steps, inputs_, first_area::gathers ? unit_inputs_ : 0,
                                 output_count(),     unit_count()};
        check_batch(batch, wanted, noise ? noise->size() : 0);
        state_memory<B>::check(areas_, batch);
        d.trials = batch.trials, d.steps = steps > 0 ? steps : batch.steps, d.first_block = batch.first_step / noise_steps;
        arrange(d, training, omega, looked_at);
        if constexpr (first_area::gathers) memory_.maps(d, batch, images_);
        if constexpr (!last_area::gathers) memory_.inputs(d, first_area::gathers ? batch.unit_input : batch.input);
        memory_.targets(d, batch);
        memory_.trials(d, batch, round_up(batch.trials, areas_.width()));
        const long units = units_.empty() ? 0 : units_.back().end();
        if (units > 0 || has_time(0, places_.senders, true) || has_time(0, places_.senders, false) ||
            !how.input_noise_per_channel.empty()) {
            detail::require(batch.dt > 0, "areas with time constants or noise need the duration of a step", "trial_batch::dt", "> 0",
                            std::to_string(batch.dt), "set it, in ms");
            memory_.dynamics(d, how, batch.dt, places_.parts, units, places_.senders - units, images_, unit_inputs_, noise);
        }
        states_.begin(areas_, batch);
        d.unit_key = key_of(key.seed, random_stream::unit_noise);
        d.input_key = key_of(key.seed, random_stream::input_noise);
        d.dropout_key = key_of(key.seed, random_stream::dropout);
        d.iteration = key.iteration;
        parameters_.prepare(backend_, training);
        areas_.each([&](auto& a, int) { a.find_parameters(parameters_); });
        return d;
    }
    // Batch norm with statistics for each step knows its steps from the first one on only.
    long steps_of(const run_request<T>& ask) {
        detail::require(ask.steps >= 0 && ask.steps <= steps_, "a network cannot run so many steps", "run_request::steps",
                        "0 .. " + std::to_string(steps_), std::to_string(ask.steps),
                        steps_ > 0 ? "run trials that go on from recording::end" : "leave it out: trials say how many steps they have");
        return ask.steps > 0 ? ask.steps : steps_;
    }
    void arrange(const run_data<T>& d, bool training, bool omega, bool looked_at) {
        long width = 0;
        if constexpr (area_list<B, Areas...>::on_maps) width = (std::min)(d.trials, backend_.images_per_tile(d.trials));
        else
            areas_.each([&](auto& a, int) { width = (std::max)(width, backend_.tile_columns(d.trials, a.weights())); });
        const long chunk = (std::min)(backend_.chunk(width), d.steps + 1);
        areas_.arrange(d.trials, width, d.steps, training, [&](long& passing) {
            long size = 0;
            for (port& image : images_) {
                image.value = {size, round_up(image.channels, B::row_unit), image.constant ? 1 : d.steps};
                size += round_up(image.value.ld * (image.value.ring * width * image.grid.positions() + 8), 64);
            }
            ports handed_over{images_, {}};
            areas_.each([&](auto& a, int i) {
                if constexpr (std::remove_reference_t<decltype(a)>::gathers) {
                    if (i == 0) a.placed = images_;
                    size = a.place(size, width, d.steps, {training, looked_at, omega && a.has_omega}, passing);
                    handed_over.areas.push_back(a.above);
                } else {
                    size = a.place(size, width, d.steps, training, omega, chunk);
                    handed_over.areas.push_back(a.handed_over());
                }
            });
            areas_.each([&](auto& a, int) { link(a, handed_over); });
            return size;
        });
    }

    // One forward and one backward through all tiles. `first`: nothing has been collected before.
    void forward_and_backward(const run_data<T>& d, const loss_of_outputs<B>& loss, const loss_parts& parts, bool first, bool omega,
                              T* state_adjoints, gradient_report& report, double& omega_count) {
        auto& last = areas_.last();
        const auto tiles = static_cast<std::size_t>(areas_.tile_count());
        std::vector<omega_sum> omegas(tiles);
        std::vector<double> rates(tiles), hits(tiles);
        const stage_context<B> c{parameters_, d, !first, omega ? omegas.data() : nullptr, state_adjoints};
        const auto tile_of = [&](const tile_place<T>& at) { return static_cast<std::size_t>(at.first / areas_.width()); };
        const auto take_losses = [&](B& b, const tile_place<T>& at) {
            if constexpr (last_area::gathers) hits[tile_of(at)] = d.rate_penalty_only ? 0 : count_hits(b, c, last, at);
            return take_loss(b, c, last, at, loss, parts);
        };
        const auto keep_ends = [&](B& b, int area, const tile_place<T>& at) {
            areas_.at(area, [&](auto& a) {
                if (d.rate_penalty != 0) rates[tile_of(at)] += squares_of_rates(b, d, a, at);
                save_end(b, d, a, at);
            });
        };
        report.loss += pass<true>(c, {.batch_statistics = true, .backward = true, .keep = d.rate_penalty != 0 || states_.expected()},
                                  keep_ends, take_losses);
        for (const auto& r : omegas) report.omega += r.sum, omega_count += r.count;
        for (const double r : rates) report.penalty += r;
        if constexpr (last_area::gathers)
            for (const double h : hits) report.performance += 100 * h / static_cast<double>(d.trials * last.positions());
    }

    template <bool Backward, class Keep, class Loss>
    double pass(const stage_context<B>& c, const stage_request& ask, const Keep& keep_step, const Loss& loss) {
        // Locals: g++ 12 does not find members of a base in a constexpr if inside a generic lambda.
        B& device = backend_;
        auto& parameters = parameters_;
        const detail::following f = Backward && !c.adds ? detail::following{running_steps_, running_share_} : detail::following{};
        if (!ask.batch_statistics) each_normalised([&](auto& a, int e) { detail::use_running(device, a, e); });
        const auto meet = [&](const stage& s) {
            areas_.at(s.area, [&](auto& a) {
                if constexpr (std::remove_reference_t<decltype(a)>::normalises)
                    detail::meet(device, parameters, a.norms, s, areas_.statistics(a.positions()), f);
            });
        };
        return areas_.template pass<Backward>(backend_, c, ask, keep_step, loss, meet);
    }

    area_list<B, Areas...> areas_;
    long steps_ = 0;  // of the network; 0: as many as the trials have
    std::uint64_t runs_ = 0;
    std::vector<port> images_;
    std::vector<index_range> units_, output_channels_;  // of each cell; of each output of units
    long inputs_ = 0, unit_inputs_ = 0;                 // channels that units read, without images and beside them
    detail::place_numbers places_;
    state_memory<B> states_;
    batch_memory<B> memory_;
};

}  // namespace EIRNN_NAMESPACE
