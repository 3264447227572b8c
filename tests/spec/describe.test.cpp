#include "circuits.hpp"

#include <eirnn/io/describe.hpp>

#include "catch.hpp"

using namespace circuits;

TEST_CASE("a network is described in full, one line per part") {
    CHECK(describe<sequence>().text() ==
          "network: 100 units, 17 input channels, 2 output channels\n"
          "area cortex: 100 units\n"
          "  population E: 80 units, excitatory, principal\n"
          "  population I: 20 units, inhibitory, interneuron\n"
          "input dots: 17 channels\n"
          "output eye: 2 channels\n"
          "local E -> E: dense without self-connections, excitatory, rectify, 6320 plastic\n"
          "local I -> E: dense, inhibitory, rectify, 1600 plastic\n"
          "local E -> I: dense, excitatory, rectify, 1600 plastic\n"
          "local I -> I: dense without self-connections, inhibitory, rectify, 380 plastic\n"
          "input dots -> E: dense, excitatory, rectify, 1360 plastic\n"
          "input dots -> I: dense, excitatory, rectify, 340 plastic\n"
          "output E -> eye: dense, excitatory, rectify, 160 plastic, allows inhibitory_readout\n"
          "output I -> eye: dense, inhibitory, rectify, 40 plastic, allows inhibitory_readout\n");
}

namespace {
struct half {
    static constexpr double at(int, int) { return 0.5; }
};
struct N : population<free_sign, dynamic> {};
struct field : area<cell, N, wiring<project<N, N, sparse<0.25, 7>>>> {};
struct unruly : network<areas<field>, inputs<project<motion, field, fixed<half>>>, outputs<project<N, choice>>, allow<unreached_area>> {};
}  // namespace

TEST_CASE("masks, fixed weights, free signs and waivers of the network are told") {
    const auto contains = [text = describe<unruly>(sizes{}.of<N>(5)).text()](const char* part) {
        return text.find(part) != std::string::npos;
    };
    CHECK(contains("network unruly: 5 units"));
    CHECK(contains("population N: 5 units, of either sign, principal\n"));
    CHECK(contains("local N -> N: sparse p=0.25 seed=7 without self-connections, of either sign, unconstrained, "));
    CHECK(contains("input motion -> N: fixed, excitatory, rectify, 0 plastic and 10 fixed\n"));
    CHECK(contains("the network allows unreached_area\n"));
}

TEST_CASE("the graph has one node per part, one edge per pair, and marks what inhibits and what is long-range") {
    const std::string dot = describe<two_areas>().graphviz();
    const auto count = [&](std::string_view what) {
        int n = 0;
        for (std::size_t at = dot.find(what); at != std::string::npos; at = dot.find(what, at + 1)) ++n;
        return n;
    };
    CHECK(count("subgraph cluster_") == 2);
    CHECK(count(" -> ") == 15);
    CHECK(count("arrowhead=tee") == 4);
    CHECK(count("style=dashed") == 4);
    CHECK(count("{") == count("}"));
    CHECK(dot.find("\"E_S\" -> \"I_M\" [label=\"900 plastic\", color=firebrick, arrowhead=normal, style=dashed];") != std::string::npos);
    CHECK(dot == describe<two_areas>().graphviz());
}
