// Every primitive of a backend against plain loops, on sizes that fit no packet, strip or tile.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/kernels/normal.hpp>

#include "../catch.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <vector>

namespace primitives {
using eirnn::view;
using eirnn::backend::product;
using eirnn::backend::section;

// What the primitives call, for one element or a packet of them.
template <class T>
struct keep {
    view<T> to;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        at.store(to, y);
    }
};
template <class T>
struct mix {
    view<T> to, other;
    const T *by_row, *by_column;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        at.store(to, y * at.per_row(by_row) + at.load(other) * at.per_column(by_column));
    }
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        (*this)(at, at.load(other));
    }
};
template <class T>
struct keep_both {
    view<T> to;
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y, V z) const {
        at.store(to, y - z * T(3));
    }
};
template <class T>
struct count_and_read {  // a sum's functor may write: it must be called once per index
    T* calls;
    const T* p;
    EIRNN_INLINE double operator()(long k) const {
        calls[k] = calls[k] + T(1);
        return double(p[k]);
    }
};

/// max(worst, |x|); what is not finite is worst of all.
inline double larger(double worst, double x) { return eirnn::is_finite(x) ? std::max(worst, std::abs(x)) : 1e300; }

/// A matrix in a backend's memory and its copy on the host.
template <class B>
struct both_sides {
    using T = typename B::scalar;
    long rows, columns, ld;
    typename B::template buffer<T> memory;
    std::vector<T> host;

    both_sides(long r, long c, std::uint32_t what)
        : rows(r),
          columns(c),
          ld((r + B::row_unit - 1) / B::row_unit * B::row_unit),
          memory(ld * (c + 8) + 64),
          host(static_cast<std::size_t>(memory.size())) {
        eirnn::random_sequence random({what, 7});
        for (T& x : host) x = static_cast<T>(random.uniform(-1, 1));
        memory.upload(host.data(), memory.size());
    }
    view<T> device() { return {memory.data(), ld}; }
    T& operator()(long r, long c) { return host[static_cast<std::size_t>(c * ld + r)]; }
    /// Largest difference between the two sides, in any element of any column, rows of the padding included.
    double distance(long columns_compared) const {
        std::vector<T> got(host.size());
        memory.download(got.data(), memory.size());
        double worst = 0;
        for (std::size_t k = 0; k < static_cast<std::size_t>(columns_compared * ld); ++k)
            worst = larger(worst, double(got[k]) - double(host[k]));
        return worst;
    }
};
template <class T>
constexpr double tolerance(long terms) {
    return (sizeof(T) == 8 ? 1e-15 : 5e-7) * double(terms + 4);
}

