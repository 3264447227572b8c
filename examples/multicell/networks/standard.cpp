// Standard, whatever its signs, kernels and readout.
#include "../build.hpp"

struct networks::ordinary_conv : cifar10_parts, ordinary_areas, cifar10_parts::network_of<standard, ordinary_areas, eirnn::absolute> {};

using namespace networks;
template built_network<cpu_device> build<base>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<no_constraint>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<rectified>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<ordinary_conv>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<sum_t<gate::multiply, gate::subtract>>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<inh_pn>(eirnn::seed, channel_numbers, cpu_device);
