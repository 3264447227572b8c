// The Standard cell, whatever its signs, kernels and readout.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<base>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<no_constraint>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<rectified>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<ordinary_conv>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<sum_t<gate::multiply, gate::subtract>>(eirnn::seed, channel_numbers, cpu_device);
