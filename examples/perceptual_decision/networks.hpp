// The five networks of Song, Yang & Wang 2016 that learn to decide (their Figs 2 and 3), 100 units each.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/spec/network.hpp>

/// All-to-all, Dale's law: 80 % of the units excite, and only they are read out.
namespace dense {
struct E : eirnn::population<eirnn::excitatory, 80> {};
struct I : eirnn::population<eirnn::inhibitory, 20> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E, I> {};
struct motion : eirnn::input<2> {};
struct choice : eirnn::output<2> {};
using decision =
    eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<motion, cortex>>, eirnn::outputs<eirnn::project<E, choice>>>;
}  // namespace dense

/// Structure by hand: one group per choice, with its own input and output, which reach each other only through non-selective and
/// inhibitory units.
namespace structured {
struct E_1 : eirnn::population<eirnn::excitatory, 20> {};
struct E_2 : eirnn::population<eirnn::excitatory, 20> {};
struct E_ns : eirnn::population<eirnn::excitatory, 40> {};
struct I : eirnn::population<eirnn::inhibitory, 20> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, E_1, E_2, E_ns, I, eirnn::without<E_1, E_2>, eirnn::without<E_2, E_1>> {};
struct motion_1 : eirnn::input<1> {};
struct motion_2 : eirnn::input<1> {};
struct choice_1 : eirnn::output<1> {};
struct choice_2 : eirnn::output<1> {};
using decision = eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<motion_1, E_1>, eirnn::project<motion_2, E_2>>,
                                eirnn::outputs<eirnn::project<E_1, choice_1>, eirnn::project<E_2, choice_2>>>;
}  // namespace structured

/// Without Dale's law: every unit may excite some and inhibit others, and weights from inputs and to outputs have either sign.
namespace no_dale {
struct units : eirnn::population<eirnn::free_sign, 100> {};
struct cortex : eirnn::area<eirnn::rate<eirnn::relu>, units> {};
struct motion : eirnn::input<2> {};
struct choice : eirnn::output<2> {};
using decision = eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<motion, cortex, eirnn::unconstrained>>,
                                eirnn::outputs<eirnn::project<units, choice>>>;
}  // namespace no_dale

/// As `dense`, told by a cue when the stimulus is on.
namespace cued {
using dense::choice;
using dense::cortex;
using dense::E;
using dense::motion;
struct start_cue : eirnn::input<1> {};
using decision = eirnn::network<eirnn::areas<cortex>, eirnn::inputs<eirnn::project<motion, cortex>, eirnn::project<start_cue, cortex>>,
                                eirnn::outputs<eirnn::project<E, choice>>>;
}  // namespace cued
