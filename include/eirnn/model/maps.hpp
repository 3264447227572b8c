// Everything of an area on a map, for whoever names an engine with one.
#pragma once
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/grid_outputs.hpp>
#include <eirnn/model/grid_stage.hpp>
#include <eirnn/model/map_build.hpp>
#include <eirnn/model/passing.hpp>
