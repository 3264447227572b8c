// Memory of a Thrust system, and its failures as the library's own exceptions.
#pragma once
// Where nobody chose a system, a host compiler gets oneTBB, which the library needs anyway; Thrust's own choice would be CUDA.
#if !defined(__CUDACC__) && !defined(THRUST_DEVICE_SYSTEM)
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_TBB
#endif
#include <eirnn/core/error.hpp>

#include <thrust/copy.h>
#include <thrust/execution_policy.h>
#include <thrust/system_error.h>
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#include <thrust/system/cuda/execution_policy.h>
#include <eirnn/backend/thrust/device.cuh>
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB
#include <thrust/system/tbb/vector.h>
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_OMP
#include <thrust/system/omp/vector.h>
#else
#include <thrust/system/cpp/vector.h>
#endif

#include <new>
#include <string>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

// Thrust's own device_vector and `device` have the same names whatever the system: units of one program that were compiled for different
// systems would share their code. Those of a system have it in their names.
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
namespace chosen = ::thrust::cuda;
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB
namespace chosen = ::thrust::tbb;
#elif THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_OMP
namespace chosen = ::thrust::omp;
#else
namespace chosen = ::thrust::cpp;
#endif

/// What f() returns; out_of_resources if the device fails or has no memory left.
template <class F>
auto reported(const char* where, F f) {
    try {
        return f();
    } catch (const std::bad_alloc&) {
        throw out_of_resources({"the device has no memory left", where, "", "", "use a smaller batch or fewer time steps"});
    } catch (const ::thrust::system_error& e) {
        throw out_of_resources(
            {"the device failed", where, "", e.what(), "see the device's own report; what this engine computed last is lost"});
    }
}

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
// Not Thrust's vectors: they are filled, copied and freed on the default stream, which would meet every kernel of ours there.
template <class U, class System = ::thrust::device_system_tag>
using device_buffer = device_memory<U>;
#else
/// Owning, zeroed memory of the device. Copies return when the host's side is free to go.
template <class U, class System = ::thrust::device_system_tag>
class device_buffer {
public:
    device_buffer() = default;
    // Thrust's own moves are not noexcept: a growing std::vector would copy, and views of the memory would dangle.
    device_buffer(device_buffer&&) noexcept = default;
    device_buffer& operator=(device_buffer&&) noexcept = default;
    explicit device_buffer(long n) : data_(reported("buffer", [&] { return chosen::vector<U>(static_cast<std::size_t>(n)); })) {}
    U* data() { return ::thrust::raw_pointer_cast(data_.data()); }
    const U* data() const { return ::thrust::raw_pointer_cast(data_.data()); }
    long size() const { return static_cast<long>(data_.size()); }
    void upload(const U* from, long n) {
        reported("upload", [&] { ::thrust::copy_n(from, n, data_.begin()); });
    }
    void download(U* to, long n) const {
        reported("download", [&] { ::thrust::copy_n(data_.begin(), n, to); });
    }

private:
    chosen::vector<U> data_;
};
#endif

}  // namespace EIRNN_NAMESPACE::backend::thrust_detail
