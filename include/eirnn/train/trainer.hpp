// Trains a model on a task: gradient steps, validations, the best weights, and the moment to stop (Song et al. 2016, and their code).
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/train/carry.hpp>
#include <eirnn/train/diagnose.hpp>
#include <eirnn/train/observer.hpp>
#include <eirnn/train/optimizer.hpp>
#include <eirnn/train/stopping.hpp>
#include <eirnn/train/task.hpp>
#include <eirnn/train/validation.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// How a model is trained; the defaults are those of Song et al. 2016, table 1.
struct training_options {
    long batch = 20;                               ///< trials of a gradient step
    double dt = 20;                                ///< ms, of training and of validation
    std::uint64_t validate_every_trials = 10'000;  ///< training trials between two validations
    /// Trials; a validation of up to so many is scored as a whole, a longer one in parts, to bound its memory.
    long validation_batch = 5'000;
    /// What is minimised beside the loss; set Omega to 0 for a network none of whose cells has it.
    objective penalties{.omega = 2, .l2_rate = 0, .weights = {}};
    double prune = 1e-4;     ///< effective weights of a smaller magnitude are set to 0 when the best weights are adopted
    std::uint64_t seed = 1;  ///< of the trials and their noise; the model has its own for the weights
    /// Names of weights that stay as they are, bit for bit: "W_rec", "motor.W_in"; they count in no norm.
    std::vector<std::string> frozen{};
    /// Which trials begin where others ended; of networks of units alone. Song et al. 2016 train so with a `batch` of 1.
    carrying carry = carrying::never;

    /// Throws invalid_argument where a number is out of range.
    void check() const {
        detail::require_setting(batch >= 1, "training_options::batch", ">= 1", static_cast<double>(batch));
        detail::require_setting(is_finite(dt) && dt > 0, "training_options::dt", "> 0 (ms)", dt);
        detail::require_setting(validate_every_trials >= 1, "training_options::validate_every_trials", ">= 1", 0);
        detail::require_setting(validation_batch >= 1, "training_options::validation_batch", ">= 1", static_cast<double>(validation_batch));
        detail::require_setting(is_finite(prune) && prune >= 0, "training_options::prune", ">= 0", prune);
        detail::require_setting(is_finite(penalties.omega) && penalties.omega >= 0, "objective::omega", ">= 0", penalties.omega);
    }
};

namespace detail {
/// Whether a model, a task and an optimiser fit.
template <class Model, class K, class O>
struct training_of {
    static constexpr bool is_model = AnyModel<Model>;
    static constexpr bool is_task = [] {
        if constexpr (is_model) return Task<K, typename Model::scalar>;
        else return false;
    }();
    static constexpr bool is_optimizer = [] {
        if constexpr (is_model)
            return Optimizer<O, typename Model::backend_type>;
        else
            return false;
    }();
    static constexpr bool possible = is_task && is_optimizer;
};
/// Says what does not.
template <class Model, class K, class O, class Fit = training_of<Model, K, O>>
struct why_no_training {
    static_assert(Fit::is_model,
                  "eirnn[M05]: what is to be trained is no model. Make one of the network, model<net> m{seed{1}}, and train m.");
    static_assert(
        !Fit::is_model || Fit::is_task,
        "eirnn[M06]: this is no task of the model: a class like tasks::perceptual_decision, with the members that the concept Task "
        "in <eirnn/train/task.hpp> lists. Give the task after the model, and complete it if it is your own.");
    static_assert(!Fit::is_task || Fit::is_optimizer,
                  "eirnn[M07]: this is no optimiser: sgd{...}, adam{...}, or a class with the members that the concept Optimizer in "
                  "<eirnn/train/optimizer.hpp> lists. Give it after the task.");
};
}  // namespace detail

