#include "networks.hpp"

#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/multicell.hpp>

using namespace eirnn;

namespace {

struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct mutual {
    static constexpr double values[2][2] = {{0, 0.25}, {0.5, 0}};
};
struct cortex : area<rate<relu>, E, I, wiring<project<E, cortex>, project<I, E>, project<I, I, fixed<mutual>>>> {};
struct motion : input<2> {};
struct choice : output<3> {};
template <class... Options>
using plain = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>, Options...>;

struct B : population<excitatory, 6> {};
struct other : area<rate<relu>, B, I, wiring<project<B, other>, project<I, B>, project<I, I, fixed<mutual>>>> {};
using dense_of_another_name = network<areas<other>, inputs<project<motion, other>>, outputs<project<B, choice>>>;

struct P : population<excitatory, 2> {};
struct unfed : area<rate<relu>, P> {};
struct readout : output<1> {};
using alone = network<areas<unfed>, outputs<project<P, readout>>>;

namespace grids {
struct image : input<2, grid<6, 6>> {};
struct category : output<3> {};
struct F : population<excitatory, 3> {};
struct E : population<excitatory, 5, principal> {};
struct I : population<inhibitory, dynamic, interneuron> {};
struct area1 : area<feed_forward, F, convolution<3>> {};
struct area2 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
template <int Steps>
using net = network<areas<area1, area2>, inputs<project<image, area1, unconstrained>>, long_range<project<F, area2>>,
                    outputs<project<E, category>>, signs<absolute>, time_steps<Steps>>;
template <class T, int Steps>
networks::any<T> made(std::uint64_t s, long interneurons) {
    return model<net<Steps>, backend::serial<T>>(seed{s}, {.sizes = sizes{}.of<I>(interneurons)});
}
}  // namespace grids

}  // namespace

namespace networks {

template <class T, class... Options>
any<T> decision(std::uint64_t s) {
    return model<plain<Options...>, backend::serial<T>>(seed{s});
}
template any<float> decision(std::uint64_t);
template any<double> decision(std::uint64_t);
template any<double> decision<double, signs<absolute>>(std::uint64_t);
template any<double> decision<double, signs<soft_rectify>>(std::uint64_t);
any<float> renamed(std::uint64_t s) { return model<dense_of_another_name, backend::serial<float>>(seed{s}); }
any<double> without_inputs(std::uint64_t s) { return model<alone, backend::serial<double>>(seed{s}); }

template <class T>
any<T> on_grids(std::uint64_t s, long interneurons) {
    return grids::made<T, 2>(s, interneurons);
}
template any<float> on_grids(std::uint64_t, long);
template any<double> on_grids(std::uint64_t, long);
any<float> of_three_steps(std::uint64_t s) { return grids::made<float, 3>(s, 2); }

}  // namespace networks
