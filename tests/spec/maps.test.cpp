#include "maps.hpp"

#include <eirnn/spec/multicell.hpp>

#include "catch.hpp"

#include <string>
#include <type_traits>
#include <vector>

using namespace maps;

namespace {

constexpr kernel_entry separable_3{kernel_form::separable, 3, 1};

struct wanted_term {
    int equation, source;
};
// Equations of standard: f, IG, OG, i, o, C, PN.
const std::vector<wanted_term> terms_of_standard{{0, -1}, {0, 6}, {1, -1}, {1, 6}, {2, -1}, {2, 6}, {3, 1}, {4, 2}, {5, -1}, {5, 6}};

template <class Cell>
long trained_numbers(const map_entry& a, int steps) {
    constexpr auto& plan = planned<Cell>::plan;
    const auto channels = [&](int shape) { return a.channels[static_cast<std::size_t>(shape)]; };
    long n = 0;
    for (const term_entry& t : a.terms) {
        const long post = channels(plan.variables[t.equation].shape), taps = t.kernel.taps();
        const long pre = t.source < 0 ? a.drivers.at(0).channels : channels(plan.variables[t.source].shape);
        n += t.kernel.form == kernel_form::separable ? taps * pre + post * pre : taps * pre * post;
    }
    for (const auto& v : plan.variables) {
        const bool before_norm = !plan.recurrent && v.normalised;  // the shift of the batch norm takes the place of the bias
        if (v.weighted && !before_norm) n += channels(v.shape);
        if (v.normalised) n += 2 * channels(v.shape) * (plan.recurrent ? steps : 1);
    }
    for (int k = 0; k < plan.trainables.size; ++k) n += channels(plan.trainable_shape[k]);
    return n;
}

template <class... Cells>
std::vector<long> trained_numbers(const layout& net, type_list<Cells...>) {
    std::vector<long> n;
    (n.push_back(trained_numbers<Cells>(net.maps[n.size()], net.steps)), ...);
    return n;
}
template <Network Net>
std::vector<long> trained_numbers() {
    return trained_numbers(lower<Net>(), typename network_traits<Net>::map_cells{});
}

template <Network Net>
std::vector<sign_rule> rules_of_area(std::size_t area) {
    std::vector<sign_rule> rules;
    const layout lowered = lower<Net>();
    for (const term_entry& t : lowered.maps[area].terms) rules.push_back(t.rule);
    return rules;
}

}  // namespace

TEST_CASE("the CIFAR10 network: maps, channels and the terms of every area") {
    const layout net = lower<cifar_standard>();
    CHECK(net.steps == 4);
    CHECK_FALSE(net.sum_over_steps);
    CHECK_FALSE(net.shared_normalisation);
    CHECK(net.images == std::vector<driver_entry>{{-1, 0, 3, {32, 32}}});
    REQUIRE(net.maps.size() == 5);
    const long inputs[]{3, 16, 32, 64, 128}, input_side[]{32, 32, 16, 8, 4}, side[]{32, 32, 16, 8, 1};
    for (std::size_t i = 0; i < 5; ++i) {
        CAPTURE(i);
        const map_entry& a = net.maps[i];
        CHECK(a.drivers == std::vector<driver_entry>{{static_cast<int>(i) - 1, 0, inputs[i], {input_side[i], input_side[i]}}});
        CHECK(a.grid == grid_entry{side[i], side[i]});
        CHECK(a.averaged_input == (i == 4));
        CHECK(a.pooling == (i == 4 ? pooling_entry{} : pooling_entry{3, i == 0 ? 1 : 2}));
    }
    CHECK(net.maps[1].channels == std::vector<long>{32});
    CHECK(net.maps[2].channels == std::vector<long>{64, 16, 16});
    CHECK(net.maps[3].channels == std::vector<long>{128, 32, 32});
    CHECK(net.maps[4].channels == std::vector<long>{10});

    for (const std::size_t i : {0u, 1u}) {
        REQUIRE(net.maps[i].terms.size() == 1);
        const term_entry t = net.maps[i].terms[0];
        CHECK(t.source == -1);
        CHECK(t.kernel == kernel_entry{kernel_form::ordinary, 3, 1});
        CHECK(t.rule == sign_rule::free);  // stated for the image, the sign of F1 for the next
    }
    for (const std::size_t i : {2u, 3u}) {
        REQUIRE(net.maps[i].terms.size() == terms_of_standard.size());
        for (std::size_t k = 0; k < terms_of_standard.size(); ++k) {
            CAPTURE(i, k);
            const term_entry t = net.maps[i].terms[k];
            CHECK(t.equation == terms_of_standard[k].equation);
            CHECK(t.source == terms_of_standard[k].source);
            CHECK(t.kernel == separable_3);
            CHECK(t.rule == sign_rule::absolute);
            CHECK(t.self);
        }
    }
    const term_entry read = net.maps[4].terms.at(0);
    CHECK(read.equation == 0);
    CHECK(read.source == -1);
    CHECK(read.rule == sign_rule::free);
    CHECK(read.kernel == kernel_entry{kernel_form::pointwise, 1, 1});
}