/// Two sections that meet inside a packet, then rows that belong to nobody; both ways of packing; ranges of columns; one and two products.
template <class B>
void check_products(B b, long rows, long inner, long columns) {
    using T = typename B::scalar;
    using matrix = both_sides<B>;
    INFO(B::name() << ": " << rows << " x " << inner << " x " << columns);
    const long meet = rows / 3, end = rows - rows / 5, begin = inner / 4;
    matrix W(rows, inner, 1), Wt(inner, rows, 2), in(inner, columns, 3), other(rows, columns, 4), by_row(rows, 1, 5),
        by_column(columns, 1, 6);
    for (long k = inner / 4; k < inner * 3 / 4; ++k)  // empty blocks: of a few rows, of half the rows
        for (long r = 0; r < rows; ++r) {
            if (r < rows / 4) W(r, k) = 0;
            if (r >= rows / 2) Wt(k, r) = 0;
        }
    W.memory.upload(W.host.data(), W.memory.size());
    Wt.memory.upload(Wt.host.data(), Wt.memory.size());
    typename B::packed direct, transposed;
    b.pack(direct, W.device(), rows, inner, false);
    b.pack(transposed, Wt.device(), inner, rows, true);
    const auto dot = [&](bool t, long r, long c, long from, long shift) {
        double sum = 0;
        for (long k = from; k < inner; ++k) sum += double(t ? Wt(k, r) : W(r, k)) * double(in(k - shift, c));
        return sum;
    };

    matrix one(rows, columns, 8);
    b.product_map(columns, product<typename B::packed, T>{direct, 0, inner, in.device()}, section{0l, meet, 0l, keep<T>{one.device()}},
                  section{meet, end, 0l, mix<T>{one.device(), other.device(), by_row.memory.data(), by_column.memory.data()}},
                  section{end, end, 0l, keep<T>{one.device()}});
    for (long c = 0; c < columns; ++c)
        for (long r = 0; r < end; ++r) {
            const double y = dot(false, r, c, 0, 0);
            one(r, c) = static_cast<T>(r < meet ? y : y * double(by_row(r, 0)) + double(other(r, c)) * double(by_column(c, 0)));
        }
    CHECK(one.distance(columns) <= tolerance<T>(inner));

    // the functor counts rows from the origin of its section, here a whole number of packets
    const long origin = meet / B::row_unit * B::row_unit;
    matrix shifted(rows, columns, 9);
    b.product_map(columns, product<typename B::packed, T>{transposed, 0, inner, in.device()},
                  section{origin, end, origin, keep<T>{shifted.device()}});
    for (long c = 0; c < columns; ++c)
        for (long r = origin; r < end; ++r) shifted(r - origin, c) = static_cast<T>(dot(true, r, c, 0, 0));
    CHECK(shifted.distance(columns) <= tolerance<T>(inner));

    matrix two(rows, columns, 10);
    b.product_map(columns, product<typename B::packed, T>{direct, begin, inner, in.device()},
                  product<typename B::packed, T>{transposed, begin, inner, in.device().row(begin)},
                  section{0l, end, 0l, keep_both<T>{two.device()}});
    for (long c = 0; c < columns; ++c)
        for (long r = 0; r < end; ++r) two(r, c) = static_cast<T>(dot(false, r, c, begin, begin) - 3 * dot(true, r, c, begin, 0));
    CHECK(two.distance(columns) <= 4 * tolerance<T>(inner));

    // C = A B', then C += A B'
    const long spare = 8;
    matrix A(rows, columns, 11), right(inner + spare, columns, 12), C(rows, inner + spare, 13);
    for (const bool add : {false, true}) {
        b.accumulate(C.device(), rows, A.device(), inner, right.device(), columns, add);
        for (long k = 0; k < inner; ++k)
            for (long r = 0; r < rows; ++r) {
                double sum = add ? double(C(r, k)) : 0;
                for (long c = 0; c < columns; ++c) sum += double(A(r, c)) * double(right(k, c));
                C(r, k) = static_cast<T>(sum);
            }
    }
    std::vector<T> got(C.host.size());
    C.memory.download(got.data(), C.memory.size());
    double worst = 0;
    for (long k = 0; k < inner; ++k)
        for (long r = 0; r < rows; ++r) worst = larger(worst, double(got[static_cast<std::size_t>(k * C.ld + r)]) - double(C(r, k)));
    CHECK(worst <= 2 * tolerance<T>(columns));
}

/// What a section leaves for a row is there when a later one looks for it, also where the rows of the product lie far apart.
template <class B>
void check_order(B b, long columns) {
    using T = typename B::scalar;
    using matrix = both_sides<B>;
    INFO(B::name() << ": sections in their order, " << columns);
    constexpr long units = 160, inner = 13;
    matrix W(2 * units, inner, 1), in(inner, columns, 2), left(units, columns, 3), sum(units, columns, 4), ones(units + columns, 1, 5);
    std::fill(ones.host.begin(), ones.host.end(), T(1));
    ones.memory.upload(ones.host.data(), ones.memory.size());
    typename B::packed w;
    b.pack(w, W.device(), 2 * units, inner, false);
    for (int repeat = 0; repeat < 10; ++repeat) {
        left.memory.upload(left.host.data(), left.memory.size());  // something else
        const T* const one = ones.memory.data();
        b.product_map(columns, product<typename B::packed, T>{w, 0, inner, in.device()}, section{0l, units, 0l, keep<T>{left.device()}},
                      section{units, 2 * units, units, mix<T>{sum.device(), left.device(), one, one}});
        for (long c = 0; c < columns; ++c)
            for (long r = 0; r < units; ++r) {
                double y = 0;
                for (long k = 0; k < inner; ++k) y += (double(W(r, k)) + double(W(r + units, k))) * double(in(k, c));
                sum(r, c) = static_cast<T>(y);
            }
        CHECK(sum.distance(columns) <= 4 * tolerance<T>(inner));
    }
}

