// The order in which the areas of a stack run, forward and back, and where all tiles must meet.
#pragma once
#include <eirnn/config.hpp>

#include <vector>

namespace EIRNN_NAMESPACE {

/// What a stage does: average and sum what comes into an area; run a segment of its equations; the loss; the segment backward; hand the
/// adjoint of what was received to the area below.
enum class doing : unsigned char { receive, forward, loss, backward, hand_back };

struct stage {
    doing what;
    int area, segment;
    long step;
    bool barrier;  ///< all tiles meet before it
};

/// The stages of `steps` time steps. `each_area(f)` calls f(area, index) for every area from the lowest. Areas in which nothing changes run
/// in step 1 alone, the readout in the last step; it receives every step if it sums them. Stages meet where a variable has been normalised
/// (`barriers`: with the statistics of the batch), and backward before the segment that computed it.
template <class EachArea>
std::vector<stage> stages_of(long steps, int areas, const EachArea& each_area, bool barriers, bool backward) {
    std::vector<stage> all;
    const auto normalised = [](const auto& a, int segment) {
        for (const auto& v : a.plan.variables)
            if (v.normalised && v.segment == segment) return true;
        return false;
    };
    const auto rests = [&](const auto& a, long s) { return (a.once && s > 1) || (a.last && !a.sums && s < steps); };
    for (long s = 1; s <= steps; ++s)
        each_area([&](auto& a, int i) {
            if (rests(a, s)) return;
            if (a.receives()) all.push_back({doing::receive, i, 0, s, false});
            if (a.last && s < steps) return;
            for (int g = 0; g < a.plan.segments; ++g)
                all.push_back({doing::forward, i, g, s, barriers && g > 0 && normalised(a, g - 1)});
        });
    if (!backward) return all;
    all.push_back({doing::loss, areas - 1, 0, steps, false});
    for (long s = steps; s >= 1; --s)
        for (int i = areas - 1; i >= 0; --i)
            each_area([&](auto& a, int k) {
                if (k != i || rests(a, s)) return;
                for (int g = a.plan.segments - 1; g >= 0 && !(a.last && s < steps); --g)
                    all.push_back({doing::backward, i, g, s, normalised(a, g)});
                if (a.receives()) all.push_back({doing::hand_back, i, 0, s, false});
            });
    return all;
}

}  // namespace EIRNN_NAMESPACE
