// The oracle: plain loops over single elements, one trial after the other. Slow, and meant to be read.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/backend/element.hpp>
#include <eirnn/kernels/normal.hpp>

#include <algorithm>
#include <vector>

namespace EIRNN_NAMESPACE::backend {

/// Memory of the host as every backend offers it.
template <class T>
class host_buffer {
public:
    host_buffer() = default;
    explicit host_buffer(long n) : data_(static_cast<std::size_t>(n)) {}
    T* data() { return data_.data(); }
    const T* data() const { return data_.data(); }
    long size() const { return static_cast<long>(data_.size()); }
    void upload(const T* from, long n) { std::copy_n(from, n, data_.data()); }
    void download(T* to, long n) const { std::copy_n(data_.data(), n, to); }

private:
    std::vector<T> data_;
};

/// Plain loops on one thread.
template <class T>
class serial {
public:
    using scalar = T;
    template <class U>
    using buffer = host_buffer<U>;
    static constexpr bool on_host = true;
    static constexpr long row_unit = 1;
    struct packed {
        std::vector<T> data;
        long rows = 0, columns = 0;
    };

    explicit serial(int = 1) {}
    static constexpr const char* name() { return "serial"; }
    int threads() const { return 1; }
    long tile_columns(long, long) const { return 1; }
    long images_per_tile(long) const { return 1; }
    int groups(long trials, long width) const { return static_cast<int>((std::min)((trials + width - 1) / width, 32l)); }
    long chunk(long) const { return 8; }

    template <class F>
    void for_each_tile(long trials, long width, long scratch, F run) {
        scratch_.assign(static_cast<std::size_t>(scratch), T{});
        const long n = groups(trials, width), count = (trials + width - 1) / width;
        for (long g = 0; g < n; ++g)
            for (long t = count * g / n, begin = t; t < count * (g + 1) / n; ++t)
                run(*this, tile{t, t * width, width, static_cast<int>(g), t == begin}, scratch_.data());
    }
    void pack(packed& w, view<T> from, long rows, long columns, bool transposed) const {
        w.rows = transposed ? columns : rows;
        w.columns = transposed ? rows : columns;
        w.data.resize(static_cast<std::size_t>(w.rows * w.columns));
        for (long r = 0; r < w.rows; ++r)
            for (long c = 0; c < w.columns; ++c)
                w.data[static_cast<std::size_t>(r * w.columns + c)] = transposed ? *from.at(c, r) : *from.at(r, c);
    }
    template <class... F>
    void product_map(long columns, product<packed, T> p, section<F>... s) const {
        over_rows(columns, [&](long r, long c, auto& f) { f(r, c, dot(p, r, c)); }, p.weights.rows, s...);
    }
    template <class... F>
    void product_map(long columns, product<packed, T> p, product<packed, T> q, section<F>... s) const {
        over_rows(columns, [&](long r, long c, auto& f) { f(r, c, dot(p, r, c), dot(q, r, c)); }, p.weights.rows, s...);
    }
    void accumulate(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) const {
        for (long k = 0; k < K; ++k)
            for (long r = 0; r < rows; ++r) {
                T sum = add ? *C.at(r, k) : T{};
                for (long c = 0; c < columns; ++c) sum += *A.at(r, c) * *B.at(k, c);
                *C.at(r, k) = sum;
            }
    }
    template <class... F>
    void each(long columns, section<F>... s) const {
        for (long c = 0; c < columns; ++c) (range(s, c), ...);
    }
    template <class... F>
    void map(long begin, long end, section<F>... s) const {
        for (long c = begin; c < end; ++c) (range(s, c), ...);
    }
    void column_squares(view<T> v, long rows, long columns, T* out) const {
        for (long c = 0; c < columns; ++c) {
            out[c] = 0;
            for (long r = 0; r < rows; ++r) out[c] += *v.at(r, c) * *v.at(r, c);
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
        for (long col = 0; col < columns; ++col)
            for (long row = 0; row < rows; ++row) {
                float n[noise_steps];
                kernels::noise_of<float, std::uint32_t>(static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(block), ids[col],
                                                        iteration, key, n);
                for (int k = 0; k < count; ++k) *to[k].at(row, col) = static_cast<T>(n[k]) * sigma[row];
            }
    }

private:
    T dot(const product<packed, T>& p, long r, long c) const {
        const T* w = p.weights.data.data() + r * p.weights.columns;
        T sum = 0;
        for (long k = p.begin; k < p.end; ++k) sum += w[k] * *p.in.at(k - p.begin, c);
        return sum;
    }
    template <class Apply, class... F>
    static void over_rows(long columns, Apply apply, long rows, const section<F>&... s) {
        for (long c = 0; c < columns; ++c)
            for (long r = 0; r < rows; ++r)
                ([&](const auto& one) {
                    if (r < one.begin || r >= one.end) return;
                    auto f = [&](long row, long col, auto... v) { one.f(element<T>{row - one.origin, col}, v...); };
                    apply(r, c, f);
                }(s), ...);
    }
    template <class F>
    static void range(const section<F>& s, long c) {
        for (long r = s.begin; r < s.end; ++r) s.f(element<T>{r - s.origin, c});
    }
    std::vector<T> scratch_;
};

}  // namespace EIRNN_NAMESPACE::backend
