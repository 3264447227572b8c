#include "../build.hpp"

template built_network<cpu_device> build<networks::inh_pn>(eirnn::seed, channel_numbers, cpu_device);
