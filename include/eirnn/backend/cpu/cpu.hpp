// The CPU backend: tiles of five trials, each taken through its whole trial by one worker; packets of rows; one micro-kernel.
#pragma once
#include <eirnn/backend/cpu/executor.hpp>
#include <eirnn/backend/cpu/product.hpp>
#include <eirnn/backend/fwd.hpp>

#include <vector>

namespace eirnn::backend {

namespace cpu_detail {

/// A packet of rows of one column: what a functor sees as `at`.
template <class T>
struct packet_rows {
    long row, col;
    EIRNN_INLINE packet<T> load(view<T> v) const { return packet<T>::load(v.at(row, col)); }
    EIRNN_INLINE void store(view<T> v, packet<T> x) const { x.store(v.at(row, col)); }
    EIRNN_INLINE packet<T> per_row(const T* p) const { return packet<T>::load(p + row); }
    EIRNN_INLINE T per_column(const T* p) const { return p[col]; }
};
/// A packet that reaches beyond its section: it stores its own lanes only.
template <class T>
struct some_rows : packet_rows<T> {
    packet_mask<T> mine;
    EIRNN_INLINE void store(view<T> v, packet<T> x) const { packet_rows<T>::store(v, select(mine, x, this->load(v))); }
};
/// Stands in for packet_rows where a functor runs for its addresses alone: what it would load and store is fetched into the caches, and its
/// arithmetic, of which nothing is used, is not compiled.
template <class T>
struct rows_ahead {
    long row, col;
    EIRNN_INLINE packet<T> load(view<T> v) const {
        __builtin_prefetch(v.at(row, col));
        return packet<T>{};
    }
    EIRNN_INLINE void store(view<T> v, packet<T>) const { __builtin_prefetch(v.at(row, col), 1); }
    EIRNN_INLINE packet<T> per_row(const T*) const { return packet<T>{}; }
    EIRNN_INLINE T per_column(const T*) const { return {}; }
};
template <class T, class F, class... V>
EIRNN_INLINE void fetch(const section<F>& s, long row, long col, V... v) {
    if constexpr (requires { requires F::streams; })
        if (row < s.end && row + packet<T>::width > s.begin) s.f(rows_ahead<T>{row - s.origin, col}, v...);
}
template <class T, class F, class... V>
EIRNN_INLINE void apply(const section<F>& s, long row, long col, V... v) {
    constexpr int w = packet<T>::width;
    if (row >= s.begin && row + w <= s.end) s.f(packet_rows<T>{row - s.origin, col}, v...);
    else if (row < s.end && row + w > s.begin) s.f(some_rows<T>{{row - s.origin, col}, lanes_within<T>(row, s.begin, s.end)}, v...);
}

}  // namespace cpu_detail

/// Eigen stays in the types that users hand in and out: its products reach half of what this micro-kernel does on these shapes.
template <class T, class Executor>
class cpu {
public:
    using scalar = T;
    template <class U>
    using buffer = cpu_detail::aligned_buffer<U>;
    using packed = cpu_detail::packed<T>;
    static constexpr long row_unit = packet<T>::width;
    static constexpr int max_groups = 32;

    /// threads <= 0: as many as the process may use. The results do not depend on it.
    explicit cpu(int threads = 0) : executor_(threads), scratch_(static_cast<std::size_t>(executor_.threads())) {}
    static constexpr const char* name() { return "cpu"; }
    int threads() const { return executor_.threads(); }
    long tile_columns(long) const { return cpu_detail::tile_width; }
    long images_per_tile(long) const { return 1; }
    int groups(long trials, long width) const { return static_cast<int>(std::min<long>((trials + width - 1) / width, max_groups)); }
    long chunk(long columns) const { return (std::max)(1l, 120 / columns); }

    template <class F>
    void for_each_tile(long trials, long width, long scratch, F run) {
        const long count = (trials + width - 1) / width, n = groups(trials, width);
        executor_.run(static_cast<int>(n), [&](int g) {
            auto& memory = scratch_[static_cast<std::size_t>(executor_.worker())];
            if (memory.size() < scratch) memory = buffer<T>(scratch);
            for (long t = count * g / n, begin = t; t < count * (g + 1) / n; ++t)
                run(*this, tile{t, t * width, width, g, t == begin}, memory.data());
        });
    }

