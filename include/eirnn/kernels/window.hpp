// Kernels and pooling on a map of positions. A functor sees channels as rows; it walks a row of the map, so that weights stay in registers
// and no position has to be looked up.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace EIRNN_NAMESPACE::kernels {

/// Windows of `size` x `size` positions every `stride`, as seen from the map that a functor walks: from the output (what is in my window?)
/// or from the input (whose window am I in?). The columns of a functor are the rows of that map, image after image. Places in the window
/// count from 0; seen from the input with stride 1, they are those of the output mirrored.
struct window {
    long height = 1, width = 1, other_height = 1, other_width = 1;
    int size = 1, stride = 1;
    long top = 0, left = 0;  ///< positions of padding
    bool mirrored = false, strided_input = false;
    long begin = 0, end = 0;  ///< positions of a row that have all columns of their window in the other map

    EIRNN_INLINE int taps() const { return size * size; }
    /// The middle of the window of a position is that position.
    bool centred() const { return stride == 1 && !strided_input && size % 2 == 1 && top == size / 2 && left == size / 2; }
    EIRNN_INLINE int tap(int row, int column) const { return mirrored ? taps() - 1 - (row * size + column) : row * size + column; }
    /// Row or column of the other map at place k of the window of position p; -1: outside.
    EIRNN_INLINE long row(long p, int k) const { return place(p, k, top, other_height); }
    EIRNN_INLINE long column(long p, int k) const { return place(p, k, left, other_width); }
    EIRNN_INLINE long place(long p, int k, long before, long others) const {
        if (strided_input) {
            const long n = p + before - k, q = n / stride;
            return n >= 0 && q < others && q * stride == n ? q : -1;
        }
        const long q = p * stride + k - before;
        return q >= 0 && q < others ? q : -1;
    }
    /// f(position, inside) for the positions of a row; inside (a constant): column(p, k) is column(p, 0) + k, and in the map.
    template <class F>
    EIRNN_INLINE void along(const F& f) const {
        for (long x = begin; x < end; ++x) f(x, std::true_type{});
        for (long x = begin > 0 ? 0 : end; x < width; x = x + 1 == begin ? end : x + 1) f(x, std::false_type{});
    }
};
/// A row of the map that is walked: its first column in the operands of both maps.
struct map_row {
    long y, first, others;
    EIRNN_INLINE map_row(const window& w, long row) {
        const long image = row / w.height;
        y = row - image * w.height;
        first = row * w.width, others = image * w.other_height * w.other_width;
    }
};

/// The places of the window of a position along one axis that may have a counterpart in the other map: the first one and its counterpart,
/// and how both go on. From the input of a strided window only every stride-th place has one.
struct places {
    int first, by;
    long other, towards;
    EIRNN_INLINE places(const window& w, long p, long before, bool from_input) : first(0), by(1), other(p * w.stride - before), towards(1) {
        if (from_input) first = static_cast<int>((p + before) % w.stride), by = w.stride, other = (p + before) / w.stride, towards = -1;
    }
    /// To those of the next position.
    EIRNN_INLINE void next(const window& w) {
        if (towards > 0)
            other += w.stride;
        else if (++first == w.stride)
            first = 0, ++other;
    }
    template <class F>
    EIRNN_INLINE void each(const window& w, long others, const F& f) const {
        long q = other;
        for (int k = first; k < w.size; k += by, q += towards)
            if (q >= 0 && q < others) f(k, q);
    }
};
/// f(x) for the positions of a row, each with a functor g -> g(tap, column of the other map) for what is in its window.
template <class F>
EIRNN_INLINE void each_window(const window& w, const map_row& line, const F& f) {
    const places rows(w, line.y, w.top, w.strided_input);
    places columns(w, 0, w.left, w.strided_input);
    for (long x = 0; x < w.width; ++x, columns.next(w))
        f(x, [&](const auto& g) {
            rows.each(w, w.other_height, [&](int i, long row) {
                const long first = line.others + row * w.other_width;
                columns.each(w, w.other_width, [&](int j, long column) { g(w.tap(i, j), first + column); });
            });
        });
}

