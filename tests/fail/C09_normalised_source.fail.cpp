// expect: eirnn[C09]: W(...), sum(...) or mean(...) reads a variable that is normalised
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
        c[other] = batch_norm(W(u)), other = relu(c), h = relu(W(other)));
#else
        c[other] = batch_norm(W(u)), other = relu(c), h = relu(W(c)));
#endif
};
}  // namespace mine

static_assert(eirnn::Cell<mine::cell>);
