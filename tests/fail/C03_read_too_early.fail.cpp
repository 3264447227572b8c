// expect: eirnn[C03]: this equation reads a variable before it is computed in the step
#include <eirnn/cell/cells.hpp>

namespace mine {
using namespace eirnn::equations;
using eirnn::logistic, eirnn::relu;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct g> g;
inline constexpr symbol<struct other> other;
inline constexpr input_symbol<struct u> u;

struct cell {
    static constexpr auto equations = system(
#ifdef EIRNN_CONTROL
        g[h] = logistic(W(prev(h)) + W(u)), h = g * prev(h));
#else
        g[h] = logistic(W(h) + W(u)), h = g * relu(W(prev(h))));
#endif
};
}  // namespace mine

static_assert(eirnn::Cell<mine::cell>);
