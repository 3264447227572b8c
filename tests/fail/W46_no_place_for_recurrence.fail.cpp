// Wiring inside an area whose units do not read each other.
// expect: eirnn[W46]: a projection connects units of one area, but its cell has no place for it
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct layer {
    static constexpr auto equations = equations::system(notation::r = relu(equations::W(notation::u)));
};
struct H : population<free_sign, 8, principal> {};
#ifdef EIRNN_CONTROL
struct hidden : area<layer, H> {};
#else
struct hidden : area<layer, H, wiring<project<H, H>>> {};
#endif
struct motion : input<2> {};
struct choice : output<2> {};
using net = network<areas<hidden>, inputs<project<motion, hidden>>, outputs<project<H, choice>>>;

layout lowered() { return lower<net>(); }
