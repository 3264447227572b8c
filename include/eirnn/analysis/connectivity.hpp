// The effective weights of a trained network, seen through the selectivity of its units (Song et al. 2016, Fig 3).
#pragma once
#include <eirnn/analysis/histogram.hpp>
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/analysis/selectivity.hpp>
#include <eirnn/analysis/weight_statistics.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Units of one sign that prefer one choice.
struct selective_class {
    polarity sign = polarity::free;
    int choice = 0;             ///< 0: prefers choice 1 (d' > 0), 1: choice 2
    std::vector<long> members;  ///< places in the order
};

/// A mean weight and the number of weights behind it; 0 of 0 where there is none.
struct mean_weight {
    double mean = 0;
    long count = 0;
};

/// The weights of the selective units, `[post][pre]`, in the order of the figure, and what they show.
struct connectivity_map {
    selective_order order;
    matrix<double> input;                  ///< selective units x inputs
    matrix<double> recurrent;              ///< selective units x selective units
    matrix<double> output;                 ///< outputs x selective units
    double density = 0;                    ///< nonzero weights / units^2, of the whole network
    double density_excitatory = 0;         ///< positive weights / (units x excitatory units); x units where no unit has a sign
    double density_inhibitory = 0;         ///< negative weights, likewise
    histogram weights;                     ///< of all nonzero recurrent weights
    std::vector<selective_class> classes;  ///< E choice 1, E choice 2, I choice 1, I choice 2, or the two of a network without signs
    matrix<mean_weight> recurrent_means;   ///< classes x classes, without self-connections
    matrix<mean_weight> input_means;       ///< classes x inputs
    matrix<mean_weight> output_means;      ///< outputs x classes

    /// Mean weight from units of one sign to units of another whose preferred choices agree (`same`) or differ.
    mean_weight between(polarity pre, polarity post, bool same) const {
        double sum = 0;
        long count = 0;
        for (long a = 0; a < recurrent_means.rows; ++a)
            for (long b = 0; b < recurrent_means.cols; ++b) {
                const auto &to = classes[static_cast<std::size_t>(a)], &from = classes[static_cast<std::size_t>(b)];
                if (to.sign != post || from.sign != pre || (to.choice == from.choice) != same) continue;
                sum += recurrent_means(a, b).mean * static_cast<double>(recurrent_means(a, b).count);
                count += recurrent_means(a, b).count;
            }
        return {count > 0 ? sum / static_cast<double>(count) : 0, count};
    }
};

namespace detail {
// The mean over the weights at `posts` x `pres` for which `counts(post, pre)` holds.
template <class Counts>
mean_weight mean_over(const matrix<double>& w, const std::vector<long>& posts, const std::vector<long>& pres, const Counts& counts) {
    double sum = 0;
    long n = 0;
    for (const long a : posts)
        for (const long b : pres)
            if (counts(a, b)) {
                sum += w(a, b);
                ++n;
            }
    return {n > 0 ? sum / static_cast<double>(n) : 0, n};
}

template <class T>
void require_shape(const matrix<T>& w, long rows, long cols, const char* which) {
    if (w.rows == rows && w.cols == cols) return;
    throw invalid_argument({"a weight matrix does not fit the network", which, std::to_string(rows) + " x " + std::to_string(cols),
                            std::to_string(w.rows) + " x " + std::to_string(w.cols),
                            "pass the effective weights of this network, [post][pre]"});
}
}  // namespace detail

