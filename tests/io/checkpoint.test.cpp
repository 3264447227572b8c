// Checkpoints: nothing of a run's state is lost, some valid one survives every fault, and damage is never loaded.
#include "scratch.hpp"

#include "../catch.hpp"

#include <eirnn/io/checkpoint.hpp>

#include <csignal>

using namespace eirnn;

namespace {

weight_set<float> weights(float first) {
    weight_set<float> w;
    w.tensors.assign({{"W_in", {5, 2}}, {"W_rec", {5, 5}}, {"b_rec", {5}}, {"W_out", {3, 5}}, {"b_out", {3}}, {"x0", {5}}});
    detail::each_array(w, [&](const std::string&, const auto&, std::vector<float>& values) {
        for (float& v : values) v = first += 0.125f;
    });
    return w;
}
trainer_state<float> state(std::uint64_t iteration) {
    trainer_state<float> s;
    s.seed = ~std::uint64_t{0} - 1;
    s.iteration = iteration;
    s.trials = 20 * iteration;
    s.raw = weights(0);
    s.first_moment = weights(10);
    s.best = weights(20);
    s.history = {{0, 0, 0.1, 0.3, 50, 1.5}, {500, 10000, 1.0 / 3, 0.2, 60, 1.25, 4}};
    s.guarded_steps = 9;
    s.guarded_in_a_row = 2;
    return s;
}
/// What loading the checkpoint is refused with, or nothing.
template <class T>
std::string refusal(const std::filesystem::path& path, const weight_set<T>& shape) {
    try {
        load_checkpoint(path, shape);
    } catch (const bad_file& e) {
        return e.what();
    }
    return {};
}
bool holds(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a checkpoint holds all of a run's state, in the same bytes every time", "[io][checkpoint]") {
    const scratch::folder here;
    const auto path = here / "checkpoint";
    save_checkpoint(path, state(7), "variant = dense\nseed = 1\n");
    const auto first = scratch::text(path);
    const auto back = load_checkpoint(path, weights(0));
    CHECK(back.state == state(7));
    CHECK(back.config == "variant = dense\nseed = 1\n");
    CHECK(back.notice.empty());
    CHECK(back.state.second_moment.tensors.empty());
    save_checkpoint(here / "again", back.state, back.config);
    CHECK(scratch::text(here / "again") == first);

    auto fresh = state(0);
    fresh.first_moment = fresh.best = {};
    fresh.history.clear();
    save_checkpoint(path, fresh);
    CHECK(load_checkpoint(path, weights(0)).state == fresh);
}

TEST_CASE("the previous checkpoint serves where the newest is damaged or missing", "[io][checkpoint]") {
    const scratch::folder here;
    const auto path = here / "checkpoint";
    CHECK_THROWS_AS(load_checkpoint(path, weights(0)), missing_file);
    save_checkpoint(path, state(1));
    save_checkpoint(path, state(2));
    CHECK(load_checkpoint(path, weights(0)).state.iteration == 2);

    auto bytes = read_file(path, 1 << 20);
    bytes[bytes.size() - 3] ^= std::byte{1};
    scratch::write(path, bytes);
    const auto older = load_checkpoint(path, weights(0));
    CHECK(older.state.iteration == 1);
    CHECK(older.notice.find("wrong checksum") != std::string::npos);
    CHECK(older.file == here / "checkpoint.previous");

    // A damaged file must not push the valid one out.
    save_checkpoint(path, state(3));
    CHECK(detail::read_checkpoint(here / "checkpoint.previous", weights(0)).state.iteration == 1);
    std::filesystem::remove(path);
    CHECK(load_checkpoint(path, weights(0)).state.iteration == 1);

    for (std::size_t size = 0; size < bytes.size(); size += 97) {
        scratch::write(path, std::span(bytes).first(size));
        CHECK(load_checkpoint(path, weights(0)).state.iteration == 1);
    }
    scratch::write(here / "checkpoint.previous", bytes);
    CHECK_THROWS_AS(load_checkpoint(path, weights(0)), bad_file);
    auto names = here.names();
    CHECK(names.size() == 2);
}

TEST_CASE("a checkpoint of another network, type or version is refused", "[io][checkpoint]") {
    const scratch::folder here;
    const auto path = here / "checkpoint";
    save_checkpoint(path, state(1));
    auto larger = weights(0);
    larger.tensors[1] = {"W_rec", {6, 6}};
    larger.tensors[5].name = "x0.0";
    larger.tensors.push_back({"x0.1", {5}});
    const std::string all = refusal(path, larger);
    INFO(all);
    CHECK(holds(all, "raw/W_rec: shape (5, 5) instead of (6, 6)"));
    CHECK(holds(all, "raw/x0.0: missing"));
    CHECK(holds(all, "'raw/x0': the model has no such tensor"));
    weight_set<double> doubles;
    doubles.tensors.push_back({"W_out", {3, 5}});
    CHECK(holds(refusal(path, doubles), "raw/W_out: numbers of type F32 instead of F64"));

    auto file = read_safetensors(path);
    const auto refused = [&](const char* key, const char* value, const char* message) {
        auto changed = file;
        changed.metadata[key] = value;
        write_safetensors(here / "changed", changed);
        CHECK(holds(refusal(here / "changed", weights(0)), message));
    };
    refused("checkpoint_format", "5", "another version");
    refused("checkpoint_format", "", "no checkpoint of a training run");
    refused("config", "seed = 2", "does not fit its hash");
    auto infinite = state(1);
    infinite.raw["b_rec"].data[2] = std::numeric_limits<float>::infinity();
    save_checkpoint(here / "changed", infinite);
    std::filesystem::remove(here / "changed.previous");
    CHECK(holds(refusal(here / "changed", weights(0)), "not finite"));
}

TEST_CASE("a checkpoint of before there was a guard is read, as of a run in which none has acted", "[io][checkpoint]") {
    const scratch::folder here;
    save_checkpoint(here / "now", state(7));
    auto file = read_safetensors(here / "now");
    CHECK(std::erase_if(file.tensors, [](const tensor& t) { return t.name.find("guarded") != t.name.npos; }) == 3);
    write_safetensors(here / "incomplete", file);
    CHECK(!refusal(here / "incomplete", weights(0)).empty());
    auto later = read_safetensors(here / "now");
    later.metadata["checkpoint_format"] = "3";  // when no states were carried
    write_safetensors(here / "later", later);
    CHECK(load_checkpoint(here / "later", weights(0)).state == state(7));
    file.metadata["checkpoint_format"] = "2";
    write_safetensors(here / "then", file);
    auto expected = state(7);
    expected.guarded_steps = expected.guarded_in_a_row = expected.history[1].guarded_steps = 0;
    CHECK(load_checkpoint(here / "then", weights(0)).state == expected);
}

TEST_CASE("a run killed while it saves leaves a checkpoint that loads", "[io][checkpoint]") {
    const scratch::folder here;
    const auto path = here / "checkpoint";
    save_checkpoint(path, state(0));
    for (int kill = 0; kill < 40; ++kill) {
        const auto start = load_checkpoint(path, weights(0)).state.iteration;
        const ::pid_t child = ::fork();
        if (child == 0)
            for (auto k = start + 1;; ++k) save_checkpoint(path, state(k));
        ::usleep(static_cast<::useconds_t>(2000 + 531 * kill));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const auto found = load_checkpoint(path, weights(0));
        CHECK(found.state.iteration >= start);
        CHECK(found.notice.empty());
        CHECK(found.state == state(found.state.iteration));
    }
    CHECK(load_checkpoint(path, weights(0)).state.iteration > 0);
}
