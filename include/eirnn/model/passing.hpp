// Adjoints of maps that are made and used while tiles do not meet lie in the memory of a worker, which all tiles use one after the other: it
// stays in the cache, and a batch needs no more of it than a tile.
#pragma once
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {
/// Who touches the adjoints of a map, of each step, in which phase.
template <class B>
class adjoint_phases {
public:
    adjoint_phases(map_area<B>& a, long steps)
        : area_(a), steps_(steps), phase_(static_cast<std::size_t>((a.plan.variables.size + 1) * (steps + 1)), -1) {
        for (int e = 0; e < a.plan.variables.size; ++e) a[e].adjoint_passes = !a.last;  // the loss is a reader of the readout
        a.pooled_adjoint_passes = true;
    }
    void of(int variable, long step, int phase) {
        if (step < 0 || step > steps_) return;
        int& known = phase_[static_cast<std::size_t>(variable * (steps_ + 1) + step)];
        if (known < 0) known = phase;
        if (known != phase) stays(variable);
    }
    /// Of what others read.
    void of_output(long step, int phase) { of(outside(), step, phase); }
    void output_stays() { stays(outside()); }
    void of_pooled(long step, int phase) { of(area_.plan.variables.size, step, phase); }

private:
    int outside() const { return area_.pool >= 0 ? area_.plan.variables.size : area_.plan.output(); }
    void stays(int variable) {
        (variable == area_.plan.variables.size ? area_.pooled_adjoint_passes : area_[variable].adjoint_passes) = false;
    }
    map_area<B>& area_;
    long steps_;
    std::vector<int> phase_;
};
}  // namespace detail

/// Sets which adjoints pass; `maps`: null for areas of units, whose drivers keep theirs.
template <class B>
void find_passing_adjoints(const std::vector<map_area<B>*>& maps, const std::vector<area_timing>& timing, const std::vector<stage>& stages,
                           long steps) {
    std::vector<detail::adjoint_phases<B>> touched;
    std::vector<std::size_t> place(maps.size());
    for (std::size_t k = 0; k < maps.size(); ++k) {
        place[k] = touched.size();
        if (maps[k]) touched.emplace_back(*maps[k], steps);
    }
    for (std::size_t k = 0; k < maps.size(); ++k)
        for (const int from : timing[k].reads)
            if (const auto f = static_cast<std::size_t>(from); !maps[k] && maps[f]) touched[place[f]].output_stays();
    for (const stage& s : stages) {
        const auto index = static_cast<std::size_t>(s.area);
        if ((s.what != doing::backward && s.what != doing::hand_back) || !maps[index]) continue;
        const map_area<B>& a = *maps[index];
        detail::adjoint_phases<B>& own = touched[place[index]];
        const bool backward = s.what == doing::backward, last = s.segment == a.plan.segments - 1;
        // What it has read of others. What is the same in every step is read in the first one.
        if (!backward || (timing[index].enters[static_cast<std::size_t>(s.segment)] && (!a.hoists || s.step == 1)))
            for (std::size_t d = 0; d < a.drivers.size(); ++d)
                if (const int from = a.shape.drivers[d].area; from >= 0 && maps[static_cast<std::size_t>(from)])
                    touched[place[static_cast<std::size_t>(from)]].of_output(
                        maps[static_cast<std::size_t>(from)]->once ? 1 : s.step - a.drivers[d].delay, s.phase);
        if (!backward) continue;
        if (last) own.of_pooled(s.step, s.phase), own.of(a.plan.output(), s.step, s.phase);
        for (int e = 0; e < a.plan.variables.size; ++e) {
            const auto& v = a.plan.variables[e];
            if (v.normalised && v.segment == s.segment - 1) own.of(e, s.step, s.phase);  // sums over its adjoint
            if (v.read_before && s.segment == 0 && s.step == 1) own.of(e, 0, s.phase);
            if (v.segment != s.segment) continue;
            own.of(e, s.step, s.phase);
            for (const auto& read : v.with)
                if (read.kind == equations::leaf_kind::now || read.kind == equations::leaf_kind::previous)
                    own.of(read.index, s.step - (read.kind == equations::leaf_kind::previous ? 1 : 0), s.phase);
            for (const auto& t : a[e].part.terms)
                if (t.what.source >= 0) own.of(t.what.source, s.step - (t.previous ? 1 : 0), s.phase);
        }
    }
}

/// Sets to 0, before the stages `first` .. `end` of a phase, the passing adjoints that area `index` will use up in them: other tiles, and runs
/// of other kinds, were there. A place that serves several steps is 0 when it has been used.
template <class B>
void clear_passing(B& b, const map_area<B>& a, int index, const std::vector<stage>& all, std::size_t first, std::size_t end,
                   const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    long latest[32] = {};  // the first step of this phase in which a segment runs
    const auto clear = [&](const trace& t, long step, long columns, long from) {
        if (t.passing && from - step < t.ring)
            b.each(columns, section{0l, t.ld, 0l, kernels::fill_rows<T>{t.block(at.passing, step, columns), T(0)}});
    };
    const long columns = at.trials * a.positions();
    for (std::size_t k = first; k < end; ++k) {
        const stage& s = all[k];
        if (s.what != doing::backward || s.area != index) continue;
        long& from = latest[s.segment];
        from = (std::max)(from, s.step);
        if (s.segment == a.plan.segments - 1) clear(a.pooled_adjoint, s.step, at.trials * a.above.grid.positions(), from);
        for (int e = 0; e < a.plan.variables.size; ++e) {
            const auto& v = a.plan.variables[e];
            if (v.segment == s.segment) clear(a[e].adjoint, s.step, columns, from);
            if (v.read_before && s.step == 1 && s.segment == 0) clear(a[e].adjoint, 0, columns, 0);
        }
    }
}

}  // namespace EIRNN_NAMESPACE
