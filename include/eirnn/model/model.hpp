// A network with weights: what a user runs, trains and looks into.
#pragma once
#include <eirnn/backend/fwd.hpp>
#include <eirnn/model/dense_engine.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/recording.hpp>
#include <eirnn/spec/lower.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE {

template <class Net, class B>
class model;

namespace detail {
struct nothing {
    template <class... Anything>
    explicit nothing(const Anything&...) {}
};
template <class Net, class B>
struct refused {
    // Not the concepts themselves: compilers would list what is missing, g++ as errors.
    static constexpr bool is_network = Network<Net>, is_backend = backend::Backend<B>;
    static_assert(sizeof(asked_of<Net>) > 0);
    static_assert(!is_network || is_backend,
                  "eirnn[M02]: the second argument of model is a backend of float or double whose header is included: cpu<float>, "
                  "serial<double>. Correct it, include <eirnn/eirnn.hpp>, or leave it out.");
    static_assert(!is_network || !is_backend,
                  "eirnn[M04]: the model of a network on grids comes with a header of its own. Include <eirnn/multicell.hpp>.");
};
template <class B>
using backend_or_default = std::conditional_t<backend::Backend<B>, B, backend::cpu<float>>;
template <class B>
using model_of_nothing =
    std::conditional_t<backend::Backend<backend_or_default<B>>, model<no_network, backend_or_default<B>>, nothing>;

template <class... Other>
constexpr void say_how_models_are_made() {
    static_assert(sizeof...(Other) > 99,
                  "eirnn[M03]: a model is made from a seed, and maybe its options and a backend, in this order: model<net> m{seed{1}}, "
                  "model<net> m{seed{1}, {.sizes = sizes{}.of<E>(120)}}. Correct the arguments.");
}
}  // namespace detail

/// Everything about a model that is not in its type.
struct model_options {
    dynamics physics;        ///< time constants, noise and inputs
    trainables trained;      ///< what is trained beside the weights
    initialization initial;  ///< how the first weights are drawn
    eirnn::sizes sizes;      ///< of the parts that the network declares `dynamic`
};

template <class Net>
concept DenseNetwork = Network<Net> && !network_traits<Net>::on_grid;

/// A network `Net` with weights, on a backend: `cpu<float>` unless told otherwise. This one is of arguments that it cannot be made of; it
/// says so and otherwise behaves as the model of an empty network.
template <class Net, class B = backend::cpu<float>>
class model : public detail::model_of_nothing<B> {
    static_assert(sizeof(detail::refused<Net, B>) > 0);
    using nearest = detail::model_of_nothing<B>;

public:
    using nearest::nearest;
    template <class... Anything>
    explicit model(const Anything&...) : nearest(seed{0}) {}
};
template <class... Anything>
model(Anything...) -> model<void>;

/// The model of a network without grids.
template <DenseNetwork Net, backend::Backend B>
class model<Net, B> {
public:
    using network_type = Net;
    using scalar = typename B::scalar;
    using weights_type = weight_set<scalar>;
    using cell = typename network_traits<Net>::cell;
    using output_activation = typename network_traits<Net>::output_activation;
    using engine_type = dense_engine<cell, output_activation, B>;

    explicit model(seed s, const model_options& options = {}, B device = B())
        : model(s, options, std::move(device), lower<Net>(options.sizes)) {}
    template <class... Other>
        requires((!std::derived_from<Other, model>) && ...)
    explicit model(const Other&...) : model(seed{0}) {
        detail::say_how_models_are_made<Other...>();
    }

    long inputs() const { return structure().inputs; }
    long outputs() const { return structure().outputs; }
    /// Sizes, populations, masks and signs as numbers.
    const layout& structure() const& { return engine_.structure(); }
    const model_options& options() const& { return options_; }
    const dynamics& physics() const& { return options_.physics; }
    layout structure() && { return engine_.structure(); }  // of a temporary: a copy that stays
    model_options options() && { return std::move(options_); }
    dynamics physics() && { return std::move(options_.physics); }
    seed seed_of_weights() const { return seed_; }
    engine_type& numerics() { return engine_; }
    B& device() { return engine_.device(); }

