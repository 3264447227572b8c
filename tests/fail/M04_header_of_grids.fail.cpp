// A model of a network on grids, of which only the header of the others was included.
// expect: eirnn[M04]: the model of a network on grids stands in <eirnn/model/stack_model.hpp>
#include <eirnn/backend/serial.hpp>
#ifdef EIRNN_CONTROL
#include <eirnn/model/stack_model.hpp>
#else
#include <eirnn/model/model.hpp>
#endif

using namespace eirnn;

struct image : input<3, grid<8, 8>> {};
struct E : population<excitatory, 8, principal> {};
struct category : output<4> {};
struct V1 : area<feed_forward, E, convolution<3>> {};
using net = network<areas<V1>, inputs<project<image, V1>>, outputs<project<E, category>>>;

void made() { model<net, backend::serial<float>> m{seed{1}}; }
