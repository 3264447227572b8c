#include "circuits.hpp"

#include "catch.hpp"

#include <cmath>
#include <type_traits>

using namespace circuits;

namespace {

struct entry {
    bool plastic;
    int sign;
};

// Compares every entry of a matrix with what `wanted(post, pre)` says about it.
template <class Wanted>
void check_matrix(const connectivity& w, long posts, long pres, sign_rule rule, Wanted wanted) {
    REQUIRE(w.posts() == posts);
    REQUIRE(w.pres() == pres);
    long wrong = 0;
    for (long post = 0; post < posts; ++post)
        for (long pre = 0; pre < pres; ++pre) {
            const entry e = wanted(post, pre);
            wrong += w.plastic(post, pre) != (e.plastic ? 1 : 0);
            wrong += w.sign(post, pre) != e.sign;
            wrong += w.rule(post, pre) != rule;
            wrong += w.fixed(post, pre) != 0;
        }
    CHECK(wrong == 0);
}

long count(const matrix<std::uint8_t>& m, long post, long posts, long pre, long pres) {
    long n = 0;
    for (long r = post; r < post + posts; ++r)
        for (long c = pre; c < pre + pres; ++c) n += m(r, c);
    return n;
}

}  // namespace

TEST_CASE("a dense decision network: all-to-all, no self-connections, columns carry the signs") {
    const layout net = lower<dense_decision>();
    CHECK(net.units == 100);
    CHECK(net.inputs == 2);
    CHECK(net.outputs == 2);
    check_matrix(net.recurrent, 100, 100, sign_rule::rectify, [](long j, long i) { return entry{i != j, i < 80 ? 1 : -1}; });
    check_matrix(net.input, 100, 2, sign_rule::rectify, [](long, long) { return entry{true, 1}; });
    check_matrix(net.output, 2, 100, sign_rule::rectify, [](long, long i) { return entry{i < 80, i < 80 ? 1 : -1}; });

    REQUIRE(net.populations.size() == 2);
    CHECK(net.populations[1].begin == 80);
    CHECK(net.populations[1].size == 20);
    CHECK(net.populations[1].sign == polarity::inhibitory);
    CHECK(net.populations[1].interneuron);
    CHECK_FALSE(net.populations[0].interneuron);
    REQUIRE(net.blocks.size() == 7);  // four inside the area, two inputs, one output
    CHECK(net.blocks[1].pre == 80);
    CHECK(net.blocks[1].posts == 80);
    CHECK(net.blocks[6].matrix == block_entry::where::output);
}

TEST_CASE("inputs keep the order in which projections name them") {
    const layout net = lower<cued_decision>();
    REQUIRE(net.input_channels.size() == 2);
    CHECK(net.input_channels[1].begin == 2);
    CHECK(net.input_channels[1].size == 1);
    CHECK(names<cued_decision>().inputs == std::vector<std::string>{"motion", "cue"});
    CHECK(names<cued_decision>().populations == std::vector<std::string>{"E", "I"});
}

TEST_CASE("excluded pairs of populations are zero blocks; groups are driven and read alone") {
    const layout net = lower<grouped_decision>();
    check_matrix(net.recurrent, 100, 100, sign_rule::rectify, [](long j, long i) {
        const bool across = (j < 20 && i >= 20 && i < 40) || (i < 20 && j >= 20 && j < 40);
        return entry{i != j && !across, i < 80 ? 1 : -1};
    });
    check_matrix(net.input, 100, 2, sign_rule::rectify, [](long j, long i) { return entry{j / 20 == i, 1}; });
    check_matrix(net.output, 2, 100, sign_rule::rectify, [](long j, long i) { return entry{i / 20 == j, i < 80 ? 1 : -1}; });
}

TEST_CASE("without Dale's law every weight is free") {
    const layout net = lower<signless_decision>();
    check_matrix(net.recurrent, 100, 100, sign_rule::free, [](long j, long i) { return entry{i != j, 1}; });
    check_matrix(net.input, 100, 2, sign_rule::free, [](long, long) { return entry{true, 1}; });
    check_matrix(net.output, 2, 100, sign_rule::free, [](long, long) { return entry{true, 1}; });
}

