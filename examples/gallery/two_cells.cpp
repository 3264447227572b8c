// Two areas of different cells: excitatory and inhibitory rate units see the items and drive gated units, which remember, answer, and drive
// the excitatory units back. They say whether two items that are ten steps apart are the same. Seeds 1 to 5 are right in 96 to 100 % of the
// trials after 10,000 to 17,500 trials, in less than a quarter of a second on two cores.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct z> z;
inline constexpr symbol<struct q> q;
inline constexpr input_symbol<struct u> u;
struct gru {
    static constexpr auto equations = system(z[h] = logistic(W(prev(h)) + W(u)),            // the share that is new
                                             q[h] = logistic(W(prev(h)) + W(u)) * prev(h),  // what the reset gate leaves of the past
                                             h = (1 - z) * prev(h) + z * hyperbolic_tangent(W(q) + W(u)));
};
}  // namespace cells

struct E : population<excitatory, 40> {};
struct I : population<inhibitory, 10> {};
struct G : population<free_sign, 24, principal> {};
struct sensory : area<rate<relu>, E, I> {};
struct memory : area<cells::gru, G, wiring<project<G, G, with_self, allow<self_connection>>>> {};
struct items : input<4> {};
struct match : output<2, softmax> {};

using two_cells = network<areas<sensory, memory>, inputs<project<items, sensory>>, long_range<project<E, memory>, project<G, E>>,
                          outputs<project<G, match>>, signs<absolute>>;

// Usage: two_cells [SEED | --graph]
int main(int argc, char** argv) { return learn<two_cells>(asked_of(argc, argv), delayed_match<10>{}, plain_units()) ? 0 : 1; }
