// The door to Eigen's decompositions, for analyses. Each takes seconds to compile, so that nothing that trains includes them.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/eigen.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

namespace detail {
inline std::string by(long rows, long cols) { return std::to_string(rows) + " x " + std::to_string(cols); }

// Eigen's decompositions of NaN end without a word.
inline void require_numbers(const matrix<double>& m, const char* where) {
    if (m.rows < 1 || m.cols < 1)
        throw invalid_argument({"an empty matrix cannot be decomposed", where, "at least 1 x 1", by(m.rows, m.cols), "pass some numbers"});
    if (const long bad = first_not_finite(m.data); bad >= 0)
        throw invalid_argument({"a matrix holds a number that is not finite", where, "finite numbers",
                                "NaN or infinity in row " + std::to_string(bad / m.cols) + ", column " + std::to_string(bad % m.cols),
                                "leave out conditions without trials, and units that are always silent"});
}
}  // namespace detail

/// Ordinary least squares: one design, many targets.
class least_squares {
public:
    /// `design` is [observation][regressor]. Throws invalid_argument where its columns depend linearly on each other.
    explicit least_squares(const matrix<double>& design) {
        detail::require_numbers(design, "least_squares");
        qr_.compute(as_eigen(design));
        if (qr_.rank() < design.cols)
            throw invalid_argument({"regressors depend linearly on each other", "least_squares",
                                    std::to_string(design.cols) + " independent columns", std::to_string(qr_.rank()),
                                    "add trials, or leave out a regressor that the others determine"});
    }
    /// `targets` is [observation][target]; gives [regressor][target].
    matrix<double> solve(const matrix<double>& targets) const {
        if (targets.rows != static_cast<long>(qr_.rows()))
            throw invalid_argument({"targets do not fit the design", "least_squares", std::to_string(qr_.rows()) + " observations",
                                    std::to_string(targets.rows), "pass one row per row of the design"});
        detail::require_numbers(targets, "least_squares");
        const eigen_matrix<double> solution = qr_.solve(as_eigen(targets));
        return from_eigen(solution);
    }

private:
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr_;
};

/// An orthonormal basis of the columns of m, one after the other: column k lies in the span of the first k + 1 columns of m and points
/// along the k-th (Q of m = Q R with a positive diagonal of R). Throws invalid_argument where a column depends on those before it.
inline matrix<double> orthonormal_columns(const matrix<double>& m) {
    detail::require_numbers(m, "orthonormal_columns");
    if (m.cols > m.rows)
        throw invalid_argument({"there are more vectors than dimensions", "orthonormal_columns", "at most " + std::to_string(m.rows),
                                std::to_string(m.cols), "ask for fewer axes"});
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(as_eigen(m));
    Eigen::MatrixXd q = qr.householderQ() * Eigen::MatrixXd::Identity(m.rows, m.cols);
    for (long k = 0; k < m.cols; ++k) {
        const double along = qr.matrixQR()(k, k), length = as_eigen(m).col(k).norm();
        if (!(std::abs(along) > 1e-12 * length))
            throw invalid_argument({"a vector depends linearly on those before it", "orthonormal_columns, column " + std::to_string(k),
                                    "independent vectors", "none of its length is its own", "leave it out"});
        if (along < 0) q.col(k) = -q.col(k);
    }
    return from_eigen(q);
}

/// Singular values in decreasing order, and the right singular vectors in the columns of `right`.
struct right_singular_vectors {
    std::vector<double> value;
    matrix<double> right;
};

/// Of x [observation][variable]: min(observations, variables) of both. The sign of a vector is the solver's.
inline right_singular_vectors decompose_singular(const matrix<double>& x) {
    detail::require_numbers(x, "decompose_singular");
#if EIGEN_VERSION_AT_LEAST(3, 4, 90)
    const Eigen::JacobiSVD<Eigen::MatrixXd, Eigen::ComputeThinV> svd(as_eigen(x));
#else
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(as_eigen(x), Eigen::ComputeThinV);
#endif
    const auto& s = svd.singularValues();
    return {{s.data(), s.data() + s.size()}, from_eigen(svd.matrixV())};
}

/// The eigenvalues of a square matrix by decreasing modulus; of a conjugate pair the one above the real axis first.
/// Throws invalid_argument for a matrix that is not square, and for numbers that are not finite.
inline std::vector<std::complex<double>> eigenvalues(const matrix<double>& w) {
    detail::require_numbers(w, "eigenvalues");
    if (w.rows != w.cols)
        throw invalid_argument({"only a square matrix has eigenvalues", "eigenvalues", "as many rows as columns",
                                detail::by(w.rows, w.cols), "pass recurrent weights, [post][pre]"});
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(as_eigen(w), false);
    if (solver.info() != Eigen::Success)
        throw invalid_argument({"the eigenvalues of a matrix were not found", "eigenvalues", "a solver that converges",
                                detail::by(w.rows, w.cols), "scale the weights to magnitudes near 1"});
    const auto& found = solver.eigenvalues();
    std::vector<std::complex<double>> values(found.data(), found.data() + found.size());
    std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
        const double of_a = std::abs(a), of_b = std::abs(b);
        if (of_a != of_b) return of_a > of_b;
        return a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag();
    });
    return values;
}

}  // namespace EIRNN_NAMESPACE
