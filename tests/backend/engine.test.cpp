// A whole network on the backends of the host: they agree, and neither threads nor the place of a trial change a bit.
#include "network.hpp"

#include "../catch.hpp"

#include <eirnn/backend/cpu/cpu.hpp>
#include <eirnn/backend/serial.hpp>

#include <tbb/global_control.h>

using namespace eirnn;

TEST_CASE("cpu agrees with serial") {
    const auto expected = example::outcome_of(backend::serial<double>(), 3);
    CHECK(example::distance(example::outcome_of(backend::cpu<double>(2), 3), expected) < 1e-12);
    CHECK(example::distance(example::outcome_of(backend::cpu<float>(2), 3), expected) < 1e-5);
    CHECK(expected.omega > 0);  // nothing that is compared may be empty
    CHECK(expected.penalty > 0);
    CHECK(*std::max_element(expected.rate.begin(), expected.rate.end()) > 0.1);
    CHECK(*std::min_element(expected.rate.begin(), expected.rate.end()) == 0);
}
TEST_CASE("cpu gives the same bits for any number of threads") {
    const tbb::global_control more_than_processors(tbb::global_control::max_allowed_parallelism, 8);
    const auto one = example::outcome_of(backend::cpu<float>(1), 3);
    for (const int threads : {2, 3, 8}) CHECK(example::outcome_of(backend::cpu<float>(threads), 3) == one);
}
TEST_CASE("cpu and serial give a trial the same bits wherever it lies in its batch") {
    for (const std::vector<long>& alone : {std::vector<long>{0}, {3}, {6}, {5, 2}, {6, 5, 4, 3, 2, 1, 0}}) {
        CHECK(example::same_bits_anywhere<backend::cpu<float>>(alone));
        CHECK(example::same_bits_anywhere<backend::serial<double>>(alone));
    }
}
