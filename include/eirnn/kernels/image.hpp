// What is read from a map of positions, and how often a readout is right.
#pragma once
#include <eirnn/kernels/loss.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/linalg/matrix.hpp>

namespace EIRNN_NAMESPACE {

namespace kernels {
template <class T>
struct save_probe {
    view<T> value;
    const T *scale, *shift;  ///< of a normalised variable, or null
    T* to;
    long units, positions, centre;  ///< centre: position, or -1 for all
    T share;
    bool add;
    EIRNN_INLINE double operator()(long k) const {
        const long i = k % units, c = k / units;
        T x = *value.at(i, centre < 0 ? c : c * positions + centre);
        if (scale) x = x * scale[i] + shift[i];
        to[k] = add ? to[k] + x * share : x * share;
        return 0;
    }
};
/// States of trials that end with a step: their own last one, or of images that of the run.
template <class T>
struct save_map_states {
    run_data<T> d;
    view<T> from;
    const T *scale, *shift;  ///< of a normalised variable, or null
    T* to;
    long step, steps, first_trial, positions, rows;  ///< step counts from 1
    EIRNN_INLINE double operator()(long k) const {
        const long i = k % rows, column = k / rows, trial = first_trial + column / positions;
        if (step != (d.length ? long{d.length[trial]} : steps)) return 0;
        const T x = *from.at(i, column);
        to[first_trial * positions * rows + k] = scale ? x * scale[i] + shift[i] : x;
        return 0;
    }
};
/// The activation of a readout on columns of so many outputs that stand side by side.
template <class F, class T>
struct activate_outputs {
    T* y;
    long outputs;
    EIRNN_INLINE double operator()(long k) const {
        activate_column(F{}, y + k * outputs, y + k * outputs, outputs);
        return 0;
    }
};
/// 1 where the largest output of a column, the first of equals, is that of the largest target.
template <class T>
struct hits_of_columns {
    view<T> z;
    const T* target;
    long outputs;
    EIRNN_INLINE double operator()(long k) const {
        long best = 0, right = 0;
        for (long o = 1; o < outputs; ++o) {
            if (*z.at(o, k) > *z.at(best, k)) best = o;
            if (target[k * outputs + o] > target[k * outputs + right]) right = o;
        }
        return best == right ? 1 : 0;
    }
};
}  // namespace kernels

}  // namespace EIRNN_NAMESPACE
