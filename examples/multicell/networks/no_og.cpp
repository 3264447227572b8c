// Standard without output-gating neurons.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<with<no_og_e_curr_bn>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<with<no_og_e_curr_bn_ssub>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<with<no_og_e_curr_bn_ssub_sfg_recurr_i>>(eirnn::seed, const network_sizes&, cpu_device);
