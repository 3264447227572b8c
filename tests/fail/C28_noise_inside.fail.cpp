// A derivative that needs the value of noise.
// expect: eirnn[C28]: noise is multiplied by a variable
#include <eirnn/cell/cells.hpp>

struct cell {
    static constexpr auto equations = [] {
        using namespace eirnn::notation;
#ifdef EIRNN_CONTROL
        constexpr eirnn::equations::symbol<struct n> n;
        return system(n[r] = 1 * noise, x[r] = 0.9 * prev(x) + (W(prev(r)) + W(u)), r = eirnn::relu(x) * (1 + 0.1 * n));
#else
        return system(x[r] = 0.9 * prev(x) + (W(prev(r)) + W(u)), r = eirnn::relu(x) * (1 + 0.1 * noise));
#endif
    }();
};

static_assert(eirnn::Cell<cell>);
