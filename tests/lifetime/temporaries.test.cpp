// Parts of results that nobody named: a loop over them must not read what is gone. Compiled with the address sanitizer, which sees it.
#include "../catch.hpp"

#include <eirnn/analysis/psychometric.hpp>
#include <eirnn/backend/serial.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/linalg/eigen.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/task/image_classification.hpp>
#include <eirnn/task/made_images.hpp>
#include <eirnn/task/perceptual_decision.hpp>
#include <eirnn/train/trainer.hpp>

#include <type_traits>
#include <utility>

using namespace eirnn;
namespace {

struct E : population<excitatory, 6> {};
struct I : population<inhibitory, 2> {};
struct circuit : area<rate<relu>, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using net = network<areas<circuit>, inputs<project<motion, circuit>>, outputs<project<E, choice>>>;
using net_model = model<net, backend::serial<float>>;

template <class T>
T temporary();
template <class T>
constexpr bool stays = !std::is_reference_v<T> && !std::is_pointer_v<T>;
template <class T>
constexpr bool refers = std::is_lvalue_reference_v<T>;

// Of what has a name an element is a reference, of a temporary it is a value.
static_assert(refers<decltype(std::declval<weight_set<float>&>()["W_rec"])>);
static_assert(refers<decltype(std::declval<const weight_set<float>&>()["W_rec"](0, 0))>);
static_assert(stays<decltype(temporary<weight_set<float>>()["W_rec"])>);
static_assert(stays<decltype(temporary<weight_set<float>>().running.front())>);
static_assert(stays<decltype(temporary<weight_set<float>>()["W_out"](0, 0))>);
static_assert(stays<decltype(temporary<weight_set<float>>().tensors.back())>);
static_assert(stays<decltype(temporary<recording<float>>().probed.at(0))>);
static_assert(stays<decltype(temporary<recording<float>>().output_at(0, 0, 0))>);
static_assert(stays<decltype(temporary<trial_batch<float>>().input_at(0, 0, 0))>);
static_assert(refers<decltype(std::declval<trial_batch<float>&>().input_at(0, 0, 0))>);
static_assert(stays<decltype(temporary<task_batch<float, int>>().conditions[0])>);
static_assert(stays<decltype(temporary<training_result>().history[0])>);
static_assert(stays<decltype(temporary<training_result>().best())>);
static_assert(stays<decltype(temporary<tensor_file>().at("W"))>);
static_assert(refers<decltype(std::declval<const tensor_file&>().at("W"))>);
static_assert(stays<decltype(read_npz("")[0])>);
static_assert(stays<decltype(arrays_of(analysis::psychometric{})[0])>);
static_assert(stays<decltype(temporary<invalid_argument>().text())>);
static_assert(refers<decltype(std::declval<const error&>().text())>);
static_assert(stays<decltype(temporary<diverged_at>().found())>);
static_assert(stays<decltype(temporary<sizes>().entries())>);
static_assert(stays<decltype(temporary<net_model>().structure())>);
static_assert(refers<decltype(std::declval<const net_model&>().structure())>);
static_assert(stays<decltype(temporary<net_model>().options())>);
static_assert(stays<decltype(temporary<tasks::image_classification>().test_images())>);
static_assert(stays<decltype(json_object{}.add("a", 1))>);
static_assert(!std::is_copy_constructible_v<net_model> && std::is_nothrow_move_constructible_v<net_model>);

// What could only point into a temporary is not to be had from one.
template <class T>
concept Finds = requires { temporary<T>().find("W"); };
template <class T>
concept HasPixels = requires { temporary<T>().image(0); };
template <class T>
concept Maps = requires { as_eigen(temporary<T>()); };
static_assert(!Finds<tensor_file> && Finds<const tensor_file&>);
static_assert(!HasPixels<image_set> && HasPixels<const image_set&>);
static_assert(!Maps<matrix<float>> && Maps<matrix<float>&> && Maps<const matrix<float>&>);

// Loops over `part` and over the same in a named whole: the numbers are the same.
template <class R>
double sum_of(R&& numbers) {
    double sum = 0;
    for (const auto x : numbers) sum += static_cast<double>(x);
    return sum;
}
#define SUM(part)                                               \
    [&] {                                                       \
        double sum = 0;                                         \
        for (const auto x : part) sum += static_cast<double>(x); \
        return sum;                                             \
    }()

}  // namespace

