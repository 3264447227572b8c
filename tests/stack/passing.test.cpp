// Which adjoints of maps need no memory in each tile. That they are right is in the tests of gradients and, after other batches and runs, in
// backends.test.cpp.
#include "small_stack.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>

using namespace stacks;
using processor = backend::serial<double>;

namespace {

template <class Cell>
using area_of = grid_area<planned<Cell, equations::way::grid>, processor>;

/// A still image, a convolution, two areas of a cell and a readout.
template <class Cell>
struct chain {
    layout l;
    area_of<feed_forward> first;
    area_of<Cell> second, third;
    area_of<readout_cell> last;

    explicit chain(int delay = 0) {
        const variation v{.steps = 3};
        const auto a = convolution_map(2, {8, 6}, 3, {kernel_form::ordinary, 3, 1}, {3, 2});
        const auto b = make_area<Cell>(3, a.output_grid(), {5, 3, 2}, {3, 2}, v), c = make_area<Cell>(5, b.output_grid(), {4, 2, 3}, {}, v);
        l = make_layout(v, {8, 6}, 2, {a, b, c, readout_map(c, 3)});
        l.maps[2].drivers[0].delay = delay;
        const std::vector<port> images{{{}, {}, {8, 6}, 2, true}};
        ports handed_over{images, {}};
        parameter_set<processor> parameters;
        build(first, 0, l, handed_over, parameters, {}), build(second, 1, l, handed_over, parameters, {});
        build(third, 2, l, handed_over, parameters, {}), build(last, 3, l, handed_over, parameters, {});
        const std::vector<area_timing> timing{first.timing(), second.timing(), third.timing(), last.timing()};
        find_passing_adjoints<processor>({&first, &second, &third, &last}, timing,
                                         stages_of(l.steps, timing, {.batch_statistics = true, .backward = true}), l.steps);
    }
};

}  // namespace

TEST_CASE("an adjoint passes if all who add to it and the one who uses it run before tiles meet again") {
    enum { f, IG, OG, i, o, C, PN };
    const chain<multicell::standard> net;
    CHECK_FALSE(net.first[0].adjoint_passes);  // it is normalised
    CHECK(net.first[1].adjoint_passes);
    CHECK(net.first.pooled_adjoint_passes);
    for (const auto* a : {&net.second, &net.third}) {
        CHECK((*a)[PN].adjoint_passes);
        CHECK((*a)[IG].adjoint_passes);
        CHECK_FALSE((*a)[OG].adjoint_passes);  // made behind batch norm, used before it
        CHECK_FALSE((*a)[C].adjoint_passes);   // its statistics are those of all tiles
    }
    CHECK(net.second.pooled_adjoint_passes);
    CHECK_FALSE(net.last[0].adjoint_passes);  // made by the loss
}
TEST_CASE("without batch norm all adjoints pass, and with a late reader some do not") {
    const chain<multicell::no_pn_cell_bn> net;
    for (const auto* a : {&net.second, &net.third})
        for (int e = 0; e < a->plan.variables.size; ++e) CHECK((*a)[e].adjoint_passes);
    const chain<multicell::standard> late(1);
    CHECK_FALSE(late.second.pooled_adjoint_passes);
}
