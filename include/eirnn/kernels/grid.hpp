// What happens on a map of positions beside windows: averages, dropout, and the statistics of batch norm.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/kernels/step.hpp>

#include <cstdint>

namespace EIRNN_NAMESPACE::kernels {

/// out = or += the mean of the columns of an image; a copy where it has one position.
template <class T>
struct average_positions {
    view<T> in, out;
    long positions;
    bool add;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        auto sum = at.load(in.column(at.col * positions - at.col));
        for (long p = 1; p < positions; ++p) sum = sum + at.load(in.column(at.col * positions + p - at.col));
        sum = sum * (T(1) / static_cast<T>(positions));
        at.store(out, add ? at.load(out) + sum : sum);
    }
};
/// out += the adjoint of the average, spread over the positions.
template <class T>
struct spread_average {
    view<T> from, out;
    long positions;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(out, at.load(out) + at.load(from.column(at.col / positions - at.col)) * (T(1) / static_cast<T>(positions)));
    }
};
/// A column for each trial from one for each position: row position x channels + channel. By numbers: positions begin at any row.
template <class T>
struct flatten {
    view<T> from, to;
    long channels, positions;
    EIRNN_INLINE double operator()(long k) const {
        const long row = k % (channels * positions), trial = k / (channels * positions);
        *to.at(row, trial) = *from.at(row % channels, trial * positions + row / channels);
        return 0;
    }
};
/// And its adjoint, which is added.
template <class T>
struct add_flattened {
    view<T> from, to;
    long channels, positions;
    EIRNN_INLINE double operator()(long k) const {
        const long row = k % (channels * positions), trial = k / (channels * positions);
        *to.at(row % channels, trial * positions + row / channels) += *from.at(row, trial);
        return 0;
    }
};
/// A map and a smaller one, of which each position covers as many of the first.
struct enlargement {
    long height, width, from_height, from_width;
    /// The column that covers a column of the larger map.
    EIRNN_INLINE long covering(long column) const {
        const long x = column % width, line = column / width, y = line % height, image = line / height;
        return (image * from_height + y * from_height / height) * from_width + x * from_width / width;
    }
};
/// The operand of an enlarged projection. By numbers: its source may begin at any row.
template <class T>
struct enlarge {
    view<T> from, to;
    long rows, ld;  ///< of the source; of the operand
    enlargement maps;
    EIRNN_INLINE double operator()(long k) const {
        const long row = k % ld, column = k / ld;
        *to.at(row, column) = row < rows ? *from.at(row, maps.covering(column)) : T(0);
        return 0;
    }
};
/// Its transpose: to += the sum over the positions that each position of the smaller map covers.
template <class T>
struct add_covered {
    view<T> from, to;
    long rows;
    enlargement maps;
    EIRNN_INLINE double operator()(long k) const {
        const long row = k % rows, column = k / rows, x = column % maps.from_width, line = column / maps.from_width;
        const long y = line % maps.from_height, image = line / maps.from_height, high = maps.height / maps.from_height,
                   wide = maps.width / maps.from_width;
        T sum = 0;
        for (long i = 0; i < high; ++i)
            for (long j = 0; j < wide; ++j) sum += *from.at(row, (image * maps.height + y * high + i) * maps.width + x * wide + j);
        *to.at(row, column) += sum;
        return 0;
    }
};
/// to += factor from.
template <class T>
struct add_rows {
    view<T> from, to;
    T factor = 1;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(to, at.load(to) + at.load(from) * factor);
    }
};
template <class T>
struct square_of_rate {
    view<T> rate;
    long rows;
    EIRNN_INLINE double operator()(long k) const {
        const double r = double(*rate.at(k % rows, k / rows));
        return r * r;
    }
};

/// Per channel the sums over columns of a, and of a b, into columns 0 and 1 of `out` (added to if `add`). Runs on one column.
template <class T>
struct row_sums {
    view<T> a, b, out;
    long columns;
    bool add;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        using V = decltype(at.load(a));
        V sum{}, product{};
        for (long c = 0; c < columns; ++c) {
            const V x = at.load(a.column(c));
            sum = sum + x;
            if (b.data) product = product + x * at.load(b.column(c));
        }
        at.store(out, add ? at.load(out) + sum : sum);
        if (b.data) at.store(out.column(1), add ? at.load(out.column(1)) + product : product);
    }
    // see backend/concept.hpp, "in pieces"
    EIRNN_INLINE long terms() const { return columns; }
    EIRNN_INLINE long sums() const { return b.data ? 2 : 1; }
    EIRNN_INLINE bool adds() const { return add; }
    EIRNN_INLINE view<T> sums_to() const { return out; }
    EIRNN_INLINE row_sums part(long begin, long end, view<T> to) const {
        return {a.column(begin), b.data ? b.column(begin) : b, to, end - begin, false};
    }
};