    /// Raw weights: what is trained. Throws invalid_argument, changing nothing, if a shape differs or a number is not finite.
    weight_set<scalar> raw() const { return engine_.raw(); }
    void set_raw(const weight_set<scalar>& w) { engine_.set_raw(w); }
    /// Effective weights: sign, mask and fixed values applied; what the network computes with, what figures show.
    weight_set<scalar> effective() {
        engine_.parameters().update_effective(engine_.device());
        return engine_.exported(&parameter_block<B>::effective);
    }
    /// Another quantity that each weight has, in the shape of the weights: gradients, moments of an optimiser.
    weight_set<scalar> exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return engine_.exported(what);
    }
    /// The gradient by the raw weights that the last call of `gradient` left.
    weight_set<scalar> last_gradient() const { return engine_.exported(&parameter_block<B>::gradient); }

    /// Runs trials without learning; the noise of a trial depends on the key and the trial's id only.
    recording<scalar> run(const trial_batch<scalar>& trials, noise_key key, const run_request<scalar>& ask = {}) {
        auto r = engine_.run(trials, physics(), key, ask);
        recording<scalar> out;
        out.trials = trials.trials, out.steps = trials.steps, out.outputs = trials.outputs, out.units = structure().units;
        out.every = ask.every, out.dt = trials.dt;
        out.output = std::move(r.output), out.final_output = std::move(r.final_output), out.rate = std::move(r.rate);
        return out;
    }
    /// The gradient of loss + penalties by every raw weight.
    template <class Loss>
    gradient_report gradient(const trial_batch<scalar>& trials, noise_key key, Loss loss, const objective& o = {}) {
        return engine_.gradient(trials, physics(), key, loss, o);
    }
    /// Sets weights whose magnitude is below `least` to 0 (the reference code does so, 1e-4, after training).
    void prune(double least) {
        auto w = raw();
        const auto effective_weights = effective();
        // A raw weight of 0 is a magnitude of 0, except under soft_rectify, where no magnitude is.
        const auto cut = [&](matrix<scalar>& raw_weights, const matrix<scalar>& values, const connectivity& c) {
            for (long i = 0; i < values.rows; ++i)
                for (long j = 0; j < values.cols; ++j)
                    if (std::abs(double(values(i, j))) < least && c.rule(i, j % c.pres()) != sign_rule::soft_rectify) raw_weights(i, j) = 0;
        };
        for (std::size_t g = 0; g < w.input.size(); ++g) {
            cut(w.input[g], effective_weights.input[g], structure().input);
            cut(w.recurrent[g], effective_weights.recurrent[g], structure().recurrent);
        }
        cut(w.output, effective_weights.output, structure().output);
        set_raw(w);
    }

private:
    model(seed s, const model_options& options, B device, layout l)
        : options_(options), seed_(s), initial_(initialize(l, options.initial, s)), engine_(l, options.trained, std::move(device)) {
        weight_set<scalar> w = engine_.empty();
        const auto fill = [](matrix<scalar>& to, const matrix<double>& from) {
            for (long i = 0; i < from.rows; ++i)
                for (long j = 0; j < from.cols; ++j)
                    for (long k = 0; k < to.cols / from.cols; ++k) to(i, k * from.cols + j) = static_cast<scalar>(from(i, j));
        };
        for (auto& m : w.input) fill(m, initial_.input);
        for (auto& m : w.recurrent) fill(m, initial_.recurrent);
        fill(w.output, initial_.output);
        for (auto& v : w.initial) std::fill(v.begin(), v.end(), static_cast<scalar>(options.initial.initial_state));
        for (auto& v : w.bias) std::fill(v.begin(), v.end(), static_cast<scalar>(options.initial.initial_bias));
        engine_.set_raw(w);
        initial_ = {};
    }

    model_options options_;
    seed seed_;
    initial_weights initial_;
    engine_type engine_;
};

}  // namespace EIRNN_NAMESPACE
