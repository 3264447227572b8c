// Looking a query up in all steps before: fast Hebbian weights and soft attention, for the units of one area and the columns of a tile.
#pragma once
#include <eirnn/cell/expression.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

namespace EIRNN_NAMESPACE::kernels {

/// The steps of a variable, from step 0 on.
template <class T>
struct past {
    view<T> first;
    long stride = 0;  ///< between two steps
    EIRNN_INLINE T* at(long step, long column) const { return first.at(0, column) + step * stride; }
};

template <class T>
EIRNN_INLINE T dot(const T* a, const T* b, long n) {
    T sum = 0;
    for (long i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
}
template <class T>
EIRNN_INLINE void add_multiple(T* to, const T* from, T times, long n) {
    for (long i = 0; i < n; ++i) to[i] += times * from[i];
}

/// out = sum over the steps before of weight(query . key) value; `out` is the adjoint of that on the way back.
///
/// Hebbian: the weight is the product itself, times decay for each step since. A(t) = sum of decay^(t-1-s) value_s key_s^T is never made:
/// A query costs as many multiplications as there are steps, and the way back needs nothing but what the steps have kept.
/// Attention: the softmax of the products.
template <class T, equations::gathering How>
struct recall {
    static constexpr bool soft = How == equations::gathering::attention;
    view<T> query;
    past<T> key, value;
    view<T> out;
    long units, steps;
    T decay;

    EIRNN_INLINE double operator()(long c) const {
        T* const y = out.at(0, c);
        for (long i = 0; i < units; ++i) y[i] = 0;
        const softmax_of_steps all = softmax_at(c);
        T share = 1;
        for (long s = steps - 1; s >= 0; --s, share *= decay) add_multiple(y, value.at(s, c), weight(all, s, c, share), units);
        return 0;
    }

    /// What makes a softmax of the products of a column.
    struct softmax_of_steps {
        T top = 0, sum = 1;
    };
    EIRNN_INLINE softmax_of_steps softmax_at(long c) const {
        softmax_of_steps all;
        if constexpr (soft) {
            const T* const q = query.at(0, c);
            all = {dot(q, key.at(0, c), units), 0};
            for (long s = 1; s < steps; ++s)
                if (const T x = dot(q, key.at(s, c), units); x > all.top) all.top = x;
            for (long s = 0; s < steps; ++s) all.sum += exponential(dot(q, key.at(s, c), units) - all.top);
        }
        return all;
    }
    EIRNN_INLINE T weight(const softmax_of_steps& all, long s, long c, T share) const {
        const T product = dot(query.at(0, c), key.at(s, c), units);
        if constexpr (soft)
            return exponential(product - all.top) / all.sum;
        else
            return share * product;
    }
    EIRNN_INLINE static T exponential(T x) { return static_cast<T>(exp_of(wide_t<T>(x))); }
};

/// Adds what `forward.out`, an adjoint, says about the query and about every step.
template <class T, equations::gathering How>
struct recall_back {
    recall<T, How> forward;
    view<T> to_query;
    past<T> to_key, to_value;

    EIRNN_INLINE double operator()(long c) const {
        const auto& f = forward;
        const T *const g = f.out.at(0, c), *const q = f.query.at(0, c);
        const auto all = f.softmax_at(c);
        T mean = 0;  // of value . g under the softmax
        if constexpr (recall<T, How>::soft)
            for (long s = 0; s < f.steps; ++s) mean += f.weight(all, s, c, T(1)) * dot(g, f.value.at(s, c), f.units);
        T share = 1;
        for (long s = f.steps - 1; s >= 0; --s, share *= f.decay) {
            const T w = f.weight(all, s, c, share), at_weight = dot(g, f.value.at(s, c), f.units);
            T at_product = share * at_weight;
            if constexpr (recall<T, How>::soft) at_product = w * (at_weight - mean);
            add_multiple(to_value.at(s, c), g, w, f.units);
            add_multiple(to_key.at(s, c), q, at_product, f.units);
            add_multiple(to_query.at(0, c), f.key.at(s, c), at_product, f.units);
        }
        return 0;
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
