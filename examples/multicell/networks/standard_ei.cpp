// StandardEI.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<ei_base>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<ei_no_constraint>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<ei_inh_pn>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<ei_both_normalised>(eirnn::seed, const network_sizes&, cpu_device);
