// Two equations with noise.
// expect: eirnn[C25]: two equations of this cell have noise
#include <eirnn/cell/cells.hpp>

struct cell {
    static constexpr auto equations = [] {
        using namespace eirnn::notation;
#ifdef EIRNN_CONTROL
        return system(x[r] = 0.9 * prev(x) + (W(prev(r)) + W(u)) + noise, r = eirnn::relu(x));
#else
        return system(x[r] = 0.9 * prev(x) + (W(prev(r)) + W(u)) + noise, r = eirnn::relu(x + 0.1 * noise));
#endif
    }();
};

static_assert(eirnn::Cell<cell>);
