// The cells that come with the library. A new cell is its equations.
#pragma once
#include <eirnn/cell/cell.hpp>

namespace eirnn {

namespace notation {
using equations::noise;
using equations::prev;
using equations::system;
using equations::W;
inline constexpr equations::symbol<struct x> x;          ///< total synaptic current
inline constexpr equations::symbol<struct r> r;          ///< firing rate
inline constexpr equations::input_symbol<struct u> u;    ///< signals from outside
inline constexpr equations::coefficient<struct alpha> alpha;  ///< dt / tau
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

}  // namespace eirnn