TEST_CASE("a readout from all units subtracts the inhibitory ones") {
    const layout net = lower<sequence>();
    check_matrix(net.output, 2, 100, sign_rule::rectify, [](long, long i) { return entry{true, i < 80 ? 1 : -1}; });
}

TEST_CASE("two areas: dense feedforward, sparse feedback, readout from the motor area") {
    const layout net = lower<two_areas>();
    REQUIRE(net.units == 150);
    REQUIRE(net.areas.size() == 2);
    CHECK(net.areas[1].begin == 75);
    CHECK(net.populations[3].area == 1);
    const auto is_E = [](long i) { return i % 75 < 60; };
    long feedback = 0;
    check_matrix(net.recurrent, 150, 150, sign_rule::rectify, [&](long j, long i) {
        const bool local = j / 75 == i / 75, forward = j >= 75 && i < 60, back = j < 75 && i >= 75 && is_E(i);
        const bool drawn = back && net.recurrent.plastic(j, i) != 0;
        feedback += drawn;
        return entry{(local && i != j) || forward || drawn, is_E(i) ? 1 : -1};
    });
    // 75 x 60 draws with p = 0.2: mean 900, standard deviation 27
    CHECK(std::abs(feedback - 900) < 4 * 27);
    check_matrix(net.input, 150, 6, sign_rule::rectify, [](long j, long) { return entry{j < 75, 1}; });
    check_matrix(net.output, 2, 150, sign_rule::rectify, [&](long, long i) { return entry{i >= 75 && is_E(i), is_E(i) ? 1 : -1}; });
    long long_range = 0;
    for (const block_entry& b : net.blocks) long_range += b.long_range;
    CHECK(long_range == 4);
}

namespace {
struct other_seed : network<areas<sensory, motor>, inputs<project<stimulus, sensory>>,
                            long_range<project<E_S, motor>, project<E_M, sensory, sparse<0.2, 1001>>>, outputs<project<E_M, choice>>> {};
// The same feedback among other areas, populations and projections.
struct V : population<excitatory, 7> {};
struct early : area<cell, V> {};
using embedded = network<areas<early, sensory, motor>, inputs<project<stimulus, V, sparse<0.5, 1000>>>,
                         long_range<project<V, sensory>, project<E_M, sensory, sparse<0.2, 1000>>, project<E_S, motor, sparse<0.2, 1000>>>,
                         outputs<project<E_M, choice>>>;
}  // namespace

TEST_CASE("a random mask depends on its seed and its two populations, and on nothing else") {
    const layout a = lower<two_areas>(), again = lower<two_areas>(), b = lower<other_seed>(), c = lower<embedded>();
    CHECK(a.recurrent.plastic == again.recurrent.plastic);
    long same = 0, moved = 0, mirrored = 0;
    for (long j = 0; j < 75; ++j)
        for (long i = 75; i < 135; ++i) {
            same += a.recurrent.plastic(j, i) == b.recurrent.plastic(j, i);
            moved += a.recurrent.plastic(j, i) != c.recurrent.plastic(j + 7, i + 7);
            if (j < 60) mirrored += c.recurrent.plastic(j + 7, i + 7) == c.recurrent.plastic(j + 82, i + 7 - 75);
        }
    CHECK(moved == 0);
    CHECK(std::abs(static_cast<double>(same) - 0.68 * 4500) < 4 * std::sqrt(4500 * 0.68 * 0.32));      // independent: p^2 + (1-p)^2 agree
    CHECK(std::abs(static_cast<double>(mirrored) - 0.68 * 3600) < 4 * std::sqrt(3600 * 0.68 * 0.32));  // the way back is another draw
    // in-degrees are spread as independent draws are
    double spread = 0;
    for (long j = 0; j < 75; ++j) spread += std::pow(static_cast<double>(count(a.recurrent.plastic, j, 1, 75, 60)) - 12, 2) / (60 * 0.16);
    CHECK(spread > 75 - 4 * std::sqrt(2 * 75.0));
    CHECK(spread < 75 + 4 * std::sqrt(2 * 75.0));
}

