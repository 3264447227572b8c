// A network with weights: what a user runs, trains and looks into.
#pragma once
#include <eirnn/backend/fwd.hpp>
#include <eirnn/config.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/model/any_model.hpp>
#include <eirnn/model/engine.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/maps.hpp>
#include <eirnn/model/units.hpp>
#include <eirnn/model/words.hpp>
#include <eirnn/spec/lower.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

/// Everything about a model that is not in its type. The first three are of units on one position. Of areas on maps, cells that read alpha
/// or have noise have the time constants and the unit noise of the first, states begin with 0 unless `trained` says otherwise, and weights
/// begin as those of Sun et al. do. A network that has no use for one of them refuses other values of it.
struct model_options {
    dynamics physics{};        ///< time constants, noise and inputs
    trainables trained{};      ///< what is trained beside the weights
    initialization initial{};  ///< how the first weights are drawn
    eirnn::sizes sizes{};      ///< of the parts that the network declares `dynamic`
    long frames = 1;           ///< of the images of a network on grids; 1: the same image in every step
    std::vector<number_of> frames_of{};     ///< of images by name where they differ, `{{"cue", 1}}`
    double running_share = long_run_share;  ///< of a batch in the running statistics of batch norm, once they no longer are plain means
};

namespace detail {
/// Whether one of these cells reads dt / tau or has noise.
template <class... Cells>
constexpr bool any_timed(type_list<Cells...>) {
    return ((planned<Cells, equations::way::grid>::plan.coefficients.size > 0 || planned<Cells, equations::way::grid>::plan.noisy() >= 0) ||
            ...);
}
/// Throws invalid_argument where an option is not one of networks of this kind.
EIRNN_COLD inline void check_options(const model_options& o, bool has_units, bool has_maps, bool has_time) {
    const auto refuse = [](const char* name, const char* of_others, const char* repair) {
        throw invalid_argument({"an option is not one of this kind of network", std::string("model_options::") + name, "its default",
                                std::string("what only ") + of_others + " have", repair});
    };
    const char* const rates = "networks with units on one position";
    dynamics of_cells = o.physics;
    if (has_maps) of_cells.input_noise_of.clear(), of_cells.input_noise_per_channel.clear();
    if (!has_time && of_cells != dynamics{})
        refuse("physics", "networks with units on one position, or cells with alpha or noise,", "leave it out, or let a cell read them");
    trainables trained_units = o.trained;
    trained_units.map_initial_state = false;
    dynamics of_maps;
    of_maps.input_noise = o.physics.input_noise, of_maps.tau_input = o.physics.tau_input;
    of_maps.baseline = o.physics.baseline, of_maps.rectify_inputs = o.physics.rectify_inputs;
    if (!has_units && of_maps != dynamics{})
        refuse("physics", rates, "give time constants and noise, of images by name; they are not rectified");
    if (!has_units && trained_units != trainables{})
        refuse("trained", rates, "leave it out: the equations of the cell say what is trained");
    if (!has_maps && o.trained.map_initial_state) refuse("trained", "networks on grids", "leave map_initial_state out");
    initialization of_units = o.initial;
    of_units.kernel_scale = 1;
    if (!has_units && of_units != initialization{})
        refuse("initial", rates, "give kernel_scale alone, and set weights by set_raw if they shall be others");
    if (!has_maps && o.initial.kernel_scale != 1) refuse("initial", "networks on grids", "leave kernel_scale out");
    if (!has_maps && (o.frames != 1 || !o.frames_of.empty()))
        refuse("frames", "networks on grids", "leave it out: trials say how many steps they have");
}

// The areas of a network for the numerics. Units of several cells read each other, and maps may read units.
template <class B, class Traits, class MapCells = typename Traits::map_cells, class UnitCells = typename Traits::unit_cells>
struct areas_of;
template <class B, class Traits, class... MapCells, class... UnitCells>
struct areas_of<B, Traits, type_list<MapCells...>, type_list<UnitCells...>> {
    static constexpr bool read_elsewhere = sizeof...(UnitCells) > 1 || Traits::facts.maps_read_units();
    using activation = typename Traits::output_activation;
    using of_map = std::conditional_t<sizeof...(UnitCells) == 0, activation, identity_t>;
    using type = engine<B, grid_area<planned<MapCells, equations::way::grid>, B, of_map>...,
                        dense_area<planned<UnitCells, equations::way::dense, read_elsewhere>, activation, B>...>;
};
// The losses that a network declares, where it leaves one open the one that goes with the activation.
template <class Loss, class Activation>
struct losses_declared {
    using type = std::conditional_t<std::is_same_v<Loss, usual_loss>, loss_of_activation<Activation>, Loss>;
};
template <class Loss, class... Activation>
struct losses_declared<Loss, each_output<Activation...>> {
    using type = each_loss<typename losses_declared<Loss, Activation>::type...>;
};
template <class... Loss, class... Activation>
struct losses_declared<each_output<Loss...>, each_output<Activation...>> {
    using type = each_loss<typename losses_declared<Loss, Activation>::type...>;
};
template <class Loss, class Activation>
using declared_losses = typename losses_declared<Loss, Activation>::type;
// A readout of maps that says nothing has classes: its outputs are logits.
template <class Traits>
using loss_of_network =
    std::conditional_t<!Traits::has_units && std::is_same_v<typename Traits::output_loss, usual_loss> &&
                           std::is_same_v<typename Traits::output_activation, identity_t>,
                       categorical_cross_entropy_t, declared_losses<typename Traits::output_loss, typename Traits::output_activation>>;
// The name of a cell, then those of its variables, a line each.
template <class Cell>
std::string words_of_cell() {
    using lines = typename planned<Cell>::lines;
    std::string all(name_of<Cell>());
    [&]<int... e>(std::integer_sequence<int, e...>) { ((all += '\n', all += name_of<typename lines::template line<e>::variable>()), ...); }
    (std::make_integer_sequence<int, lines::count>{});
    return all;
}
template <class... Cells>
std::vector<std::string> words_of_cells(type_list<Cells...>) {
    return {words_of_cell<Cells>()...};
}
}  // namespace detail

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

