// Everything that is measured on trained networks. <eirnn/eirnn.hpp> does without it: decompositions and distributions take seconds to
// compile. For the figures of Song et al. 2016, averages come from a condition_accumulator; then
//   Fig 2, 3A-C (choices)  psychometric_accumulator, duration_accumulator, reaction_time_accumulator
//   Fig 2G-H, 6C, 7D       condition_accumulator, active_units
//   Fig 3, 5               selectivity_accumulator, sort_by_selectivity, map_connectivity, density_of, colour_limits_of
//   Fig 4B-D               preferred_choice, sort_by_preference, smooth, standardized, regress, find_task_axes, project_on
//   Fig 6B                 psychometrics_by, integrate_cues
//   Fig 7B-E               percent_correct_by, fit_linear_tuning, tuning_correlation, fraction_significant
//   Fig 8C                 find_principal_components, trajectories
//   Fig 9                  learning_curve_of
#pragma once
#include <eirnn/analysis/bootstrap.hpp>
#include <eirnn/analysis/choice.hpp>
#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/conditions.hpp>
#include <eirnn/analysis/connectivity.hpp>
#include <eirnn/analysis/cue_integration.hpp>
#include <eirnn/analysis/durations.hpp>
#include <eirnn/analysis/grating_set.hpp>
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/kernel_density.hpp>
#include <eirnn/analysis/learning_curve.hpp>
#include <eirnn/analysis/linear_tuning.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/p_value.hpp>
#include <eirnn/analysis/preference.hpp>
#include <eirnn/analysis/principal_components.hpp>
#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/analysis/quantile.hpp>
#include <eirnn/analysis/rates.hpp>
#include <eirnn/analysis/reaction_time.hpp>
#include <eirnn/analysis/regression.hpp>
#include <eirnn/analysis/running_moments.hpp>
#include <eirnn/analysis/selectivity.hpp>
#include <eirnn/analysis/smoothing.hpp>
#include <eirnn/analysis/spectrum.hpp>
#include <eirnn/analysis/task_axes.hpp>
#include <eirnn/analysis/tuning.hpp>
#include <eirnn/analysis/tuning_measures.hpp>
#include <eirnn/analysis/type_difference.hpp>
#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/analysis/weight_statistics.hpp>