TEST_CASE("every term has a name for files") {
    const std::vector<std::string> names = term_names<cifar_standard>();
    REQUIRE(names.size() == 23);
    CHECK(names[0] == "area1.y<-X");
    CHECK(std::vector<std::string>(names.begin() + 2, names.begin() + 12) ==
          std::vector<std::string>{"area3.f<-X", "area3.f<-PN", "area3.IG<-X", "area3.IG<-PN", "area3.OG<-X", "area3.OG<-PN", "area3.i<-IG",
                                   "area3.o<-OG", "area3.C<-X", "area3.C<-PN"});
    CHECK(names[22] == "category.z<-X");
}

TEST_CASE("traits of a network on grids: its cells in order, the readout's last") {
    STATIC_REQUIRE(network_traits<cifar_standard>::on_grid);
    STATIC_REQUIRE(std::is_same_v<network_traits<cifar_standard>::map_cells,
                                  type_list<feed_forward, feed_forward, standard, standard, readout_cell>>);
}

TEST_CASE("the paper's networks have the numbers of parameters that follow from it") {
    CHECK(trained_numbers<cifar_standard>() == std::vector<long>{464, 4672, 21952, 78720, 1290});  // 107,098
    CHECK(trained_numbers<multicell::cifar10<standard>>() == trained_numbers<cifar_standard>());
    CHECK(trained_numbers<multicell::cifar10<multicell::standard_ei>>() == std::vector<long>{464, 4672, 11648, 41216, 1290});  // 59,290
}

namespace {
template <class Signs, class... Options>
using ei = multicell::cifar10<multicell::standard_ei, Signs, 64, 16, Options...>;
}

TEST_CASE("presets: signs, waivers and options of the variants") {
    using std::vector;
    CHECK(rules_of_area<ei<absolute>>(2) == vector<sign_rule>(6, sign_rule::absolute));
    CHECK(rules_of_area<ei<rectify>>(3) == vector<sign_rule>(6, sign_rule::rectify));
    CHECK(rules_of_area<ei<unconstrained>>(3) == vector<sign_rule>(6, sign_rule::free));
    CHECK((network_traits<ei<unconstrained>>::facts.waivers & dale_violation::waives) != 0);
    CHECK(lower<ei<absolute, readout<sum_of_steps>>>().sum_over_steps);
    CHECK(lower<ei<absolute, normalisation<shared>>>().shared_normalisation);

    // InhPN: the cell subtracts what principal neurons send, so they are inhibitory; between areas they are not, and the types say so.
    using inhibitory_net = multicell::cifar10<multicell::standard_inhibitory>;
    STATIC_REQUIRE(inhibitory_net::PN3::sign == inhibitory);
    STATIC_REQUIRE(inhibitory_net::PN3::kind == principal);
    STATIC_REQUIRE(inhibitory_net::OG4::sign == excitatory);
    STATIC_REQUIRE(inhibitory_net::OG4::kind == interneuron);
    const network_facts& facts = network_traits<inhibitory_net>::facts;
    CHECK(facts.waivers == 0);
    const term_facts below = term_at(facts, 3, 0), recurrent = term_at(facts, 3, 1);
    CHECK(below.sign == polarity::excitatory);
    CHECK(recurrent.sign == polarity::inhibitory);
    CHECK(facts.projections[static_cast<std::size_t>(below.projection)].waivers ==
          (long_range_inhibition::waives | dale_violation::waives));

    const layout large = lower<multicell::imagenet<standard>>();
    CHECK(large.steps == 5);
    REQUIRE(large.maps.size() == 6);
    CHECK(large.maps[0].grid == grid_entry{64, 64});
    CHECK(large.maps[0].terms[0].kernel == kernel_entry{kernel_form::ordinary, 7, 2});
    CHECK(large.maps[2].grid == grid_entry{16, 16});
    CHECK(large.maps[3].channels == std::vector<long>{256, 64, 64});
    CHECK(large.maps[4].channels == std::vector<long>{512, 128, 128});
    CHECK(large.maps[5].drivers.at(0).grid == grid_entry{2, 2});
    CHECK(large.maps[5].channels == std::vector<long>{1001});
}