/// A functor at row y of a map, whose first column is `first`, asks for the next rows: they come from memory.
inline constexpr long rows_ahead = 3;
template <class T, class At>
EIRNN_INLINE void ask_ahead(const At& at, view<T> v, long y, long first, long height, long width) {
    if constexpr (requires { at.ask_for(v, 0l, 0l); })
        for (long k = y == 0 ? 0 : rows_ahead; k <= rows_ahead && y + k < height; ++k) at.ask_for(v, first + k * width, width);
}

/// f(0) .. f(n-1); `fixed`: n where the compiler knows it, else 0. Loops of unknown length are left alone: unrolled twice, one of them
/// took seconds to compile.
template <int fixed, class F>
EIRNN_INLINE void each_place(int n, const F& f) {
    if constexpr (fixed > 0) {
        EIRNN_UNROLL
        for (int k = 0; k < fixed; ++k) f(k);
    } else {
        for (int k = 0; k < n; ++k) f(k);
    }
}

/// out = or += sum over taps of kernel[tap] in(neighbour): one kernel per channel. Forward with the window of the output, backward with
/// that of the input. `fixed`: the size of the kernel where it is known to the compiler and the window is centred, else 0.
template <class T, bool add, int fixed>
struct depthwise {
    view<T> in, out;
    const T* kernel;  ///< [tap][channel]
    long ld;
    window windows;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(in));
        const window w = windows;  // a copy that no store can change
        const map_row line(w, at.col);
        const view<T> to = out.column(line.first - at.col), from = in.column(-at.col);
        const auto finish = [&](long x, V sum) {
            if constexpr (add) sum = at.load(to.column(x)) + sum;
            at.store(to.column(x), sum);
        };
        if constexpr (fixed > 0) {
            constexpr int half = fixed / 2;
            ask_ahead(at, add ? out : in, line.y, line.first, w.height, w.width);
            V weight[std::size_t{fixed}][std::size_t{fixed}];
            view<T> row[std::size_t{fixed}];
            const T* k = kernel + (w.mirrored ? (fixed * fixed - 1) * ld : 0);
            const long by = w.mirrored ? -ld : ld;
            EIRNN_UNROLL
            for (int i = 0; i < fixed; ++i) {  // a row of the window outside the map: the one in the middle, without weight
                const long r = line.y + i - half;
                const bool there = r >= 0 && r < w.height;
                row[i] = from.column(line.others + (there ? r : line.y) * w.width);
                EIRNN_UNROLL
                for (int j = 0; j < fixed; ++j, k += by) weight[i][j] = there ? at.per_row(k) : V{};
            }
            // Every column of the input is loaded once. It adds to the outputs around it, which are written when their last column was
            // seen: open[0] is the sum so far of the next one to be written.
            V open[std::size_t{fixed - 1}]{};
            for (long x = 0; x < w.width; ++x) {
                V part[std::size_t{fixed}], seen = at.load(row[0].column(x));
                EIRNN_UNROLL
                for (int j = 0; j < fixed; ++j) part[j] = seen * weight[0][j];
                EIRNN_UNROLL
                for (int i = 1; i < fixed; ++i) {
                    seen = at.load(row[i].column(x));
                    EIRNN_UNROLL
                    for (int j = 0; j < fixed; ++j) part[j] = part[j] + seen * weight[i][j];
                }
                if (x >= half) finish(x - half, open[0] + part[fixed - 1]);
                EIRNN_UNROLL
                for (int n = 0; n + 2 < fixed; ++n) open[n] = open[n + 1] + part[fixed - 2 - n];
                open[fixed - 2] = part[0];
            }
            EIRNN_UNROLL
            for (int n = 0; n < half; ++n)
                if (w.width + n >= half) finish(w.width + n - half, open[n]);
        } else {
            each_window(w, line, [&](long x, const auto& each_tap) {
                V sum{};
                each_tap([&](int k, long c) { sum = sum + at.load(from.column(c)) * at.per_row(kernel + k * ld); });
                finish(x, sum);
            });
        }
    }
};
/// Copies what each tap sees into rows of its own: the operand of an ordinary convolution. One tap: a copy.
template <class T, int fixed>
struct gather_patches {
    view<T> in, out;
    long rows;  ///< of the operand per tap
    window windows;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(in));
        const window w = windows;  // a copy that no store can change
        const map_row line(w, at.col);
        if (w.stride == 1) ask_ahead(at, in, line.y, line.others + line.y * w.other_width, w.other_height, w.other_width);
        const int n = fixed > 0 ? fixed : w.size;
        for (int i = 0; i < n; ++i) {
            const long row = w.row(line.y, i);
            const view<T> from = in.column(line.others + row * w.other_width - at.col);
            const view<T> to = out.row(i * n * rows).column(line.first - at.col);
            w.along([&](long x, auto inside) {
                each_place<fixed>(n, [&](int j) {
                    const bool there = row >= 0 && (inside.value || w.column(x, j) >= 0);
                    at.store(to.row(j * rows).column(x), there ? at.load(from.column(x * w.stride - w.left + j)) : V{});
                });
            });
        }
    }
};
/// The transpose: out += sum over taps of the rows of the outputs that saw this position.
template <class T, int fixed>
struct scatter_patches {
    view<T> in, out;
    long rows;
    window windows;  ///< of the input
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        const window w = windows;  // a copy that no store can change
        const map_row line(w, at.col);
        const view<T> to = out.column(line.first - at.col), from = in.column(line.others - at.col);
        if constexpr (fixed > 0) {
            w.along([&](long x, auto inside) {
                auto sum = at.load(to.column(x));
                EIRNN_UNROLL
                for (int i = 0; i < fixed; ++i) {
                    const long row = w.row(line.y, i);
                    if (row < 0) continue;
                    const view<T> seen = from.column(row * w.other_width + x * w.stride - w.left);
                    EIRNN_UNROLL
                    for (int j = 0; j < fixed; ++j)
                        if (inside.value || w.column(x, j) >= 0) sum = sum + at.load(seen.row(w.tap(i, j) * rows).column(j));
                }
                at.store(to.column(x), sum);
            });
        } else {
            each_window(w, line, [&](long x, const auto& each_tap) {
                auto sum = at.load(to.column(x));
                each_tap([&](int k, long c) { sum = sum + at.load(in.row(k * rows).column(c - at.col)); });
                at.store(to.column(x), sum);
            });
        }
    }
};
/// The gradient of a depthwise kernel: per channel and tap, the sum over positions of adjoint times what the tap saw. Runs on one column.
template <class T, int fixed>
struct depthwise_gradient {
    view<T> in, adjoint, out;  ///< out: [channel][tap], added to
    long lines;                ///< rows of the output's map, of all images
    window windows;            ///< of the output
    long first_line = 0;
    bool add = true;  ///< otherwise what was there is replaced
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(in));
        const window w = windows;
        if constexpr (fixed > 0) {
            constexpr int half = fixed / 2;
            V sum[std::size_t{fixed}][std::size_t{fixed}];
            EIRNN_UNROLL
            for (int i = 0; i < fixed; ++i) EIRNN_UNROLL
            for (int j = 0; j < fixed; ++j) sum[i][j] = add ? at.load(out.column(i * fixed + j)) : V{};
            for (long l = first_line; l < lines; ++l) {
                const map_row line(w, l);
                const view<T> arrived = adjoint.column(line.first), middle = in.column(line.others + line.y * w.width);
                const int first = static_cast<int>((std::max)(half - line.y, 0l)),
                          last = static_cast<int>((std::min<long>)(fixed, w.height + half - line.y));
                // A column of the input is seen by the outputs around it: their adjoints, the rightmost first, move along with it.
                V a[std::size_t{fixed}]{};
                EIRNN_UNROLL
                for (int j = 0; j < half; ++j)
                    if (half - 1 - j < w.width) a[j] = at.load(arrived.column(half - 1 - j));
                const auto add_column = [&](auto whole, long x, V next) {
                    EIRNN_UNROLL
                    for (int j = fixed - 1; j > 0; --j) a[j] = a[j - 1];
                    a[0] = next;
                    EIRNN_UNROLL
                    for (int i = 0; i < fixed; ++i) {
                        if (!whole.value && (i < first || i >= last)) continue;
                        const V seen = at.load(middle.column((i - half) * w.width + x));
                        EIRNN_UNROLL
                        for (int j = 0; j < fixed; ++j) sum[i][j] = sum[i][j] + a[j] * seen;
                    }
                };
                const auto add_row = [&](auto whole) {
                    long x = 0;
                    for (; x + half < w.width; ++x) add_column(whole, x, at.load(arrived.column(x + half)));
                    for (; x < w.width; ++x) add_column(whole, x, V{});
                };
                if (last - first == fixed)
                    add_row(std::true_type{});
                else
                    add_row(std::false_type{});
            }
            EIRNN_UNROLL
            for (int i = 0; i < fixed; ++i) EIRNN_UNROLL
            for (int j = 0; j < fixed; ++j) at.store(out.column(i * fixed + j), sum[i][j]);
        } else {
            for (int i = 0; i < w.size; ++i)
                for (int j = 0; j < w.size; ++j) {
                    V sum = add ? at.load(out.column(w.tap(i, j))) : V{};
                    for (long l = first_line; l < lines; ++l) {
                        const map_row line(w, l);
                        const long row = w.row(line.y, i);
                        if (row < 0) continue;
                        const view<T> from = in.column(line.others + row * w.other_width);
                        for (long x = 0; x < w.width; ++x)
                            if (const long column = w.column(x, j); column >= 0)
                                sum = sum + at.load(adjoint.column(line.first + x)) * at.load(from.column(column));
                    }
                    at.store(out.column(w.tap(i, j)), sum);
                }
        }
    }
    // see backend/concept.hpp, "in pieces"
    EIRNN_INLINE long terms() const { return lines - first_line; }
    EIRNN_INLINE long sums() const { return windows.taps(); }
    EIRNN_INLINE bool adds() const { return add; }
    EIRNN_INLINE view<T> sums_to() const { return out; }
    EIRNN_INLINE depthwise_gradient part(long begin, long end, view<T> to) const {
        return {in, adjoint, to, first_line + end, windows, first_line + begin, false};
    }
};

