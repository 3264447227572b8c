// A front end of maps before an E/I rate network that decides: one network with both kinds of areas.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/kernels/loss.hpp>
#include <eirnn/spec/lower.hpp>

namespace observing {
using namespace eirnn;

struct image : input<1, grid<6, 4>> {};
struct PN1 : population<excitatory, 5> {};
struct IG1 : population<inhibitory, 2> {};
struct OG1 : population<inhibitory, 3> {};
struct visual : area<multicell::standard, PN1, IG1, OG1, separable<3>, max_pool<3, 2>> {};
struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 3> {};
struct parietal : area<rate<softplus>, E, I> {};
struct E2 : population<excitatory, dynamic> {};
struct I2 : population<inhibitory, 2> {};
struct motor : area<rate<softplus>, E2, I2, without<I2, I2>> {};
struct choice : output<2, softmax> {};

struct observer : network<areas<visual, parietal, motor>, inputs<project<image, visual>>,
                          long_range<project<PN1, parietal, sparse<0.5>>, project<E, E2>, project<E2, E>>, outputs<project<E2, choice>>,
                          signs<absolute>, time_steps<3>> {};

}  // namespace observing