/// Dropout: 1 / keep with probability keep, else 0, a function of seed, iteration, image, step, unit and position. Element k. The counter
/// holds 4096 channels, 2^20 positions, and 256 variables (`address`) of all areas together.
template <class T>
struct draw_kept {
    view<T> out;
    long rows, positions;
    const std::uint32_t* id;  ///< of the first image of the tile
    std::uint32_t step, iteration, address;
    random_key key;
    double keep;
    EIRNN_INLINE double operator()(long k) const {
        const long r = k % rows, c = k / rows;
        const auto word = philox<7>({static_cast<std::uint32_t>(c % positions) << 12 | static_cast<std::uint32_t>(r), step << 8 | address,
                                     id[c / positions], iteration},
                                    key)[0];
        *out.at(r, c) = double(word) * (1. / 4294967296.) < keep ? static_cast<T>(1 / keep) : T(0);
        return 0;
    }
};

/// What batch norm knows of one variable at one step, [channel] each.
template <class T>
struct normalisation {
    T *mean = nullptr, *inverse = nullptr;  ///< of the batch: mean, 1 / sqrt(variance + epsilon)
    T *scale = nullptr, *shift = nullptr;   ///< normalised value = scale * value + shift
    T *from_adjoint = nullptr, *from_value = nullptr, *constant = nullptr;
    const T *gamma = nullptr, *beta = nullptr;  ///< trained
    T *running_mean = nullptr, *running_variance = nullptr;
};
inline constexpr double normalisation_epsilon = 1e-5;  // of the authors' code

/// Sums of the tiles, in their order.
template <class T>
struct tile_sums {
    const T* first;  ///< of the first tile: [2][ld]
    long tiles, stride, ld;
    EIRNN_INLINE wide_t<T> operator()(long k, int column) const {
        wide_t<T> s = 0;
        for (long t = 0; t < tiles; ++t) s += wide_t<T>(first[t * stride + column * ld + k]);
        return s;
    }
};
/// Channel k: statistics of the batch become scale and shift; running statistics follow.
template <class T>
struct finish_statistics {
    normalisation<T> n;
    tile_sums<T> sums;  ///< of the value and its square
    double count;
    double share;  ///< of this batch in the running statistics; 0: they stay
    EIRNN_INLINE double operator()(long k) const {
        using W = wide_t<T>;
        const W mean = sums(k, 0) / count, square = sums(k, 1) / count - mean * mean, variance = square > 0 ? square : W(0);
        const W inverse = 1 / sqrt_of(variance + normalisation_epsilon), scale = W(n.gamma[k]) * inverse;
        n.mean[k] = static_cast<T>(mean);
        n.inverse[k] = static_cast<T>(inverse);
        n.scale[k] = static_cast<T>(scale);
        n.shift[k] = static_cast<T>(W(n.beta[k]) - scale * mean);
        if (share > 0) {
            const W m = 1 - share, unbiased = count > 1 ? variance * count / (count - 1) : variance;
            n.running_mean[k] = static_cast<T>(m * W(n.running_mean[k]) + share * mean);
            n.running_variance[k] = static_cast<T>(m * W(n.running_variance[k]) + share * unbiased);
        }
        return 0;
    }
};
/// Channel k: the adjoint before batch norm as a g + b y + c, and the gradients of its scale and shift, added to.
template <class T>
struct finish_adjoint {
    normalisation<T> n;
    tile_sums<T> sums;  ///< of the adjoint, and of the adjoint times the value before
    double count;
    T *gradient_gamma, *gradient_beta;
    EIRNN_INLINE double operator()(long k) const {
        using W = wide_t<T>;
        const W g = sums(k, 0), gy = sums(k, 1), mean = W(n.mean[k]), inverse = W(n.inverse[k]);
        const W slope = inverse * (gy - mean * g), scale = W(n.gamma[k]) * inverse;
        gradient_gamma[k] += static_cast<T>(slope);
        gradient_beta[k] += static_cast<T>(g);
        n.from_adjoint[k] = static_cast<T>(scale);
        n.from_value[k] = static_cast<T>(-scale * inverse * slope / count);
        n.constant[k] = static_cast<T>(scale * (inverse * mean * slope - g) / count);
        return 0;
    }
};
/// What is normalised, as others read it.
template <class T>
struct read_normalised {
    view<T> from, to;
    const T *scale, *shift;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(to, at.load(from) * at.per_row(scale) + at.per_row(shift));
    }
};
/// Channel k: scale and shift from running statistics.
template <class T>
struct use_running_statistics {
    normalisation<T> n;
    EIRNN_INLINE double operator()(long k) const {
        using W = wide_t<T>;
        const W scale = W(n.gamma[k]) / sqrt_of(W(n.running_variance[k]) + normalisation_epsilon);
        n.scale[k] = static_cast<T>(scale);
        n.shift[k] = static_cast<T>(W(n.beta[k]) - scale * W(n.running_mean[k]));
        return 0;
    }
};

}  // namespace EIRNN_NAMESPACE::kernels
