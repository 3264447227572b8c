// The Thrust backend: one tile, the whole batch; every primitive is a for_each. The system is Thrust's THRUST_DEVICE_SYSTEM: CUDA under
// nvcc, where cuBLAS multiplies; CPP, OMP or TBB with a host compiler, where plain loops do.
#pragma once
#include <eirnn/backend/thrust/elements.hpp>
#include <eirnn/backend/thrust/memory.hpp>

#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#include <eirnn/backend/thrust/blas.cuh>
#endif

#include <algorithm>
#include <limits>
#include <type_traits>

namespace EIRNN_NAMESPACE::backend {

/// Sums are added in an order that depends on sizes only: the same bits for any number of threads, and on the host systems for a trial
/// wherever it lies in its batch (cuBLAS may choose another order for another number of trials). Several threads may not share one.
/// `System` is part of the type so that one program may link parts that were compiled for different systems.
template <class T, class System = ::thrust::device_system_tag>
class thrust_backend {
    static_assert(std::is_same_v<System, ::thrust::device_system_tag>,
                  "eirnn: the system of the Thrust backend is chosen by THRUST_DEVICE_SYSTEM");
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    // One stream serves kernels, copies and cuBLAS: a copy never overtakes a kernel, and the host waits for what it reads back only.
    static auto policy() { return thrust_detail::chosen::par_nosync.on(thrust_detail::own_stream()); }
#else
    static auto policy() { return thrust_detail::chosen::par; }
#endif

public:
    using scalar = T;
    static constexpr bool on_host = THRUST_DEVICE_SYSTEM != THRUST_DEVICE_SYSTEM_CUDA;
    template <class U>
    using buffer = thrust_detail::device_buffer<U, System>;
    static constexpr long row_unit = 4;  // columns of matrices on boundaries of four numbers, for wide loads
    struct packed {
        buffer<T> data;  ///< column-major
        long rows = 0, columns = 0;
    };

    /// The number of threads is the system's affair (TBB: the arena of the caller, OMP: omp_set_num_threads).
    explicit thrust_backend(int = 0) {}
    static constexpr const char* name() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
        return "thrust on CUDA";
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB
        return "thrust on TBB";
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_OMP
        return "thrust on OpenMP";
#else
        return "thrust on one thread";
#endif
    }
    long tile_columns(long trials, long) const { return trials; }
    long images_per_tile(long trials) const { return trials; }
    int groups(long, long) const { return 1; }
    long chunk(long) const { return (std::numeric_limits<long>::max)(); }

    template <class F>
    void for_each_tile(long trials, long, long scratch, F run) {
        if (scratch_.size() < scratch) {
            scratch_ = {};  // frees it before more is asked for
            scratch_ = buffer<T>(scratch);
        }
        run(*this, tile{0, 0, trials, 0, true}, scratch_.data());
    }
    void pack(packed& w, view<T> from, long rows, long columns, bool transposed) const {
        const long R = transposed ? columns : rows, K = transposed ? rows : columns;
        if (w.data.size() != R * K) w.data = buffer<T>(R * K);
        w.rows = R, w.columns = K;
        elements(0, R, 0, K, thrust_detail::pack_element<T>{from, {w.data.data(), R}, transposed});
    }

    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const section<F>&... s) {
        multiply<1>(columns, &p, &p, thrust_detail::listed<T>(s...));
    }
    template <class... F>
    void product_map(long columns, const product<packed, T>& p, const product<packed, T>& q, const section<F>&... s) {
        multiply<2>(columns, &p, &q, thrust_detail::listed<T>(s...));
    }
    void accumulate(view<T> C, long rows, view<T> A, long K, view<T> B, long columns, bool add) const {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
        blas_.gemm(true, rows, K, columns, A.data, A.ld, B.data, B.ld, add, C.data, C.ld);
#else
        const long strips = (rows + thrust_detail::strip - 1) / thrust_detail::strip;
        for_items(strips * K, thrust_detail::outer_by_strip<T>{C, A, B, rows, strips, columns, add});
#endif
    }
    template <class... F>
    void each(long columns, const section<F>&... s) {
        if constexpr (sizeof...(F) == 1 && (SumsInPieces<F> && ...))
            (in_pieces(s), ...);
        else
            map(0, columns, s...);
    }
    template <class... F>
    void map(long begin, long end, const section<F>&... s) const {
        const auto f = thrust_detail::listed<T>(s...);
        elements(f.first, f.last, begin, end, f);
    }
    void column_squares(view<T> v, long rows, long columns, T* out) const {
        for_items(columns, thrust_detail::square_column<T>{v, rows, out});
    }
    template <class F>
    double sum(long n, F f) {
        constexpr long most = 1024;
        const long lanes = n < most ? n : most;
        if (lanes_.size() == 0) lanes_ = buffer<double>(most);
        for_items(lanes, thrust_detail::sum_lane<F>{n, lanes, lanes_.data(), f});
        double part[most], total = 0;
        lanes_.download(part, lanes);
        for (long k = 0; k < lanes; ++k) total += part[k];
        return total;
    }
    template <class F>
    void for_index(long n, F f) const {
        for_items(n, f);
    }
    void normals(const view<T> (&to)[noise_steps], int count, long rows, long columns, long block, const std::uint32_t* ids,
                 std::uint32_t iteration, random_key key, const T* sigma) const {
        thrust_detail::draw_normals<T> draw{{}, count, block, ids, iteration, key, sigma};
        for (int k = 0; k < count; ++k) draw.to[k] = to[k];
        elements(0, rows, 0, columns, draw);
    }

