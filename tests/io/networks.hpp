// The networks that the tests of files share, compiled once for all of them (networks.cpp) and without their types.
#pragma once
#include <eirnn/backend/serial.hpp>
#include <eirnn/model/any_model.hpp>

#include <cstdint>

namespace networks {

template <class T>
using any = eirnn::any_model<eirnn::backend::serial<T>>;

/// Dense: 6 excitatory units (E) and 2 inhibitory ones (I), whose weights to each other are fixed, 2 inputs (motion), 3 outputs (choice).
/// `Options`: none; of doubles also signs<absolute> or signs<soft_rectify>.
template <class T, class... Options>
any<T> decision(std::uint64_t seed);
/// The same with the excitatory population named B.
any<float> renamed(std::uint64_t seed);
/// Dense: two excitatory units, one output, no input.
any<double> without_inputs(std::uint64_t seed);

/// On grids: an image of 6 x 6 with 2 channels, an area of 3 channels, one of StandardEI with 5 and `interneurons`, 3 outputs.
template <class T>
any<T> on_grids(std::uint64_t seed, long interneurons = 2);
/// The same with three time steps instead of two.
any<float> of_three_steps(std::uint64_t seed);

}  // namespace networks
