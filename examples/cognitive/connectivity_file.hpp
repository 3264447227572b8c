// The weights of a trained network as a figure shows them, populations side by side (Song et al. 2016, Fig 5).
#pragma once
#include "../common/example_trials.hpp"
#include "../common/run_folder.hpp"

#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/spectrum.hpp>
#include <eirnn/analysis/weight_statistics.hpp>
#include <eirnn/io/named_arrays.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/identity.hpp>
#include <eirnn/model/weights.hpp>

#include <string>
#include <vector>

/// Writes connectivity.npz: W_in, W_rec, W_out [post][pre]; where populations begin and end, and their signs; eigenvalues; a histogram of
/// the weights; a quantile of 90 % of either sign, for colours.
template <class T>
void save_connectivity(const run_folder& folder, const eirnn::layout& net, const std::vector<eirnn::named_range>& parts,
                       const eirnn::weight_set<T>& effective, eirnn::json_object& summary) {
    using namespace eirnn;
    using namespace eirnn::analysis;
    const auto& w = effective["W_rec"];
    std::vector<double> nonzero;
    for (const T x : w.data)
        if (x != 0) nonzero.push_back(static_cast<double>(x));
    const auto weights = histogram_of(nonzero);
    const auto density = density_of(net, w);
    const auto limits = colour_limits_of(std::vector{w});
    const auto eigenvalues = spectrum_of(w);
    std::vector<long> begin, size;
    std::vector<int> sign;
    std::vector<std::string> names;
    for (const auto& p : net.populations) begin.push_back(p.begin), size.push_back(p.size), sign.push_back(static_cast<int>(p.sign));
    for (const auto& p : parts) names.push_back(p.name);
    std::vector<named_array> arrays{array_of("W_rec", w),
                                    array_of("W_out", effective["W_out"]),
                                    array_of("population_begin", begin),
                                    array_of("population_size", size),
                                    array_of("population_sign", sign),
                                    array_of("weight_edges", weights.edges),
                                    array_of("weight_counts", weights.counts),
                                    array_of("colour_limits", std::vector{limits.positive, limits.negative})};
    if (net.inputs > 0) arrays.push_back(array_of("W_in", effective["W_in"]));
    append(arrays, "", arrays_of(eigenvalues));
    write_npz(folder.file("connectivity.npz"), arrays);
    summary.add("populations", names)
        .add("connectivity", json_object{}
                                 .add("density", density.all)
                                 .add("density_excitatory", density.excitatory)
                                 .add("density_inhibitory", density.inhibitory)
                                 .add("spectral_radius", eigenvalues.radius()));
}
