// The CIFAR10 network of Sun et al., spelled out, in the library's words.
#pragma once
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>

namespace maps {
using namespace eirnn;
using multicell::standard;

struct image : input<3, grid<32, 32>> {};
struct F1 : population<free_sign, 16> {};
struct F2 : population<excitatory, 32> {};
struct PN3 : population<excitatory, 64> {};
struct IG3 : population<inhibitory, 16> {};
struct OG3 : population<inhibitory, 16> {};
struct PN4 : population<excitatory, 128> {};
struct IG4 : population<inhibitory, 32> {};
struct OG4 : population<inhibitory, 32> {};
struct area1 : area<feed_forward, F1, convolution<3>, max_pool<3, 1>> {};
struct area2 : area<feed_forward, F2, convolution<3>, max_pool<3, 2>> {};
struct area3 : area<standard, PN3, IG3, OG3, separable<3>, max_pool<3, 2>> {};
struct area4 : area<standard, PN4, IG4, OG4, separable<3>, max_pool<3, 2>> {};
struct category : output<10> {};

struct cifar_standard
    : network<areas<area1, area2, area3, area4>, inputs<project<image, area1, unconstrained>>,
              long_range<project<F1, area2>, project<F2, area3>, project<PN3, area4>>, outputs<project<PN4, category>>, signs<absolute>,
              time_steps<4>> {};

// The output is the second kind of unit that the equations name.
struct late_output {
    static constexpr auto equations = [] {
        using namespace multicell::notation;
        return system(
            I_ = relu(W(X) + W(prev(E))),
            E  = relu(W(X) - W(I_) - W(prev(I_)) + W(prev(E))));
    }();
};

}  // namespace maps
