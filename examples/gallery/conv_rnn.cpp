// A convolutional recurrent network: two areas on maps whose units read their neighbours of the step before. The second drives the first
// back, one step late. It tells four directions of motion apart in noisy films, no frame of which shows more than an axis: with seeds 1 to
// 5 in 98 to 100 % of the films after 3,000 to 5,000 of them, in one to two seconds on two cores.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
using equations::batch_norm;
struct recurrent_map {
    static constexpr auto equations = system(y[r] = batch_norm(W(X) + W(prev(r))),  // from below and of its neighbours
                                             r = relu(y));
};
}  // namespace cells

struct film : input<1, grid<12, 12>> {};
struct F1 : population<free_sign, 8> {};
struct F2 : population<free_sign, 16> {};
struct direction : output<4> {};

struct V1 : area<cells::recurrent_map, F1, convolution<3>, max_pool<2>> {};
struct V2 : area<cells::recurrent_map, F2, convolution<3>> {};

using conv_rnn =
    network<areas<V1, V2>, inputs<project<film, V1, unconstrained>>, long_range<project<F1, V2>, project<F2, V1, enlarged<2>, delayed<1>>>,
            outputs<project<F2, direction>>, time_steps<6>>;

// Usage: conv_rnn [SEED | --graph]
int main(int argc, char** argv) {
    return learn<conv_rnn>(asked_of(argc, argv), gratings<4>{.frames = 6}, maps(6), {.between_validations = 1'000}) ? 0 : 1;
}
