// The networks of Sun et al. for CIFAR-10 as types: the two models and the variants of their cells.
#pragma once
#include "options.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/multicell.hpp>

#include <memory>

using cpu_device = eirnn::backend::cpu<float>;

namespace networks {
using namespace eirnn::multicell;
using eirnn::dynamic;

/// The network for CIFAR-10, but how many channels and classes there are, the images say.
using image_parts = small_image_parts<dynamic, dynamic>;
template <class Cell, class Signs = eirnn::absolute, class... Options>
struct with : image_parts,
              recurrent_areas<Cell, dynamic, dynamic, 4>,
              image_parts::network_of<Cell, recurrent_areas<Cell, dynamic, dynamic, 4>, Signs, Options...> {};
/// The one for ImageNet, likewise: for images that are larger.
using large_parts = large_image_parts<dynamic, dynamic>;
template <class Cell>
struct with_large : large_parts,
                    recurrent_areas<Cell, dynamic, dynamic, 5>,
                    large_parts::network_of<Cell, recurrent_areas<Cell, dynamic, dynamic, 5>, eirnn::absolute> {};
using sum_of_steps = eirnn::readout<eirnn::sum_of_steps>;

using base = with<standard>;
using inh_pn = with<standard_inhibitory>;
using no_constraint = with<standard, eirnn::unconstrained>;
using rectified = with<standard, eirnn::rectify>;
template <gate Input, gate Output>
using last_t = with<standard_gates<Input, Output>>;
template <gate Input, gate Output>
using sum_t = with<standard_gates<Input, Output>, eirnn::absolute, sum_of_steps>;
using ei_base = with<standard_ei>;
using ei_inh_pn = with<standard_ei_inhibitory>;
using ei_no_constraint = with<standard_ei, eirnn::unconstrained>;
using ei_both_normalised = with<ei_curr_bn_i_curr_bn>;
using large = with_large<standard>;
using ei_large = with_large<standard_ei>;

using ordinary_areas = recurrent_areas<standard, dynamic, dynamic, 4, eirnn::convolution<3>>;
struct ordinary_conv;  // defined where it is built: a type of its own is compiled wherever it stands
}  // namespace networks

/// What the types leave open: numbers of neurons, what the images have, and how large the first kernels are.
struct network_sizes {
    channel_numbers channels;
    long image_channels = 3;
    int classes = 10;
    double kernel_scale = 1;
};

/// A network with weights, whatever its cells, and what it is made of.
template <class B>
struct built_network {
    std::shared_ptr<eirnn::any_model<B>> model;
    const eirnn::network_facts* facts;
};

/// Defined in build.hpp; instantiated in networks/, because each kind of cell takes long to compile.
template <class Net, class B>
built_network<B> build(eirnn::seed, const network_sizes&, B device);
