// Standard normalised elsewhere.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<with<add_og_curr_bn>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<with<add_ig_curr_bn>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<with<no_pn_cell_bn>>(eirnn::seed, const network_sizes&, cpu_device);
