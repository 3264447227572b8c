// The only file that defines macros for the whole library: what differs between a host compiler and nvcc, and between flags.
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

// A function that runs inside the innermost loops, on the host and on the device. Inlined by force where code is optimised: without that a
// compiler would only take more memory for it, and a debugger could not step in.
#ifdef __CUDACC__
#define EIRNN_INLINE __host__ __device__ __forceinline__
#ifdef __CUDA_ARCH__
#define EIRNN_UNROLL _Pragma("unroll")
#else
#define EIRNN_UNROLL
#endif
#else
#ifdef __OPTIMIZE__
#define EIRNN_INLINE inline __attribute__((always_inline))
#else
#define EIRNN_INLINE inline
#endif
#define EIRNN_UNROLL _Pragma("GCC unroll 16")
#endif

// A function of a message, a name or a file's header: compiled for size, in half the time. Not for what users call, nor for checks that
// always run: a caller that cannot avoid a cold function is compiled for size too.
#define EIRNN_COLD [[gnu::cold]]

// Units of one program may be compiled with different flags. A linker keeps one function of a name, and would give it to all of them: so
// what computes has the flags in its name. Those that change layout, bits or instructions and that the preprocessor can tell are here; for
// others (-ffp-contract) a user defines EIRNN_VARIANT, a word per unit. See "Units with different flags" in docs/design.md.
#ifdef __CUDACC__
#define EIRNN_COMPILER_TAG cuda_
#elif defined(__clang__)
#define EIRNN_COMPILER_TAG clang_
#else
#define EIRNN_COMPILER_TAG
#endif
#if defined(__AVX512F__)
#define EIRNN_VECTOR_TAG avx512
#elif defined(__AVX2__)
#define EIRNN_VECTOR_TAG avx2
#elif defined(__AVX__)
#define EIRNN_VECTOR_TAG avx
#elif defined(__SSE4_1__)
#define EIRNN_VECTOR_TAG sse4
#elif defined(__SSE2__)
#define EIRNN_VECTOR_TAG sse2
#elif defined(__ARM_FEATURE_SVE)
#define EIRNN_VECTOR_TAG sve
#else
#define EIRNN_VECTOR_TAG plain
#endif
#if defined(__FMA__) || defined(__FMA4__) || defined(__FP_FAST_FMA)
#define EIRNN_FMA_TAG _fma
#else
#define EIRNN_FMA_TAG
#endif
#if defined(__FAST_MATH__)
#define EIRNN_MATH_TAG _fast
#elif (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || defined(__ROUNDING_MATH__)
#define EIRNN_MATH_TAG _loose
#else
#define EIRNN_MATH_TAG
#endif
#ifdef _GLIBCXX_DEBUG  // containers have another layout
#define EIRNN_LIBRARY_TAG _debug
#define EIRNN_SHARED_NAMESPACE eirnn::inline debug
#else
#define EIRNN_LIBRARY_TAG
#define EIRNN_SHARED_NAMESPACE eirnn
#endif
#ifdef EIRNN_VARIANT
#define EIRNN_VARIANT_TAG EIRNN_JOIN(_, EIRNN_VARIANT, , , , )
#else
#define EIRNN_VARIANT_TAG
#endif
#define EIRNN_JOIN_EXPANDED(a, b, c, d, e, f) a##b##c##d##e##f
#define EIRNN_JOIN(a, b, c, d, e, f) EIRNN_JOIN_EXPANDED(a, b, c, d, e, f)
#define EIRNN_TAG \
    EIRNN_JOIN(EIRNN_COMPILER_TAG, EIRNN_VECTOR_TAG, EIRNN_FMA_TAG, EIRNN_MATH_TAG, EIRNN_LIBRARY_TAG, EIRNN_VARIANT_TAG)
// What every header opens in place of `namespace eirnn`. EIRNN_SHARED_NAMESPACE, above, is for the types that are the same in all units, such
// as exceptions: they hold numbers and text, and compute nothing.
#define EIRNN_NAMESPACE eirnn::inline EIRNN_TAG
