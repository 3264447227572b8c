// How selective the units of a population are (Sun et al., section 5): gOSI, orientation skewness and image skewness of recorded responses.
// A response is a unit's activity at the centre of its map, averaged over the time steps.
#pragma once
#include <eirnn/analysis/grating_set.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/tuning.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// One measure of every unit; empty where a unit has no value because it is silent or always responds alike.
using unit_values = std::vector<std::optional<double>>;

/// Skewness of every unit over stimuli that come one by one, so that the responses to ten thousand images need not be kept.
/// Agrees with response_skewness of the whole list.
class skewness_accumulator {
public:
    explicit skewness_accumulator(long units) : mean_(static_cast<std::size_t>(units)), second_(mean_.size()), third_(mean_.size()) {}

    /// The responses of all units to one stimulus. Throws invalid_argument, with nothing added, unless there is one finite number per unit.
    template <class T>
    void add(std::span<const T> responses) {
        if (responses.size() != mean_.size())
            throw invalid_argument({"skewness needs one response per unit", "skewness_accumulator", std::to_string(mean_.size()),
                                    std::to_string(responses.size()), "pass the responses of the units it was made for"});
        for (std::size_t u = 0; u < responses.size(); ++u)
            if (!is_finite(responses[u]))
                throw invalid_argument({"a response is not finite", "skewness_accumulator, unit " + std::to_string(u), "a finite number",
                                        std::to_string(responses[u]), "measure a network that has not diverged"});
        const auto before = static_cast<double>(stimuli_), n = before + 1;
        // Updates of the central moments: their sums lose no digits to a mean that is large against the deviations.
        for (std::size_t u = 0; u < responses.size(); ++u) {
            const double deviation = static_cast<double>(responses[u]) - mean_[u], step = deviation / n, added = deviation * step * before;
            third_[u] += added * step * (n - 2) - 3 * step * second_[u];
            second_[u] += added;
            mean_[u] += step;
        }
        ++stimuli_;
    }
    template <class T>
    void add(const std::vector<T>& responses) {
        add(std::span<const T>(responses));
    }

    long stimuli() const { return stimuli_; }
    /// [unit], with population moments.
    unit_values skewness() const {
        unit_values out(mean_.size());
        const auto n = static_cast<double>(stimuli_);
        for (std::size_t u = 0; u < out.size(); ++u)
            // A constant response leaves the second moment at exactly 0: its mean is the response from the first stimulus on.
            if (second_[u] > 0) out[u] = third_[u] / n / (second_[u] / n * std::sqrt(second_[u] / n));
        return out;
    }

private:
    long stimuli_ = 0;
    std::vector<double> mean_, second_, third_;
};

/// What is measured of every unit of one population, or of several that are pooled.
struct unit_measures {
    unit_values gosi;                  ///< at the spatial frequency and phase of the grating with the largest response
    unit_values orientation_skewness;  ///< over all gratings
    unit_values image_skewness;        ///< over all images
    matrix<double> tuning;             ///< [unit][orientation], the responses that gosi is of
    std::vector<long> preferred;       ///< index of the grating with the largest response, the first of equal ones
    long units() const { return static_cast<long>(gosi.size()); }
};

namespace detail {
inline void require_responses(const std::vector<grating_parameters>& gratings, const matrix<double>& responses,
                              const unit_values& image_skewness) {
    const auto stimuli = static_cast<long>(gratings.size()), units = static_cast<long>(image_skewness.size());
    if (gratings.empty() || responses.cols != stimuli || responses.rows != units)
        throw invalid_argument({"responses do not fit the gratings and the units", "measure_units, [unit][grating]",
                                std::to_string(units) + " x " + std::to_string(stimuli),
                                std::to_string(responses.rows) + " x " + std::to_string(responses.cols),
                                "pass the response of every unit to every grating, and one image skewness per unit"});
    for (std::size_t k = 0; k < responses.data.size(); ++k)
        if (!is_finite(responses.data[k]) || responses.data[k] < 0)
            throw invalid_argument({"a response is not a rate", "measure_units, unit " + std::to_string(static_cast<long>(k) / stimuli),
                                    "a finite number >= 0", std::to_string(responses.data[k]),
                                    "pass activities after the rectification, of a network that has not diverged"});
}
}  // namespace detail

