// Networks on grids in the first format of their files: read, and trained on as the version that wrote them would have done.
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/io/checkpoint.hpp>
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/spec/multicell.hpp>
#include <eirnn/task/image_classification.hpp>
#include <eirnn/train/trainer.hpp>

using namespace eirnn;

namespace first_format {

struct image : input<2, grid<6, 6>> {};
struct category : output<3> {};
struct F : population<excitatory, 3> {};
struct E : population<excitatory, 4, principal> {};
struct I : population<inhibitory, 2, interneuron> {};
struct area1 : area<feed_forward, F, convolution<3>> {};
struct area2 : area<multicell::standard_ei, E, I, separable<3>, max_pool<3, 2>> {};
using net = network<areas<area1, area2>, inputs<project<image, area1, unconstrained>>, long_range<project<F, area2>>,
                    outputs<project<E, category>>, signs<absolute>, time_steps<2>>;
using small_model = model<net, backend::serial<double>>;

tasks::image_classification task() {
    const auto images = [](std::uint32_t part) {
        image_set set{6, 6, 2, 3, {}, {}};
        random_sequence draw(key_of(7, random_stream::made_images), part);
        for (int k = 0; k < 12; ++k) {
            set.labels.push_back(static_cast<std::uint8_t>(k % 3));
            for (int p = 0; p < 72; ++p)
                set.pixels.push_back(static_cast<std::uint8_t>(draw.below(200) + 20 * static_cast<unsigned>(k % 3)));
        }
        return set;
    };
    return {images(1), images(2), {.augmented = true, .padding = 1, .ahead = false}};
}
using small_trainer = trainer<small_model::backend_type, tasks::image_classification, sgd>;
small_trainer training_of(small_model& m) {
    training_options how;
    how.batch = 4, how.penalties = {}, how.prune = 0, how.seed = 5, how.validate_every_trials = 12;
    until goal;
    goal.max_trials = 1000;
    return {m, task(), sgd{.learning_rate = 0.05, .clip_norm = 0, .momentum = 0.9}, goal, how};
}
/// Goes on until `steps` are done.
void train_to(small_trainer& t, std::uint64_t steps) {
    t.run(no_observer{}, [&] { return t.iteration() >= steps; });
}

}  // namespace first_format

using namespace first_format;

namespace {
// All three were written by the last version of the first format (commit a2f7239), from what stands above: `small_model m(seed{3})` and its
// trainer after 4 steps, the weights and the checkpoint; the weights after 9 steps.
const std::filesystem::path data = EIRNN_TEST_DATA;

/// The largest difference, relative to 1 or the expected number.
double difference(const std::vector<named_values<double>>& a, const std::vector<named_values<double>>& b) {
    double worst = a.size() == b.size() ? 0 : 1e300;
    for (std::size_t k = 0; worst < 1e300 && k < a.size(); ++k) {
        if (a[k].name != b[k].name || a[k].values.data.size() != b[k].values.data.size()) return 1e300;
        for (std::size_t i = 0; i < a[k].values.data.size(); ++i)
            worst = std::max(worst, std::abs(a[k].values.data[i] - b[k].values.data[i]) / std::max(1., std::abs(b[k].values.data[i])));
    }
    return worst;
}
}  // namespace

TEST_CASE("weights of the first format are read, and count as followed for so many steps that each further one has a share of 0.003") {
    const scratch::folder here;
    small_model m(seed{1});
    load(m, data / "stack_first_format.safetensors");
    const auto raw = m.raw();
    CHECK(raw.running_steps == 333);
    REQUIRE(raw.running.size() == 2);  // of F and of the current of E
    CHECK(difference(raw.running, small_model(seed{1}).raw().running) > 1e-3);

    const auto batch = task().make<double>({purpose::training, 5, 0, 4, 20, 0});
    m.run(batch.trials, {}, {.batch_statistics = true});
    m.gradient(batch.trials, {5, 0}, categorical_cross_entropy);
    const auto followed = m.raw().running;
    small_model plain(seed{1});
    auto weights = raw;
    weights.running_steps = 0;
    plain.set_raw(weights);
    plain.gradient(batch.trials, {5, 0}, categorical_cross_entropy);
    const auto batch_only = plain.raw().running;  // a share of 1
    auto expected = raw.running;
    for (std::size_t k = 0; k < expected.size(); ++k)
        for (std::size_t i = 0; i < expected[k].values.data.size(); ++i)
            expected[k].values.data[i] = 0.997 * expected[k].values.data[i] + 0.003 * batch_only[k].values.data[i];
    CHECK(difference(followed, expected) < 1e-14);

    save(m, here / "now");
    CHECK(read_safetensors(here / "now").at("running.steps").get_scalar<std::uint64_t>() == 334);
    small_model again(seed{2});
    load(again, here / "now");
    CHECK(again.raw() == m.raw());
}

TEST_CASE("a run goes on from a checkpoint of the first format as it would have done then") {
    small_model m(seed{1});
    auto t = training_of(m);
    const auto begun = load_checkpoint(data / "checkpoint_first_format.safetensors", m.raw());
    CHECK(begun.notice.empty());
    CHECK(begun.config == "a run of before\n");
    CHECK(begun.state.iteration == 4);
    CHECK(begun.state.raw.running_steps == 333);
    CHECK(begun.state.best.running_steps == 333);
    t.restore(begun.state);
    train_to(t, 9);
    const auto now = m.raw();
    CHECK(now.running_steps == 338);
    small_model then(seed{1});
    load(then, data / "stack_first_format_later.safetensors");
    CHECK(difference(now.tensors, then.raw().tensors) < 1e-9);
    CHECK(difference(now.running, then.raw().running) < 1e-9);
    CHECK(difference(now.running, begun.state.raw.running) > 1e-4);
}

TEST_CASE("a run on grids goes on from its checkpoint with the same bits, while its statistics are plain means and later") {
    const scratch::folder here;
    for (const std::uint64_t from : {0u, 332u}) {
        small_model whole(seed{4});
        auto raw = whole.raw();
        raw.running_steps = from;
        whole.set_raw(raw);
        auto t = training_of(whole);
        train_to(t, 3);
        save_checkpoint(here / "checkpoint", t.state());
        train_to(t, 7);

        small_model cut(seed{9});
        auto on = training_of(cut);
        const auto saved = load_checkpoint(here / "checkpoint", cut.raw());
        CHECK(saved.state.raw.running_steps == from + 3);
        on.restore(saved.state);
        train_to(on, 7);
        CHECK(on.state() == t.state());
        CHECK(cut.raw().running_steps == from + 7);
    }
}