/// Trains one model, whatever its network, on one task; the model must outlive it, and have no other trainer meanwhile. Step k is a
/// function of the weights, the optimiser's moments, the seed and k alone: its trials and their noise are keyed by (seed, k), those of a
/// validation before it by (seed, k) in streams of their own. So a run goes on from `state()` with the same bits, whenever it was taken, on
/// any number of threads.
///
/// With `training_options::carry`, step k depends on the states too with which the trials of step k - 1 ended: those of its forward pass,
/// by the weights from before its update, each trial's at its own last step. After a step of the guard the next trials begin as the network
/// does. The noise of a step is new, since its iteration is. Initial values are trained by steps alone whose trials begin with them.
template <backend::Backend B, class K, class O>
class trainer {
public:
    using T = typename B::scalar;
    using state_type = trainer_state<T>;
    static_assert(sizeof(detail::why_no_training<any_model<B>, K, O>) > 0);

    /// Throws invalid_argument where a setting is out of range, or where task and model differ in their inputs or outputs.
    trainer(any_model<B>& model, const K& task, O optimizer, until goal = {}, const training_options& options = {})
        : trainer(model, task, std::move(optimizer), goal, options, model.default_loss()) {}
    /// With another loss than the model's own: one that the model's `loss_here` gives.
    trainer(any_model<B>& model, const K& task, O optimizer, until goal, const training_options& options, const loss_of_outputs<B>& loss)
        : model_(model), task_(task), optimizer_(std::move(optimizer)), goal_(goal), options_(options), loss_(loss), seed_(options.seed) {
        optimizer_.check(), goal_.check(), options_.check();
        const auto sizes = [](long in, long out) { return std::to_string(in) + " inputs, " + std::to_string(out) + " outputs"; };
        detail::require(task_.inputs() == model_.inputs() && task_.outputs() == model_.outputs(), "task and network do not fit", "trainer",
                        sizes(model_.inputs(), model_.outputs()), sizes(task_.inputs(), task_.outputs()),
                        "declare the network for this task");
        if constexpr (requires { K::input_names(); }) detail::require_same_order(K::input_names(), model_.identity().inputs, "inputs");
        if constexpr (requires { K::output_names(); }) detail::require_same_order(K::output_names(), model_.identity().outputs, "outputs");
        frozen_ = model_.tensors_of(options_.frozen);
        model_.pin(options_.penalties.pins);
        carry_ = options_.carry != carrying::by_task ? options_.carry : is_continuous<K> ? carrying::throughout : carrying::never;
        detail::require(carry_ == carrying::never || !model_.numerics().states().empty(), "this network has no states to carry",
                        "training_options::carry", "states that are all that the next step reads of the steps before",
                        "none, or something is read later", "set it to carrying::never");
        const int moments = optimizer_.moments();
        for (auto& p : blocks()) {
            using buffer = typename parameter_block<B>::buffer;
            p.first_moment = moments > 0 ? buffer(p.raw.size()) : buffer();
            p.second_moment = moments > 1 ? buffer(p.raw.size()) : buffer();
        }
    }

    any_model<B>& trained_model() const { return model_; }
    const K& task() const& { return task_; }
    const O& optimizer() const& { return optimizer_; }
    const until& goal() const& { return goal_; }
    const training_options& options() const& { return options_; }
    std::uint64_t iteration() const { return iteration_; }
    const owned_list<validation_report>& history() const& { return history_; }
    // of a temporary: what stays
    K task() && { return std::move(task_); }
    O optimizer() && { return std::move(optimizer_); }
    until goal() && { return goal_; }
    training_options options() && { return options_; }
    owned_list<validation_report> history() && { return std::move(history_); }