namespace {
struct P : population<excitatory, 3> {};
struct Q : population<inhibitory, 2> {};
// From all five units to P: P -> P off the diagonal where post < pre, nothing from Q.
struct upper {
    static constexpr int posts = 3, pres = 5;
    static constexpr bool at(int post, int pre) { return post < pre && pre < 3; }
};
struct from_first {
    static constexpr double values[3][5] = {{0, 0, 0, 0.5, 0}, {0.25, 0, 0, 0, 0}, {0, 0, 0, 0, 2}};
};
struct columns : area<cell, P, Q, wiring<project<columns, P, table<upper>, fixed<from_first>, absolute>, project<P, Q>>> {};
struct light : input<4> {};
using tabulated =
    network<areas<columns>, inputs<project<light, columns, block<rectangle<posts<0, 3>, pres<0, 1>>, rectangle<posts<2, 5>, pres<3, 4>>>>>,
            outputs<project<P, choice, soft_rectify>>>;
}  // namespace

TEST_CASE("tables and blocks count units from the start of what a projection names; fixed weights stand beside trained ones") {
    const layout net = lower<tabulated>();
    const connectivity& w = net.recurrent;
    for (long j = 0; j < 5; ++j)
        for (long i = 0; i < 5; ++i) {
            CAPTURE(j, i);
            const bool onto_Q = j >= 3 && i < 3, table = j < 3 && i < 3 && j < i;
            CHECK(w.plastic(j, i) == (onto_Q || table));
            CHECK(w.fixed(j, i) == (j < 3 ? from_first::values[j][i] : 0));
            CHECK(w.sign(j, i) == (i < 3 ? 1 : -1));
            if (table || w.fixed(j, i) != 0) CHECK(w.rule(j, i) == sign_rule::absolute);
            if (onto_Q) CHECK(w.rule(j, i) == sign_rule::rectify);
            if (i < 4) CHECK(net.input.plastic(j, i) == ((j < 3 && i == 0) || (j >= 2 && i == 3)));
        }
    CHECK(net.output.rule(0, 0) == sign_rule::soft_rectify);
}

namespace {
struct n_E : population<excitatory, dynamic> {};
struct n_I : population<inhibitory, 5> {};
struct patch : area<cell, n_E, n_I> {};
struct n_in : input<dynamic> {};
using sized = network<areas<patch>, inputs<project<n_in, patch, block<posts<0, 6>, pres<0, 2>>>>, outputs<project<n_E, choice>>>;

std::string message(const sizes& given) {
    try {
        lower<sized>(given);
    } catch (const invalid_argument& e) {
        return e.what();
    }
    return "";
}
}  // namespace

TEST_CASE("dynamic sizes are given by name; missing, superfluous and unfit ones are refused") {
    const layout net = lower<sized>(sizes{}.of<n_E>(11).of<n_in>(3));
    CHECK(net.units == 16);
    CHECK(net.populations[1].begin == 11);
    CHECK(net.input.plastic(5, 1) == 1);
    CHECK(net.input.plastic(6, 1) == 0);
    CHECK(count(net.recurrent.plastic, 0, 16, 0, 16) == 16 * 15);

    CHECK(message(sizes{}.of<n_E>(11)).find("where: n_in") != std::string::npos);
    CHECK(message(sizes{}.of<n_E>(11).of<n_in>(3).of<n_I>(5)).find("where: n_I;") != std::string::npos);
    CHECK(message(sizes{}.of<n_E>(11).of<n_in>(1)).find("projection n_in -> n_E") != std::string::npos);  // the block needs two
    CHECK_THROWS_AS(sizes{}.of<n_E>(0), invalid_argument);
    CHECK_THROWS_AS(sizes{}.of<n_E>(1L << 40), invalid_argument);
    CHECK_THROWS_AS(sizes{}.of<n_E>(3).of<n_E>(3), invalid_argument);
}

