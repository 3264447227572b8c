#include "../build.hpp"

template built_network<cpu_device> build<networks::ei_inh_pn>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<networks::ei_both_normalised>(eirnn::seed, channel_numbers, cpu_device);
