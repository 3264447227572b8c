// A network with weights, whatever its cells and its wiring: what trainers, files and analyses need, compiled once for all networks.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/model/identity.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/weights.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The part of every model that does not depend on the network's type: weights by name. A model can be moved into one, which then is all
/// that is left of it: `any_model<B> m = model<net, B>(seed{1})`.
template <backend::Backend B>
class any_model {
public:
    using backend_type = B;
    using scalar = typename B::scalar;

    /// Channels of all inputs, and of all outputs.
    long inputs() const { return identity_.input_channels; }
    long outputs() const { return identity_.output_channels; }
    seed seed_of_weights() const { return seed_; }
    /// Time constants, noise and inputs; of a network on grids unused.
    const dynamics& physics() const& { return physics_; }
    dynamics physics() && { return std::move(physics_); }
    /// What the network is, in words.
    const model_identity& identity() const& { return identity_; }
    model_identity identity() && { return std::move(identity_); }
    /// Trials for this network with inputs, targets and masks of 0; images have no targets. A network with steps of its own takes these for
    /// `steps` 0. Throws invalid_argument where it is asked for others.
    trial_batch<scalar> make_trials(long n, long steps, double dt) const {
        const long own = engine_->own_steps();
        detail::require(own == 0 || steps == own || steps == 0, "a network has time steps of its own", "any_model::make_trials",
                        std::to_string(own), std::to_string(steps), "leave that many steps, or declare time_steps<...>");
        return engine_->zero_trials(n, own > 0 ? own : steps, dt);
    }
    /// The channels of one input of units, or of one output, by its name: in a batch what comes in, what is asked for and how much that
    /// counts; in a recording what came out, by samples. Throws invalid_argument where there is none of that name.
    channel_view<scalar> input(trial_batch<scalar>& b, std::string_view name) const {
        const bool beside_image = b.unit_inputs > 0;
        return channels_of(beside_image ? b.unit_input : b.input, b.trials, beside_image ? b.unit_inputs : b.inputs, identity_.inputs,
                           name);
    }
    /// The pixels of one image, or film, by its name. Throws invalid_argument where there is none of that name.
    image_view<scalar> image(trial_batch<scalar>& b, std::string_view name) const {
        const char* const here = "any_model::image";
        const std::size_t k = detail::place_of_named(identity_.images, name, "there is no image of this name", here);
        detail::require(k <= b.more_images.size(), "the batch has fewer images than the network", here, std::to_string(k + 1),
                        std::to_string(b.more_images.size() + 1), "make it by make_trials()");
        if (k == 0) return {b.input.data(), b.trials, b.frames, b.grid, b.inputs};
        image_input<scalar>& m = b.more_images[k - 1];
        return {m.input.data(), b.trials, m.frames, m.grid, m.channels};
    }
    channel_view<scalar> target(trial_batch<scalar>& b, std::string_view name) const {
        return channels_of(b.target, b.trials, b.outputs, identity_.outputs, name);
    }
    channel_view<scalar> mask(trial_batch<scalar>& b, std::string_view name) const {
        return channels_of(b.mask, b.trials, b.outputs, identity_.outputs, name);
    }
    channel_view<const scalar> output(const recording<scalar>& r, std::string_view name) const {
        return channels_of(r.output, r.trials, r.outputs, identity_.outputs, name);
    }
    channel_view<const scalar> output(recording<scalar>&&, std::string_view) const = delete;  // it would be gone

    runner<B>& numerics() { return *engine_; }
    B& device() { return engine_->device(); }
    /// Number of numbers in all weights, those that are not trained included.
    long parameters() const { return engine_->parameters().count(); }
    /// What each tensor is, in their order.
    const std::vector<parameter_tensor>& tensors() const& { return engine_->parameters().tensors(); }
    std::vector<parameter_tensor> tensors() && { return engine_->parameters().tensors(); }

