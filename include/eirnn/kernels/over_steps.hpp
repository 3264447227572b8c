// Outputs that are a sum or a mean of their readout over the steps so far.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

namespace EIRNN_NAMESPACE::kernels {

/// The rows of such an output.
struct summed_rows {
    long begin, size;
    bool mean;
    /// What the sum of so many steps is multiplied by.
    EIRNN_INLINE double share(long steps) const { return mean ? 1 / static_cast<double>(steps) : 1; }
};

/// z of all steps becomes the output of each; z is the readout of step 1, that of the next steps lies behind it. Trial k of `columns`.
template <class T>
struct add_up_steps {
    view<T> z;
    summed_rows rows;
    long columns, steps;
    EIRNN_INLINE double operator()(long k) const {
        for (long o = rows.begin; o < rows.begin + rows.size; ++o) {
            wide_t<T> sum = 0;
            for (long s = 0; s < steps; ++s) {
                T& x = *z.at(o, s * columns + k);
                sum += wide_t<T>(x), x = static_cast<T>(sum * rows.share(s + 1));
            }
        }
        return 0;
    }
};
/// Its transpose: dL/d(output) of all steps becomes dL/dz.
template <class T>
struct hand_back_steps {
    view<T> z;
    summed_rows rows;
    long columns, steps;
    EIRNN_INLINE double operator()(long k) const {
        for (long o = rows.begin; o < rows.begin + rows.size; ++o) {
            wide_t<T> sum = 0;
            for (long s = steps - 1; s >= 0; --s) {
                T& x = *z.at(o, s * columns + k);
                sum += wide_t<T>(x) * rows.share(s + 1), x = static_cast<T>(sum);
            }
        }
        return 0;
    }
};
/// The same as the first, one step at a time, which counts from 1; the sums so far stand in `sums`.
template <class T>
struct add_step {
    view<T> z, sums;
    summed_rows rows;
    long step;
    EIRNN_INLINE double operator()(long k) const {
        for (long o = rows.begin; o < rows.begin + rows.size; ++o) {
            T &x = *z.at(o, k), &sum = *sums.at(o, k);
            sum = step == 1 ? x : sum + x, x = static_cast<T>(wide_t<T>(sum) * rows.share(step));
        }
        return 0;
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
