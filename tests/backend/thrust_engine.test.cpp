// A whole network on the Thrust backend, on the system that THRUST_DEVICE_SYSTEM names: it agrees with the plain loops of the serial
// backend, and neither threads nor the place of a trial change a bit.
#include "network.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/backend/thrust/thrust.hpp>

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#endif

using namespace eirnn;

TEST_CASE("Thrust agrees with serial") {
    const auto expected = example::outcome_of(backend::serial<double>(), 3);
    CHECK(example::distance(example::outcome_of(backend::thrust_backend<double>(), 3), expected) < 1e-12);
    CHECK(example::distance(example::outcome_of(backend::thrust_backend<float>(), 3), expected) < 1e-5);
}
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB
TEST_CASE("Thrust gives the same bits for any number of threads") {
    const tbb::global_control more_than_processors(tbb::global_control::max_allowed_parallelism, 8);
    const auto with = [](int threads) {
        example::outcome o;
        tbb::task_arena(threads).execute([&] { o = example::outcome_of(backend::thrust_backend<float>(), 3); });
        return o;
    };
    const auto one = with(1);
    for (const int threads : {2, 3, 8}) CHECK(with(threads) == one);
}
#endif
TEST_CASE("Thrust gives a trial the same bits wherever it lies in its batch") {
    for (const std::vector<long>& alone : {std::vector<long>{0}, {3}, {6}, {5, 2}, {6, 5, 4, 3, 2, 1, 0}})
        CHECK(example::same_bits_anywhere<backend::thrust_backend<float>>(alone));
}