    /// One gradient step, or one of the optimiser's `guard`. Throws diverged_at, with weights and moments as they were, if the loss or the
    /// norm of the gradient is not finite and no guard acts, or if it has acted in too many steps in a row.
    step_report step() {
        const auto n = noise_iteration();
        const freezing frozen(parameters(), frozen_);
        auto batch = task_.template make<T>(request(purpose::training, options_.batch, 0));
        const bool carries = carry_ != carrying::never;
        if (carries) batch.trials.start.clear();
        for (const auto& of_step_before : carried_) batch.trials.start.emplace_back(std::size_t{0}) = of_step_before;
        owned_list<std::vector<T>> end;
        const gradient_report g = model_.gradient(batch.trials, {seed_, n}, loss_, options_.penalties, carries ? &end : nullptr);
        const bool guarded = is_for_guard(g);
        if (guarded ? !guard() : !is_finite(g.loss) || !is_finite(g.norm) || !detail::all_finite(end))
            fail(batch.trials, {seed_, n}, options_.penalties, g.loss, g.norm);
        const bool clip = !guarded && optimizer_.clip_norm > 0 && g.norm > optimizer_.clip_norm;
        parameters().hold_frozen(model_.device(), false);
        for (auto& p : blocks()) optimizer_.update(model_.device(), p, iteration_ + 1, clip ? optimizer_.clip_norm / g.norm : 1.);
        parameters().hold_frozen(model_.device(), true);
        const step_report done{iteration_, g.loss, g.omega, g.penalty, g.norm, clip, g.performance, guarded};
        ++iteration_;
        if (guarded) end.clear();
        carried_ = std::move(end);
        guarded_steps_ += guarded;
        guarded_in_a_row_ = guarded ? guarded_in_a_row_ + 1 : 0;
        trials_ += static_cast<std::uint64_t>(options_.batch);
        return done;
    }

    /// Measures the weights as they are on the validation trials of this iteration; changes nothing. Throws diverged_at if the loss
    /// or an output is not finite. Trials that run on from each other (`carrying::throughout`) may grow without bound in a network that has
    /// not learned yet: then loss and RMSE are infinite, the performance is -infinity, and training can go on.
    validation_report validate() {
        // Training steps have noise iterations below 2^31.
        const noise_key key{seed_, noise_iteration() | 0x80000000u};
        tally sums(loss_.recorded, model_.identity().outputs);
        double performance = 0;
        const long all = task_.validation_trials();
        for (long first = 0; first < all; first += options_.validation_batch) {
            const long count = (std::min)(options_.validation_batch, all - first);
            const auto batch = task_.template make<T>(request(purpose::validation, count, first));
            const bool runs_on = carry_ == carrying::throughout;
            const auto what_happened =
                runs_on ? detail::run_in_sequence(model_, batch.trials, key, options_.batch) : model_.run(batch.trials, key);
            sums.add(batch.trials, what_happened);
            // A unit that overflowed may fall silent (relu of NaN is 0) and leave a finite loss, but not finite outputs and states at all
            // times.
            if (!is_finite(sums.loss()) || first_not_finite(what_happened.output) >= 0 || !detail::all_finite(what_happened.end)) {
                if (!runs_on) fail(batch.trials, key, {}, sums.loss(), 0);
                const double unbounded = std::numeric_limits<double>::infinity();
                return {iteration_, trials_, unbounded, unbounded, -unbounded, spectral_radius(model_.effective()), guarded_steps_};
            }
            performance += task_.performance(batch, what_happened) * (static_cast<double>(count) / static_cast<double>(all));
        }
        return {iteration_, trials_, sums.loss(), sums.rmse(), performance, spectral_radius(model_.effective()), guarded_steps_};
    }

    /// Trains until a rule of `until` is met, or `stop_asked()` returns true; it is asked between steps, so the current one is finished.
    /// Validates before the first step, then every `validate_every_trials`, and once more when the trials are used up. The model is left
    /// with the weights of the last step: `adopt_best` gives it the best ones. A run that was resumed, or ended by a rule that has been
    /// changed since, goes on. What an observer throws reaches the caller, with the trainer between two steps.
    template <class Observer = no_observer, class Stop = never>
    training_result run(Observer&& observer = {}, Stop&& stop_asked = {}) {
        detail::alarm alarm;
        stop_reason why = judge(history_, goal_, task_.target_performance());
        while (why == stop_reason::none) {
            if (stop_asked()) {
                why = stop_reason::asked;
                break;
            }
            const bool used_up = trials_ >= goal_.max_trials;
            if ((iteration_ % validation_period() == 0 || used_up) && (history_.empty() || history_.back().iteration != iteration_)) {
                record(validate());
                detail::notify(*this, observer, std::as_const(history_.back()));
                why = judge(history_, goal_, task_.target_performance());
                if (why != stop_reason::none) break;
            }
            if (used_up) {
                why = stop_reason::max_trials;
                break;
            }
            const step_report done = step();
            detail::notify(*this, observer, done);
            alarm.look(done, [&](const training_warning& w) { detail::notify(*this, observer, w); });
        }
        const training_result result{why, iteration_, trials_, history_, guarded_steps_};
        detail::notify(*this, observer, result);
        return result;
    }

