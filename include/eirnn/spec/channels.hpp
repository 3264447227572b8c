// Inputs and outputs: what enters a network and what is read from it.
#pragma once
#include <eirnn/cell/activation.hpp>
#include <eirnn/spec/grid.hpp>

namespace EIRNN_NAMESPACE {

/// `struct motion : input<2> {};`: channels that carry firing rates into the network; their weights are non-negative unless a projection
/// says `unconstrained`. `Size` may be `dynamic`. `input<3, grid<32, 32>>`: the channels of an image.
template <int Size, class Grid = detail::no_grid>
requires requires { Grid::map; }
struct input {
    using input_type = input;
    static constexpr int size = Size;
    static constexpr map_facts map = Grid::map;
};

/// `struct choice : output<2> {};`: channels z = g(W r + b). `Activation` is g, an object of an empty class.
template <int Size, auto Activation = identity>
struct output {
    using output_type = output;
    static constexpr int size = Size;
    static constexpr auto activation = Activation;
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
