// An area whose cell reads no input receives from an area of another cell.
// expect: eirnn[W45]: an area receives from an input, a map or an area of another cell, but its own cell has no place for it
#include <eirnn/spec/lower.hpp>

using namespace eirnn;

struct by_itself {
    static constexpr auto equations = [] {
        using namespace notation;
        return system(x[r] = (1 - alpha) * prev(x) + alpha * W(prev(r)), r = relu(x));
    }();
};
struct E_S : population<excitatory, 8> {};
struct I_S : population<inhibitory, 2> {};
struct E_M : population<excitatory, 8> {};
struct I_M : population<inhibitory, 2> {};
struct sensory : area<rate<relu>, E_S, I_S> {};
struct motion : input<2> {};
struct choice : output<2> {};
#ifdef EIRNN_CONTROL
struct motor : area<rate<softplus>, E_M, I_M> {};
#else
struct motor : area<by_itself, E_M, I_M> {};
#endif
using net =
    network<areas<sensory, motor>, inputs<project<motion, sensory>>, long_range<project<E_S, motor>>, outputs<project<E_M, choice>>>;

layout lowered() { return lower<net>(); }
