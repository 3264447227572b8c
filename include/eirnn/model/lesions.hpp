// Units and channels by their numbers, and what the lesions of a run are to the numerics: which of them are silent in each area, which
// weights of a projection are 0.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/runner.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

/// Numbers of everything that a lesion or a time constant may name: all units, then the channels of the maps, area by area, then those of
/// the inputs.
struct place_numbers {
    std::vector<long> first, size, handed_over;  ///< per area: its own; the first of those that others read
    std::vector<long> once;                      ///< per area: whether one step of it serves all
    std::vector<long> post, pre, still;          ///< per tensor of weights: its first target and source; whether its products are made once
    std::vector<long> sources;                   ///< and its sources, which are repeated for each position where units read a map whole
    long senders = 0, inputs = 0;                ///< units and channels; channels of the inputs behind them
    std::vector<index_range> parts = {};         ///< units of one cell, or channels of one population: each has a place in the device's
                                                 ///< arrays of numbers per unit that is a multiple of numbers_unit
};

/// Tells each area where its numbers per unit lie.
template <class Areas>
place_numbers number_places(Areas& areas, const std::vector<parameter_tensor>& tensors, const layout& l) {
    place_numbers n{{}, {}, {}, {}, {}, {}, {}, {}, l.units, l.image_channels() + l.unit_inputs()};
    long next = 0;
    const auto add_part = [&](long begin, long size) {
        n.parts.push_back({begin, size});
        next += round_up(size, numbers_unit);
        return next - round_up(size, numbers_unit);
    };
    areas.each([&](auto& a, int) {
        if constexpr (std::remove_reference_t<decltype(a)>::gathers) {
            for (int k = 0; k < a.plan.shapes; ++k) a.first_number[k] = add_part(n.senders + a.rows_before(k), a.rows[k]);
            n.first.push_back(n.senders), n.size.push_back(a.rows_before(a.plan.shapes)), n.once.push_back(a.once);
            n.handed_over.push_back(n.senders + a.rows_before(a.shape_of(a.plan.output())));
            n.senders += n.size.back();
        } else {
            a.first_number = add_part(a.units.begin, a.units.size);
            n.first.push_back(a.units.begin), n.size.push_back(a.units.size), n.once.push_back(0), n.handed_over.push_back(a.units.begin);
        }
    });
    for (const parameter_tensor& t : tensors) {
        n.post.push_back(t.post), n.pre.push_back(t.pre), n.still.push_back(0);
        n.sources.push_back(t.shape.size() > 1 ? t.shape[1] : 0);
        if (t.role != tensor_role::weights) continue;
        areas.at(t.area, [&](auto& a) {
            const auto here = static_cast<std::size_t>(t.area);
            if constexpr (std::remove_reference_t<decltype(a)>::gathers) {
                const driver_entry& d = a.shape.drivers[static_cast<std::size_t>(a.shape.terms[static_cast<std::size_t>(t.term)].driver)];
                const long from_driver =
                    d.area < 0 ? n.senders + l.image_channels(d.image()) : n.handed_over[static_cast<std::size_t>(d.area)] + d.first;
                n.post.back() = n.first[here] + a.rows_before(a.shape_of(t.equation));
                n.pre.back() = t.source < 0 ? from_driver : n.first[here] + a.rows_before(a.shape_of(t.source));
                n.still.back() = a.once || (a.hoists && t.source < 0);
            } else if (t.place == weight_place::input) {
                n.pre.back() += n.senders + l.image_channels();
                for (const driver_entry& m : l.read_maps)
                    if (m.first == t.pre) n.pre.back() = n.handed_over[static_cast<std::size_t>(m.area)], n.sources.back() = m.channels;
            }
        });
    }
    return n;
}

/// The rectangles of weights of the projection that a lesion cuts; `tensor`: of each, its tensor.
EIRNN_COLD inline std::vector<patch> weights_of_cut(const place_numbers& n, const std::vector<parameter_tensor>& tensors, const lesion& l,
                                                    std::vector<std::size_t>& tensor) {
    std::vector<patch> all;
    tensor.clear();
    for (std::size_t k = 0; l.cuts() && k < tensors.size(); ++k) {
        const parameter_tensor& t = tensors[k];
        if (t.role != tensor_role::weights || t.place == weight_place::output) continue;
        const long row = (std::max)(l.to_first - n.post[k], 0l), column = (std::max)(l.first - n.pre[k], 0l);
        const long rows = (std::min)(l.to_first + l.to_units - n.post[k], t.shape[0]) - row;
        const long columns = (std::min)(l.first + l.units - n.pre[k], n.sources[k]) - column;
        const bool repeated = n.sources[k] < t.shape[1];  // at each position
        const long copies = repeated ? t.shape[1] / n.sources[k] : t.taps(), apart = repeated ? n.sources[k] : t.ld;
        for (long copy = 0; rows > 0 && columns > 0 && copy < copies; ++copy) {
            all.push_back({t.row + row, rows, t.column + copy * apart + column, columns});
            tensor.push_back(k);
        }
    }
    return all;
}

