// What the Thrust backend asks of the CUDA runtime itself: a stream, memory, copies. Only nvcc sees it.
#pragma once
#include <eirnn/core/error.hpp>

#include <cuda_runtime_api.h>

#include <cstddef>
#include <utility>

namespace EIRNN_NAMESPACE::backend::thrust_detail {

inline void check(cudaError_t e, const char* where) {
    if (e == cudaSuccess) return;
    (void)cudaGetLastError();  // or the next launch would be told of it once more
    if (e == cudaErrorMemoryAllocation)
        throw out_of_resources({"the device has no memory left", where, "", "", "use a smaller batch or fewer time steps"});
    throw out_of_resources(
        {"the device failed", where, "", cudaGetErrorString(e), "see the device's own report; what this engine computed last is lost"});
}

/// Where everything of the backend runs, in order: a stream of the library's own, which neither waits for what the program does on the
/// default stream nor makes that wait. All backends of a process share it, so that a buffer may be used from wherever its owner is. It
/// belongs to the device that is the current one when it is first asked for, and is never destroyed: at the end of a program the driver may
/// be gone first.
inline cudaStream_t own_stream() {
    static const cudaStream_t stream = [] {
        cudaStream_t made{};
        check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
        return made;
    }();
    return stream;
}
/// Returns when the device has done all that was asked of it.
inline void finish() { check(cudaStreamSynchronize(own_stream()), "cudaStreamSynchronize"); }

/// Owning, zeroed memory. To make it or let go of it waits for the device: nobody does either inside a training step.
template <class U>
class device_memory {
public:
    device_memory() = default;
    explicit device_memory(long n) : size_(n) {
        if (n <= 0) return;
        check(cudaMalloc(reinterpret_cast<void**>(&data_), bytes(n)), "cudaMalloc");
        if (const auto e = cudaMemsetAsync(data_, 0, bytes(n), own_stream()); e != cudaSuccess) {
            release();
            check(e, "cudaMemsetAsync");
        }
    }
    device_memory(device_memory&& m) noexcept : data_(std::exchange(m.data_, nullptr)), size_(std::exchange(m.size_, 0)) {}
    device_memory& operator=(device_memory&& m) noexcept {
        std::swap(data_, m.data_), std::swap(size_, m.size_);
        return *this;
    }
    ~device_memory() { release(); }
    U* data() { return data_; }
    const U* data() const { return data_; }
    long size() const { return size_; }
    /// Returns when `from` may change. Of pageable memory the runtime keeps a copy of its own, so that there is nothing to wait for.
    void upload(const U* from, long n) {
        if (n <= 0) return;
        cudaPointerAttributes kind{};
        check(cudaPointerGetAttributes(&kind, from), "cudaPointerGetAttributes");
        check(cudaMemcpyAsync(data_, from, bytes(n), cudaMemcpyHostToDevice, own_stream()), "upload");
        if (kind.type != cudaMemoryTypeUnregistered) finish();
    }
    void download(U* to, long n) const {
        if (n <= 0) return;
        check(cudaMemcpyAsync(to, data_, bytes(n), cudaMemcpyDeviceToHost, own_stream()), "download");
        finish();
    }

private:
    static std::size_t bytes(long n) { return static_cast<std::size_t>(n) * sizeof(U); }
    void release() noexcept {
        if (!data_) return;
        cudaStreamSynchronize(own_stream());  // kernels may still be using it
        cudaFree(data_);
        data_ = nullptr, size_ = 0;
    }
    U* data_ = nullptr;
    long size_ = 0;
};

}  // namespace EIRNN_NAMESPACE::backend::thrust_detail