    /// Steps between two validations.
    std::uint64_t validation_period() const {
        return std::max<std::uint64_t>(1, options_.validate_every_trials / static_cast<std::uint64_t>(options_.batch));
    }

    /// Gives the model the weights with the lowest validation loss, those below `prune` set to 0. Before the first validation, the weights
    /// stay as they are. Take the `state()` first if the run is to go on.
    void adopt_best() {
        if (history_.empty()) return;
        model_.set_raw(best_);
        if (options_.prune > 0) model_.prune(options_.prune, options_.frozen);
    }

    /// All that the next step depends on, beside the settings.
    state_type state() const {
        state_type s{seed_, iteration_, trials_, model_.raw(), {}, {}, best_, history_, guarded_steps_, guarded_in_a_row_, carried_};
        if (optimizer_.moments() > 0) s.first_moment = model_.exported(&parameter_block<B>::first_moment);
        if (optimizer_.moments() > 1) s.second_moment = model_.exported(&parameter_block<B>::second_moment);
        return s;
    }
    /// Goes on from a state. Throws invalid_argument, changing nothing, if it is one of another network or of another kind of optimiser, or
    /// if a number is not finite.
    void restore(const state_type& s) {
        const weight_set<T> shape = model_.raw(), none;
        const int moments = optimizer_.moments();
        detail::require_weights(s.raw, shape, "trainer_state::raw");
        detail::require_weights(s.first_moment, moments > 0 ? shape : none, "trainer_state::first_moment");
        detail::require_weights(s.second_moment, moments > 1 ? shape : none, "trainer_state::second_moment");
        detail::require_weights(s.best, s.history.empty() ? none : shape, "trainer_state::best");
        owned_list<std::vector<T>> carried;
        if (carry_ != carrying::never) carried = s.carried;
        detail::require_carried(carried, model_.numerics().states(), options_.batch);
        auto history = s.history;
        auto best = s.best;
        if (moments > 0) set_moment(&parameter_block<B>::first_moment, s.first_moment);
        if (moments > 1) set_moment(&parameter_block<B>::second_moment, s.second_moment);
        model_.set_raw(s.raw);
        seed_ = s.seed, iteration_ = s.iteration, trials_ = s.trials;
        history_ = std::move(history), best_ = std::move(best);
        guarded_steps_ = s.guarded_steps, guarded_in_a_row_ = s.guarded_in_a_row;
        carried_ = std::move(carried);
    }

private:
    auto& parameters() const { return model_.numerics().parameters(); }
    auto& blocks() const { return parameters().blocks(); }

