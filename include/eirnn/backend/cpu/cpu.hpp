// The CPU backend: tiles of a few trials, each taken through its whole trial by one worker; packets of rows; one micro-kernel.
#pragma once
#include <eirnn/backend/cpu/executor.hpp>
#include <eirnn/backend/cpu/product.hpp>
#include <eirnn/backend/fwd.hpp>

#include <vector>

namespace EIRNN_NAMESPACE::backend {

namespace cpu_detail {

/// A packet of rows of one column: what a functor sees as `at`.
template <class T>
struct packet_rows {
    long row, col;
    EIRNN_INLINE packet<T> load(view<T> v) const { return packet<T>::load(v.at(row, col)); }
    EIRNN_INLINE void store(view<T> v, packet<T> x) const { x.store(v.at(row, col)); }
    EIRNN_INLINE packet<T> load_sign(view<std::uint8_t> v) const { return unpacked_signs<T>(v.at(row, col)); }
    EIRNN_INLINE void store_sign(view<std::uint8_t> v, packet<T> x) const { pack_signs(x > T(0), v.at(row, col)); }
    EIRNN_INLINE packet<T> per_row(const T* p) const { return packet<T>::load(p + row); }
    EIRNN_INLINE T per_column(const T* p) const { return p[col]; }
    /// Asks memory for whole columns, before the first packet of rows reads a line of each: in that order they would come in one by one.
    EIRNN_INLINE void ask_for(view<T> v, long first, long columns) const {
        if (row != 0) return;
        const T *p = v.at(0, first), *const end = v.at(0, first + columns);
        for (; p < end; p += 64 / sizeof(T)) __builtin_prefetch(p);
    }
};
/// A packet that reaches beyond its section: it stores its own lanes only.
template <class T>
struct some_rows : packet_rows<T> {
    packet_mask<T> mine;
    EIRNN_INLINE void store(view<T> v, packet<T> x) const { packet_rows<T>::store(v, select(mine, x, this->load(v))); }
    EIRNN_INLINE void store_sign(view<std::uint8_t> v, packet<T> x) const {
        packet_rows<T>::store_sign(v, select(mine, x, this->load_sign(v)));
    }
};
/// The functor of a section on rows `begin .. end` of columns `from .. to`, with `values(row, column - from)...`, `ld` apart, in hand.
/// Packets that the section fills go in a loop of their own.
template <class T, class F, class... V>
EIRNN_INLINE void apply(const section<F>& s, long begin, long end, long from, long to, [[maybe_unused]] long ld, const V*... values) {
    constexpr int w = packet<T>::width;
    const long first = (std::max)(begin, s.begin), last = (std::min)(end, s.end);
    const F f = s.f;  // of its own: a store to where it points could otherwise change its pointers
    for (long col = from; col < to; ++col, ((values += ld), ...))
        for (long r = first / w * w; r < last;) {
            if (r >= first)
                for (; r + w <= last; r += w) f(packet_rows<T>{r - s.origin, col}, packet<T>::load(values + (r - begin))...);
            if (r < last) {
                f(some_rows<T>{{r - s.origin, col}, lanes_within<T>(r, first, last)}, packet<T>::load(values + (r - begin))...);
                r += w;
            }
        }
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
    static constexpr bool on_host = true;
    static constexpr long row_unit = packet<T>::width;
    static constexpr int max_groups = 32;

    /// threads <= 0: as many as the process may use. The results do not depend on it.
    explicit cpu(int threads = 0) : executor_(threads), scratch_(static_cast<std::size_t>(executor_.threads())) {}
    static constexpr const char* name() { return "cpu"; }
    int threads() const { return executor_.threads(); }
    // Five columns balance best; weights that come from memory for every tile should serve more.
    long tile_columns(long, long weights) const { return (weights > many_weights ? 2 : 1) * cpu_detail::tile_width; }
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
        if (w.rows != R || w.columns != K) w = packed(R, K);
        executor_.run(w.cut.panels(), [&](int q) {
            T* d = w.panel(q);
            const long begin = w.cut.first(q), height = w.cut.packets(q) * row_unit, filled = (std::min)(height, R - begin);
            for (long k = 0; k < K; ++k, d += height) {  // the rows that fill the last packet stay 0
                if (transposed)
                    for (long i = 0; i < filled; ++i) d[i] = *from.at(k, begin + i);
                else
                    for (long i = 0; i < filled; ++i) d[i] = *from.at(begin + i, k);
            }
            w.find_ranges(q);
        });
    }

    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const section<F>&... s) const {
        if constexpr (sizeof...(F) == 1 && requires { (s.f.destination(), ...); }) store_product(columns, p, s...);
        else
            over_bands(
                p.weights, columns, [&](int q, long c, T* y, T*, long ld) { multiply(p, q, c, y, ld); },
                [&](long begin, long end, long from, long to, long ld, const T* y, const T*) {
                    (cpu_detail::apply<T>(s, begin, end, from, to, ld, y), ...);
                },
                s...);
    }
    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const product<packed, T>& r, const section<F>&... s) const {
        over_bands(
            p.weights, columns, [&](int q, long c, T* y, T* z, long ld) { multiply(p, q, c, y, ld), multiply(r, q, c, z, ld); },
            [&](long begin, long end, long from, long to, long ld, const T* y, const T* z) {
                (cpu_detail::apply<T>(s, begin, end, from, to, ld, y, z), ...);
            },
            s...);
    }
    /// K columns of C are written, whole packets of rows of them; the rows of B reach to the next multiple of the tile width.
    void accumulate(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) const {
        constexpr long strip = 64;
        for (long c = 0; c < columns;) {
            const long end = columns - c <= few_columns ? columns : c + strip;
            accumulate_strip(C, rows, A.column(c), K, B.column(c), end - c, add || c > 0);
            c = end;
        }
    }
    template <class... F>
    void each(long columns, const section<F>&... s) const {
        (cpu_detail::apply<T>(s, s.begin, s.end, 0, columns, 0), ...);
    }
    template <class... F>
    void map(long begin, long end, const section<F>&... s) {
        constexpr int parts = 8;
        executor_.run(parts, [&](int p) {
            (cpu_detail::apply<T>(s, s.begin, s.end, begin + (end - begin) * p / parts, begin + (end - begin) * (p + 1) / parts, 0), ...);
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
    void normals(const view<T> (&to)[noise_steps], int count, long rows, long columns, long block, const std::uint32_t* ids,
                 std::uint32_t iteration, random_key key, const T* sigma) const {
        constexpr long w = packet<float>::width, most = 16;  // packets whose words wait in the first cache
        kernels::packet_u32 word[most + 1][4];
        for (long col = 0; col < columns; ++col)
            for (long first = 0; first < rows; first += most * w) {
                const long packets = (std::min)(most, (rows - first + w - 1) / w);
                // Words and normals in loops of their own: both are long chains, and a processor overlaps short bodies only.
                for (long p = 0; p < packets; p += 2) {
                    const kernels::packet_u32 unit[2] = {kernels::rows_from(first + p * w), kernels::rows_from(first + (p + 1) * w)};
                    kernels::noise_words(unit, static_cast<std::uint32_t>(block), ids[col], iteration, key, word + p);
                }
                for (int k = 0; k < count; k += 2)
                    for (long p = 0; p < packets; ++p) {
                        packet<float> n[2];
                        kernels::normal_pair(word[p][k / 2], n[0], n[1]);
                        store_normals(n[0], to[k], first + p * w, col, rows, sigma);
                        if (k + 1 < count) store_normals(n[1], to[k + 1], first + p * w, col, rows, sigma);
                    }
            }
    }

private:
    static constexpr int NR = cpu_detail::tile_width;
    static constexpr long strip_bytes = 16384, many_weights = 2'000'000;
    static constexpr int panel_rows = cpu_detail::max_packets * packet<T>::width, block_size = NR * panel_rows;
    static constexpr long few_columns = 128;  // of A and B, that stay in the first cache
    static constexpr long band_size = 16384 / static_cast<long>(sizeof(T));

    static void accumulate_strip(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) {
        alignas(64) T y[static_cast<std::size_t>(block_size)], rows_of_A[static_cast<std::size_t>(few_columns * panel_rows)];
        const bool copy = K > 256;  // many blocks share a panel of rows of A: side by side they need few pages; with fewer it does not pay
        const cpu_detail::panelling<T> cut(rows);
        for (int q = 0; q < cut.panels(); ++q) {
            const long row = cut.first(q), h = cut.packets(q) * row_unit;
            for (long c = 0; copy && c < columns; ++c) std::copy_n(A.at(row, c), h, rows_of_A + c * h);
            for (long k = 0; k < K; k += NR) {
                const bool part = k + NR > K;  // of a block: what lies behind it in C is another's
                for (long j = 0; part && add && j < K - k; ++j) std::copy_n(C.at(row, k + j), h, y + j * h);
                cpu_detail::blocks<T, NR, false>(cut.packets(q), columns, copy ? rows_of_A : static_cast<const T*>(A.at(row, 0)),
                                                 copy ? h : A.ld, static_cast<const T*>(B.at(k, 0)), B.ld, part ? y : C.at(row, k),
                                                 part ? h : C.ld, add);
                for (long j = 0; part && j < K - k; ++j) std::copy_n(y + j * h, h, C.at(row, k + j));
            }
        }
    }
    static void multiply(const product<packed, T>& p, int q, long c, T* y, long ld) {
        const int packets = p.weights.cut.packets(q);
        const long h = packets * row_unit;
        bool add = false;
        for (const auto& r : p.weights.ranges[static_cast<std::size_t>(q)]) {
            const long begin = (std::max)(r.begin, p.begin), end = (std::min)(r.end, p.end);
            if (begin >= end) continue;
            cpu_detail::blocks<T, NR, true>(packets, end - begin, p.weights.panel(q) + begin * h, h,
                                            static_cast<const T*>(p.in.at(begin - p.begin, c)), p.in.ld, y, ld, add);
            add = true;
        }
        for (long j = 0; !add && j < NR; ++j) std::fill_n(y + j * ld, h, T{});
    }
    // Columns whose operands stay in the first cache while all rows go over them.
    static long strip_of(const packed& w) {
        return (std::max)(4l, strip_bytes / (static_cast<long>(sizeof(T)) * NR * (std::max)(1l, w.columns))) * NR;
    }
    // A product writes a band of rows of some columns to the stack and the functors read it there, column by column: as fast as an epilogue
    // in registers, a third of the code, and what functors load and store lies in the order in which they ask for it.
    template <class Multiply, class Apply, class... F>
    static void over_bands(const packed& w, long columns, Multiply multiply, Apply apply, const section<F>&... s) {
        alignas(64) T y[static_cast<std::size_t>(2 * band_size)];
        if (columns == 0) return;
        const long strip = (std::min)({strip_of(w), (columns + NR - 1) / NR * NR, band_size / block_size * NR}), most = band_size / strip;
        for (long first = 0; first < columns; first += strip)
            for (int q = 0, next = 0; q < w.cut.panels(); q = next) {
                while (next < w.cut.panels() && w.cut.first(next + 1) - w.cut.first(q) <= most) ++next;
                const long row = w.cut.first(q), end = w.cut.first(next), last = (std::min)(first + strip, columns);
                const long ld = end - row;
                for (int p = q; p < next; ++p) {
                    const long begin = w.cut.first(p), stop = w.cut.first(p + 1);
                    if (!((s.begin < stop && s.end > begin) || ...)) continue;
                    for (long c = first; c < last; c += NR) {
                        T* const at = y + (c - first) * ld + (begin - row);
                        multiply(p, c, at, at + band_size, ld);
                    }
                }
                apply(row, end, first, last, ld, y, y + band_size);
            }
    }
    // A product that is only stored goes where it belongs at once, but for what a block has beyond its rows and columns.
    template <class F>
    static void store_product(long columns, const product<packed, T>& p, const section<F>& s) {
        alignas(64) T y[static_cast<std::size_t>(block_size)];
        const packed& w = p.weights;
        const long strip = strip_of(w);
        const view<T> to = s.f.destination().row(-s.origin);
        for (long first = 0; first < columns; first += strip)
            for (int q = 0; q < w.cut.panels(); ++q) {
                const long row = w.cut.first(q), h = w.cut.packets(q) * row_unit;
                if (row >= s.end || row + h <= s.begin) continue;
                for (long c = first; c < (std::min)(first + strip, columns); c += NR) {
                    const bool whole = row >= s.begin && row + h <= s.end && c + NR <= columns;
                    multiply(p, q, c, whole ? to.at(row, c) : y, whole ? to.ld : h);
                    if (!whole) cpu_detail::apply<T>(s, row, row + h, c, (std::min)(c + NR, columns), h, y);
                }
            }
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

}  // namespace EIRNN_NAMESPACE::backend
