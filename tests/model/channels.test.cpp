// Inputs and outputs by their names: views of a batch and of a recording, and the order that a task expects.
#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/task/context_integration.hpp>
#include <eirnn/train/trainer.hpp>

#include <algorithm>

namespace by_name {
using namespace eirnn;
using device = backend::serial<float>;

struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<rate<relu>, E, I> {};
struct cues : input<2> {};
struct motion : input<2> {};
struct colour : input<2> {};
struct choice : output<2> {};
struct confidence : output<1> {};
template <class First, class Second, class Third>
using deciding = network<areas<cortex>, inputs<project<First, cortex>, project<Second, cortex>, project<Third, cortex>>,
                         outputs<project<E, choice>, project<E, confidence>>>;
using net = deciding<cues, motion, colour>;

struct image : input<2, grid<4, 4>> {};
struct F : population<excitatory, 4> {};
struct V1 : area<rate<relu>, F, convolution<3>> {};
using seeing = network<areas<V1, cortex>, inputs<project<image, V1>, project<cues, cortex>>, long_range<project<F, cortex>>,
                       outputs<project<E, choice>>, time_steps<3>>;

// One output, so that the task fits.
template <class First, class Second, class Third>
using on_task =
    network<areas<cortex>, inputs<project<First, cortex>, project<Second, cortex>, project<Third, cortex>>, outputs<project<E, choice>>>;

TEST_CASE("channels of a batch and of a recording by name", "[model][channels]") {
    model<net, device> m(seed{1});
    auto b = m.make_trials(3, 5, 20);
    CHECK(b.inputs == 6);
    CHECK(b.outputs == 3);
    CHECK(b.steps == 5);
    const auto motion = m.input(b, "motion");
    CHECK(motion.size == 2);
    motion(4, 2, 1) = 7;
    CHECK(b.input_at(4, 2, 3) == 7);
    CHECK(std::count(b.input.begin(), b.input.end(), 0.f) == 3 * 5 * 6 - 1);
    m.target(b, "confidence")(1, 0, 0) = 2, m.mask(b, "confidence")(1, 0, 0) = 0.5f;
    CHECK(b.target_at(1, 0, 2) == 2);
    CHECK(b.mask_at(1, 0, 2) == 0.5f);
    const auto r = m.run(b, {3, 4});
    const auto choice = m.output(r, "choice"), confidence = m.output(r, "confidence");
    for (long k = 0; k < 5; ++k)
        for (long n = 0; n < 3; ++n) {
            CHECK(choice(k, n, 1) == r.output_at(k, n, 1));
            CHECK(confidence(k, n, 0) == r.output_at(k, n, 2));
        }
    CHECK_THROWS_WITH(m.input(b, "sound"), Catch::Contains("sound") && Catch::Contains("cues, motion, colour"));
    trial_batch<float> small(3, 5, 2, 3, 20);
    CHECK_THROWS_WITH(m.input(small, "colour"), Catch::Contains("make_trials"));
}

TEST_CASE("channels of units beside an image", "[model][channels]") {
    model<seeing, device> m(seed{1});
    auto b = m.make_trials(2, 0, 20);
    CHECK(b.steps == 3);
    m.input(b, "cues")(2, 1, 0) = 3;
    CHECK(b.unit_input_at(2, 1, 0) == 3);
    std::fill(b.input.begin(), b.input.end(), 0.5f);
    const auto r = m.run(b);
    CHECK(m.output(r, "choice")(2, 1, 1) == r.output_at(2, 1, 1));
    CHECK_THROWS_WITH(m.make_trials(2, 4, 20), Catch::Contains("time steps of its own"));
}

TEST_CASE("a network whose inputs are in another order than those of the task is refused", "[model][channels]") {
    const auto refused = [](auto& m, const std::string& word) {
        CHECK_THROWS_WITH((trainer(m, tasks::context_integration{}, sgd{})), Catch::Contains("another order") && Catch::Contains(word));
    };
    model<on_task<cues, motion, colour>, device> right(seed{1});
    CHECK_NOTHROW(trainer(right, tasks::context_integration{}, sgd{}));
    model<on_task<motion, cues, colour>, device> wrong(seed{1});
    refused(wrong, "motion from 0, cues from 2, colour from 4");
    model<on_task<cues, colour, motion>, device> swapped(seed{1});
    refused(swapped, "cues from 0, motion from 2, colour from 4");
}

}  // namespace by_name
