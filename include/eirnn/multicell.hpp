// Everything for networks on grids, on top of <eirnn/eirnn.hpp>, which does without it to stay quick to compile: the cells and networks of
// Sun et al., images and image sets, their models and files, and what is measured on them.
#pragma once
#include <eirnn/analysis/bootstrap.hpp>
#include <eirnn/analysis/grating_set.hpp>
#include <eirnn/analysis/kernel_density.hpp>
#include <eirnn/analysis/tuning_measures.hpp>
#include <eirnn/analysis/type_difference.hpp>
#include <eirnn/eirnn.hpp>
#include <eirnn/io/cifar10.hpp>
#include <eirnn/model/stack_model.hpp>
#include <eirnn/spec/multicell.hpp>
#include <eirnn/task/image_classification.hpp>
#include <eirnn/task/made_images.hpp>
