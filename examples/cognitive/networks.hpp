// The networks of Song, Yang & Wang 2016 for tasks beyond perceptual decisions (their Figs 4 to 8, and the sine wave of their code).
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/spec/network.hpp>

/// One area, all-to-all, told by cues which feature to decide on.
namespace contextual {
struct E : eirnn::population<eirnn::excitatory, 120> {};
struct I : eirnn::population<eirnn::inhibitory, 30> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E, I> {};
struct cues : eirnn::input<2> {};
struct motion : eirnn::input<2> {};
struct colour : eirnn::input<2> {};
struct choice : eirnn::output<2> {};
using integration =
    eirnn::network<eirnn::areas<cortex>,
                   eirnn::inputs<eirnn::project<cues, cortex>, eirnn::project<motion, cortex>, eirnn::project<colour, cortex>>,
                   eirnn::outputs<eirnn::project<E, choice>>>;
}  // namespace contextual

/// The same task in two areas. Only excitatory units project between them (W02), densely forward and with a fifth of the connections back,
/// and only excitatory units of the motor area are read.
namespace two_areas {
using contextual::choice, contextual::colour, contextual::cues, contextual::motion;
struct E_S : eirnn::population<eirnn::excitatory, 60> {};
struct I_S : eirnn::population<eirnn::inhibitory, 15> {};
struct E_M : eirnn::population<eirnn::excitatory, 60> {};
struct I_M : eirnn::population<eirnn::inhibitory, 15> {};
struct sensory : eirnn::area<eirnn::rate<eirnn::relu>, E_S, I_S> {};
struct motor : eirnn::area<eirnn::rate<eirnn::relu>, E_M, I_M> {};
using feedforward = eirnn::project<E_S, motor>;
using feedback = eirnn::project<E_M, sensory, eirnn::sparse<0.2, 1000>>;
using stimulus = eirnn::inputs<eirnn::project<cues, sensory>, eirnn::project<motion, sensory>, eirnn::project<colour, sensory>>;
using integration = eirnn::network<eirnn::areas<sensory, motor>, stimulus, eirnn::long_range<feedforward, feedback>,
                                   eirnn::outputs<eirnn::project<E_M, choice>>>;
}  // namespace two_areas

/// A third of the excitatory and of the inhibitory units sees, a third hears, a third does neither.
namespace multisensory {
struct E : eirnn::population<eirnn::excitatory, 120> {};
struct I : eirnn::population<eirnn::inhibitory, 30> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E, I> {};
struct senses : eirnn::input<4> {};  // visual and auditory, rising with the rate; visual and auditory, falling
struct choice : eirnn::output<2> {};
template <int Third>
struct by_sense {
    static constexpr int posts = 3 * Third, pres = 4;
    static constexpr bool at(int unit, int channel) { return unit / Third == channel % 2; }
};
using integration = eirnn::network<
    eirnn::areas<cortex>,
    eirnn::inputs<eirnn::project<senses, E, eirnn::table<by_sense<40>>>, eirnn::project<senses, I, eirnn::table<by_sense<10>>>>,
    eirnn::outputs<eirnn::project<E, choice>>>;
}  // namespace multisensory

/// Sparse at random: a tenth of the connections of excitatory units, half of those of inhibitory ones.
namespace working_memory {
struct E : eirnn::population<eirnn::excitatory, 400> {};
struct I : eirnn::population<eirnn::inhibitory, 100> {};
struct cortex
    : eirnn::area<eirnn::rate<eirnn::relu>, E, I,
                  eirnn::wiring<eirnn::project<E, cortex, eirnn::sparse<0.1, 1066>>, eirnn::project<I, cortex, eirnn::sparse<0.5, 1066>>>> {
};
struct vibration : eirnn::input<2> {};
struct choice : eirnn::output<2> {};
using comparison =
    eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<vibration, cortex>>, eirnn::outputs<eirnn::project<E, choice>>>;
}  // namespace working_memory

/// All units are read, the inhibitory ones with a negative sign: an exception that has to be stated.
namespace sequential {
struct E : eirnn::population<eirnn::excitatory, 160> {};
struct I : eirnn::population<eirnn::inhibitory, 40> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E, I> {};
struct dots : eirnn::input<9> {};
struct sequence : eirnn::input<8> {};
struct eye : eirnn::output<2> {};
using execution = eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<dots, cortex>, eirnn::project<sequence, cortex>>,
                                 eirnn::outputs<eirnn::project<cortex, eye, eirnn::allow<eirnn::inhibitory_readout>>>>;
}  // namespace sequential

/// Nothing comes in. All units are read.
namespace oscillating {
struct E : eirnn::population<eirnn::excitatory, 80> {};
struct I : eirnn::population<eirnn::inhibitory, 20> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E, I> {};
struct wave : eirnn::output<1> {};
using oscillation =
    eirnn::network<eirnn::areas<cortex>, eirnn::outputs<eirnn::project<cortex, wave, eirnn::allow<eirnn::inhibitory_readout>>>>;
}  // namespace oscillating
