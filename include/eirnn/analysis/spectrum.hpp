// The eigenvalues of recurrent weights.
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/linalg/decompose.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <complex>
#include <cstddef>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// Eigenvalues by decreasing modulus; of a conjugate pair the one above the real axis first.
struct spectrum {
    std::vector<std::complex<double>> eigenvalue;
    double radius() const { return eigenvalue.empty() ? 0 : std::abs(eigenvalue.front()); }
};

/// Of effective recurrent weights [post][pre]. Throws invalid_argument unless they are finite and the matrix is square.
template <class T>
spectrum spectrum_of(const matrix<T>& recurrent) {
    matrix<double> w(recurrent.rows, recurrent.cols);
    for (std::size_t k = 0; k < w.data.size(); ++k) w.data[k] = static_cast<double>(recurrent.data[k]);
    return {eigenvalues(w)};
}

/// eigenvalue_real, eigenvalue_imag.
inline owned_list<named_array> arrays_of(const spectrum& s) {
    std::vector<double> re, im;
    for (const auto& value : s.eigenvalue) {
        re.push_back(value.real());
        im.push_back(value.imag());
    }
    return {array_of("eigenvalue_real", re), array_of("eigenvalue_imag", im)};
}

}  // namespace EIRNN_NAMESPACE::analysis
