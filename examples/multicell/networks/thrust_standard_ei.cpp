#include "../build.hpp"

#include <eirnn/backend/thrust/thrust.hpp>

using thrust_device = eirnn::backend::thrust_backend<float>;
template built_network<thrust_device> build<networks::ei_base>(eirnn::seed, const network_sizes&, thrust_device);
