// Everything of an area of units on one position, for whoever names an engine with one.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/dense_area.hpp>
#include <eirnn/model/dense_outputs.hpp>
#include <eirnn/model/dense_stage.hpp>
