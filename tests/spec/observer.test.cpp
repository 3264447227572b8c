// Areas on maps before units on one position, in one network: what the layout, the names and the description say of it.
#include "observer.hpp"

#include <eirnn/io/describe.hpp>

#include "catch.hpp"

#include <string>
#include <vector>

using namespace observing;

namespace {
const sizes given = sizes{}.of<E2>(6);
}

TEST_CASE("a network of maps and units is lowered to both: the units read the channels of the last map") {
    STATIC_REQUIRE(network_traits<observer>::well_formed);
    STATIC_REQUIRE(network_traits<observer>::has_units);
    STATIC_REQUIRE(std::is_same_v<network_traits<observer>::map_cells, type_list<multicell::standard>>);
    STATIC_REQUIRE(std::is_same_v<network_traits<observer>::unit_cells, type_list<rate<softplus>>>);
    CHECK_THROWS_AS(lower<observer>(), invalid_argument);
    const layout l = lower<observer>(given);
    CHECK(l.steps == 3);
    REQUIRE(l.images.size() == 1);
    CHECK(l.images[0].grid == grid_entry{6, 4});
    REQUIRE(l.maps.size() == 1);
    CHECK(l.maps[0].channels == std::vector<long>{5, 2, 3});
    CHECK(l.maps[0].output_grid() == grid_entry{3, 2});

    CHECK(l.units == 19);
    CHECK(l.inputs == 5);
    CHECK(l.outputs == 2);
    REQUIRE(l.areas.size() == 2);
    CHECK(l.areas[1].begin == 11);
    REQUIRE(l.populations.size() == 4);
    CHECK(l.populations[2].begin == 11);
    CHECK(l.populations[2].size == 6);
    CHECK(l.populations[2].area == 1);
    CHECK(l.populations[3].begin == 17);

    long from_map = 0, to_motor = 0;
    for (long i = 0; i < l.units; ++i)
        for (long j = 0; j < 5; ++j) {
            (i < 11 ? from_map : to_motor) += l.input.plastic(i, j);
            if (l.input.plastic(i, j)) CHECK(l.input.rule(i, j) == sign_rule::absolute);
            CHECK(l.input.sign(i, j) == 1);
        }
    CHECK(from_map > 55 / 4);
    CHECK(from_map < 55 * 3 / 4);
    CHECK(to_motor == 0);
    CHECK(l.recurrent.plastic(11, 0) == 1);  // E -> E2
    CHECK(l.recurrent.plastic(0, 11) == 1);  // E2 -> E
    CHECK(l.recurrent.plastic(0, 17) == 0);
    CHECK(l.recurrent.plastic(17, 18) == 0);  // without<I2, I2>
    CHECK(l.recurrent.sign(12, 17) == -1);
    CHECK(l.output.plastic(0, 0) == 0);
    CHECK(l.output.plastic(0, 11) == 1);
}

TEST_CASE("a network of maps and units is described in one text and one graph") {
    const description d = describe<observer>(given);
    const auto has = [&](const char* line) { return d.text().find(line) != std::string::npos; };
    CHECK(has("network observer: 3 time steps, batch norm for each step, 19 units, 5 channels of a map, 2 output channels\n"));
    CHECK(has("input image: 1 channel on 6 x 4\narea visual: 6 x 4\n"));
    CHECK(has("  max_pool 3 x 3, stride 2: 3 x 2 leave the area\narea parietal: 11 units\n"));
    CHECK(has("  population E2: 6 units, excitatory, principal\n"));
    CHECK(has("long-range PN1 -> E: sparse p=0.5"));
    CHECK(has("output E2 -> choice: dense, excitatory, absolute, 12 plastic\n"));
    const auto edge = [&](const char* from_to) { return d.graphviz().find(from_to) != std::string::npos; };
    CHECK(edge("\"image\" -> \"PN1\""));
    CHECK(edge("\"PN1\" -> \"E\""));
    CHECK(edge("\"E2\" -> \"choice\""));
    CHECK_FALSE(edge("\"PN1\" -> \"E2\""));
}