    /// Raw weights: what is trained, and the running statistics. Entries that are not trained read 0; biases, initial values, scales and
    /// shifts stand as they are used.
    weight_set<scalar> raw() const {
        weight_set<scalar> w = named(engine_->parameters().raw());
        auto running = engine_->running_statistics();
        if (!running.empty()) w.running_steps = engine_->running_steps();
        for (std::size_t k = 0; k < running.size(); ++k) w.running.emplace_back(running_[k].name, running_[k].shape, std::move(running[k]));
        return w;
    }
    /// Takes raw weights over, and running statistics where given. `effective`, if given, is where weights that are not trained are taken
    /// from, their signs included. Throws invalid_argument, changing nothing, if a name or shape differs or a number is not finite.
    void set_raw(const weight_set<scalar>& w, const weight_set<scalar>* effective = nullptr) {
        auto& parameters = engine_->parameters();
        const auto values = detail::as_tensors(arrays_, tensors(), w);
        const auto given = effective ? detail::as_tensors(arrays_, tensors(), *effective) : tensor_list<scalar>{};
        if (!w.running.empty()) {
            // Refused before the statistics are changed.
            parameters.check(values, "set_raw");
            if (effective) parameters.check(given, "set_raw");
            tensor_list<scalar> running;
            for (const auto& t : w.running) running.push_back(t.values.data);
            engine_->set_running_statistics(running, w.running_steps);
        }
        parameters.set_raw(values, effective ? &given : nullptr);
    }
    /// Effective weights: sign, mask and fixed values applied; what the network computes with, what figures show.
    weight_set<scalar> effective() {
        engine_->parameters().update_effective(engine_->device());
        return exported(&parameter_block<B>::effective);
    }
    /// Another quantity that each weight has, in the arrays of the weights: gradients, moments of an optimiser.
    weight_set<scalar> exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return named(engine_->parameters().exported(what));
    }
    /// The loss that goes with the outputs: binary cross-entropy with logistic ones, categorical cross-entropy with softmax or images, else
    /// squared error.
    loss_of_outputs<B> default_loss() const { return default_loss_; }
    /// The gradient of loss + penalties by every raw weight; running statistics follow the batch. `end`, if given, gets the
    /// states with which the trials ended, for others that go on from there.
    gradient_report gradient(const trial_batch<scalar>& trials, noise_key key, const loss_of_outputs<B>& loss, const objective& o = {},
                             owned_list<std::vector<scalar>>* end = nullptr) {
        pin(o.pins);
        return engine_->gradient_of(trials, physics_, key, loss, o, nullptr, nullptr, end);
    }
    /// Throws invalid_argument if soft pins are of arrays that the network does not have, or of other shapes; the next gradient finds the
    /// others ready.
    void pin(const soft_pins& pins) {
        if (pins == pinned_) return;
        tensor_list<scalar> values, pull;
        for (const auto& t : tensors()) values.emplace_back(static_cast<std::size_t>(t.size()));
        for (const auto& t : tensors()) pull.emplace_back(static_cast<std::size_t>(t.size()));
        for (std::size_t k = 0; k < pins.size(); ++k) {
            tensors_of({pins.name(k)});
            for (const auto& a : arrays_) {
                if (a.name != pins.name(k)) continue;
                const named_values<scalar> of(a.name, a.shape);
                detail::require(of.values.rows == pins.rows(k) && of.values.cols == pins.columns(k),
                                "soft pins have another shape than the weights", "objective::pins, " + a.name,
                                std::to_string(of.values.rows) + " x " + std::to_string(of.values.cols),
                                std::to_string(pins.rows(k)) + " x " + std::to_string(pins.columns(k)),
                                "take values of this array, from effective(), and change them");
                detail::each_element(a, tensors(), [&](std::size_t tensor, std::size_t i, std::size_t at) {
                    values[tensor][i] = static_cast<scalar>(pins.value(k, at)), pull[tensor][i] = static_cast<scalar>(pins.pull(k, at));
                });
            }
        }
        if (pins.size() == 0) values.clear(), pull.clear();
        engine_->parameters().pin(values, pull);
        pinned_ = pins;
    }
    /// The gradient by the raw weights that the last call of `gradient` left.
    weight_set<scalar> last_gradient() const { return exported(&parameter_block<B>::gradient); }

    /// Runs trials, or images, without learning; the noise of a trial depends on the key and the trial's id only.
    recording<scalar> run(const trial_batch<scalar>& trials, noise_key key = {}, const run_request<scalar>& ask = {}) {
        if (ask.record.empty() && ask.lesions.empty()) return engine_->run_trials(trials, physics_, key, ask);
        run_request<scalar> by_number = ask;
        for (lesion& l : by_number.lesions) count(l);
        const auto variable = [&](const std::string& name) -> const named_variable& {
            return detail::find_named(identity_.variables, name, "there is no variable of this name", "run_request::record");
        };
        for (const std::string& name : ask.record) {
            const named_variable& v = variable(name);
            by_number.probes.push_back({v.area, v.variable, false, v.first, v.units});
        }
        auto all = engine_->run_trials(trials, physics_, key, by_number);
        const std::size_t others = ask.probes.size();
        for (std::size_t k = 0; k < ask.record.size(); ++k)
            all.recorded.push_back(shaped(variable(ask.record[k]), all.trials, all.probed_units[others + k], all.probed[others + k]));
        all.probed.resize(others), all.probed_units.resize(others);
        return all;
    }
    /// The states one time step of `dt` ms after these, without noise: per state of the network [trial][unit], as recording::end has them
    /// and trial_batch::start takes them. A map whose fixed points are those of the network; n of its steps are what a run of n steps does.
    /// `input`: [trial][input], or [input] for all trials, without the baseline; of maps [row][column][channel] in place of [input], one
    /// image behind the other. `unit_input`: the same of what units read beside a map. Throws invalid_argument if the states or inputs are
    /// not those of the network.
    owned_list<std::vector<scalar>> step(const owned_list<std::vector<scalar>>& states, const std::vector<scalar>& input, double dt,
                                         const std::vector<scalar>& unit_input = {}) {
        const std::vector<long> sizes = engine_->states();
        detail::require(!sizes.empty(), "this network has no step of its states", "any_model::step",
                        "states that are all that the next step reads of the steps before", "none, or something is read later",
                        "run trials of it");
        const long first = sizes.front(), trials = states.empty() ? 0 : static_cast<long>(states.front().size()) / first;
        detail::require(trials > 0, "there is no state to take a step from", "any_model::step", std::to_string(first) + " numbers or more",
                        std::to_string(states.empty() ? 0 : states.front().size()), "take recording::end of a run, or as many numbers");
        trial_batch<scalar> batch = engine_->zero_trials(trials, 1, dt);
        const auto check = [&](const std::vector<scalar>& from, std::size_t all, const char* name) {
            const std::size_t each = all / static_cast<std::size_t>(trials);
            detail::require(from.size() == each || from.size() == all, "a step has another number of inputs than the network", name,
                            std::to_string(each) + ", or so many for each of " + std::to_string(trials) + " trials",
                            std::to_string(from.size()), "give one number for each channel");
        };
        const auto repeat = [&](const scalar* from, std::vector<scalar>& to, bool of_all_trials) {
            const std::size_t given = of_all_trials ? to.size() : to.size() / static_cast<std::size_t>(trials);
            for (std::size_t k = 0; k < to.size(); ++k) to[k] = from[k % given];
            return from + given;
        };
        std::size_t inputs = batch.input.size();
        for (const auto& m : batch.more_images) inputs += m.input.size();
        check(input, inputs, "any_model::step, input"), check(unit_input, batch.unit_input.size(), "any_model::step, unit_input");
        const scalar* next = repeat(input.data(), batch.input, input.size() == inputs);
        for (auto& m : batch.more_images) next = repeat(next, m.input, input.size() == inputs);
        repeat(unit_input.data(), batch.unit_input, unit_input.size() == batch.unit_input.size());
        batch.start = states;
        dynamics still = physics_;
        still.unit_noise = still.input_noise = 0, still.unit_noise_per_unit.clear(), still.input_noise_per_channel.clear();
        run_request<scalar> ask;
        ask.end = true;
        if (engine_->own_steps() > 0) ask.steps = 1;
        return std::move(engine_->run_trials(batch, still, {}, ask).end);
    }
    /// The tensors of which arrays of these names are made. Throws invalid_argument where there is none of a name.
    std::vector<std::size_t> tensors_of(const std::vector<std::string>& names) const {
        std::vector<std::size_t> all;
        for (const std::string& name : names) {
            bool found = false;
            for (const auto& a : arrays_) {
                if (a.name != name) continue;
                all.insert(all.end(), a.tensors.begin(), a.tensors.end());
                found = true;
            }
            if (!found)
                throw invalid_argument({"there are no weights of this name", "any_model::tensors_of", detail::names_in(arrays_), name,
                                        "ask for one of those"});
        }
        return all;
    }
    void prune(double least) { prune(least, {}); }
    /// Sets weights whose magnitude is below `least` to 0 (the reference code of Song et al. does so, 1e-4, after training), but for arrays
    /// of the names in `except`.
    void prune(double least, const std::vector<std::string>& except) {
        auto w = raw();
        const auto used = effective();
        const auto all = rules();
        // A raw weight of 0 is a magnitude of 0, except under soft_rectify, where no magnitude is.
        for (std::size_t k = 0; k < all.size(); ++k)
            for (std::size_t i = 0; is_weight(k) && !contains(except, arrays_[k].name) && i < all[k].size(); ++i)
                if (std::abs(double(used.tensors[k].values.data[i])) < least && all[k][i].rule != sign_rule::soft_rectify)
                    w.tensors[k].values.data[i] = 0;
        set_raw(w);
    }

    /// What the network says about every number of its weights, [array][number]: whether it is trained, its sign, its fixed value.
    std::vector<std::vector<weight_rule>> rules() const {
        const auto of_tensors = engine_->parameters().rules();
        std::vector<std::vector<weight_rule>> all;
        for (const auto& a : arrays_) {
            std::size_t size = 1;
            for (const std::uint64_t extent : a.shape) size *= static_cast<std::size_t>(extent);
            auto& to = all.emplace_back(size);
            detail::each_element(a, tensors(), [&](std::size_t tensor, std::size_t k, std::size_t at) { to[at] = of_tensors[tensor][k]; });
        }
        return all;
    }

    /// Whether an array, by its place in the weights, holds weights with a sign and a mask; others are biases, initial values, scales.
    bool is_weight(std::size_t array) const {
        const auto& made_of = arrays_[array].tensors;
        return !made_of.empty() && tensors()[made_of.front()].is_weight();
    }