    void pack(packed& w, view<T> from, long rows, long columns, bool transposed) {
        const long R = transposed ? columns : rows, K = transposed ? rows : columns;
        if (w.rows != R || w.columns != K) {
            w.rows = R, w.columns = K;
            w.data = buffer<T>(w.packets() * row_unit * K);
        }
        executor_.run(w.panels(), [&](int q) {
            T* d = w.panel(q);
            const long begin = w.first(q) * row_unit, height = w.height(q) * row_unit;
            for (long k = 0; k < K; ++k)
                for (long i = 0; i < height; ++i, ++d)
                    *d = begin + i < R ? *(transposed ? from.at(k, begin + i) : from.at(begin + i, k)) : T{};
        });
    }

    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const section<F>&... s) const {
        over_blocks(
            p.weights, columns, [&](int q, long c, T* y, long ld) { multiply(p, q, c, y, ld); },
            [&](long row, long col, const T* y, const T*) { (cpu_detail::apply<T>(s, row, col, packet<T>::load(y)), ...); },
            [&](long row, long col) { (cpu_detail::fetch<T>(s, row, col, packet<T>{}), ...); }, false, s...);
    }
    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const product<packed, T>& r, const section<F>&... s) const {
        over_blocks(
            p.weights, columns, [&](int q, long c, T* y, long ld) { multiply(p, q, c, y, ld), multiply(r, q, c, y + block_size, ld); },
            [&](long row, long col, const T* y, const T* z) {
                (cpu_detail::apply<T>(s, row, col, packet<T>::load(y), packet<T>::load(z)), ...);
            },
            [](long, long) {}, true, s...);
    }
    /// K columns of C are written, whole packets of rows of them; the rows of B reach to the next multiple of the tile width.
    void accumulate(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) const {
        constexpr long few = 128, strip = 64;  // columns of A and B that stay in the first cache
        for (long c = 0; c < columns;) {
            const long end = columns - c <= few ? columns : c + strip;
            accumulate_strip(C, rows, A.column(c), K, B.column(c), end - c, add || c > 0);
            c = end;
        }
    }
    template <class... F>
    void each(long columns, const section<F>&... s) const {
        for (long c = 0; c < columns; ++c) (range(s, c), ...);
    }
    template <class... F>
    void map(long begin, long end, const section<F>&... s) {
        constexpr int parts = 8;
        executor_.run(parts, [&](int p) {
            for (long c = begin + (end - begin) * p / parts; c < begin + (end - begin) * (p + 1) / parts; ++c) (range(s, c), ...);
        });
    }
    void column_squares(view<T> v, long rows, long columns, T* out) const {
        for (long c = 0; c < columns; ++c) {
            packet<T> sum{};
            long r = 0;
            for (; r + row_unit <= rows; r += row_unit) {
                const packet<T> x = packet<T>::load(v.at(r, c));
                sum = sum + x * x;
            }
            T total = 0;
            for (int k = 0; k < row_unit; ++k) total += sum.v[k];
            for (; r < rows; ++r) total += *v.at(r, c) * *v.at(r, c);
            out[c] = total;
        }
    }
    template <class F>
    double sum(long n, F f) const {
        double s = 0;
        for (long k = 0; k < n; ++k) s += f(k);
        return s;
    }
    template <class F>
    void for_index(long n, F f) const {
        for (long k = 0; k < n; ++k) f(k);
    }
    void normals(view<T> a, view<T> b, view<T> c, view<T> d, int count, long rows, long columns, long step4, const std::uint32_t* ids,
                 std::uint32_t iteration, random_key key, const T* sigma) const {
        constexpr int w = packet<float>::width;
        const view<T> to[4] = {a, b, c, d};
        for (long col = 0; col < columns; ++col)
            for (long row = 0; row < rows; row += w) {
                kernels::packet_u32 unit;
                for (int k = 0; k < w; ++k) unit.v[k] = static_cast<std::uint32_t>(row + k);
                packet<float> n[4];
                kernels::four_normals<packet<float>>(unit, static_cast<std::uint32_t>(step4), ids[col], iteration, key, n);
                EIRNN_UNROLL
                for (int k = 0; k < 4; ++k)
                    if (k < count) store_normals(n[k], to[k], row, col, rows, sigma);
            }
    }

