// The order in which the areas of a network run, forward and back, and where all tiles must meet. Numbers only.
#pragma once
#include <eirnn/config.hpp>

#include <vector>

namespace EIRNN_NAMESPACE {

/// What a stage does: average and sum what comes into an area; run a segment of its equations (at step 0: set its initial values); make the
/// readout of the last step; look at a step whose values and outputs are complete; the loss; the segment backward; hand the adjoint of what
/// was received to the area below.
enum class doing : unsigned char { receive, forward, read_out, keep, loss, backward, hand_back };

struct stage {
    doing what;
    int area, segment;
    long step;
    bool barrier = false;  ///< all tiles meet before it
};

/// When an area runs.
struct area_timing {
    std::vector<bool> normalised;  ///< per segment of its equations: whether a variable of it is normalised
    bool receives = false;         ///< what comes in is averaged or summed first
    bool once = false;             ///< nothing in it changes from step to step: it runs in step 1 alone
    bool last_step_only = false;   ///< it runs in the last step alone
    bool sums = false;             ///< and then on the sum over the steps
    bool starts = false;           ///< it has initial values of its own: a stage at step 0, forward and back
    bool trails = false;           ///< the readout of a step is made beside the next step

    bool rests(long step, long steps) const { return (once && step > 1) || (last_step_only && !sums && step < steps); }
};

/// What the stages are for.
struct stage_request {
    bool batch_statistics = false;  ///< tiles meet where a variable has been normalised
    bool backward = false;          ///< the loss and the way back, where tiles meet before the segment that computed such a variable
    bool keep = false;              ///< somebody looks at complete steps
};

/// The stages of `steps` time steps; areas in the order in which they run.
inline std::vector<stage> stages_of(long steps, const std::vector<area_timing>& areas, const stage_request& ask) {
    std::vector<stage> all;
    const int count = static_cast<int>(areas.size());
    const auto keep = [&](int area, long step) {
        if (ask.keep && step > 0) all.push_back({doing::keep, area, 0, step});
    };
    for (long s = 0; s <= steps; ++s)
        for (int i = 0; i < count; ++i) {
            const area_timing& a = areas[static_cast<std::size_t>(i)];
            if (s == 0 ? !a.starts : a.rests(s, steps)) continue;
            if (a.receives && s > 0) all.push_back({doing::receive, i, 0, s});
            if (a.last_step_only && s < steps) continue;
            const int segments = s == 0 ? 1 : static_cast<int>(a.normalised.size());
            for (int g = 0; g < segments; ++g)
                all.push_back({doing::forward, i, g, s, ask.batch_statistics && g > 0 && a.normalised[static_cast<std::size_t>(g - 1)]});
            keep(i, a.trails ? s - 1 : s);
        }
    for (int i = 0; i < count; ++i)
        if (areas[static_cast<std::size_t>(i)].trails) {
            all.push_back({doing::read_out, i, 0, steps});
            keep(i, steps);
        }
    if (!ask.backward) return all;
    all.push_back({doing::loss, count - 1, 0, steps});
    for (long s = steps; s >= 0; --s)
        for (int i = count - 1; i >= 0; --i) {
            const area_timing& a = areas[static_cast<std::size_t>(i)];
            if (s == 0 ? !a.starts : a.rests(s, steps)) continue;
            const int segments = s == 0 ? 1 : static_cast<int>(a.normalised.size());
            for (int g = segments - 1; g >= 0 && !(a.last_step_only && s < steps); --g)
                all.push_back({doing::backward, i, g, s, s > 0 && a.normalised[static_cast<std::size_t>(g)]});
            if (a.receives && s > 0) all.push_back({doing::hand_back, i, 0, s});
        }
    return all;
}

}  // namespace EIRNN_NAMESPACE
