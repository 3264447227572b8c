// The cells that come with the library. A new cell is its equations.
#pragma once
#include <eirnn/cell/cell.hpp>

namespace EIRNN_NAMESPACE {

namespace notation {
using equations::noise;
using equations::prev;
using equations::system;
using equations::W;
inline constexpr equations::symbol<struct x> x;          ///< total synaptic current
inline constexpr equations::symbol<struct r> r;          ///< firing rate
inline constexpr equations::input_symbol<struct u> u;    ///< signals from outside
inline constexpr equations::coefficient<struct alpha> alpha;  ///< dt / tau
inline constexpr equations::input_symbol<struct X> X;    ///< what comes from the area below
inline constexpr equations::symbol<struct y> y;          ///< current of a feed-forward area
inline constexpr equations::symbol<struct z> z;          ///< readout
}  // namespace notation

/// The rate unit of Song, Yang & Wang 2016 (equations 7-8): x <- (1-a) x + a (W r + W u + b) + noise, r = f(x).
template <auto Activation>
struct rate {
    static constexpr auto equations = [] {
        using namespace notation;
        return system(
            x[r] = (1 - alpha) * prev(x) + alpha * (W(prev(r)) + W(u)) + noise,
            r    = Activation(x));
    }();
};

// cvref: nvcc hands decltype((Other)), a reference, to its host compiler.
template <auto Other>
    requires(!equations::TermFunction<std::remove_cvref_t<decltype(Other)>>)
struct rate<Other> {
    static constexpr auto equations =
        equations::system(notation::r = equations::misfit<equations::flaw::no_activation, std::remove_cvref_t<decltype(Other)>>{});
};

/// A feed-forward area on a grid: convolution, batch norm, rectification.
struct feed_forward {
    static constexpr auto equations = [] {
        using namespace notation;
        return system(
            y[r] = equations::batch_norm(W(X)),
            r    = relu(y));
    }();
};

/// The linear readout that a stack of areas ends in.
struct readout_cell {
    static constexpr auto equations = [] {
        using namespace notation;
        return system(z = W(X));
    }();
};

}  // namespace EIRNN_NAMESPACE
