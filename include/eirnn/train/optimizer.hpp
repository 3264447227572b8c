// Optimisers: small values that know how to take one step in every parameter matrix, on whatever backend it lies.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/kernels/parameter.hpp>
#include <eirnn/model/parameters.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {
inline void require_setting(bool ok, const char* name, const char* expected, double got) {
    require(ok, "a setting of the training is out of range", name, expected, is_finite(got) ? std::to_string(got) : "not a finite number",
            "give a number in the range");
}
// A rate so large that one step could overflow a float would make weights that are not numbers; far smaller ones diverge properly.
inline void require_rate(const char* name, double rate) {
    require_setting(is_finite(rate) && rate >= 0 && rate <= 1e15, name, "0 .. 1e15", rate);
}
inline void require_clip(const char* name, double clip) {
    require_setting(is_finite(clip) && clip >= 0, name, ">= 0 (0: no clipping)", clip);
}
inline void require_fraction(const char* name, double x) { require_setting(is_finite(x) && x >= 0 && x < 1, name, "0 <= x < 1", x); }

/// One functor over every element of a parameter matrix; entries that are not trained have gradient 0.
template <class B, class F>
void update_all(B& device, parameter_block<B>& p, const F& f) {
    device.map(0, p.columns, backend::section<F>{0l, p.rows, 0l, f});
}
}  // namespace detail

/// What a trainer asks of an optimiser: the norm to which it clips gradients, how many running moments per weight it keeps (0, 1 or 2), and
/// its step number `count` (from 1) in one matrix, from the gradient times `scale`. A gradient of 0 must leave a weight of 0 at 0. One that
/// also has a `gradient_guard guard` is guarded.
template <class O, class B>
concept Optimizer = std::copyable<O> && requires(const O& o, B& device, parameter_block<B>& p, std::uint64_t count, double scale) {
    { o.clip_norm } -> std::convertible_to<double>;
    { o.moments() } -> std::convertible_to<int>;
    o.check();
    o.update(device, p, count, scale);
};

/// A safeguard against gradients that are not finite or far too large, as in the published code of Song et al. 2016: such a step shrinks
/// the recurrent weights and does nothing else. States that grow from step to step of a trial are where those gradients come from. For
/// networks with recurrent weights that are trained with clipping (`clip_norm` above 0); weights that are not finite are always an error.
struct gradient_guard {
    double largest_norm = 1e10;  ///< it acts where the loss or the gradient's norm is not finite, or the norm is larger than this
    double shrink = 0.02;  ///< so many times the raw recurrent weights are then their gradient, which is not clipped; all others are 0
    /// It acts in so many at most; where one more would follow, the run ends with an error. 0: never. In 5000 steps of the published size
    /// the recurrent weights shrink to 1/e: from the spectral radius 1.5 to 0.55, with which nothing grows.
    std::uint64_t steps_in_a_row = 5000;

    /// Throws invalid_argument where a number is out of range.
    void check() const {
        detail::require_setting(is_finite(largest_norm) && largest_norm > 0, "gradient_guard::largest_norm", "> 0", largest_norm);
        detail::require_setting(is_finite(shrink) && shrink > 0 && shrink <= 1, "gradient_guard::shrink", "0 < shrink <= 1", shrink);
    }
};

/// Stochastic gradient descent: v <- momentum v + g, w <- w - learning_rate v. The defaults are those of Song et al. 2016, table 1.
struct sgd {
    double learning_rate = 0.01;  ///< of the first step
    double clip_norm = 1;     ///< a gradient with a larger norm, over all parameters together, is scaled down to it (equation 21); 0: never
    double momentum = 0;      ///< share of the last step's v that is kept, 0 <= momentum < 1
    double weight_decay = 0;  ///< each step adds so many times the raw weight to the gradient, of everything trained (L2)
    std::vector<std::uint64_t> decay_steps{};  ///< after each of these numbers of steps the learning rate is a tenth of what it was
    gradient_guard guard{};                    ///< what is done about a gradient that is not finite or far too large

    int moments() const { return momentum != 0 ? 1 : 0; }
    /// The learning rate of step `count`, from 1.
    double rate_at(std::uint64_t count) const {
        double rate = learning_rate;
        for (const std::uint64_t n : decay_steps) rate *= count > n ? 0.1 : 1.;
        return rate;
    }
    /// Throws invalid_argument where a number is out of range.
    void check() const {
        detail::require_rate("sgd::learning_rate", learning_rate);
        detail::require_clip("sgd::clip_norm", clip_norm);
        detail::require_fraction("sgd::momentum", momentum);
        detail::require_fraction("sgd::weight_decay", weight_decay);
        guard.check();
        // Otherwise the guard would turn or enlarge the weights.
        if (clip_norm > 0 && guard.steps_in_a_row > 0)
            detail::require_setting(learning_rate * guard.shrink <= 1, "sgd::learning_rate", "<= 1 / gradient_guard::shrink",
                                    learning_rate);
    }
    template <class B>
    void update(B& device, parameter_block<B>& p, std::uint64_t count, double scale) const {
        using T = typename B::scalar;
        detail::update_all(device, p,
                           kernels::descend<T>{p.of(p.raw), p.of(p.gradient), p.of(p.first_moment), static_cast<T>(rate_at(count)),
                                               static_cast<T>(scale), static_cast<T>(momentum), static_cast<T>(weight_decay)});
    }
};

/// Adam (Kingma & Ba 2015, algorithm 1), on the clipped gradient.
struct adam {
    double learning_rate = 0.001;  ///< about the largest change of a raw weight in a step
    double clip_norm = 1;          ///< a gradient with a larger norm, over all parameters together, is scaled down to it; 0: never
    double beta1 = 0.9;            ///< decay per step of the running mean of the gradient
    double beta2 = 0.999;          ///< decay per step of the running mean of its square
    double epsilon = 1e-8;         ///< added to the root of that mean, 1e-30 .. 1

    int moments() const { return 2; }
    /// Throws invalid_argument where a number is out of range.
    void check() const {
        detail::require_rate("adam::learning_rate", learning_rate);
        detail::require_clip("adam::clip_norm", clip_norm);
        detail::require_fraction("adam::beta1", beta1);
        detail::require_fraction("adam::beta2", beta2);
        // 0 / 0 where a weight is not trained, if epsilon rounded to 0 in floats
        detail::require_setting(is_finite(epsilon) && epsilon >= 1e-30 && epsilon <= 1, "adam::epsilon", "1e-30 .. 1", epsilon);
    }
    template <class B>
    void update(B& device, parameter_block<B>& p, std::uint64_t count, double scale) const {
        using T = typename B::scalar;
        const double n = static_cast<double>(count);
        const double rate = learning_rate / (1 - std::pow(beta1, n)), root = 1 / std::sqrt(1 - std::pow(beta2, n));
        detail::update_all(device, p,
                           kernels::adam_step<T>{p.of(p.raw), p.of(p.gradient), p.of(p.first_moment), p.of(p.second_moment),
                                                 static_cast<T>(rate), static_cast<T>(scale), static_cast<T>(beta1), static_cast<T>(beta2),
                                                 static_cast<T>(root), static_cast<T>(epsilon)});
    }
};

}  // namespace EIRNN_NAMESPACE
