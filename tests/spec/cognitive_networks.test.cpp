// The networks of examples/cognitive as numbers: what must be 0, what must be there, and how dense the random parts are.
#include "../../examples/cognitive/networks.hpp"
#include "catch.hpp"

#include <eirnn/model/initialize.hpp>
#include <eirnn/spec/lower.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace eirnn;

namespace {
// Checks every entry of a matrix against `exists(post, pre)`: 1, 0, or -1 for one that is left to chance; gives the number of the latter.
template <class Exists>
long check_entries(const connectivity& w, long posts, long pres, const Exists& exists) {
    REQUIRE(w.posts() == posts);
    REQUIRE(w.pres() == pres);
    long wrong = 0, by_chance = 0;
    for (long post = 0; post < posts; ++post)
        for (long pre = 0; pre < pres; ++pre) {
            const int e = exists(post, pre), found = w.plastic(post, pre);
            wrong += e >= 0 ? found != e : 0;
            by_chance += e < 0 ? found : 0;
            wrong += w.fixed(post, pre) != 0;
        }
    CHECK(wrong == 0);
    return by_chance;
}
void check_signs(const layout& net, const auto& excites) {
    long wrong = 0;
    for (long post = 0; post < net.units; ++post)
        for (long pre = 0; pre < net.units; ++pre) wrong += net.recurrent.sign(post, pre) != (excites(pre) ? 1 : -1);
    CHECK(wrong == 0);
}
}  // namespace

TEST_CASE("context: all-to-all, read from the excitatory units") {
    const layout net = lower<contextual::integration>();
    check_entries(net.recurrent, 150, 150, [](long j, long i) { return i != j; });
    check_entries(net.input, 150, 6, [](long, long) { return true; });
    check_entries(net.output, 2, 150, [](long, long i) { return i < 120; });
    check_signs(net, [](long i) { return i < 120; });
}

TEST_CASE("context in two areas: long-range excitation only, sparse back, read from the motor area") {
    const layout net = lower<two_areas::integration>();
    // E_S 0-59, I_S 60-74, E_M 75-134, I_M 135-149.
    const auto excites = [](long i) { return i % 75 < 60; };
    const long feedback = check_entries(net.recurrent, 150, 150, [&](long j, long i) {
        if (j / 75 == i / 75) return i != j ? 1 : 0;
        if (!excites(i)) return 0;
        return i < 75 ? 1 : -1;
    });
    CHECK(std::abs(feedback - 900) < 5 * 27);  // 75 x 60 with p = 0.2
    check_entries(net.input, 150, 6, [](long j, long) { return j < 75; });
    check_entries(net.output, 2, 150, [&](long, long i) { return i >= 75 && excites(i); });
    check_signs(net, excites);
}

TEST_CASE("multisensory: a third sees, a third hears, a third does neither") {
    const layout net = lower<multisensory::integration>();
    check_entries(net.recurrent, 150, 150, [](long j, long i) { return i != j; });
    check_entries(net.input, 150, 4, [](long j, long channel) {
        const bool visual = channel == 0 || channel == 2;
        if (j < 40 || (j >= 120 && j < 130)) return visual;
        if (j < 80 || (j >= 130 && j < 140)) return !visual;
        return false;
    });
    check_entries(net.output, 2, 150, [](long, long i) { return i < 120; });
    check_signs(net, [](long i) { return i < 120; });
}

TEST_CASE("memory: a tenth of the excitatory and half of the inhibitory connections") {
    const layout net = lower<working_memory::comparison>();
    const auto count = [&](long first, long last) {
        return check_entries(net.recurrent, 500, 500, [&](long j, long i) {
            return i == j ? 0 : i >= first && i < last ? -1 : net.recurrent.plastic(j, i);
        });
    };
    CHECK(std::abs(count(0, 400) - 19'960) < 5 * 134);    // 499 x 400 with p = 0.1
    CHECK(std::abs(count(400, 500) - 24'950) < 5 * 112);  // 499 x 100 with p = 0.5
    check_entries(net.input, 500, 2, [](long, long) { return true; });
    check_entries(net.output, 2, 500, [](long, long i) { return i < 400; });
    check_signs(net, [](long i) { return i < 400; });
}

TEST_CASE("sequence and sine wave: all units are read, with their signs") {
    const layout sequence = lower<sequential::execution>(), sine = lower<oscillating::oscillation>();
    check_entries(sequence.input, 200, 17, [](long, long) { return true; });
    check_entries(sequence.output, 2, 200, [](long, long) { return true; });
    check_signs(sequence, [](long i) { return i < 160; });
    CHECK(sine.inputs == 0);
    check_entries(sine.recurrent, 100, 100, [](long j, long i) { return i != j; });
    check_entries(sine.output, 1, 100, [](long, long) { return true; });
    long wrong = 0;
    for (long i = 0; i < 200; ++i) wrong += sequence.output.sign(0, i) != (i < 160 ? 1 : -1);
    for (long i = 0; i < 100; ++i) wrong += sine.output.sign(0, i) != (i < 80 ? 1 : -1);
    CHECK(wrong == 0);
}

TEST_CASE("initial scales balance each row of structured networks and give it norm 1") {
    const auto check_rows = [](const layout& net) {
        for (const long post : {0L, 61L, 80L, 140L}) {
            const auto scale = eirnn::detail::row_scales(net.recurrent, post);
            double excitation = 0, inhibition = 0, square = 0, least_E = 9, most_E = 0, least_I = 9, most_I = 0;
            for (long i = 0; i < net.units; ++i) {
                const double s = scale[static_cast<std::size_t>(i)];
                if (!net.recurrent.plastic(post, i)) {
                    REQUIRE(s == 0);
                    continue;
                }
                const bool excites = net.recurrent.sign(post, i) > 0;
                (excites ? excitation : inhibition) += s, square += s * s;
                auto& least = excites ? least_E : least_I;
                auto& most = excites ? most_E : most_I;
                least = (std::min)(least, s), most = (std::max)(most, s);
            }
            CHECK(excitation == Approx(inhibition));
            CHECK(square == Approx(1));
            CHECK((least_E == most_E && least_I == most_I));
        }
    };
    check_rows(lower<two_areas::integration>());
    check_rows(lower<working_memory::comparison>());
    // An excitatory unit of the motor area: 60 + 59 excitatory inputs, 15 inhibitory ones of its own area.
    const auto scale = eirnn::detail::row_scales(lower<two_areas::integration>().recurrent, 80);
    CHECK(scale[0] == Approx(1 / std::sqrt(119 + 119. * 119 / 15)));
    CHECK(scale[149] / scale[0] == Approx(119. / 15));
    CHECK(scale[60] == 0);
}
