// Standard, whatever its signs, kernels and readout.
#include "../build.hpp"

struct networks::ordinary_conv : image_parts, ordinary_areas, image_parts::network_of<standard, ordinary_areas, eirnn::absolute> {};

using namespace networks;
template built_network<cpu_device> build<base>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<no_constraint>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<rectified>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<ordinary_conv>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<sum_t<gate::multiply, gate::subtract>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<inh_pn>(eirnn::seed, const network_sizes&, cpu_device);
