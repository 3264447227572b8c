// The only file that defines macros for the whole library: what differs between a host compiler and nvcc.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error "eirnn needs g++ 12 or later"
#endif
#if defined(__clang__) && !defined(__CUDACC__) && __clang_major__ < 16
#error "eirnn needs clang 16 or later"
#endif
#if __cplusplus < 202002L
#error "eirnn needs C++20: compile with -std=c++20"
#endif

// A function that runs inside the innermost loops, on the host and on the device.
#ifdef __CUDACC__
#define EIRNN_INLINE __host__ __device__ __forceinline__
#ifdef __CUDA_ARCH__
#define EIRNN_UNROLL _Pragma("unroll")
#else
#define EIRNN_UNROLL
#endif
#else
#define EIRNN_INLINE inline __attribute__((always_inline))
#define EIRNN_UNROLL _Pragma("GCC unroll 16")
#endif

// A function of a message, a name or a file's header: compiled for size, in half the time. Not for what users call, nor for checks that
// always run: a caller that cannot avoid a cold function is compiled for size too.
#define EIRNN_COLD [[gnu::cold]]