/// Measures units by their responses `[unit][grating]` to these gratings; the image skewness comes from a skewness_accumulator (or is a
/// list of empty values). Every frequency and phase must come with the same number of orientations, as in grating_set(). Throws
/// invalid_argument where sizes do not fit or a response is negative or not finite.
inline unit_measures measure_units(const std::vector<grating_parameters>& gratings, const matrix<double>& responses,
                                   unit_values image_skewness) {
    detail::require_responses(gratings, responses, image_skewness);
    unit_measures m;
    m.image_skewness = std::move(image_skewness);
    for (long u = 0; u < responses.rows; ++u) {
        const auto row = responses.data.begin() + static_cast<std::ptrdiff_t>(u * responses.cols);
        const std::vector<double> response(row, row + static_cast<std::ptrdiff_t>(responses.cols));
        const auto best = std::max_element(response.begin(), response.end()) - response.begin();
        const auto& preferred = gratings[static_cast<std::size_t>(best)];
        std::vector<double> theta, tuning;
        for (std::size_t k = 0; k < gratings.size(); ++k)
            if (gratings[k].cycles == preferred.cycles && gratings[k].phase == preferred.phase) {
                theta.push_back(gratings[k].orientation);
                tuning.push_back(response[k]);
            }
        const auto orientations = static_cast<long>(theta.size());
        if (u == 0) m.tuning = matrix<double>(responses.rows, orientations);
        if (orientations != m.tuning.cols)
            throw invalid_argument({"two tuning curves have different lengths", "measure_units, unit " + std::to_string(u),
                                    std::to_string(m.tuning.cols) + " orientations", std::to_string(orientations),
                                    "show every orientation at every spatial frequency and phase"});
        std::copy(tuning.begin(), tuning.end(), m.tuning.data.begin() + static_cast<std::ptrdiff_t>(u * orientations));
        m.preferred.push_back(static_cast<long>(best));
        m.gosi.push_back(orientation_selectivity(theta, tuning));
        m.orientation_skewness.push_back(response_skewness(response));
    }
    return m;
}

/// All units of several populations as one, for example IG and OG as interneurons. Throws invalid_argument where tuning curves differ in
/// length.
inline unit_measures pooled(std::span<const unit_measures> parts) {
    unit_measures all;
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    for (const auto& part : parts) {
        if (part.units() == 0) continue;
        if (all.units() > 0 && part.tuning.cols != all.tuning.cols)
            throw invalid_argument({"populations were measured with different gratings", "pooled",
                                    std::to_string(all.tuning.cols) + " orientations", std::to_string(part.tuning.cols),
                                    "measure all populations with one set of gratings"});
        append(all.gosi, part.gosi);
        append(all.orientation_skewness, part.orientation_skewness);
        append(all.image_skewness, part.image_skewness);
        append(all.tuning.data, part.tuning.data);
        append(all.preferred, part.preferred);
        all.tuning.cols = part.tuning.cols;
        all.tuning.rows = all.units();
    }
    return all;
}

/// The mean over the units that have a value; empty where none has.
inline std::optional<double> mean_of(const unit_values& values) {
    double sum = 0, n = 0;
    for (const auto& v : values)
        if (v) {
            sum += *v;
            ++n;
        }
    return n > 0 ? std::optional(sum / n) : std::nullopt;
}
/// The number of units without a value.
inline long silent_in(const unit_values& values) { return static_cast<long>(std::count(values.begin(), values.end(), std::nullopt)); }

/// The means of one population, each over the units that have a value; empty where none has.
struct population_measures {
    std::string area, type;
    long channels = 0;
    std::optional<double> image_skewness, orientation_skewness, gosi;
    long silent = 0;           ///< units that respond alike to all images, left out of image_skewness
    long silent_gratings = 0;  ///< units that respond alike to all gratings, left out of orientation_skewness
};

inline population_measures summarise(std::string area, std::string type, const unit_measures& m) {
    return {std::move(area),
            std::move(type),
            m.units(),
            mean_of(m.image_skewness),
            mean_of(m.orientation_skewness),
            mean_of(m.gosi),
            silent_in(m.image_skewness),
            silent_in(m.orientation_skewness)};
}

/// PREFIX.gosi, .orientation_skewness, .image_skewness [unit], NaN where a unit has no value; .tuning [unit][orientation];
/// .preferred [unit].
inline owned_list<named_array> arrays_of(const std::string& prefix, const unit_measures& m) {
    const auto values = [&](const char* name, const unit_values& v) {
        std::vector<double> numbers;
        for (const auto& x : v) numbers.push_back(x.value_or(std::numeric_limits<double>::quiet_NaN()));
        return array_of(prefix + name, numbers);
    };
    return {values(".gosi", m.gosi), values(".orientation_skewness", m.orientation_skewness), values(".image_skewness", m.image_skewness),
            array_of(prefix + ".tuning", m.tuning), array_of(prefix + ".preferred", m.preferred)};
}

}  // namespace EIRNN_NAMESPACE::analysis
