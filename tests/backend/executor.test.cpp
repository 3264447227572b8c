// oneTBB is a policy: an executor of a few lines on std::jthread takes its place, and the results keep their bits.
#include "network.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>

#include <atomic>
#include <exception>
#include <thread>

namespace {

/// Starts its threads anew for every run. A task with the number of its worker in `current` is all that the backend needs.
class jthread_executor {
public:
    explicit jthread_executor(int threads) : threads_(threads > 0 ? threads : 2) {}
    int threads() const { return threads_; }
    int worker() const { return current; }
    template <class F>
    void run(int count, const F& f) {
        std::atomic<int> next{0};
        std::vector<std::exception_ptr> failures(static_cast<std::size_t>(threads_));
        {
            std::vector<std::jthread> team;
            for (int w = 0; w < threads_; ++w)
                team.emplace_back([&, w] {
                    current = w;
                    try {
                        for (int k = next++; k < count; k = next++) f(k);
                    } catch (...) {
                        failures[static_cast<std::size_t>(w)] = std::current_exception();
                    }
                });
        }
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
    }

private:
    int threads_;
    static thread_local int current;
};
thread_local int jthread_executor::current = 0;

}  // namespace

TEST_CASE("an executor on std::jthread gives the bits of oneTBB") {
    const auto expected = example::outcome_of(eirnn::backend::cpu<float>(1), 3);
    for (const int threads : {1, 2, 3})
        CHECK(example::outcome_of(eirnn::backend::cpu<float, jthread_executor>(threads), 3) == expected);
}
TEST_CASE("what a task throws in an executor on std::jthread reaches the caller") {
    jthread_executor e(2);
    CHECK_THROWS_AS(e.run(4, [](int k) { if (k == 2) throw std::bad_alloc(); }), std::bad_alloc);
}
