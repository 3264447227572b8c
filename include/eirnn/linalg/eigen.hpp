// The door to Eigen's matrices: host matrices as Eigen maps, without a copy. Decompositions have their own, linalg/decompose.hpp.
#pragma once
#ifdef __CUDACC__
#define EIGEN_NO_CUDA  // under nvcc Eigen would turn the host's vector instructions off
#endif
#include <eirnn/linalg/matrix.hpp>

#include <Eigen/Core>

namespace EIRNN_NAMESPACE {

template <class T>
using eigen_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A host matrix as an Eigen matrix, `W(post, pre)`.
template <class T>
Eigen::Map<eigen_matrix<T>> as_eigen(matrix<T>& m) {
    return {m.data.data(), m.rows, m.cols};
}
template <class T>
Eigen::Map<const eigen_matrix<T>> as_eigen(const matrix<T>& m) {
    return {m.data.data(), m.rows, m.cols};
}
template <class T>
void as_eigen(matrix<T>&& temporary) = delete;  // the map would outlive its numbers: name the matrix
/// A host matrix from any Eigen expression.
template <class Derived>
matrix<typename Derived::Scalar> from_eigen(const Eigen::MatrixBase<Derived>& e) {
    matrix<typename Derived::Scalar> m(static_cast<long>(e.rows()), static_cast<long>(e.cols()));
    as_eigen(m) = e;
    return m;
}

}  // namespace EIRNN_NAMESPACE
