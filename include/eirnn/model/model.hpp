// A network with weights: what a user runs, trains and looks into.
#pragma once
#include <eirnn/backend/fwd.hpp>
#include <eirnn/config.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/model/any_model.hpp>
#include <eirnn/model/dense_engine.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/spec/lower.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
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
                  "eirnn[M04]: the model of a network on grids stands in <eirnn/model/stack_model.hpp>. Include that, or <eirnn/eirnn.hpp>.");
};
template <class B>
using backend_or_default = std::conditional_t<backend::Backend<B>, B, backend::cpu<float>>;
template <class B>
using model_of_nothing =
    std::conditional_t<backend::Backend<backend_or_default<B>>, model<no_network, backend_or_default<B>>, nothing>;

/// The name of a network's type as files say it: empty where it has none of its own.
template <class Net>
std::string network_name() {
    constexpr std::string_view name = name_of<Net>();
    return is_identifier(name) ? std::string(name) : std::string();
}
// `network`, `cell`: names of their types.
EIRNN_COLD inline model_identity identify(const network_facts& net, const layout& l, std::string network, std::string_view cell) {
    model_identity id{std::move(network), {}, l.inputs, l.outputs, {}, {}, {}};
    const auto add = [&id](const char* key, std::string_view name, long size, const char* more = "") {
        std::string& list = id.parts[key];
        list += (list.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(size) + more;
    };
    const auto sign = [](polarity s) {
        return s == polarity::excitatory ? " excitatory" : s == polarity::inhibitory ? " inhibitory" : " free";
    };
    for (std::size_t k = 0; k < net.areas.size(); ++k) add("areas", net.areas[k].name, l.areas[k].size);
    for (std::size_t k = 0; k < net.populations.size(); ++k) {
        add("populations", net.populations[k].name, l.populations[k].size, sign(net.populations[k].sign));
        id.units.push_back({std::string(net.populations[k].name), l.populations[k].begin, l.populations[k].size});
    }
    const auto channels = [&](const char* key, const auto& named, const std::vector<channel_entry>& sizes, std::vector<named_range>& to) {
        for (std::size_t k = 0; k < named.size(); ++k) {
            add(key, named[k].name, sizes[k].size);
            to.push_back({std::string(named[k].name), sizes[k].begin, sizes[k].size});
        }
    };
    channels("inputs", net.inputs, l.input_channels, id.inputs);
    channels("outputs", net.outputs, l.output_channels, id.outputs);
    // Compilers agree on the name of a cell's template, not on how they print its arguments.
    id.parts["cell"] = cell.substr(0, cell.find('<'));
    return id;
}

template <class... Other>
constexpr void say_how_models_are_made() {
    static_assert(sizeof...(Other) > 99,
                  "eirnn[M03]: a model is made from a seed, and maybe its options and a backend, in this order: model<net> m{seed{1}}, "
                  "model<net> m{seed{1}, {.sizes = sizes{}.of<E>(120)}}. Correct the arguments.");
}
}  // namespace detail

/// Everything about a model that is not in its type. Networks on grids have no time constants, no noise and no initial values, their
/// weights begin as those of Sun et al. do: they refuse other values of the first three.
struct model_options {
    dynamics physics{};        ///< time constants, noise and inputs
    trainables trained{};      ///< what is trained beside the weights
    initialization initial{};  ///< how the first weights are drawn
    eirnn::sizes sizes{};      ///< of the parts that the network declares `dynamic`
    long frames = 1;           ///< of the images of a network on grids; 1: the same image in every step
    double running_share = long_run_share;  ///< of a batch in the running statistics of batch norm, once they no longer are plain means
};

