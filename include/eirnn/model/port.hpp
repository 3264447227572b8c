// What flows between two areas.
#pragma once
#include <eirnn/layout/map.hpp>
#include <eirnn/model/memory.hpp>

namespace EIRNN_NAMESPACE {

/// Values and, in training, their adjoints, which whoever reads the values adds to.
struct port {
    trace value, adjoint;
    grid_entry grid;
    long channels = 0;
    bool constant = false;  ///< the same in every step: block 1 serves all
};

}  // namespace EIRNN_NAMESPACE
