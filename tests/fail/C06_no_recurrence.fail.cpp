// expect: eirnn[C06]: no equation reads W(prev(...)) of the last variable
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
        h = relu(W(prev(h)) + W(u)));
#else
        c[h] = 0.5 * prev(c) + W(u), h = relu(c));
#endif
};
}  // namespace mine

static_assert(eirnn::Cell<mine::cell>);