    std::uint32_t noise_iteration() const {
        detail::require(iteration_ < 0x80000000u, "the run is too long for its noise to be keyed", "iteration", "less than 2^31",
                        std::to_string(iteration_), "go on with a new run from these weights, with another seed");
        return static_cast<std::uint32_t>(iteration_);
    }
    // Only for a step: whoever takes a gradient besides gets all of it.
    struct freezing {
        parameter_set<B>& parameters;
        freezing(parameter_set<B>& p, const std::vector<std::size_t>& tensors) : parameters(p) {
            if (!tensors.empty()) parameters.freeze(tensors);
        }
        freezing(const freezing&) = delete;
        freezing& operator=(const freezing&) = delete;
        ~freezing() { parameters.freeze({}); }
    };
    static constexpr bool has_guard = requires(const O& o) {
        { o.guard } -> std::convertible_to<gradient_guard>;
    };
    /// Whether a gradient is one that the optimiser's guard is for.
    bool is_for_guard(const gradient_report& g) const {
        if constexpr (has_guard) {
            const gradient_guard& how = optimizer_.guard;
            const bool usual = is_finite(g.loss) && is_finite(g.norm) && g.norm <= how.largest_norm;
            return !usual && how.steps_in_a_row > 0 && optimizer_.clip_norm > 0 && parameters().has_recurrent();
        }
        return false;
    }
    /// Puts the guard's gradient in the place of such a one. Gives false if that has not helped so often, or cannot help.
    bool guard() {
        if constexpr (has_guard) {
            auto& device = model_.device();
            if (guarded_in_a_row_ >= optimizer_.guard.steps_in_a_row || !parameters().is_finite_raw(device)) return false;
            parameters().shrink_recurrent(device, optimizer_.guard.shrink);
        }
        return true;
    }
    trial_request request(purpose what, long trials, long first) const { return {what, seed_, iteration_, trials, options_.dt, first}; }

    void record(const validation_report& v) {
        const bool better = history_.empty() || v.loss < history_[best_of(history_)].loss;
        weight_set<T> weights = better ? model_.raw() : weight_set<T>{};
        history_.push_back(v);
        if (better) best_ = std::move(weights);
    }
    template <class Batch>
    EIRNN_COLD [[noreturn]] void fail(const Batch& batch, noise_key key, const objective& o, double loss, double norm) {
        divergence d;
        d.iteration = iteration_, d.loss = loss, d.norm = norm, d.guarded = guarded_in_a_row_;
        detail::explain(model_, batch, key, loss_, o, std::move(d));
    }
    // The parameters know how to fill `raw` from host weights; a moment takes its place for as long as that takes.
    void set_moment(typename parameter_block<B>::buffer parameter_block<B>::*which, const weight_set<T>& values) {
        const auto exchange = [&] {
            for (auto& p : blocks()) std::swap(p.raw, p.*which);
        };
        exchange();
        try {
            model_.set_raw(values);
        } catch (...) {
            exchange();
            throw;
        }
        exchange();
    }

    any_model<B>& model_;
    K task_;
    O optimizer_;
    until goal_;
    training_options options_;
    loss_of_outputs<B> loss_;
    std::vector<std::size_t> frozen_;  // tensors
    carrying carry_ = carrying::never;
    owned_list<std::vector<T>> carried_;
    std::uint64_t seed_, iteration_ = 0, trials_ = 0, guarded_steps_ = 0, guarded_in_a_row_ = 0;
    owned_list<validation_report> history_;
    weight_set<T> best_;
};

// clang-format off: version 14 loses count of the braces after a requires
/// Trains a model and leaves the best weights in it, pruned. For more control, and to resume, use a `trainer`.
template <class Model, class K, class O, class Observer = no_observer, class Stop = never>
    requires std::is_invocable_r_v<bool, Stop&>
training_result train(Model& model, const K& task, O optimizer, const until& goal = {}, const training_options& options = {},
                      Observer&& observer = {}, Stop&& stop_asked = {}) {
    static_assert(sizeof(detail::why_no_training<Model, K, O>) > 0);
    if constexpr (detail::training_of<Model, K, O>::possible) {
        trainer t(model, task, std::move(optimizer), goal, options);
        training_result result = t.run(observer, stop_asked);
        t.adopt_best();
        return result;
    } else {
        return {};
    }
}
/// What is left of a call with other arguments: it says which ones `train` takes.
template <class... Other>
training_result train(const Other&...) {
    static_assert(sizeof...(Other) > 99,
                  "eirnn[M08]: train takes a model (an object that goes on living, not its network), a task, an optimiser, and maybe "
                  "until{...}, training_options{...}, an observer and a function that asks for a stop, in this order. Correct the arguments.");
    return {};
}
template <class Net, class... Other>
    requires requires { typename Net::declaration; }  // a network, which training does not know
training_result train(const Other&... other) {
    return train(Net{}, other...);
}
// clang-format on

}  // namespace EIRNN_NAMESPACE
