// How principal neurons differ from interneurons in one network: a point in the difference space of Sun et al. (Fig 4).
#pragma once
#include <eirnn/analysis/kernel_density.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/tuning_measures.hpp>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Both are above 0 where principal neurons are more selective, and less connected among themselves, than interneurons.
struct type_difference {
    std::optional<double> selectivity;  ///< mean image skewness of principal neurons minus that of interneurons; empty if either is silent
    double density = 0;                 ///< density interneurons -> principal neurons minus principal neurons -> principal neurons
};

/// Several types of interneurons, and several areas, are pooled before: by unit and by connection, see pooled().
inline type_difference difference_of(const unit_measures& principal, const unit_measures& interneurons,
                                     const kernel_weights& principal_to_principal, const kernel_weights& interneurons_to_principal,
                                     double threshold = weight_threshold) {
    type_difference d;
    const auto p = mean_of(principal.image_skewness), i = mean_of(interneurons.image_skewness);
    if (p && i) d.selectivity = *p - *i;
    d.density = connection_density(interneurons_to_principal.connections, threshold) -
                connection_density(principal_to_principal.connections, threshold);
    return d;
}

/// PREFIX.selectivity_difference (NaN where empty), PREFIX.density_difference.
inline owned_list<named_array> arrays_of(const std::string& prefix, const type_difference& d) {
    return {array_of(prefix + ".selectivity_difference", d.selectivity.value_or(std::numeric_limits<double>::quiet_NaN())),
            array_of(prefix + ".density_difference", d.density)};
}

}  // namespace EIRNN_NAMESPACE::analysis