namespace detail {
/// Throws invalid_argument where an option is not one of networks of this kind.
EIRNN_COLD inline void check_options(const model_options& o, bool on_grid) {
    const auto refuse = [](const char* name, const char* of_others, const char* repair) {
        throw invalid_argument({"an option is not one of this kind of network", std::string("model_options::") + name, "its default",
                                std::string("what only ") + of_others + " have", repair});
    };
    const char* const rates = "networks without grids";
    if (on_grid && o.physics != dynamics{})
        refuse("physics", rates, "leave it out: cells on grids take steps without time constants or noise");
    if (on_grid && o.trained != trainables{}) refuse("trained", rates, "leave it out: the equations of the cell say what is trained");
    if (on_grid && o.initial != initialization{})
        refuse("initial", rates, "leave it out, and set weights by set_raw if they shall be others");
    if (!on_grid && o.frames != 1) refuse("frames", "networks on grids", "leave it out: trials say how many steps they have");
}
}  // namespace detail

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
class model<Net, B> : public any_model<B> {
    using base = any_model<B>;

public:
    using network_type = Net;
    using typename base::scalar;
    using cell = typename network_traits<Net>::cell;
    using output_activation = typename network_traits<Net>::output_activation;
    using engine_type = dense_engine<cell, output_activation, B>;

    explicit model(seed s, const model_options& options = {}, B device = B()) : model(s, options, make(s, options, std::move(device))) {}
    model(const model&) = delete;  // whoever wants two makes two, and gives one of them the raw() of the other
    model(model&&) = default;
    model& operator=(model&&) = default;
    template <class... Other>
        requires((!std::derived_from<Other, model>) && ...)
    explicit model(const Other&...) : model(seed{0}) {
        detail::say_how_models_are_made<Other...>();
    }

    /// Sizes, populations, masks and signs as numbers.
    const layout& structure() const& { return structure_; }
    const model_options& options() const& { return options_; }
    layout structure() && { return std::move(structure_); }  // of a temporary: what stays
    model_options options() && { return std::move(options_); }

    /// A loss of this network's outputs.
    template <class Loss>
    static loss_of_outputs<B> loss_here(Loss loss) {
        return erase_loss<Loss, output_activation, B>(loss);
    }
    using base::gradient;
    template <class Loss>
    gradient_report gradient(const trial_batch<scalar>& trials, noise_key key, Loss loss, const objective& o = {}) {
        return base::gradient(trials, key, loss_here(loss), o);
    }

private:
    struct parts {
        layout structure;
        detail::weight_arrays arrays;
        std::unique_ptr<engine_type> engine;
    };
    static parts make(seed s, const model_options& options, B device) {
        detail::check_options(options, false);
        layout l = lower<Net>(options.sizes);
        const initial_weights first = initialize(l, options.initial, s);  // it changes fixed weights
        auto engine = std::make_unique<engine_type>(l, options.trained, std::move(device));
        auto w = engine->empty();
        const auto fill = [](matrix<scalar>& to, const matrix<double>& from) {
            for (long i = 0; i < to.rows; ++i)
                for (long j = 0; j < to.cols; ++j) to(i, j) = static_cast<scalar>(from(i, j % from.cols));
        };
        const auto constant = [](matrix<scalar>& to, double value) { std::fill(to.data.begin(), to.data.end(), static_cast<scalar>(value)); };
        for (auto& [name, shape, values] : w.tensors)
            if (name.starts_with("W_in"))
                fill(values, first.input);
            else if (name.starts_with("W_rec"))
                fill(values, first.recurrent);
            else if (name == "W_out")
                fill(values, first.output);
            else if (name.starts_with("b_rec"))
                constant(values, options.initial.initial_bias);
            else if (name.starts_with("x0"))
                constant(values, options.initial.initial_state);
        engine->set_raw(w);
        return {std::move(l), engine->arrays(), std::move(engine)};
    }
    model(seed s, const model_options& options, parts made)
        : base(s, std::move(made.engine), loss_here(loss_of_activation<output_activation>{}), std::move(made.arrays),
               detail::identify(network_traits<Net>::facts, made.structure, detail::network_name<Net>(), name_of<cell>()), options.physics),
          options_(options),
          structure_(std::move(made.structure)) {}

    model_options options_;
    layout structure_;
};

}  // namespace EIRNN_NAMESPACE
