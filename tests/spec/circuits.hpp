// The circuits of the tests: those of Song et al. 2016, in the library's words.
#pragma once
#include <eirnn/spec/lower.hpp>

namespace circuits {
using namespace eirnn;

using cell = rate<relu>;
struct softmax_like {};

struct E : population<excitatory, 80> {};
struct I : population<inhibitory, 20> {};
struct cortex : area<cell, E, I> {};
struct motion : input<2> {};
struct cue : input<1> {};
struct choice : output<2> {};

using dense_decision = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
using cued_decision = network<areas<cortex>, inputs<project<motion, cortex>, project<cue, cortex>>, outputs<project<E, choice>>>;

// Two groups that do not excite each other; each is driven and read by itself.
struct E_1 : population<excitatory, 20> {};
struct E_2 : population<excitatory, 20> {};
struct E_ns : population<excitatory, 40> {};
struct grouped : area<cell, E_1, E_2, E_ns, I, without<E_1, E_2>, without<E_2, E_1>> {};
struct left : input<1> {};
struct right : input<1> {};
struct choose_left : output<1> {};
struct choose_right : output<1> {};
struct grouped_decision : network<areas<grouped>, inputs<project<left, E_1>, project<right, E_2>>,
                                  outputs<project<E_1, choose_left>, project<E_2, choose_right>>> {};

// No Dale's law: one population that sends both signs, signed inputs and outputs.
struct units : population<free_sign, 100> {};
struct sheet : area<cell, units> {};
using signless_decision = network<areas<sheet>, inputs<project<motion, sheet>>, outputs<project<units, choice>>, signs<unconstrained>>;

// Read out from all units.
struct dots : input<17> {};
struct eye : output<2> {};
using sequence = network<areas<cortex>, inputs<project<dots, cortex>>, outputs<project<cortex, eye, allow<inhibitory_readout>>>>;

// No input at all.
struct wave : output<1, softmax_like{}> {};
using autonomous = network<areas<cortex>, outputs<project<E, wave>>>;

struct E_S : population<excitatory, 60> {};
struct I_S : population<inhibitory, 15> {};
struct E_M : population<excitatory, 60> {};
struct I_M : population<inhibitory, 15> {};
struct sensory : area<cell, E_S, I_S> {};
struct motor : area<cell, E_M, I_M> {};
struct stimulus : input<6> {};
using two_areas = network<areas<sensory, motor>, inputs<project<stimulus, sensory>>,
                          long_range<project<E_S, motor>, project<E_M, sensory, sparse<0.2, 1000>>>, outputs<project<E_M, choice>>>;

}  // namespace circuits