template <Network Net, backend::Backend B>
class model<Net, B> : public any_model<B> {
    using base = any_model<B>;
    using traits = network_traits<Net>;

public:
    using network_type = Net;
    using typename base::scalar;
    using engine_type = typename detail::areas_of<B, traits>::type;
    using output_activation = typename engine_type::output_activation;

    explicit model(seed s, const model_options& options = {}, B device = B()) : model(s, options, make(s, options, std::move(device))) {}
    model(const model&) = delete;  // whoever wants two makes two, and gives one of them the raw() of the other
    model(model&&) = default;
    model& operator=(model&&) = default;
    template <class... Other>
        requires((!std::derived_from<Other, model>) && ...)
    explicit model(const Other&...) : model(seed{0}) {
        detail::say_how_models_are_made<Other...>();
    }

    /// Maps, sizes, populations, masks and signs as numbers.
    const layout& structure() const& { return structure_; }
    const model_options& options() const& { return options_; }
    layout structure() && { return std::move(structure_); }  // of a temporary: what stays
    model_options options() && { return std::move(options_); }

    /// A loss of all of this network's outputs, or `each_loss<...>` with one for each.
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
        std::unique_ptr<engine_type> engine;
        detail::named_arrays_of_model names;
    };
    static parts make(seed s, const model_options& options, B device) {
        detail::check_options(options, traits::has_units, traits::on_grid,
                              traits::has_units || detail::any_timed(typename traits::map_cells{}));
        parts p{lower<Net>(options.sizes), {}, {}};
        const initial_weights first = initialize(p.structure, options.initial, s);  // it changes fixed weights
        p.engine = std::make_unique<engine_type>(
            p.structure, options.trained, detail::frames_of_images(traits::facts, options.frames, options.frames_of), std::move(device));
        p.engine->set_running_share(options.running_share);
        auto& parameters = p.engine->parameters();
        parameters.set_raw(first_values<scalar>(parameters.tensors(), p.engine->feed_forward(), p.structure, first, options.initial, s));
        p.names = detail::name_tensors(traits::facts, p.structure, parameters.tensors());
        return p;
    }
    model(seed s, const model_options& options, parts made)
        : base(s, std::move(made.engine), loss_here(detail::loss_of_network<traits>{}), std::move(made.names.arrays),
               detail::identify(traits::facts, made.structure, detail::network_name<Net>(),
                                detail::words_of_cells(typename traits::unit_cells{})),
               options.physics, std::move(made.names.running)),
          options_(options),
          structure_(std::move(made.structure)) {}

    model_options options_;
    layout structure_;
};

}  // namespace EIRNN_NAMESPACE