/// Whether there is a weight in a rectangle of a tensor; masks leave some empty.
EIRNN_COLD inline bool holds_weights(const parameter_tensor& t, const std::vector<weight_rule>& rules, const patch& p) {
    const long tap = t.taps() > 1 ? (p.column - t.column) / t.ld : 0, pre = p.column - t.column - tap * t.ld;
    for (long i = p.row - t.row; i < p.row - t.row + p.rows; ++i)
        for (long j = pre; j < pre + p.columns; ++j)
            if (rules[static_cast<std::size_t>((i * t.shape[1] + j) * t.taps() + tap)].exists()) return true;
    return false;
}

/// Throws invalid_argument where a lesion is of nothing, or cannot begin or end when it should.
template <class B>
EIRNN_COLD void check_lesions(const place_numbers& n, const parameter_set<B>& parameters, const std::vector<lesion>& all) {
    const auto& tensors = parameters.tensors();
    bool cuts = false;
    for (const lesion& l : all) cuts = cuts || l.cuts();
    const auto rules = cuts ? parameters.rules() : tensor_list<weight_rule>();
    for (const lesion& l : all) {
        const long most = n.senders + (l.cuts() ? n.inputs : 0);
        require(l.of.empty() && l.to.empty() && l.first >= 0 && l.units > 0 && l.first + l.units <= most && l.begin >= 0 && l.end >= 0 &&
                    l.to_first >= 0 && l.to_units >= 0 && l.to_first + l.to_units <= n.senders,
                "there are no such units or channels to silence", "run_request::lesions", std::string("some of ") + std::to_string(most),
                l.of + l.to + " " + std::to_string(l.first) + " and " + std::to_string(l.units) + " from there",
                "name a population, and count among its units or channels; of inputs only a projection can be silent");
        bool still = false;
        std::vector<std::size_t> tensor;
        bool found = !l.cuts();
        const auto patches = weights_of_cut(n, tensors, l, tensor);
        for (std::size_t k = 0; k < tensor.size(); ++k) {
            if (!holds_weights(tensors[tensor[k]], rules[tensor[k]], patches[k])) continue;
            found = true, still = still || n.still[tensor[k]] != 0;
        }
        for (std::size_t a = 0; !l.cuts() && a < n.once.size(); ++a)
            still = still || (n.once[a] != 0 && l.first < n.first[a] + n.size[a] && n.first[a] < l.first + l.units);
        require(found, "there is no projection to silence", "run_request::lesions", "weights from there to its target", "none",
                "name a population, area or input and a population or area to which it projects");
        require(!still || (l.begin <= 1 && l.end == 0), "what is the same in every step is computed once, and cannot be silent in some",
                "run_request::lesions", "all steps", std::to_string(l.begin) + " .. " + std::to_string(l.end),
                "leave begin and end out, or show a film");
    }
}

/// Hands every area its own units or channels of each lesion, counted among them.
template <class Areas>
void silence(Areas& areas, const place_numbers& n, const std::vector<lesion>& all) {
    areas.each([&](auto& a, int i) {
        const long begin = n.first[static_cast<std::size_t>(i)], size = n.size[static_cast<std::size_t>(i)];
        a.silent.clear();
        for (lesion l : all) {
            const long first = (std::max)(l.first - begin, 0l), end = (std::min)(l.first + l.units - begin, size);
            l.first = first, l.units = end - first;
            if (!l.cuts() && l.units > 0) a.silent.push_back(l);
        }
    });
}
/// Packs the weights without those of projections that are cut, once for each stretch of steps in which others are.
template <class B>
void cut(B& device, const place_numbers& n, parameter_set<B>& parameters, const std::vector<lesion>& all) {
    using T = typename B::scalar;
    std::vector<long> from;
    for (const lesion& l : all)
        if (l.cuts()) from.push_back(l.begin), from.push_back(l.end), from.push_back(0);
    std::vector<std::size_t> tensor;
    for (long step = from.empty() ? -1 : 0; step >= 0;) {
        parameters.update_effective(device);
        for (const lesion& l : all) {
            const auto patches = weights_of_cut(n, parameters.tensors(), l, tensor);
            for (std::size_t k = 0; l.holds(step) && k < patches.size(); ++k) {
                const patch& p = patches[k];
                auto& b = parameters.blocks()[static_cast<std::size_t>(parameters.tensors()[tensor[k]].block)];
                device.map(p.column, p.column + p.columns,
                           backend::section{p.row, p.row + p.rows, 0l, kernels::fill_rows<T>{b.of(b.effective), T(0)}});
            }
        }
        parameters.pack_from(device, step);
        long next = -1;
        for (const long s : from)
            if (s > step && (next < 0 || s < next)) next = s;
        step = next;
    }
    if (!from.empty()) parameters.update_effective(device);
}

// What others read of the silent channels of a map becomes 0.
template <class B>
void silence(B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    for (const lesion& l : a.silent)
        for (int e = 0; l.holds(at.step) && e < a.plan.variables.size; ++e) {
            bool is_read = e == a.plan.output();
            for (const auto& t : a.plan.terms) is_read = is_read || t.source == e;
            const long before = a.rows_before(a.shape_of(e)), first = (std::max)(l.first - before, 0l),
                       rows = (std::min)(l.first + l.units - before, a.rows[a.shape_of(e)]) - first;
            if (is_read && rows > 0 && a[e].value.offset >= 0)
                b.for_index(at.trials * a.positions() * rows, kernels::clear_rows<T>{a.block(a[e].value, at, at.step).row(first), rows});
        }
}

}  // namespace EIRNN_NAMESPACE::detail
