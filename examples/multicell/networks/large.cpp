// The networks for ImageNet.
#include "../build.hpp"

using namespace networks;
template built_network<cpu_device> build<large>(eirnn::seed, const network_sizes&, cpu_device);
template built_network<cpu_device> build<ei_large>(eirnn::seed, const network_sizes&, cpu_device);
