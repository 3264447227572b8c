// What Thrust's for_each runs: functors over work items. On a GPU an item is one element; on a host it is a strip of rows of one column,
// so that the compiler vectorises the loop inside and the division that finds the column is paid once per strip.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/backend/element.hpp>
#include <eirnn/kernels/normal.hpp>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

inline constexpr long strip = 64;

/// Sections as one functor of (row, column, values ...), and the rows that they cover.
template <class T, class... F>
struct section_list {
    long begin = 0, end = 0;
    template <class... V>
    EIRNN_INLINE void operator()(long, long, V...) const {}
};
template <class T, class F, class... Rest>
struct section_list<T, F, Rest...> {
    section<F> head;
    section_list<T, Rest...> rest;
    long begin, end;

    explicit section_list(const section<F>& s, const section<Rest>&... others) : head(s), rest(others...), begin(s.begin), end(s.end) {
        const bool some = rest.begin < rest.end, mine = begin < end;
        if (some && (!mine || rest.begin < begin)) begin = rest.begin;
        if (some && (!mine || rest.end > end)) end = rest.end;
    }
    template <class... V>
    EIRNN_INLINE void operator()(long row, long col, V... v) const {
        if (row >= head.begin && row < head.end) head.f(element<T>{row - head.origin, col}, v...);
        rest(row, col, v...);
    }
};
template <class T, class... F>
section_list<T, F...> listed(const section<F>&... s) {
    return section_list<T, F...>(s...);
}

/// f(row, column) for every element of `rows` rows from `begin`.
template <class F>
struct element_by_element {
    long begin, rows, column;
    F f;
    EIRNN_INLINE void operator()(long item) const { f(begin + item % rows, column + item / rows); }
};
template <class F>
struct strip_by_strip {
    long begin, end, strips, column;
    F f;
    EIRNN_INLINE void operator()(long item) const {
        const long first = begin + item % strips * strip, last = first + strip < end ? first + strip : end;
        for (long row = first; row < last; ++row) f(row, column + item / strips);
    }
};

/// y = or += a strip of rows of A times one column: a[k] is a column of A, b[k] a number.
template <class T>
EIRNN_INLINE void add_strip(T* y, long rows, const T* a, long step_a, const T* b, long step_b, long count) {
    for (long k = 0; k < count; ++k) {
        const T* column = a + k * step_a;
        const T s = b[k * step_b];
        if (rows == strip)
            for (long r = 0; r < strip; ++r) y[r] += column[r] * s;
        else
            for (long r = 0; r < rows; ++r) y[r] += column[r] * s;
    }
}
/// W * in over a range of the columns of W, for the plain loops.
template <class T>
struct plain_product {
    const T* weights;  ///< at the first column of the range
    long ld, count;
    view<T> in;
};
/// A strip of one product, or of two with the same rows, and its sections behind it.
template <class T, class Sections, std::size_t products>
struct product_by_strip {
    plain_product<T> p[products];
    long strips;
    Sections f;
    EIRNN_INLINE void operator()(long item) const {
        const long first = f.begin + item % strips * strip, col = item / strips, rows = f.end - first < strip ? f.end - first : strip;
        T y[products][strip] = {};
        for (std::size_t q = 0; q < products; ++q)
            add_strip(y[q], rows, p[q].weights + first, p[q].ld, static_cast<const T*>(p[q].in.at(0, col)), 1l, p[q].count);
        for (long r = 0; r < rows; ++r) {
            if constexpr (products == 1)
                f(first + r, col, y[0][r]);
            else
                f(first + r, col, y[0][r], y[1][r]);
        }
    }
};
/// The sections behind products that stand in memory, column after column of the rows that the sections cover.
template <class T, class Sections, std::size_t products>
struct after_product {
    const T* y[products];
    long rows;
    Sections f;
    EIRNN_INLINE void operator()(long item) const {
        const long row = f.begin + item % rows, col = item / rows;
        if constexpr (products == 1)
            f(row, col, y[0][item]);
        else
            f(row, col, y[0][item], y[1][item]);
    }
};
/// A strip of one column of C = or += A B'.
template <class T>
struct outer_by_strip {
    view<T> C, A, B;
    long rows, strips, columns;
    bool add;
    EIRNN_INLINE void operator()(long item) const {
        const long first = item % strips * strip, k = item / strips, m = rows - first < strip ? rows - first : strip;
        T y[strip] = {};
        if (add)
            for (long r = 0; r < m; ++r) y[r] = *C.at(first + r, k);
        add_strip(y, m, static_cast<const T*>(A.at(first, 0)), A.ld, static_cast<const T*>(B.at(k, 0)), B.ld, columns);
        for (long r = 0; r < m; ++r) *C.at(first + r, k) = y[r];
    }
};
template <class T>
struct pack_element {
    view<T> from, to;
    bool transposed;
    EIRNN_INLINE void operator()(long row, long col) const { *to.at(row, col) = transposed ? *from.at(col, row) : *from.at(row, col); }
};
template <class T>
struct draw_normals {
    view<T> to[noise_steps];
    int count;
    long block;
    const std::uint32_t* ids;
    std::uint32_t iteration;
    random_key key;
    const T* sigma;
    EIRNN_INLINE void operator()(long row, long col) const {
        float n[noise_steps];
        kernels::noise_of<float, std::uint32_t>(static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(block), ids[col], iteration,
                                                key, n);
        for (int k = 0; k < count; ++k) *to[k].at(row, col) = static_cast<T>(n[k]) * sigma[row];
    }
};
template <class T>
struct square_column {
    view<T> v;
    long rows;
    T* out;
    EIRNN_INLINE void operator()(long col) const {
        T sum = 0;
        for (long r = 0; r < rows; ++r) sum += *v.at(r, col) * *v.at(r, col);
        out[col] = sum;
    }
};
/// f(lane) + f(lane + lanes) + .. in one number per lane.
template <class F>
struct sum_lane {
    long n, lanes;
    double* out;
    F f;
    EIRNN_INLINE void operator()(long lane) const {
        double sum = 0;
        for (long k = lane; k < n; k += lanes) sum += f(k);
        out[lane] = sum;
    }
};

}  // namespace EIRNN_NAMESPACE::backend::thrust_detail
