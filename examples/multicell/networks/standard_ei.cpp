#include "../build.hpp"

template built_network<cpu_device> build<networks::ei_base>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<networks::ei_no_constraint>(eirnn::seed, channel_numbers, cpu_device);