/// Maxima over windows, and which tap had it: the first one of equals.
template <class T, int fixed>
struct max_pool {
    view<T> in, out, winner;  ///< winner: null outside training
    window windows;           ///< of the output
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(in));
        const window w = windows;
        const map_row line(w, at.col);
        const int n = fixed > 0 ? fixed : w.size;
        const long above = w.top - line.y * w.stride;
        const int first_row = above > 0 ? static_cast<int>(above) : 0;
        w.along([&](long x, auto inside) {
            const long left = x * w.stride - w.left;
            const int first = !inside.value && left < 0 ? static_cast<int>(-left) : 0;
            const auto seen = [&](int i, int j) {
                return at.load(in.column(line.others + (line.y * w.stride - w.top + i) * w.other_width + left + j - at.col));
            };
            V best = seen(first_row, first), which = V{} + static_cast<T>(first_row * n + first);
            each_place<fixed>(n, [&](int i) {
                if (w.row(line.y, i) < 0) return;
                each_place<fixed>(n, [&](int j) {
                    if (!inside.value && w.column(x, j) < 0) return;
                    const V value = seen(i, j);
                    const auto more = value > best;
                    which = select(more, V{} + static_cast<T>(i * n + j), which);
                    best = select(more, value, best);
                });
            });
            at.store(out.column(line.first + x - at.col), best);
            if (winner.data) at.store(winner.column(line.first + x - at.col), which);
        });
    }
};
/// Hands the adjoints of the maxima to the positions that had them: out += . Walks the rows of the input.
template <class T, int fixed>
struct max_pool_adjoint {
    view<T> from, winner, out;
    window windows;  ///< of the output
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(out));
        const window w = windows;
        const int n = fixed > 0 ? fixed : w.size;
        const long image = at.col / w.other_height, y = at.col - image * w.other_height;
        const view<T> to = out.column(at.col * w.other_width - at.col);
        ask_ahead(at, out, y, at.col * w.other_width, w.other_height, w.other_width);
        places(w, y, w.top, true).each(w, w.height, [&](int i, long row) {
            const long line = (image * w.height + row) * w.width - at.col;
            w.along([&](long x, auto inside) {
                const V which = at.load(winner.column(line + x)), arrived = at.load(from.column(line + x));
                each_place<fixed>(n, [&](int j) {
                    if (!inside.value && w.column(x, j) < 0) return;
                    const view<T> here = to.column(x * w.stride - w.left + j);
                    at.store(here, at.load(here) + select(which == static_cast<T>(i * n + j), arrived, V{}));
                });
            });
        });
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
