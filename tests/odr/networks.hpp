// What the units of a program have in common: their networks, and what passes between them.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/matrix.hpp>
#include <eirnn/spec/network.hpp>

#include <vector>

namespace shared {
using namespace eirnn;

struct E : population<excitatory, 12> {};
struct I : population<inhibitory, 5> {};
struct cortex : area<rate<relu>, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using decision = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;

struct image : input<3, grid<32, 32>> {};
struct F : population<free_sign, 5> {};
struct PN : population<excitatory, 6> {};
struct IG : population<inhibitory, 3> {};
struct OG : population<inhibitory, 3> {};
struct below : area<feed_forward, F, convolution<3, 2>, max_pool<3, 2>> {};
struct above : area<multicell::standard, PN, IG, OG, separable<3>, max_pool<3, 2>> {};
struct category : output<10> {};
struct map : network<areas<below, above>, inputs<project<image, below, unconstrained>>, long_range<project<F, above>>,
                     outputs<project<PN, category>>, signs<absolute>, time_steps<2>> {};


}  // namespace shared

// The functions of a unit: what it computes, and a matrix given back as it came (invalid_argument if it is empty).
#define DECLARE_UNIT(unit)      \
    std::vector<double> unit(); \
    eirnn::matrix<float> unit(const eirnn::matrix<float>&, eirnn::seed)
