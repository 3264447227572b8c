// Standard with dropout.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<with<pn_cell_drpt>>(eirnn::seed, channel_numbers, cpu_device);
template built_network<cpu_device> build<with<pn_cell_drpt_add_og_drpt>>(eirnn::seed, channel_numbers, cpu_device);
