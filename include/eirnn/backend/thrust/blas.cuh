// The products of the Thrust backend on a GPU: cuBLAS. Only nvcc sees it.
#pragma once
#include <eirnn/core/error.hpp>

#include <cublas_v2.h>

#include <cstdint>
#include <memory>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

/// A cuBLAS handle. It works on the default stream, as everything of the backend does, and adds without atomics: the same call gives the
/// same bits on the same kind of GPU.
class blas {
public:
    blas() {
        cublasHandle_t h{};
        check(cublasCreate(&h), "cublasCreate");
        handle_.reset(h);
    }
    /// C (m x n) = A (m x k) B (k x n), with B' in place of B if `transposed`, added to C if `add`. Column-major.
    void gemm(bool transposed, long m, long n, long k, const float* A, long lda, const float* B, long ldb, bool add, float* C,
              long ldc) const {
        const float one = 1, keep = add ? 1 : 0;
        check(cublasSgemm_64(handle_.get(), CUBLAS_OP_N, transposed ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &one, A, lda, B, ldb, &keep, C,
                             ldc),
              "cublasSgemm");
    }
    void gemm(bool transposed, long m, long n, long k, const double* A, long lda, const double* B, long ldb, bool add, double* C,
              long ldc) const {
        const double one = 1, keep = add ? 1 : 0;
        check(cublasDgemm_64(handle_.get(), CUBLAS_OP_N, transposed ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &one, A, lda, B, ldb, &keep, C,
                             ldc),
              "cublasDgemm");
    }

private:
    static void check(cublasStatus_t s, const char* where) {
        if (s != CUBLAS_STATUS_SUCCESS)
            throw out_of_resources(
                {"cuBLAS failed", where, "", cublasGetStatusString(s), "check that a CUDA device is present and has free memory"});
    }
    struct release {
        void operator()(cublasContext* h) const { cublasDestroy(h); }
    };
    std::unique_ptr<cublasContext, release> handle_;
};

}  // namespace EIRNN_NAMESPACE::backend::thrust_detail
