// Host matrices that cross the library's boundary, and non-owning views of column-major memory for its kernels.
#pragma once
#include <eirnn/config.hpp>

#include <cstddef>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// A dense host matrix, row-major: `W(post, pre)`. `linalg/eigen.hpp` maps it as an Eigen matrix without a copy.
template <class T>
struct matrix {
    long rows = 0, cols = 0;
    std::vector<T> data;

    matrix() = default;
    matrix(long r, long c, T value = T{}) : rows(r), cols(c), data(static_cast<std::size_t>(r * c), value) {}
    T& operator()(long r, long c) & { return data[static_cast<std::size_t>(r * cols + c)]; }
    const T& operator()(long r, long c) const& { return data[static_cast<std::size_t>(r * cols + c)]; }
    T operator()(long r, long c) && { return data[static_cast<std::size_t>(r * cols + c)]; }  // of a temporary: the number itself
    /// Rows and columns that follow each other.
    matrix part(long row, long rows_of_part, long column, long columns_of_part) const {
        matrix m(rows_of_part, columns_of_part);
        for (long r = 0; r < rows_of_part; ++r)
            for (long c = 0; c < columns_of_part; ++c) m(r, c) = (*this)(row + r, column + c);
        return m;
    }
    friend bool operator==(const matrix&, const matrix&) = default;
};

}  // namespace EIRNN_SHARED_NAMESPACE

namespace EIRNN_NAMESPACE {

/// Consecutive indices, and the stretches of 0 .. n-1 where `used(k)` holds. Gaps of fewer than 16 stay inside: to compute them costs less
/// than another stretch.
struct stretch {
    long begin, end;
    friend bool operator==(stretch, stretch) = default;
};
template <class F>
void find_stretches(std::vector<stretch>& found, long n, F used) {
    constexpr long worth = 16;
    found.clear();
    for (long k = 0; k < n; ++k) {
        if (!used(k)) continue;
        if (found.empty() || k - found.back().end >= worth) found.push_back({k, k + 1});
        else found.back().end = k + 1;
    }
}

/// A column-major matrix in some backend's memory: rows are units, columns are positions and trials.
template <class T>
struct view {
    T* data = nullptr;
    long ld = 0;
    EIRNN_INLINE T* at(long row, long col) const { return data + col * ld + row; }
    EIRNN_INLINE view column(long c) const { return {data + c * ld, ld}; }
    EIRNN_INLINE view row(long r) const { return {data + r, ld}; }
};

}  // namespace EIRNN_NAMESPACE