private:
    template <class F>
    static void for_items(long n, F f) {
        if (n <= 0) return;
        const ::thrust::counting_iterator<long> first(0);
        thrust_detail::reported("for_each", [&] { ::thrust::for_each(policy(), first, first + n, f); });
    }
    // f(row, column) for rows row .. row_end of columns column .. column_end
    template <class F>
    static void elements(long row, long row_end, long column, long column_end, F f) {
        const long rows = row_end - row, columns = column_end - column;
        if (rows <= 0 || columns <= 0) return;
        if constexpr (on_host) {
            const long strips = (rows + thrust_detail::strip - 1) / thrust_detail::strip;
            for_items(strips * columns, thrust_detail::strip_by_strip<F>{row, row_end, strips, column, f});
        } else {
            for_items(rows * columns, thrust_detail::element_by_element<F>{row, rows, column, f});
        }
    }
    // The one column of a functor that sums over others; rows from 0 on.
    template <class F>
    void in_pieces(const section<F>& s) {
        constexpr long least = 16, most = 512;  // terms of a piece; pieces
        const long rows = s.end, sums = s.f.sums(), pieces = (std::max)(1l, (std::min)(most, s.f.terms() / least));
        if (pieces_.size() < pieces * sums * rows) pieces_ = buffer<T>(pieces * sums * rows);
        const view<T> to{pieces_.data(), rows};
        for_items(rows * pieces, thrust_detail::sum_piece<T, F>{s.f, to, rows, pieces});
        for_items(rows * sums, thrust_detail::add_pieces<T, F>{s.f, to, rows, pieces});
    }
    template <std::size_t products, class Sections>
    void multiply(long columns, const product<packed, T>* p, const product<packed, T>* q, const Sections& f) {
        const long rows = f.end - f.begin, items = f.last - f.first;
        if (rows <= 0) return;
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
        thrust_detail::after_product<T, Sections, products> after{{}, rows, items, f};
        for (std::size_t k = 0; k < products; ++k) {
            const auto& one = *(k == 0 ? p : q);
            if (result_[k].size() < rows * columns) result_[k] = buffer<T>(rows * columns);
            const T* weights = one.weights.data.data() + one.begin * one.weights.rows + f.begin;
            blas_.gemm(false, rows, columns, one.end - one.begin, weights, one.weights.rows, one.in.data, one.in.ld, false,
                       result_[k].data(), rows);
            after.y[k] = result_[k].data();
        }
        for_items(items * columns, after);
#else
        const long strips = (items + thrust_detail::strip - 1) / thrust_detail::strip;
        thrust_detail::product_by_strip<T, Sections, products> all{{}, strips, f};
        for (std::size_t k = 0; k < products; ++k) {
            const auto& one = *(k == 0 ? p : q);
            all.p[k] = {one.weights.data.data() + one.begin * one.weights.rows, one.weights.rows, one.end - one.begin, one.in};
        }
        for_items(strips * columns, all);
#endif
    }

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    thrust_detail::blas blas_;
    buffer<T> result_[2];
#endif
    buffer<T> scratch_, pieces_;
    buffer<double> lanes_;
};

}  // namespace EIRNN_NAMESPACE::backend
