// The network that most benchmarks train or run: one area of excitatory and inhibitory units, all-to-all.
#pragma once
#include <eirnn/eirnn.hpp>

namespace one_area {
using namespace eirnn;

struct E : population<excitatory, dynamic> {};
struct I : population<inhibitory, dynamic> {};
struct cortex : area<rate<relu>, E, I> {};
struct stimulus : input<4> {};
struct choice : output<2> {};
using net = network<areas<cortex>, inputs<project<stimulus, cortex>>, outputs<project<E, choice>>>;

/// Four fifths of the units are excitatory.
inline sizes sizes_of(long units) { return sizes{}.of<E>(units * 8 / 10).of<I>(units - units * 8 / 10); }

}  // namespace one_area
