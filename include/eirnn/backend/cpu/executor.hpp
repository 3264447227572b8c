// Who runs tasks. The one place that includes oneTBB; another executor with the same three members can stand in its place.
#pragma once
#include <eirnn/config.hpp>

// oneTBB's headers include <immintrin.h> for `_mm_pause`, which <xmmintrin.h> declares. The vector instructions that come with it cost g++
// 95 MB and a quarter of a second in every program, so it takes that header for read while it reads these, and not any longer.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(_IMMINTRIN_H_INCLUDED)
#include <xmmintrin.h>
#define _IMMINTRIN_H_INCLUDED
#define EIRNN_IMMINTRIN_KEPT_OUT
#endif
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#ifdef EIRNN_IMMINTRIN_KEPT_OUT
#undef _IMMINTRIN_H_INCLUDED
#undef EIRNN_IMMINTRIN_KEPT_OUT
#endif

#include <algorithm>

namespace EIRNN_NAMESPACE::backend {

/// oneTBB in an arena of its own. Tasks are cut by number and never by thread, so that results do not depend on the threads.
class tbb_executor {
public:
    /// At most as many threads as oneTBB may use in this process (by the processor, the affinity, a `tbb::global_control`); 0: all of
    /// those.
    explicit tbb_executor(int threads) : threads_(allowed(threads)), arena_(threads_) {}
    int threads() const { return threads_; }
    /// Which of 0 .. threads()-1 runs the calling task.
    int worker() const { return tbb::this_task_arena::current_thread_index(); }
    /// f(0) .. f(count-1), in any order, on any worker; returns when all have run. An exception of a task reaches the caller.
    template <class F>
    void run(int count, const F& f) {
        run(count, &f, [](const void* task, int k) { (*static_cast<const F*>(task))(k); });
    }

private:
    // Not a template: oneTBB's own are large, and a task is long enough for a call through a pointer.
    void run(int count, const void* task, void (*call)(const void*, int)) {
        arena_.execute([&] { tbb::parallel_for(0, count, 1, [=](int k) { call(task, k); }, tbb::simple_partitioner{}); });
    }
    static int allowed(int wanted) {
        const auto limit = static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
        return wanted > 0 ? (std::min)(wanted, limit) : limit;
    }
    int threads_;
    tbb::task_arena arena_;
};

}  // namespace EIRNN_NAMESPACE::backend
