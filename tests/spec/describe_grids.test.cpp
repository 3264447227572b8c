#include "maps.hpp"

#include <eirnn/io/describe.hpp>

#include "catch.hpp"

#include <string>
#include <string_view>

using namespace maps;

namespace {

struct scene : input<1, grid<9, 6>> {};
struct E : population<excitatory, 5, principal> {};
struct I : population<inhibitory, 3> {};
struct V1 : area<multicell::standard_ei, E, I, separable<3, 2>, max_pool<3, 2>, wiring<project<E, E, no_self>>> {};
struct label : output<2> {};
struct small : network<areas<V1>, inputs<project<scene, V1, convolution<3, 3>>>, outputs<project<E, label>>, signs<unconstrained>,
                       allow<dale_violation>, time_steps<2>, readout<sum_of_steps>> {};

int occurrences(std::string_view text, std::string_view what) {
    int n = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

}  // namespace

TEST_CASE("a network on grids is described in full, one line per part and per term") {
    CHECK(describe<small>().text() ==
          "network small: 2 time steps, batch norm for each step\n"
          "input scene: 1 channel on 9 x 6\n"
          "area V1: 3 x 2\n"
          "  population E: E, 5 channels, excitatory, principal\n"
          "  population I: I_, 3 channels, inhibitory, interneuron\n"
          "  scene -> E (current_E<-X): convolution 3 x 3, stride 3, of either sign, unconstrained, 45 weights\n"
          "  E -> E (current_E<-E): separable 3 x 3 without self-connections, of either sign, unconstrained, 65 weights\n"
          "  I -> E (current_E<-I_): separable 3 x 3, of either sign, unconstrained, subtracted, 42 weights\n"
          "  scene -> I (I_<-X): convolution 3 x 3, stride 3, of either sign, unconstrained, 27 weights\n"
          "  E -> I (I_<-E): separable 3 x 3, of either sign, unconstrained, 60 weights\n"
          "  I -> I (I_<-I_): separable 3 x 3, of either sign, unconstrained, subtracted, 36 weights\n"
          "  max_pool 3 x 3, stride 2: 2 x 1 leave the area\n"
          "output label: 2 channels\n"
          "  E -> label: mean over 2 x 1 of the sum of all time steps, unconstrained, 10 weights\n"
          "the network allows dale_violation\n");
}

TEST_CASE("the graph of a network on grids has one edge per term") {
    const std::string dot = describe<cifar_standard>().graphviz();
    CHECK(occurrences(dot, "subgraph cluster_") == 4);
    CHECK(occurrences(dot, " -> ") == 23);
    CHECK(occurrences(dot, "arrowhead=tee") == 4);
    CHECK(occurrences(dot, "arrowhead=odot") == 3);
    CHECK(occurrences(dot, "style=dashed") == 11);
    CHECK(occurrences(dot, "{") == occurrences(dot, "}"));
    CHECK(occurrences(dot, "\"IG3\" -> \"PN3\" [label=\"i: 1168 weights\", color=royalblue, arrowhead=tee, style=solid];") == 1);
    CHECK(dot == describe<cifar_standard>().graphviz());
}