protected:
    /// `running`: names and shapes of the running statistics.
    any_model(seed s, std::unique_ptr<runner<B>> engine, const loss_of_outputs<B>& loss, detail::weight_arrays arrays, model_identity words,
              dynamics how, detail::weight_arrays running = {})
        : seed_(s),
          engine_(std::move(engine)),
          default_loss_(loss),
          arrays_(std::move(arrays)),
          running_(std::move(running)),
          identity_(std::move(words)),
          physics_(std::move(how)) {
        count(physics_.tau_of, physics_.tau_per_unit, physics_.tau, "tau", false);
        count(physics_.unit_noise_of, physics_.unit_noise_per_unit, physics_.unit_noise, "unit_noise", true);
        count_inputs();
    }

private:
    static bool contains(const std::vector<std::string>& names, const std::string& name) {
        for (const std::string& n : names)
            if (n == name) return true;
        return false;
    }
    template <class Numbers>
    static auto channels_of(Numbers& all, long trials, long width, const std::vector<named_range>& named, std::string_view name) {
        const char* const here = "any_model::input, target, mask, output";
        const named_range& r = detail::find_named(named, name, "there is nothing of this name", here);
        detail::require(r.begin + r.size <= width, "the batch has fewer channels than the network", here,
                        std::to_string(r.begin + r.size) + " or more", std::to_string(width), "make it by make_trials()");
        return channel_view<std::remove_reference_t<decltype(all[0])>>{all.data() + r.begin, trials, width, r.size};
    }
    // By numbers, where it was by names: time constants or noise.
    EIRNN_COLD void count(std::vector<number_of>& by_name, std::vector<double>& per_unit, double of_others, const char* what, bool noise) {
        if (by_name.empty()) return;
        const std::string where = std::string("dynamics::") + what + "_of";
        detail::require(per_unit.empty(), "numbers are given by name and per unit", where, "one of the two", "both", "leave one out");
        const long all = engine_->senders();
        per_unit.assign(static_cast<std::size_t>(all), of_others);
        for (const number_of& n : by_name) {
            const named_range& p =
                detail::find_named(identity_.places, n.name, "there is no population or area of this name", where.c_str());
            detail::require(p.begin + p.size <= all, "an input has no such number", where, "a population or an area", n.name,
                            "name one of the network's");
            detail::require(engine_->has_time(p.begin, p.size, noise), "the cell there has no use for the number", where,
                            noise ? "equations with noise" : "equations with alpha", n.name, "leave it out");
            for (long k = p.begin; k < p.begin + p.size; ++k) per_unit[static_cast<std::size_t>(k)] = n.value;
        }
        by_name.clear();
    }
    // The same of the noise of inputs, which stand behind all that has units or channels; images have none before.
    EIRNN_COLD void count_inputs() {
        auto& by_name = physics_.input_noise_of;
        auto& numbers = physics_.input_noise_per_channel;
        if (by_name.empty()) return;
        const char* const here = "dynamics::input_noise_of";
        detail::require(numbers.empty(), "numbers are given by name and per channel", here, "one of the two", "both", "leave one out");
        const long senders = engine_->senders();
        const auto set = [&](long begin, long size, double to) {
            for (long k = begin; k < begin + size; ++k) numbers[static_cast<std::size_t>(k)] = to;
        };
        long all = 0;
        for (const named_range& p : identity_.places) all = (std::max)(all, p.begin + p.size - senders);
        numbers.assign(static_cast<std::size_t>(all), physics_.input_noise);
        for (const named_range& p : identity_.images) set(p.begin, p.size, 0);
        for (const number_of& n : by_name) {
            const named_range& p = detail::find_named(identity_.places, n.name, "there is no input of this name", here);
            detail::require(p.begin >= senders, "units have noise of their own", here, "an input", n.name, "give it as unit_noise_of");
            set(p.begin - senders, p.size, n.value);
        }
        by_name.clear();
    }
    // The same of a lesion.
    void count(lesion& l) const {
        const auto find = [&](std::string& name, long& first, long& units) {
            const char* const here = "run_request::lesions";
            const named_range& p = detail::find_named(identity_.places, name, "there is no population, area or input of this name", here);
            if (units == 0) units = p.size - first;
            detail::require(first >= 0 && units > 0 && first + units <= p.size, "there are not so many units or channels to silence", here,
                            p.name + ": " + std::to_string(p.size), std::to_string(first) + " and " + std::to_string(units) + " from there",
                            "count among those of that name");
            name.clear(), first += p.begin;
        };
        if (!l.to.empty()) find(l.to, l.to_first, l.to_units);
        if (!l.of.empty())
            find(l.of, l.first, l.units);
        else if (l.units == 0 && !identity_.units.empty())
            l.units = identity_.units.back().begin + identity_.units.back().size - l.first;
    }
    // [sample][trial][unit], or [step][trial][position][channel].
    static named_values<scalar> shaped(const named_variable& v, long trials, long units, std::vector<scalar>& numbers) {
        const long places = v.positions > 0 ? v.positions : 1, samples = static_cast<long>(numbers.size()) / (trials * places * units);
        std::vector<std::uint64_t> shape{static_cast<std::uint64_t>(samples), static_cast<std::uint64_t>(trials)};
        if (v.positions > 0) shape.push_back(static_cast<std::uint64_t>(places));
        shape.push_back(static_cast<std::uint64_t>(units));
        return {v.name, std::move(shape), std::move(numbers)};
    }
    weight_set<scalar> named(const tensor_list<scalar>& values) const { return detail::as_weights(arrays_, tensors(), values); }

    seed seed_;
    std::unique_ptr<runner<B>> engine_;
    loss_of_outputs<B> default_loss_;
    detail::weight_arrays arrays_, running_;
    model_identity identity_;
    dynamics physics_;
    soft_pins pinned_;
};

/// A model of any network.
template <class M>
concept AnyModel = requires {
    typename M::backend_type;
}
&&std::derived_from<M, any_model<typename M::backend_type>>;

}  // namespace EIRNN_NAMESPACE