TEST_CASE("channel counts may be given when a network on grids is lowered") {
    using net = multicell::cifar10<multicell::standard_ei, absolute, dynamic, dynamic>;
    const sizes given = sizes{}.of<net::E3>(8).of<net::I3>(2).of<net::E4>(12);
    CHECK_THROWS_AS(lower<net>(given), invalid_argument);
    const layout lowered = lower<net>(given.of<net::I4>(5));
    CHECK(lowered.maps[2].channels == std::vector<long>{8, 2});
    CHECK(lowered.maps[3].channels == std::vector<long>{12, 5});
    CHECK(lowered.maps[3].drivers.at(0).channels == 8);
    CHECK(lowered.maps[4].drivers.at(0).channels == 12);
    CHECK_THROWS_AS(lower<cifar_standard>(sizes{}.of<PN3>(8)), invalid_argument);
}

namespace {
struct scene : input<2, grid<15, 10>> {};
struct P : population<excitatory, 6> {};
struct Q : population<inhibitory, 6> {};
struct R : population<free_sign, 3> {};
struct V1 : area<standard, P, Q, R, convolution<5, 2>,
                 wiring<project<P, P, no_self>, project<P, R, separable<3>, no_self>, project<Q, P, soft_rectify>>> {};
struct E : population<excitatory, 4> {};
struct I : population<inhibitory, 2> {};
struct V2 : area<multicell::standard_ei, E, I, pointwise, wiring<project<V2, I, separable<7>>>> {};
struct label : output<5> {};
using overridden =
    network<areas<V1, V2>, inputs<project<scene, V1, convolution<7, 3>>>, long_range<project<P, V2, rectify, separable<3, 2>>>,
            outputs<project<E, label, rectify>>, signs<absolute>>;
}  // namespace

TEST_CASE("a projection changes the kernel, the sign rule and the self-connections of the terms that it is about") {
    const layout net = lower<overridden>();
    CHECK(net.steps == 1);
    const auto& v1 = net.maps[0];
    CHECK(v1.grid == grid_entry{5, 4});
    CHECK_FALSE(v1.pooling.exists());
    REQUIRE(v1.terms.size() == terms_of_standard.size());
    for (const term_entry& t : v1.terms) {
        CAPTURE(t.equation, t.source);
        const bool below = t.source < 0, onto_R = t.equation == 2 && !below;
        const bool from_P = t.source == 6, onto_P = t.equation == 0 || t.equation == 5;
        CHECK(t.kernel == (below    ? kernel_entry{kernel_form::ordinary, 7, 3}
                           : onto_R ? separable_3
                                    : kernel_entry{kernel_form::ordinary, 5, 1}));  // inside, the area's stride does not hold
        CHECK(t.self == !(from_P && onto_P));  // P -> R has none to forbid
        CHECK(t.rule == (t.equation == 3 ? sign_rule::soft_rectify : t.equation == 4 ? sign_rule::free : sign_rule::absolute));
    }
    const auto& v2 = net.maps[1];
    CHECK(v2.grid == grid_entry{3, 2});
    for (const term_entry& t : v2.terms) {
        CAPTURE(t.equation, t.source);
        const bool below = t.source < 0, onto_I = t.equation == 1;
        CHECK(t.kernel == (below    ? kernel_entry{kernel_form::separable, 3, 2}
                           : onto_I ? kernel_entry{kernel_form::separable, 7, 1}
                                    : kernel_entry{kernel_form::pointwise, 1, 1}));
        CHECK(t.rule == (below ? sign_rule::rectify : sign_rule::absolute));
    }
    CHECK(net.maps[2].terms[0].rule == sign_rule::rectify);
    CHECK(net.maps[2].drivers.at(0).grid == grid_entry{3, 2});
}

TEST_CASE("the population that the last equation computes drives the next area, wherever it is declared") {
    using net = multicell::cifar10<late_output>;
    STATIC_REQUIRE(std::is_same_v<net::area3::parts, type_list<net::I3, net::E3, separable<3>, max_pool<3, 2>>>);
    const layout lowered = lower<net>();
    CHECK(lowered.maps[2].channels == std::vector<long>{16, 64});
    CHECK(lowered.maps[3].drivers.at(0).channels == 64);
    CHECK(lowered.maps[4].drivers.at(0).channels == 128);
    // A variable that an equation reads twice has two names.
    const std::vector<std::string> names = term_names<net>();
    CHECK(std::vector<std::string>(names.begin() + 2, names.begin() + 8) ==
          std::vector<std::string>{"area3.I_<-X", "area3.I_<-E", "area3.E<-X", "area3.E<-I__now", "area3.E<-I_", "area3.E<-E"});
}
