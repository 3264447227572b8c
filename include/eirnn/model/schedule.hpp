// The order in which the areas of a network run, forward and back, and where all tiles must meet. Numbers only.
#pragma once
#include <eirnn/config.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
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
    bool meets = false;  ///< all tiles must have done the stage of its area before it
    int phase = 0;       ///< tiles meet where this grows
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
    std::vector<int> reads;        ///< the areas that it reads
    std::vector<bool> enters;      ///< per segment: whether it reads them there, and adds to their adjoints on the way back

    bool rests(long step, long steps) const { return (once && step > 1) || (last_step_only && !sums && step < steps); }
};

/// What the stages are for.
struct stage_request {
    bool batch_statistics = false;  ///< tiles meet where a variable has been normalised
    bool backward = false;          ///< the loss and the way back, where tiles meet before the segment that computed such a variable
    bool keep = false;              ///< somebody looks at complete steps
};

namespace detail {

// Whether a stage reads other areas, or adds to their adjoints.
inline bool enters(const stage& s, const std::vector<area_timing>& areas) {
    if (s.what == doing::keep) return false;
    return (s.what != doing::forward && s.what != doing::backward) || s.step == 0 ||
           areas[static_cast<std::size_t>(s.area)].enters[static_cast<std::size_t>(s.segment)];
}

/// Appends stages that are all forward, or all backward, to `all`, in phases. Where no tiles meet they stay in their order, in which a
/// stage follows whatever it reads. Where they do, a phase takes each stage that can run in it: an area then begins its next step while the
/// values of this one are still in the cache, and the areas of a network meet all at once, each a step behind the one that it reads. So no
/// stage needs to run more steps ahead of the others than there are areas.
inline void append_in_phases(std::vector<stage>& all, std::vector<stage> stages, const std::vector<area_timing>& areas) {
    int phase = all.empty() ? 0 : all.back().phase;
    const long count = static_cast<long>(stages.size()), area_count = static_cast<long>(areas.size());
    const auto at = [&](long k) -> stage& { return stages[static_cast<std::size_t>(k)]; };
    const auto area = [&](long a) -> const area_timing& { return areas[static_cast<std::size_t>(a)]; };
    // Of each area, the next stage that has to run and the phase of the one before it; of each stage, the one of its area after it.
    std::vector<long> next(areas.size(), count), phase_before(areas.size(), phase), after(stages.size(), count);
    bool any_meets = false;
    for (long k = count - 1; k >= 0; --k) {
        auto& of_area = next[static_cast<std::size_t>(at(k).area)];
        after[static_cast<std::size_t>(k)] = of_area, of_area = k;
        any_meets = any_meets || at(k).meets;
    }
    if (!any_meets) {
        for (stage& s : stages) s.phase = phase, all.push_back(s);
        return;
    }
    const bool backward = at(0).what == doing::backward || at(0).what == doing::hand_back;
    const auto waits_for = [&](long other, long k, bool only_entering) {
        for (long n = next[static_cast<std::size_t>(other)]; n < k; n = after[static_cast<std::size_t>(n)])
            if (!only_entering || enters(at(n), areas)) return true;
        return false;
    };
    const auto ready = [&](long k) {
        const stage& s = at(k);
        if (s.meets && phase_before[static_cast<std::size_t>(s.area)] == phase) return false;
        if (enters(s, areas))
            for (const int from : area(s.area).reads)
                if (waits_for(from, k, false)) return false;
        for (long r = 0; backward && r < area_count; ++r)  // others add to its adjoints
            for (const int from : area(r).reads)
                if (from == s.area && waits_for(r, k, true)) return false;
        return true;
    };
    for (;; ++phase) {
        long first = count;
        for (const long k : next) first = (std::min)(first, k);
        if (first == count) return;
        const long here = at(first).step;
        for (bool any_taken = true; any_taken;) {
            any_taken = false;
            for (long n = 0; n < area_count; ++n) {  // in the order in which they run, each as far as it comes
                const auto a = static_cast<std::size_t>(backward ? area_count - 1 - n : n);
                for (long k = next[a]; k < count && ready(k); k = next[a]) {
                    if ((backward ? here - at(k).step : at(k).step - here) > area_count) break;
                    at(k).phase = phase, all.push_back(at(k));
                    next[a] = after[static_cast<std::size_t>(k)], phase_before[a] = phase, any_taken = true;
                }
            }
        }
    }
}

}  // namespace detail

/// The stages of `steps` time steps; areas in the order in which they run.
inline std::vector<stage> stages_of(long steps, const std::vector<area_timing>& areas, const stage_request& ask) {
    std::vector<stage> all, phases;
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
    detail::append_in_phases(phases, std::move(all), areas);
    if (!ask.backward) return phases;
    const int phase = phases.empty() ? 0 : phases.back().phase;
    phases.push_back({doing::loss, count - 1, 0, steps, false, phase});
    all.clear();
    for (long s = steps; s >= 0; --s)
        for (int i = count - 1; i >= 0; --i) {
            const area_timing& a = areas[static_cast<std::size_t>(i)];
            if (s == 0 ? !a.starts : a.rests(s, steps)) continue;
            const int segments = s == 0 ? 1 : static_cast<int>(a.normalised.size());
            for (int g = segments - 1; g >= 0 && !(a.last_step_only && s < steps); --g)
                all.push_back({doing::backward, i, g, s, s > 0 && a.normalised[static_cast<std::size_t>(g)]});
            if (a.receives && s > 0) all.push_back({doing::hand_back, i, 0, s});
        }
    detail::append_in_phases(phases, std::move(all), areas);
    return phases;
}

}  // namespace EIRNN_NAMESPACE