/// Passes without a product: over tiles and over ranges of columns; nothing else is touched.
template <class B>
void check_passes(B b, long rows, long columns) {
    using T = typename B::scalar;
    using matrix = both_sides<B>;
    INFO(B::name() << ": " << rows << " x " << columns);
    matrix other(rows, columns, 4), by_row(rows, 1, 5), by_column(columns, 1, 6);
    const auto mixed = [&](long r, long c) {
        return static_cast<T>(double(other(r, c)) * (double(by_row(r, 0)) + double(by_column(c, 0))));
    };
    const long meet = rows / 2, end = rows - rows / 4;
    matrix all(rows, columns, 7), some(rows, columns, 8), out(columns, 1, 9);
    const mix<T> on_all{all.device(), other.device(), by_row.memory.data(), by_column.memory.data()};
    b.each(columns, section{0l, meet, 0l, on_all}, section{meet, end, 0l, on_all});
    for (long c = 0; c < columns; ++c)
        for (long r = 0; r < end; ++r) all(r, c) = mixed(r, c);
    CHECK(all.distance(columns) <= tolerance<T>(1));

    mix<T> on_some = on_all;
    on_some.to = some.device();
    const long first = columns / 3, last = columns - columns / 4;
    b.map(first, last, section{meet, end, 0l, on_some});
    for (long c = first; c < last; ++c)
        for (long r = meet; r < end; ++r) some(r, c) = mixed(r, c);
    CHECK(some.distance(columns) <= tolerance<T>(1));

    b.column_squares(other.device(), end, columns, out.memory.data());
    for (long c = 0; c < columns; ++c) {
        double sum = 0;
        for (long r = 0; r < end; ++r) sum += double(other(r, c)) * double(other(r, c));
        out(c, 0) = static_cast<T>(sum);
    }
    CHECK(out.distance(1) <= tolerance<T>(rows));
}

/// Sums of numbers that no order rounds, and how often the functor was called.
template <class B>
void check_sums(B b) {
    using T = typename B::scalar;
    for (const long n : {1l, 7l, 1023l, 1025l, 5000l}) {
        INFO(B::name() << ": " << n);
        both_sides<B> numbers(n, 1, 1), calls(n, 1, 2);
        double sum = 0;
        for (long k = 0; k < n; ++k) sum += double(numbers(k, 0) = static_cast<T>(k % 13 - 5) / T(8)), calls(k, 0) = T(k % 3);
        numbers.memory.upload(numbers.host.data(), numbers.memory.size());
        calls.memory.upload(calls.host.data(), calls.memory.size());
        const count_and_read<T> f{calls.memory.data(), numbers.memory.data()};
        CHECK(b.sum(n, f) == sum);
        for (long k = 0; k < n; ++k) calls(k, 0) += T(1);
        CHECK(calls.distance(1) == 0);
        b.for_index(n, f);
        for (long k = 0; k < n; ++k) calls(k, 0) += T(1);
        CHECK(calls.distance(1) == 0);
    }
}

