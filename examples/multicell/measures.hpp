// What is measured of a network of several kinds of neurons (Sun et al., section 5): selectivity by area and kind, and how densely the
// kinds are connected to the principal neurons.
#pragma once
#include <eirnn/analysis/grating_set.hpp>
#include <eirnn/analysis/kernel_density.hpp>
#include <eirnn/analysis/tuning_measures.hpp>
#include <eirnn/io/json.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/facts.hpp>
#include <eirnn/task/images.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One recurrent area.
struct area_measures {
    std::string name;
    std::vector<std::pair<std::string, eirnn::analysis::unit_measures>> types;  ///< the principal neurons first
    std::vector<std::pair<std::string, eirnn::analysis::density_measures>>
        densities;  ///< "IG_PN", "PN_PN"; "all": of all recurrent weights
};

struct network_measures {
    std::vector<area_measures> areas;

    /// {"areas": {AREA: {TYPE: ...}}, "density": {AREA: {FROM_TO: ...}}}
    void add_to(eirnn::json_object& json) const {
        const auto number = [](const std::optional<double>& x) { return x.value_or(std::numeric_limits<double>::quiet_NaN()); };
        eirnn::json_object selectivity, density;
        for (const area_measures& a : areas) {
            eirnn::json_object types, projections;
            for (const auto& [type, units] : a.types) {
                const auto s = eirnn::analysis::summarise(a.name, type, units);
                types.add(type, eirnn::json_object{}
                                    .add("channels", s.channels)
                                    .add("image_skewness", number(s.image_skewness))
                                    .add("orientation_skewness", number(s.orientation_skewness))
                                    .add("gosi", number(s.gosi))
                                    .add("silent", s.silent)
                                    .add("silent_gratings", s.silent_gratings));
            }
            for (const auto& [name, d] : a.densities)
                if (name != "all") projections.add(name, d.density);
            selectivity.add(a.name, types);
            density.add(a.name, projections);
        }
        json.add("areas", selectivity).add("density", density);
    }
    std::vector<eirnn::analysis::named_array> arrays() const {
        std::vector<eirnn::analysis::named_array> all;
        const auto append = [&](const auto& of, const std::string& prefix) {
            for (auto& a : eirnn::analysis::arrays_of(prefix, of)) all.push_back(std::move(a));
        };
        for (const area_measures& a : areas) {
            for (const auto& [type, units] : a.types) append(units, a.name + "." + type);
            for (const auto& [name, d] : a.densities) append(d, a.name + "." + name);
        }
        return all;
    }
};

/// "I_" is I, which C has as a macro.
inline std::string type_name(std::string_view shape) {
    return std::string(shape.ends_with('_') ? shape.substr(0, shape.size() - 1) : shape);
}

/// Finds in a network what there is to measure. The activity of a kind of neurons is the variable that is called like it.
class measuring_plan {
public:
    struct population {
        int area = 0, variable = 0;
        std::string type;
    };
    struct projection {
        int area = 0, term = 0;
        std::string name;
        bool to_principal = false;
    };
    explicit measuring_plan(const eirnn::network_facts& net) {
        for (std::size_t k = 0; k < net.areas.size(); ++k) {
            const eirnn::cell_facts& cell = net.areas[k].equations;
            if (std::ranges::none_of(cell.terms, &eirnn::equations::term::previous)) continue;  // a feed-forward area
            areas.emplace_back(static_cast<int>(k), std::string(net.areas[k].name));
            look_at(static_cast<int>(k), cell);
        }
    }
    std::vector<std::pair<int, std::string>> areas;
    std::vector<population> populations;
    std::vector<projection> projections;

private:
    void look_at(int area, const eirnn::cell_facts& cell) {
        const int shapes = static_cast<int>(cell.shapes.size());
        const auto name = [&](int shape) { return type_name(cell.shapes[static_cast<std::size_t>(shape)]); };
        std::vector<int> order{cell.output};
        for (int s = 0; s < shapes; ++s)
            if (s != cell.output) order.push_back(s);
        for (const int s : order) {
            const auto own = std::ranges::find(cell.variables, cell.shapes[static_cast<std::size_t>(s)]);
            if (own != cell.variables.end()) populations.push_back({area, static_cast<int>(own - cell.variables.begin()), name(s)});
        }
        // Where one kind drives another through two equations, the first is the forget gate; what counts is the current.
        for (const int to : order)
            for (const int from : order) {
                int last = -1;
                for (std::size_t k = 0; k < cell.terms.size(); ++k)
                    if (cell.terms[k].shape == to && cell.terms[k].source >= 0 && cell.terms[k].source_shape == from)
                        last = static_cast<int>(k);
                if (last >= 0) projections.push_back({area, last, name(from) + "_" + name(to), to == cell.output});
            }
    }
};

