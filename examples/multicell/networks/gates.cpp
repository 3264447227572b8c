// Standard with other gates.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<last_t<gate::multiply, gate::multiply>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<sum_t<gate::multiply, gate::multiply>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<last_t<gate::subtract, gate::multiply>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<sum_t<gate::subtract, gate::multiply>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<last_t<gate::subtract, gate::subtract>>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<sum_t<gate::subtract, gate::subtract>>(eirnn::seed, const network_sizes&, cpu_device);