TEST_CASE("weights of a model can be looped over where they are asked for") {
    net_model m{seed{1}};
    const auto raw = m.raw(), effective = m.effective();
    REQUIRE(sum_of(raw["W_rec"].data) != 0);
    CHECK(SUM(m.raw()["W_rec"].data) == sum_of(raw["W_rec"].data));
    CHECK(SUM(m.raw().tensors.at(1).values.data) == sum_of(raw["W_rec"].data));
    CHECK(SUM(m.raw().tensors.front().values.data) == sum_of(raw["W_in"].data));
    CHECK(SUM(m.raw().tensors.back().values.data) == sum_of(raw["x0"].data));
    CHECK(SUM(m.raw()["W_out"].data) == sum_of(raw["W_out"].data));
    CHECK(SUM(m.effective()["W_rec"].data) == sum_of(effective["W_rec"].data));
    CHECK(SUM(m.last_gradient()["b_rec"].data) == 0);
    const auto& kept = m.raw()["W_rec"];
    CHECK(kept == raw["W_rec"]);
    const auto& weight = m.raw()["W_rec"](0, 1);
    CHECK(weight == raw["W_rec"](0, 1));
    for (const auto& p : net_model{seed{1}}.structure().populations) CHECK(p.size > 0);
}

TEST_CASE("what tasks and runs hand out can be looped over where it is asked for") {
    const tasks::perceptual_decision task;
    const auto& condition = task.make<float>({.purpose = purpose::test, .seed = 1, .trials = 3, .dt = 20}).conditions[1];
    CHECK(condition.coherence == 3.2);
    net_model m{seed{1}};
    const auto trials = task.make<float>({.purpose = purpose::test, .seed = 1, .trials = 2, .dt = 20}).trials;
    const auto& output = m.run(trials, noise_key{}).output_at(0, 1, 0);
    CHECK(output == m.run(trials, noise_key{}).output_at(0, 1, 0));
    trainer training(m, task, sgd{}, until{.max_trials = 20}, training_options{.validation_batch = 100});
    const auto& best = training.run().best();
    CHECK(best.performance <= 100);
    for (const char c : invalid_argument({"one thing or another that is long enough not to fit", {}, {}, {}, {}}).text().what) CHECK(c != 0);
    for (const auto& e : sizes{}.of<E>(3).of<I>(2).entries()) CHECK(e.size > 1);
    const auto all = SUM(tasks::image_classification(made_images(20, seed{1}), made_images(10, seed{2})).training_images().labels);
    CHECK(all == sum_of(made_images(20, seed{1}).labels));
}

TEST_CASE("what files and analyses hand out can be looped over where it is asked for") {
    tensor_file file;
    file.tensors = {make_tensor("a", {40}, std::vector<float>(40, 1.f)), make_tensor("b", {2}, std::vector<float>{1, 2})};
    const auto bytes = serialise(file);
    CHECK(SUM(parse_safetensors(bytes).at("a").shape) == 40);
    CHECK(SUM(parse_safetensors(bytes).tensors[1].get<float>()) == 3);
    analysis::psychometric p;
    p.coherence = std::vector<double>(30, 2.);
    CHECK(SUM(arrays_of(p)[0].values) == 60);
    weight_set<float> w;
    w.tensors.push_back({"area.kernel", {50}, std::vector<float>(50, 1.f)});
    const auto copy = [&] { return w; };
    CHECK(SUM(copy().tensors[0].values.data) == 50);
    const auto& line = json_object{}.add("loss", 1).add("a key that is long enough not to fit in place", 2);
    CHECK(line.text().size() > 40);
}
