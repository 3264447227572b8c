// Two names for what comes from outside, as if each could have its own equation.
// expect: eirnn[C26]: this cell has two names for what comes from outside
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

namespace mine {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct gain> gain;
inline constexpr equations::input_symbol<struct cue_input> cue_input;
struct attended {
    static constexpr auto equations = system(
#ifdef EIRNN_CONTROL
        gain[r] = softplus(W(u)), r = gain * relu(W(prev(r)) + W(u)));
#else
        gain[r] = softplus(W(cue_input)), r = gain * relu(W(prev(r)) + W(u)));
#endif
};
}  // namespace mine

struct cue : input<2> {};
struct motion : input<2> {};
struct E : population<excitatory, 8> {};
struct choice : output<2> {};
struct cortex : area<mine::attended, E> {};
using net = network<areas<cortex>, inputs<project<cue, cortex, into<mine::gain>>, project<motion, cortex, into<notation::r>>>,
                    outputs<project<E, choice>>>;

layout lowered() { return lower<net>(); }
