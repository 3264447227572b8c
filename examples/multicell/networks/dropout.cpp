// Standard with dropout.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<with<pn_cell_drpt>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<with<pn_cell_drpt_add_og_drpt>>(eirnn::seed, const network_sizes&, cpu_device);
