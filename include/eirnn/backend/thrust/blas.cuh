// The products of the Thrust backend on a GPU: cuBLAS. Only nvcc sees it.
#pragma once
#include <eirnn/backend/thrust/device.cuh>
#include <eirnn/core/error.hpp>

#include <cublas_v2.h>

#include <cstdint>
#include <memory>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

/// A cuBLAS handle on the stream of the backend. The same call gives the same bits on the same kind of GPU: it adds without atomics, has
/// one stream, and a workspace of its own of the size that cuBLAS takes on the largest GPUs, whatever CUBLAS_WORKSPACE_CONFIG says. Single
/// precision is single precision, not TF32, unless the environment asks for less (NVIDIA_TF32_OVERRIDE, CUBLAS_EMULATE_SINGLE_PRECISION).
class blas {
public:
    blas() : workspace_(32l << 20) {
        cublasHandle_t h{};
        check(cublasCreate(&h), "cublasCreate");
        handle_.reset(h);
        check(cublasSetStream(h, own_stream()), "cublasSetStream");  // it takes a workspace that was set before away
        check(cublasSetWorkspace(h, workspace_.data(), static_cast<std::size_t>(workspace_.size())), "cublasSetWorkspace");
        check(cublasSetAtomicsMode(h, CUBLAS_ATOMICS_NOT_ALLOWED), "cublasSetAtomicsMode");
        check(cublasSetMathMode(h, CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
        check(cublasSetPointerMode(h, CUBLAS_POINTER_MODE_HOST), "cublasSetPointerMode");
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
    device_memory<char> workspace_;
    struct release {
        void operator()(cublasContext* h) const { cublasDestroy(h); }
    };
    std::unique_ptr<cublasContext, release> handle_;
};

}  // namespace EIRNN_NAMESPACE::backend::thrust_detail