/// Sorts the effective weights of a network by the given order and measures them.
template <class T>
connectivity_map map_connectivity(const layout& net, const matrix<T>& input, const matrix<T>& recurrent, const matrix<T>& output,
                                  const selective_order& order) {
    detail::require_shape(input, net.units, net.inputs, "input weights");
    detail::require_shape(recurrent, net.units, net.units, "recurrent weights");
    detail::require_shape(output, net.outputs, net.units, "output weights");
    const auto shown = static_cast<long>(order.unit.size());
    if (order.d_prime.size() != order.unit.size() || order.sign.size() != order.unit.size())
        throw invalid_argument({"an order is incomplete", "selective_order", "one d' and one sign per unit",
                                std::to_string(order.d_prime.size()) + " d'", "make it with sort_by_selectivity"});
    for (const long u : order.unit)
        if (u < 0 || u >= net.units)
            throw invalid_argument({"an order names a unit that the network does not have", "selective_order",
                                    "0 .. " + std::to_string(net.units - 1), std::to_string(u), "sort the units of this network"});
    const auto unit = [&](long k) { return order.unit[static_cast<std::size_t>(k)]; };

    connectivity_map map;
    map.order = order;
    map.input = matrix<double>(shown, net.inputs);
    map.recurrent = matrix<double>(shown, shown);
    map.output = matrix<double>(net.outputs, shown);
    for (long a = 0; a < shown; ++a) {
        for (long b = 0; b < shown; ++b) map.recurrent(a, b) = static_cast<double>(recurrent(unit(a), unit(b)));
        for (long i = 0; i < net.inputs; ++i) map.input(a, i) = static_cast<double>(input(unit(a), i));
        for (long o = 0; o < net.outputs; ++o) map.output(o, a) = static_cast<double>(output(o, unit(a)));
    }

    std::vector<double> nonzero;
    for (const T& w : recurrent.data)
        if (w != T{0}) nonzero.push_back(static_cast<double>(w));
    const recurrent_density density = density_of(net, recurrent);
    map.density = density.all;
    map.density_excitatory = density.excitatory;
    map.density_inhibitory = density.inhibitory;
    map.weights = histogram_of(nonzero);

    for (const polarity sign : {polarity::excitatory, polarity::inhibitory, polarity::free})
        for (int choice = 0; choice < 2; ++choice) {
            selective_class c{sign, choice, {}};
            for (long k = 0; k < shown; ++k) {
                const auto place = static_cast<std::size_t>(k);
                // A unit with d' = 0 prefers neither choice.
                const double d = choice == 0 ? order.d_prime[place] : -order.d_prime[place];
                if (order.sign[place] == sign && d > 0) c.members.push_back(k);
            }
            if (std::find(order.sign.begin(), order.sign.end(), sign) != order.sign.end()) map.classes.push_back(std::move(c));
        }
    const auto classes = static_cast<long>(map.classes.size());
    const auto members = [&](long c) -> const std::vector<long>& { return map.classes[static_cast<std::size_t>(c)].members; };
    const auto always = [](long, long) { return true; };
    const auto unlike = [](long post, long pre) { return post != pre; };
    map.recurrent_means = matrix<mean_weight>(classes, classes);
    map.input_means = matrix<mean_weight>(classes, net.inputs);
    map.output_means = matrix<mean_weight>(net.outputs, classes);
    for (long a = 0; a < classes; ++a) {
        for (long b = 0; b < classes; ++b) map.recurrent_means(a, b) = detail::mean_over(map.recurrent, members(a), members(b), unlike);
        for (long i = 0; i < net.inputs; ++i) map.input_means(a, i) = detail::mean_over(map.input, members(a), {i}, always);
        for (long o = 0; o < net.outputs; ++o) map.output_means(o, a) = detail::mean_over(map.output, {o}, members(a), always);
    }
    return map;
}

/// W_in, W_rec, W_out (sorted), order, d_prime, is_excitatory (1, 0, or -1 for a unit of both signs), density, density_excitatory,
/// density_inhibitory, weight_edges, weight_counts, class_sign (+1, -1, 0), class_choice (1, 2), recurrent_means [class][class],
/// input_means [class][input], output_means [output][class].
inline owned_list<named_array> arrays_of(const connectivity_map& map) {
    std::vector<int> is_excitatory, class_sign, class_choice;
    for (const polarity s : map.order.sign) is_excitatory.push_back(s == polarity::excitatory ? 1 : s == polarity::inhibitory ? 0 : -1);
    for (const auto& c : map.classes) {
        class_sign.push_back(static_cast<int>(c.sign));
        class_choice.push_back(c.choice + 1);
    }
    const auto means = [](const char* name, const matrix<mean_weight>& m) {
        named_array a{name, {m.rows, m.cols}, {}};
        for (const auto& w : m.data) a.values.push_back(w.mean);
        return a;
    };
    return {array_of("W_in", map.input),
            array_of("W_rec", map.recurrent),
            array_of("W_out", map.output),
            array_of("order", map.order.unit),
            array_of("d_prime", map.order.d_prime),
            array_of("is_excitatory", is_excitatory),
            array_of("density", map.density),
            array_of("density_excitatory", map.density_excitatory),
            array_of("density_inhibitory", map.density_inhibitory),
            array_of("weight_edges", map.weights.edges),
            array_of("weight_counts", map.weights.counts),
            array_of("class_sign", class_sign),
            array_of("class_choice", class_choice),
            means("recurrent_means", map.recurrent_means),
            means("input_means", map.input_means),
            means("output_means", map.output_means)};
}

}  // namespace EIRNN_NAMESPACE::analysis