/// The normals of all backends are the scalar ones, in every bit.
template <class B>
void check_normals(B b, long rows, long columns, int count) {
    using T = typename B::scalar;
    using matrix = both_sides<B>;
    INFO(B::name() << ": " << rows << " x " << columns << ", " << count << " steps");
    constexpr int most = eirnn::noise_steps;
    std::vector<matrix> to;
    for (unsigned k = 0; k < most; ++k) to.emplace_back(rows, columns, k + 1);
    eirnn::view<T> views[most];
    for (int k = 0; k < most; ++k) views[k] = to[static_cast<std::size_t>(k)].device();
    matrix sigma(rows, 1, most + 1);
    std::vector<std::uint32_t> id(static_cast<std::size_t>(columns));
    for (std::size_t k = 0; k < id.size(); ++k) id[k] = static_cast<std::uint32_t>(1000 - 7 * k);
    typename B::template buffer<std::uint32_t> ids(columns);
    ids.upload(id.data(), columns);
    const eirnn::random_key key{17, 29};
    b.normals(views, count, rows, columns, 11, ids.data(), 5u, key, sigma.memory.data());
    for (long c = 0; c < columns; ++c)
        for (long r = 0; r < rows; ++r) {
            float n[most];
            eirnn::kernels::noise_of<float, std::uint32_t>(static_cast<std::uint32_t>(r), 11u, id[static_cast<std::size_t>(c)], 5u, key, n);
            for (int k = 0; k < count; ++k) to[static_cast<std::size_t>(k)](r, c) = static_cast<T>(n[k]) * sigma(r, 0);
        }
    for (const auto& m : to) CHECK(m.distance(columns) == 0);
}

/// Tiles cover each trial once; the first tile of each group says so.
template <class B>
void check_tiles(B b, long trials) {
    INFO(B::name() << ": " << trials);
    const long width = b.tile_columns(trials, 1);
    const int groups = b.groups(trials, width);
    std::vector<std::atomic<int>> covered(static_cast<std::size_t>(trials)), fresh(static_cast<std::size_t>(groups));
    std::atomic<bool> fits = true;
    b.for_each_tile(trials, width, 10, [&](B&, const eirnn::backend::tile& t, typename B::scalar* scratch) {
        if (t.columns != width || t.group < 0 || t.group >= groups || t.first != t.index * width || !scratch) fits = false;
        for (long k = t.first; k < t.first + t.columns && k < trials; ++k) ++covered[static_cast<std::size_t>(k)];
        if (t.fresh) ++fresh[static_cast<std::size_t>(t.group)];
    });
    CHECK(fits);
    CHECK(b.chunk(width) >= 1);
    int wrong = 0;
    for (const auto& n : covered) wrong += n != 1;
    for (const auto& n : fresh) wrong += n != 1;
    CHECK(wrong == 0);
}

template <class B>
void check_memory() {
    typename B::template buffer<std::int32_t> none, some(1000);
    CHECK(none.size() == 0);
    std::vector<std::int32_t> host(1000, 9);
    some.download(host.data(), 1000);
    CHECK(host == std::vector<std::int32_t>(1000));
    for (std::size_t k = 0; k < 300; ++k) host[k] = static_cast<std::int32_t>(k);
    some.upload(host.data(), 300);
    const auto* place = some.data();
    none = std::move(some);
    std::vector<typename B::template buffer<std::int32_t>> list;
    list.push_back(std::move(none));
    list.resize(list.capacity() + 1);
    none = std::move(list.front());
    CHECK(none.data() == place);  // views of the memory outlive its moves
    std::vector<std::int32_t> back(1000, 9);
    none.download(back.data(), 1000);
    CHECK(back == host);
}

template <class B>
void check_all() {
    check_memory<B>();
    for (const long n : {1l, 4l, 67l}) check_tiles(B(2), n);
    for (const long rows : {1l, 5l, 37l, 150l})
        for (const long trials : {1l, 7l}) {
            const long width = B().tile_columns(trials, 1), columns = (trials + width - 1) / width * width;
            for (const long inner : {1l, 13l, 70l}) check_products(B(2), rows, inner, columns);
            check_passes(B(2), rows, columns);
            if (rows == 1) check_order(B(2), 100 * columns);
            for (const int count : {1, 5, 8}) check_normals(B(2), rows, columns, count);
        }
    check_sums(B(2));
}

}  // namespace primitives
