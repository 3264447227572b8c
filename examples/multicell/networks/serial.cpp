#include "../build.hpp"

#include <eirnn/backend/serial.hpp>

using serial_device = eirnn::backend::serial<float>;
template built_network<serial_device> build<networks::base>(eirnn::seed, const network_sizes&, serial_device);
template built_network<serial_device> build<networks::ei_base>(eirnn::seed, const network_sizes&, serial_device);
