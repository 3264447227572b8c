// Inputs and outputs: what enters a network and what is read from it.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/spec/grid.hpp>

namespace EIRNN_NAMESPACE {

namespace detail {
template <class T>
concept HasMap = requires {
    { T::map } -> std::convertible_to<map_facts>;
};
template <class T>
constexpr map_facts map_in() {
    if constexpr (HasMap<T>)
        return T::map;
    else
        return {};
}
template <class T>
concept HasOver = requires {
    { T::output } -> std::convertible_to<over_steps>;
};
template <class T>
constexpr over_steps over_of() {
    if constexpr (HasOver<T>)
        return T::output;
    else
        return over_steps::each;
}
template <auto Object>
constexpr auto object_or_identity() {
    if constexpr (std::is_class_v<std::remove_cvref_t<decltype(Object)>>)
        return Object;
    else
        return identity;
}
}  // namespace detail

/// `struct motion : input<2> {};`: channels that carry firing rates into the network; their weights are non-negative unless a projection
/// says `unconstrained`. `Size` may be `dynamic`. `input<3, grid<32, 32>>`: the channels of an image.
template <auto Size = detail::no_size{}, class Grid = detail::no_grid>
struct input {
    using input_type = input;
    static constexpr int size = detail::size_of<Size>();
    static constexpr map_facts map = detail::map_in<Grid>();
    static constexpr bool well_formed = detail::is_size<Size> && detail::HasMap<Grid>;
};

/// Of an output: its readout in every step, or the mean of those up to each step, or their sum (`sum_of_steps`).
struct every_step {
    static constexpr over_steps output = over_steps::each;
};
struct mean_of_steps {
    static constexpr over_steps output = over_steps::mean;
};

/// The loss that goes with the activation of an output: squared error, or the cross-entropy of `logistic` or `softmax`.
struct usual_loss {};

/// `struct choice : output<2> {};`: channels z = g(W r + b). `Activation` is g, an object of an empty class; `Loss` what they are trained
/// by unless the training says otherwise, `no_loss` if they are not. Where a network's outputs differ in them, each loss is divided by the
/// sum of its own output's mask, and the loss is their sum. `When`: `every_step`, or g sees `mean_of_steps` or `sum_of_steps`, z of all
/// steps so far; masks say in which steps the loss asks for it.
template <auto Size = detail::no_size{}, auto Activation = identity, auto Loss = usual_loss{}, class When = every_step>
struct output {
    using output_type = output;
    static constexpr int size = detail::size_of<Size>();
    static constexpr auto activation = detail::object_or_identity<Activation>();
    using loss = std::remove_cvref_t<decltype(Loss)>;
    static constexpr over_steps over = detail::over_of<When>();
    static constexpr bool well_formed = detail::is_size<Size> && std::is_class_v<std::remove_cvref_t<decltype(Activation)>> &&
                                        std::is_class_v<loss> && detail::HasOver<When>;
};

template <class T>
concept Input = requires {
    typename T::input_type;
};
template <class T>
concept Output = requires {
    typename T::output_type;
};

}  // namespace EIRNN_NAMESPACE
