// One element as a functor sees it, on backends without packets.
#pragma once
#include <eirnn/linalg/matrix.hpp>

#include <cstdint>

namespace EIRNN_NAMESPACE::backend {

/// Row and column of one element; rows are counted from the origin of the functor's section.
template <class T>
struct element {
    long row, col;
    EIRNN_INLINE T load(view<T> v) const { return *v.at(row, col); }
    EIRNN_INLINE void store(view<T> v, T x) const { *v.at(row, col) = x; }
    EIRNN_INLINE T load_sign(view<std::uint8_t> v) const { return static_cast<T>(*v.at(row, col)); }
    EIRNN_INLINE void store_sign(view<std::uint8_t> v, T x) const { *v.at(row, col) = x > 0; }
    EIRNN_INLINE T per_row(const T* p) const { return p[row]; }
    EIRNN_INLINE T per_column(const T* p) const { return p[col]; }
};

}  // namespace EIRNN_NAMESPACE::backend
