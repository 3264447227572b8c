// expect: eirnn[C08]: batch_norm(...) stands around the whole right side of an equation
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
        c[h] = batch_norm(W(u)), h = relu(c));
#else
        h = relu(batch_norm(W(u))));
#endif
};
}  // namespace mine

static_assert(eirnn::Cell<mine::cell>);