/// The kernels of one term of an area's equations.
template <class T>
eirnn::analysis::kernel_weights kernels_of(const std::vector<eirnn::parameter_tensor>& tensors, const eirnn::weight_set<T>& effective,
                                           const measuring_plan::projection& p) {
    const std::vector<T>* depthwise = nullptr;
    for (std::size_t k = 0; k < tensors.size(); ++k) {
        const eirnn::parameter_tensor& t = tensors[k];
        if (t.area != p.area || t.term != p.term) continue;
        const auto& values = effective.tensors[k].values.data;
        if (t.role == eirnn::tensor_role::depthwise) {
            depthwise = &values;
        } else if (t.role == eirnn::tensor_role::weights) {
            const long posts = t.shape[0], pres = t.shape[1], taps = t.size() / posts / pres;
            if (depthwise == nullptr) return eirnn::analysis::weights_of_kernels(std::span<const T>(values), taps);
            eirnn::matrix<T> spatial(pres, static_cast<long>(depthwise->size()) / pres), mixing(posts, pres);
            std::ranges::copy(*depthwise, spatial.data.begin());
            std::ranges::copy(values, mixing.data.begin());
            return eirnn::analysis::weights_of_separable(spatial, mixing);
        }
    }
    return {};
}

/// Measures the network as it is, on all gratings and all images of a set. `progress(done, all)` is told how many it has seen, and stops
/// it by returning false; then there is no result.
template <class B, class Progress>
std::optional<network_measures> measure(eirnn::any_model<B>& net, const measuring_plan& plan, const eirnn::image_set& images,
                                        const Progress& progress) {
    using namespace eirnn::analysis;
    using T = typename B::scalar;
    constexpr long at_once = 144;
    std::vector<eirnn::probe> probes;
    std::vector<skewness_accumulator> skewness;
    std::vector<eirnn::matrix<double>> responses;
    const auto gratings = grating_set();
    const long shown = static_cast<long>(gratings.size()), all = shown + images.size(), numbers = images.numbers();
    for (const auto& p : plan.populations) probes.push_back({p.area, p.variable, true});
    const auto batch_of_gratings = [&](long first, long count) {
        auto batch = eirnn::trial_batch<T>::of_images(count, {images.height, images.width}, images.channels);
        for (long k = 0; k < count; ++k) {
            const auto image = grating_image<T>(images.height, gratings[static_cast<std::size_t>(first + k)], images.channels);
            std::copy(image.begin(), image.end(), batch.input.begin() + k * numbers);
        }
        return batch;
    };
    const auto units = [](const std::vector<T>& probed, long count) { return static_cast<long>(probed.size()) / count; };
    for (long first = 0; first < shown; first += at_once) {
        if (!progress(first, all)) return std::nullopt;
        const long count = std::min(at_once, shown - first);
        const auto seen = net.run(batch_of_gratings(first, count), {}, {.probes = probes}).probed;
        for (std::size_t p = 0; p < probes.size(); ++p) {
            const long n = units(seen[p], count);
            if (first == 0) responses.emplace_back(n, shown), skewness.emplace_back(n);
            for (long k = 0; k < count; ++k)
                for (long u = 0; u < n; ++u) responses[p](u, first + k) = static_cast<double>(seen[p][static_cast<std::size_t>(k * n + u)]);
        }
    }
    for (long first = 0; first < images.size(); first += at_once) {
        if (!progress(shown + first, all)) return std::nullopt;
        const long count = std::min(at_once, images.size() - first);
        const auto seen = net.run(eirnn::plain_batch<T>(images, first, count).trials, {}, {.probes = probes}).probed;
        for (std::size_t p = 0; p < probes.size(); ++p) {
            const auto n = static_cast<std::size_t>(units(seen[p], count));
            for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k)
                skewness[p].add(std::span<const T>(seen[p].data() + k * n, n));
        }
    }

    network_measures found;
    const auto effective = net.effective();
    for (const auto& [area, name] : plan.areas) {
        area_measures a{name, {}, {}};
        for (std::size_t p = 0; p < probes.size(); ++p)
            if (plan.populations[p].area == area)
                a.types.emplace_back(plan.populations[p].type, measure_units(gratings, responses[p], skewness[p].skewness()));
        std::vector<kernel_weights> recurrent;
        for (const auto& p : plan.projections) {
            if (p.area != area) continue;
            recurrent.push_back(kernels_of(net.tensors(), effective, p));
            if (p.to_principal) a.densities.emplace_back(p.name, measure_density(recurrent.back()));
        }
        a.densities.emplace_back("all", measure_density(pooled(std::span<const kernel_weights>(recurrent))));
        found.areas.push_back(std::move(a));
    }
    return found;
}
