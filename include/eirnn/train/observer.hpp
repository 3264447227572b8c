// Who watches a training run: any object with some of the hooks below. A hook that is not there costs nothing.
#pragma once
#include <eirnn/core/owned_list.hpp>
#include <eirnn/train/state.hpp>
#include <eirnn/train/stopping.hpp>

#include <cstdint>
#include <vector>

namespace EIRNN_NAMESPACE {

/// What one gradient step did. Where the guard acted, numbers may be not finite.
struct step_report {
    std::uint64_t iteration = 0;  ///< steps done before it
    double loss = 0;              ///< of the task, before the step
    double omega = 0;             ///< Omega, not weighted
    double penalty = 0;           ///< the other penalties, weighted
    double gradient_norm = 0;     ///< before clipping
    bool clipped = false;         ///< whether the gradient was longer than the optimiser's `clip_norm`
    double performance = 0;       ///< percent of the images whose class has the largest output, before the step; 0 for dense networks
    bool guarded = false;         ///< whether the optimiser's `guard` shrank the recurrent weights instead
};

/// Something that a person should know about a run that still computes with finite numbers.
struct training_warning {
    enum class kind : unsigned char {
        large_gradient,  ///< its norm is above `limit`
        rising_loss,     ///< the loss has been above `limit`, ten times its best, for 500 steps
        no_gradient,     ///< it is 0: all units are silent, or nothing can be trained
        guarded,         ///< the optimiser's `guard` acted: it is not finite, or far too large
    } what = kind::large_gradient;
    std::uint64_t iteration = 0;  ///< of the step that showed it
    double value = 0, limit = 0;
};

/// What a run came to.
struct training_result {
    enum stop_reason stop_reason = eirnn::stop_reason::none;
    std::uint64_t iterations = 0;           ///< steps since the weights were drawn, over all resumptions
    std::uint64_t trials = 0;               ///< training trials, likewise
    owned_list<validation_report> history;  ///< every validation, in order
    std::uint64_t guarded_steps = 0;        ///< steps in which the optimiser's `guard` acted, likewise
    /// The validation whose weights are the best ones. `history` must not be empty.
    validation_report best() const { return history[best_of(history)]; }
};

/// Sees nothing. An observer has any of these members, each of which may take the trainer as a second argument, to save its state:
///     on_step(const step_report&)
///     on_validation(const validation_report&)
///     on_warning(const training_warning&)
///     on_end(const training_result&)
struct no_observer {};
/// Asks for nothing: a run ends by its own rules.
struct never {
    constexpr bool operator()() const noexcept { return false; }
};

namespace detail {

// A member of the right name that cannot be called is a mistake, not an absent hook.
template <class Trainer, class O>
void notify(Trainer& trainer, O& observer, const step_report& r) {
    if constexpr (requires { observer.on_step(r, trainer); })
        observer.on_step(r, trainer);
    else if constexpr (requires { observer.on_step(r); })
        observer.on_step(r);
    else
        static_assert(
            !requires { &O::on_step; }, "eirnn: an observer's on_step takes a const step_report&, and maybe the trainer");
}
template <class Trainer, class O>
void notify(Trainer& trainer, O& observer, const validation_report& r) {
    if constexpr (requires { observer.on_validation(r, trainer); })
        observer.on_validation(r, trainer);
    else if constexpr (requires { observer.on_validation(r); })
        observer.on_validation(r);
    else
        static_assert(
            !requires { &O::on_validation; }, "eirnn: an observer's on_validation takes a const validation_report&, and maybe the trainer");
}
template <class Trainer, class O>
void notify(Trainer& trainer, O& observer, const training_warning& r) {
    if constexpr (requires { observer.on_warning(r, trainer); })
        observer.on_warning(r, trainer);
    else if constexpr (requires { observer.on_warning(r); })
        observer.on_warning(r);
    else
        static_assert(
            !requires { &O::on_warning; }, "eirnn: an observer's on_warning takes a const training_warning&, and maybe the trainer");
}
template <class Trainer, class O>
void notify(Trainer& trainer, O& observer, const training_result& r) {
    if constexpr (requires { observer.on_end(r, trainer); })
        observer.on_end(r, trainer);
    else if constexpr (requires { observer.on_end(r); })
        observer.on_end(r);
    else
        static_assert(
            !requires { &O::on_end; }, "eirnn: an observer's on_end takes a const training_result&, and maybe the trainer");
}

/// Notices what deserves a warning; each kind is told once per run.
class alarm {
public:
    template <class Tell>
    void look(const step_report& r, const Tell& tell) {
        using kind = training_warning::kind;
        if (r.guarded) return once(told_[3], {kind::guarded, r.iteration, r.gradient_norm, 0}, tell);
        if (r.gradient_norm > largest_norm) once(told_[0], {kind::large_gradient, r.iteration, r.gradient_norm, largest_norm}, tell);
        if (r.gradient_norm == 0) once(told_[2], {kind::no_gradient, r.iteration, 0, 0}, tell);
        if (first_ || r.loss < best_) best_ = r.loss;
        first_ = false;
        steps_above_ = r.loss > 10 * best_ ? steps_above_ + 1 : 0;
        if (steps_above_ >= 500) once(told_[1], {kind::rising_loss, r.iteration, r.loss, 10 * best_}, tell);
    }

private:
    static constexpr double largest_norm = 1e6;
    template <class Tell>
    static void once(bool& told, const training_warning& w, const Tell& tell) {
        if (told) return;
        told = true;
        tell(w);
    }
    bool told_[4]{}, first_ = true;
    double best_ = 0;
    int steps_above_ = 0;
};

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