namespace {
template <int Case>
struct weights {
    static constexpr double at(int post, int pre) {
        if (Case == 0) return post == 1 && pre == 1 ? 1 : 0;  // a self-connection
        if (Case == 1) return post == 0 && pre == 1 ? -1 : 0;
        if (Case == 2) return post == 0 && pre == 1 ? std::numeric_limits<double>::infinity() : 0;
        return post == 0 && pre == 1 ? 1 : 0;
    }
};
struct D : population<excitatory, dynamic> {};
struct plain_0 : area<cell, D, wiring<project<D, D, fixed<weights<0>>>>> {};
struct plain_1 : area<cell, D, wiring<project<D, D, fixed<weights<1>>>>> {};
struct plain_2 : area<cell, D, wiring<project<D, D, fixed<weights<2>>>>> {};
struct plain_3 : area<cell, D, wiring<project<D, D, fixed<weights<3>>>>> {};
struct overlapping : area<cell, D, wiring<project<D, D, dense, fixed<weights<3>>>>> {};
struct overlapping_apart : area<cell, D, wiring<project<D, D, fixed<weights<3>>>, project<D, D>>> {};
template <class Area>
using only = network<areas<Area>>;
}  // namespace

TEST_CASE("what a dynamic size hid from the compiler is refused when the network is lowered") {
    const sizes four = sizes{}.of<D>(4);
    CHECK_THROWS_AS(lower<only<plain_0>>(four), invalid_argument);
    CHECK_THROWS_AS(lower<only<plain_1>>(four), invalid_argument);
    CHECK_THROWS_AS(lower<only<plain_2>>(four), invalid_argument);
    CHECK_THROWS_AS(lower<only<overlapping>>(four), invalid_argument);
    CHECK_THROWS_AS(lower<only<overlapping_apart>>(four), invalid_argument);
    const layout net = lower<only<plain_3>>(four);
    CHECK(net.recurrent.fixed(0, 1) == 1);
    CHECK(count(net.recurrent.plastic, 0, 4, 0, 4) == 0);
    CHECK_FALSE(net.blocks[0].plastic);
}

namespace {
struct defiant
    : area<cell, P, Q,
           wiring<project<P, defiant, with_self, allow<self_connection>>, project<Q, P, sends<excitatory>, allow<dale_violation>>,
                  project<Q, Q, unconstrained, allow<dale_violation>>>> {};
struct suppression : input<1> {};
using waiving = network<areas<defiant>, inputs<project<suppression, defiant, sends<inhibitory>>>, outputs<project<Q, choice>>,
                        signs<absolute>, allow<inhibitory_readout>>;
}  // namespace

TEST_CASE("a waiver makes an exception legal, and the layout follows it") {
    const layout net = lower<waiving>();
    CHECK(net.recurrent.plastic(1, 1) == 1);
    CHECK(net.recurrent.plastic(3, 3) == 0);
    CHECK(net.recurrent.sign(0, 3) == 1);
    CHECK(net.recurrent.rule(3, 4) == sign_rule::free);
    CHECK(net.recurrent.rule(0, 0) == sign_rule::absolute);
    CHECK(net.input.sign(0, 0) == -1);
    CHECK(net.input.rule(0, 0) == sign_rule::absolute);
    CHECK(net.output.sign(0, 3) == -1);
    CHECK(net.output.plastic(0, 0) == 0);
}

TEST_CASE("traits name what all areas and outputs share") {
    STATIC_REQUIRE(std::is_same_v<network_traits<two_areas>::unit_cells, type_list<cell>>);
    STATIC_REQUIRE(std::is_same_v<network_traits<two_areas>::output_activation, identity_t>);
    STATIC_REQUIRE(std::is_same_v<network_traits<autonomous>::output_activation, softmax_like>);
    STATIC_REQUIRE(std::is_same_v<network_traits<grouped_decision>::populations, type_list<E_1, E_2, E_ns, I>>);
    STATIC_REQUIRE(std::is_same_v<network_traits<autonomous>::inputs, type_list<>>);
    CHECK(lower<autonomous>().input.pres() == 0);
}
