// How many useful operations a network asks for, counted from its weights.
#pragma once
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/model.hpp>

#include <cstddef>
#include <vector>

namespace bench {

/// Of a trial and step of units: two for every weight that exists, forward, backward and in the outer product. Omega is not counted.
inline double operations_of_units(const eirnn::layout& l) {
    const auto weights = [](const eirnn::connectivity& c) {
        double n = 0;
        for (std::size_t k = 0; k < c.plastic.data.size(); ++k) n += c.plastic.data[k] || c.fixed.data[k] != 0;
        return n;
    };
    return 3 * 2 * (weights(l.recurrent) + weights(l.input) + weights(l.output));
}

/// Of one image: two for every use of a weight of a kernel, forward, for the adjoint of what it reads and for its own gradient. What is the
/// same in every step counts once; biases, batch norm, gates and pooling do not count, nor does what is computed again on the way back.
template <class Net, class B>
double operations_of_maps(eirnn::model<Net, B>& net) {
    const auto& l = net.structure();
    std::vector<bool> still(l.maps.size() + 1, true);  // what comes into an area is the same in every step
    for (std::size_t k = 0; k < l.maps.size(); ++k) {
        still[k + 1] = still[k];
        for (const auto& t : l.maps[k].terms) still[k + 1] = still[k + 1] && t.source < 0;
    }
    double sum = 0;
    for (const auto& t : net.numerics().parameters().tensors()) {
        if (t.role != eirnn::tensor_role::weights && t.role != eirnn::tensor_role::depthwise) continue;
        const auto k = static_cast<std::size_t>(t.area);
        const bool once = k + 1 == l.maps.size() || (t.source < 0 && still[k]);
        const auto previous = [&] {
            return eirnn::network_traits<Net>::facts.areas[k].equations.terms[static_cast<std::size_t>(t.term)].previous;
        };
        const int steps = once ? 1 : previous() ? l.steps - 1 : l.steps;
        const long positions = l.maps[k].grid.positions();
        sum += 2. * static_cast<double>(t.size() * positions * steps) * (k == 0 ? 2 : 3);
    }
    return sum;
}

}  // namespace bench
