// What Thrust's for_each runs: functors over work items. On a GPU an item is one element; on a host it is a strip of rows of one column,
// so that the compiler vectorises the loop inside and the division that finds the column is paid once per strip.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/backend/element.hpp>
#include <eirnn/kernels/normal.hpp>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

inline constexpr long strip = 64;

/// A functor that gets its element and nothing else.
struct no_values {
    template <class F, class At>
    EIRNN_INLINE void operator()(const F& f, const At& at, long) const {
        f(at);
    }
};

/// Sections as one functor. Rows are counted from the origin of each, so that what one section leaves for a unit is there when the next one
/// looks for it (the gates of an LSTM): one work item runs all sections of a row, in their order.
template <class T, class... F>
struct section_list {
    long begin = 0, end = 0, first = 0, last = 0;
    template <class... Anything>
    EIRNN_INLINE void operator()(const Anything&...) const {}
    template <class Products>
    EIRNN_INLINE void in_strip(long, long, long, const Products&) const {}
};
template <class T, class F, class... Rest>
struct section_list<T, F, Rest...> {
    section<F> head;
    section_list<T, Rest...> rest;
    long begin, end;   ///< the rows of a product that the sections cover
    long first, last;  ///< the same, counted from their origins

    explicit section_list(const section<F>& s, const section<Rest>&... others)
        : head(s), rest(others...), begin(s.begin), end(s.end), first(s.begin - s.origin), last(s.end - s.origin) {
        if (rest.begin >= rest.end) return;
        if (begin >= end) {
            begin = rest.begin, end = rest.end, first = rest.first, last = rest.last;
            return;
        }
        if (rest.begin < begin) begin = rest.begin;
        if (rest.end > end) end = rest.end;
        if (rest.first < first) first = rest.first;
        if (rest.last > last) last = rest.last;
    }
    EIRNN_INLINE void operator()(long row, long col) const { (*this)(row, col, no_values{}); }
    /// `value` hands a functor its element and the numbers of a row of the product.
    template <class Value>
    EIRNN_INLINE void operator()(long row, long col, const Value& value) const {
        const long of_product = row + head.origin;
        if (of_product >= head.begin && of_product < head.end) value(head.f, element<T>{row, col}, of_product);
        rest(row, col, value);
    }
    /// The same of several rows: `products` computes them for each section.
    template <class Products>
    EIRNN_INLINE void in_strip(long from, long to, long col, const Products& products) const {
        const long low = from + head.origin < head.begin ? head.begin : from + head.origin;
        const long high = to + head.origin > head.end ? head.end : to + head.origin;
        if (low < high) products.run(head, low, high, col);
        rest.in_strip(from, to, col, products);
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
        const long first = f.first + item % strips * strip, last = first + strip < f.last ? first + strip : f.last;
        f.in_strip(first, last, item / strips, *this);
    }
    template <class F>
    EIRNN_INLINE void run(const section<F>& s, long begin, long end, long col) const {
        T y[products][strip] = {};
        for (std::size_t q = 0; q < products; ++q)
            add_strip(y[q], end - begin, p[q].weights + begin, p[q].ld, static_cast<const T*>(p[q].in.at(0, col)), 1l, p[q].count);
        for (long r = 0; r < end - begin; ++r) {
            const element<T> at{begin + r - s.origin, col};
            if constexpr (products == 1)
                s.f(at, y[0][r]);
            else
                s.f(at, y[0][r], y[1][r]);
        }
    }
};
/// The sections behind products that stand in memory, column after column of the rows that the sections cover.
template <class T, class Sections, std::size_t products>
struct after_product {
    const T* y[products];
    long rows;   ///< of a product
    long items;  ///< a column has so many work items
    Sections f;
    EIRNN_INLINE void operator()(long item) const { f(f.first + item % items, item / items, *this); }
    template <class F>
    EIRNN_INLINE void operator()(const F& g, const element<T>& at, long row) const {
        const long k = row - f.begin + at.col * rows;
        if constexpr (products == 1)
            g(at, y[0][k]);
        else
            g(at, y[0][k], y[1][k]);
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
/// Sums over many columns, a piece of them per work item: [piece][sum] columns of `to`.
template <class T, class F>
struct sum_piece {
    F f;
    view<T> to;
    long rows, pieces;
    EIRNN_INLINE void operator()(long item) const {
        const long p = item / rows, n = f.terms();
        f.part(n * p / pieces, n * (p + 1) / pieces, to.column(p * f.sums()))(element<T>{item % rows, 0});
    }
};
template <class T, class F>
struct add_pieces {
    F f;
    view<T> from;
    long rows, pieces;
    EIRNN_INLINE void operator()(long item) const {
        const long row = item % rows, k = item / rows;
        T* const out = f.sums_to().at(row, k);
        T sum = f.adds() ? *out : T(0);
        for (long p = 0; p < pieces; ++p) sum += *from.at(row, p * f.sums() + k);
        *out = sum;
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
