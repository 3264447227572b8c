// StandardEI.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<ei_base>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<ei_no_constraint>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<ei_inh_pn>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<ei_both_normalised>(eirnn::seed, channel_numbers, cpu_device);
