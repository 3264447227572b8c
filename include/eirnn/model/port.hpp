// What flows between two areas.
#pragma once
#include <eirnn/layout/map.hpp>
#include <eirnn/model/memory.hpp>

#include <cstddef>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Values and, in training, their adjoints, which whoever reads the values adds to.
struct port {
    trace value, adjoint;
    grid_entry grid;
    long channels = 0;
    bool constant = false;  ///< the same in every step: block 1 serves all
    int delay = 0;          ///< of whoever reads it: time steps between its value and the reader's step
    bool of_units = false;  ///< they have a value at step 0, and columns for the empty trials of a tile

    /// Before so many steps have run, a late reader reads 0.
    bool is_absent(long step) const { return of_units ? step < delay : step <= delay; }
    /// The step whose value is read in a step, as traces count.
    long read_at(long step) const { return constant ? 1 : step - delay; }
    /// The same in every step for the one who reads it.
    bool reads_constant() const { return constant && delay == 0; }
};

/// What the images and the areas of a network hand over.
struct ports {
    std::vector<port> images, areas;
    const port& operator[](const driver_entry& d) const { return d.area < 0 ? images[d.image()] : areas[static_cast<std::size_t>(d.area)]; }
};

}  // namespace EIRNN_NAMESPACE
