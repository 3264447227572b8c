// Everything for the CPU: networks on one position and on grids, their tasks, training and files. Analyses are headers of their own, and so is
// the Thrust backend, <eirnn/backend/thrust/thrust.hpp>.
#pragma once
#ifndef __CUDACC__  // its packets are no types of a device
#include <eirnn/backend/cpu/cpu.hpp>
#endif
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/checkpoint.hpp>
#include <eirnn/io/cifar10.hpp>
#include <eirnn/io/describe.hpp>
#include <eirnn/io/idx.hpp>
#include <eirnn/io/load_weights.hpp>
#include <eirnn/io/metrics.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/multicell.hpp>
#include <eirnn/task/image_classification.hpp>
#include <eirnn/task/made_images.hpp>
#include <eirnn/task/perceptual_decision.hpp>
#include <eirnn/train/trainer.hpp>
#include <eirnn/version.hpp>

namespace EIRNN_NAMESPACE {

using backend::cpu;
using backend::serial;

}  // namespace EIRNN_NAMESPACE