private:
    static constexpr int NR = cpu_detail::tile_width;
    static constexpr long strip_bytes = 16384;
    static constexpr int line_packets = (std::max)(1, 64 / vector_bytes);  // packets of a cache line
    static constexpr int block_size = NR * cpu_detail::max_packets * packet<T>::width;

    static void accumulate_strip(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) {
        alignas(64) T y[static_cast<std::size_t>(block_size)];
        packed shape;
        shape.rows = rows;
        for (int q = 0; q < shape.panels(); ++q) {
            const long row = shape.first(q) * row_unit, h = shape.height(q) * row_unit;
            for (long k = 0; k < K; k += NR) {
                const bool part = k + NR > K;  // of a block: what lies behind it in C is another's
                for (long j = 0; part && add && j < K - k; ++j) std::copy_n(C.at(row, k + j), h, y + j * h);
                cpu_detail::blocks<T, NR>(shape.height(q), columns, static_cast<const T*>(A.at(row, 0)), A.ld,
                                          static_cast<const T*>(B.at(k, 0)), B.ld, 1l, part ? y : C.at(row, k), part ? h : C.ld, add);
                for (long j = 0; part && j < K - k; ++j) std::copy_n(y + j * h, h, C.at(row, k + j));
            }
        }
    }
    static void multiply(const product<packed, T>& p, int q, long c, T* y, long ld) {
        const int height = p.weights.height(q);
        const long h = height * row_unit;
        cpu_detail::blocks<T, NR>(height, p.end - p.begin, p.weights.panel(q) + p.begin * h, h, static_cast<const T*>(p.in.at(0, c)), 1l,
                                  p.in.ld, y, ld, false);
    }
    // The product writes a block to the stack and the functors read it there: as fast as an epilogue in registers, a third of the code.
    // Where a functor only stores, it writes to where that goes. Columns are taken in strips whose operands stay in the first cache while
    // all rows go over them.
    template <class Multiply, class Apply, class Fetch, class... F>
    static void over_blocks(const packed& w, long columns, Multiply multiply, Apply apply, Fetch fetch, bool two, const section<F>&... s) {
        alignas(64) T y[static_cast<std::size_t>(2 * block_size)];
        const long strip = (std::max)(4l, strip_bytes / (static_cast<long>(sizeof(T)) * NR * w.columns)) * NR;
        for (long first = 0; first < columns; first += strip)
            for (int q = 0; q < w.panels(); ++q) {
                const long row = w.first(q) * row_unit, end = (std::min)(first + strip, columns);
                const int height = w.height(q);
                const long h = height * row_unit;
                if (!((row < s.end && row + h > s.begin) || ...)) continue;
                const view<T> to = two ? view<T>{} : straight(row, h, s...);
                for (long c = first; c < end; c += NR) {
                    if (to.data && c + NR <= columns) {
                        multiply(q, c, to.at(row, c), to.ld);
                        continue;
                    }
                    multiply(q, c, y, h);
                    const int width = static_cast<int>((std::min<long>)(NR, columns - c));
                    const T *p = y, *z = two ? y + block_size : y;
#pragma GCC unroll 1
                    for (int j = 0; j < width; ++j) {
#pragma GCC unroll 1
                        for (int i = 0; i < height; i += line_packets)
                            if (c + NR + j < end) fetch(row + row_unit * i, c + NR + j);
#pragma GCC unroll 1
                        for (int i = 0; i < height; ++i, p += row_unit, z += row_unit) apply(row + row_unit * i, c + j, p, z);
                    }
                }
            }
    }
    // Where a product of rows `row .. row + h` may go without a functor, counted from row 0; null if nowhere.
    template <class F, class... Others>
    static view<T> straight(long row, long h, const section<F>& s, const section<Others>&...) {
        if constexpr (sizeof...(Others) == 0 && requires { s.f.destination(); })
            if (row >= s.begin && row + h <= s.end) return s.f.destination().row(-s.origin);
        return {};
    }
    template <class F>
    static EIRNN_INLINE void range(const section<F>& s, long c) {
        for (long r = s.begin / row_unit * row_unit; r < s.end; r += row_unit) cpu_detail::apply<T>(s, r, c);
    }
    static EIRNN_INLINE void store_normals(packet<float> n, view<T> to, long row, long col, long rows, const T* sigma) {
        if constexpr (std::is_same_v<T, float>) {
            const packet<float> x = n * packet<float>::load(sigma + row);
            if (row + packet<float>::width <= rows) x.store(to.at(row, col));
            else select(lanes_within<float>(row, 0, rows), x, packet<float>::load(to.at(row, col))).store(to.at(row, col));
        } else {
            for (int k = 0; k < packet<float>::width && row + k < rows; ++k) *to.at(row + k, col) = static_cast<T>(n.v[k]) * sigma[row + k];
        }
    }
    Executor executor_;
    std::vector<buffer<T>> scratch_;
};

}  // namespace eirnn::backend
