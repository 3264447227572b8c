// The order of stages: everything follows what it reads, tiles meet where they must, and once for all areas.
#include "../catch.hpp"

#include <eirnn/model/schedule.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace phases {
using namespace eirnn;

area_timing recurrent(std::vector<int> reads) {
    area_timing t;
    t.normalised = {true, false}, t.enters = {true, false}, t.reads = std::move(reads);
    return t;
}
area_timing feed_forward(std::vector<int> reads) {
    area_timing t = recurrent(std::move(reads));
    t.once = true;
    return t;
}
area_timing readout_of(int area) {
    area_timing t;
    t.normalised = {false}, t.enters = {false}, t.reads = {area};
    t.receives = t.last_step_only = t.sums = true;
    return t;
}
constexpr stage_request training{.batch_statistics = true, .backward = true, .keep = false};

// As the Standard network: a map that is the same in every step, two recurrent ones, a readout of the sum over the steps.
std::vector<area_timing> three_areas() { return {feed_forward({}), recurrent({0}), recurrent({1}), readout_of(2)}; }

long place_of(const std::vector<stage>& all, doing what, int area, int segment, long step) {
    const auto it = std::find_if(
        all.begin(), all.end(), [&](const stage& s) { return s.what == what && s.area == area && s.segment == segment && s.step == step; });
    return it == all.end() ? -1 : it - all.begin();
}

TEST_CASE("a stage follows what it reads, and its adjoint follows those who read it", "[stack][phases]") {
    constexpr long steps = 4;
    const auto all = stages_of(steps, three_areas(), training);
    const auto at = [&](doing what, int area, int segment, long step) {
        const long k = place_of(all, what, area, segment, step);
        INFO("area " << area << ", segment " << segment << ", step " << step);
        CHECK(k >= 0);
        return k;
    };
    const auto phase = [&](long k) { return all[static_cast<std::size_t>(k)].phase; };
    using enum doing;
    // Each once: the map that does not change, the two others, the readout, the loss.
    CHECK(all.size() == 2 * (2 + 2 * 2 * steps + steps + 1) + 1);
    for (std::size_t k = 1; k < all.size(); ++k) CHECK(all[k].phase - all[k - 1].phase >= 0);
    for (long s = 1; s <= steps; ++s)
        for (const int area : {1, 2}) {
            CHECK(phase(at(forward, area, 0, s)) < phase(at(forward, area, 1, s)));
            CHECK(phase(at(backward, area, 1, s)) < phase(at(backward, area, 0, s)));
            if (s > 1) CHECK(at(forward, area, 1, s - 1) < at(forward, area, 0, s));
            if (s > 1) CHECK(at(backward, area, 0, s) < at(backward, area, 1, s - 1));
            CHECK(at(forward, 0, 1, 1) < at(forward, area, 0, s));
        }
    for (long s = 1; s <= steps; ++s) {
        CHECK(at(forward, 1, 1, s) < at(forward, 2, 0, s));
        CHECK(at(forward, 2, 1, s) < at(receive, 3, 0, s));
        CHECK(at(hand_back, 3, 0, s) < at(backward, 2, 1, s));
        CHECK(at(backward, 2, 0, s) < at(backward, 1, 1, s));
        CHECK(at(backward, 1, 0, s) < at(backward, 0, 1, 1));
        // Adjoints of one step only are kept: those of the next may be added when these have been used.
        if (s > 1) CHECK(at(backward, 2, 1, s) < at(hand_back, 3, 0, s - 1));
        if (s > 1) CHECK(at(backward, 1, 1, s) < at(backward, 2, 0, s - 1));
    }
    const long of_loss = at(loss, 3, 0, steps);
    for (long k = 0; k < static_cast<long>(all.size()); ++k) {
        const auto what = all[static_cast<std::size_t>(k)].what;
        CHECK((what == backward || what == hand_back ? k > of_loss : k <= of_loss));
    }
}

TEST_CASE("the areas of a network meet once a step, not each of them", "[stack][phases]") {
    for (const long steps : {2, 4, 9}) {
        const auto all = stages_of(steps, three_areas(), training);
        // Each area needs a meeting in each step; the second one runs a step behind, and the map before them has one.
        CHECK(all.back().phase == 2 * (steps + 1 + 1));
        // An area that has met goes on to its next step at once.
        const long k = place_of(all, doing::forward, 1, 1, 1);
        CHECK(place_of(all, doing::forward, 1, 0, 2) == k + 1);
    }
}

TEST_CASE("without statistics of the batch nobody meets, and steps stay in their order", "[stack][phases]") {
    const auto all = stages_of(3, three_areas(), {});
    CHECK(all.back().phase == 0);
    for (std::size_t k = 1; k < all.size(); ++k) CHECK(all[k].step >= all[k - 1].step);
    auto late = three_areas();
    late[1].reads.push_back(2);  // feedback, a step late: the second area must be through with a step
    const auto fed_back = stages_of(3, late, training);
    CHECK(place_of(fed_back, doing::forward, 2, 1, 1) < place_of(fed_back, doing::forward, 1, 0, 2));
    CHECK(place_of(fed_back, doing::backward, 1, 0, 2) < place_of(fed_back, doing::backward, 2, 1, 1));
    CHECK(stages_of(1, {}, training).size() == 1);
}

}  // namespace phases
