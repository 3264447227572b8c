// Initial weights: the numbers of the reference code, the spectral radius of the effective matrix, and independence of entries.
#include <eirnn/core/math.hpp>
#include <eirnn/model/model.hpp>

#include "../catch.hpp"

using namespace eirnn;
namespace {
layout dale(long excitatory_units, long inhibitory_units, sign_rule rule = sign_rule::rectify) {
    const long n = excitatory_units + inhibitory_units;
    layout l;
    l.units = n, l.inputs = 2, l.outputs = 2;
    const auto make = [&](long posts, long pres) {
        return connectivity{matrix<std::uint8_t>(posts, pres, 1), matrix<double>(posts, pres), matrix<signed char>(posts, pres, 1),
                            matrix<sign_rule>(posts, pres, rule)};
    };
    l.recurrent = make(n, n), l.input = make(n, 2), l.output = make(2, n);
    for (long i = 0; i < n; ++i) {
        l.recurrent.plastic(i, i) = 0;
        for (long j = excitatory_units; j < n; ++j) l.recurrent.sign(i, j) = rule == sign_rule::free ? 1 : -1;
    }
    return l;
}
matrix<double> effective(const layout& l, const matrix<double>& raw) {
    matrix<double> w(raw.rows, raw.cols);
    for (long i = 0; i < raw.rows; ++i)
        for (long j = 0; j < raw.cols; ++j)
            w(i, j) = (l.recurrent.plastic(i, j) ? detail::magnitude_of(l.recurrent.rule(i, j), raw(i, j)) : l.recurrent.fixed(i, j)) *
                      (l.recurrent.sign(i, j) < 0 ? -1 : 1);
    return w;
}
}  // namespace

TEST_CASE("scales of 80 excitatory and 20 inhibitory units are those of the reference code") {
    const layout l = dale(80, 20);
    const auto e = detail::row_scales(l.recurrent, 0), i = detail::row_scales(l.recurrent, 99);
    CHECK(e[1] == Approx(0.05057).epsilon(1e-3));
    CHECK(e[80] == Approx(0.19975).epsilon(1e-4));
    CHECK(i[0] == Approx(0.04898).epsilon(1e-3));
    CHECK(i[80] == Approx(0.20623).epsilon(1e-4));
    CHECK(e[0] == 0);
}
TEST_CASE("the effective matrix has the spectral radius, fixed weights included") {
    for (const auto rule : {sign_rule::rectify, sign_rule::absolute, sign_rule::soft_rectify}) {
        for (const auto law :
             {weight_distribution::gamma, weight_distribution::uniform, weight_distribution::normal, weight_distribution::log_normal}) {
            layout l = dale(40, 10, rule);
            for (long j = 1; j < 20; ++j) l.recurrent.plastic(0, j) = 0, l.recurrent.fixed(0, j) = 0.3;
            initialization how;
            how.recurrent = law;
            const auto w = initialize(l, how, seed{4});
            CHECK(spectral_radius(effective(l, w.recurrent)) == Approx(1.5).epsilon(1e-6));
            CHECK(l.recurrent.fixed(0, 1) != Approx(0.3));  // scaled with the rest
            CHECK(l.recurrent.fixed(0, 1) == l.recurrent.fixed(0, 19));
        }
    }
    layout l = dale(40, 10);
    initialization how;
    how.spectral_radius = 0.7;
    CHECK(spectral_radius(effective(l, initialize(l, how, seed{4}).recurrent)) == Approx(0.7).epsilon(1e-9));
}
TEST_CASE("without Dale's law weights are normal and the radius is 1.1") {
    layout l = dale(60, 0, sign_rule::free);
    const auto w = initialize(l, {}, seed{2});
    CHECK(spectral_radius(effective(l, w.recurrent)) == Approx(1.1).epsilon(1e-9));
    double mean = 0, negative = 0;
    for (double x : w.recurrent.data) mean += x, negative += x < 0;
    CHECK(std::abs(mean / 3600) < 0.01);
    CHECK(negative == Approx(1770).epsilon(0.06));
    double lowest = 0;
    for (double x : w.input.data) lowest = std::min(lowest, x);
    CHECK(lowest < -0.05);
    CHECK(lowest >= -0.1);
}
TEST_CASE("magnitudes: gamma with mean 0.1 of the scale before the radius is set, inputs in (0, 0.1)") {
    layout l = dale(80, 20);
    const auto w = initialize(l, {}, seed{1});
    double from_e = 0, from_i = 0;
    for (long j = 0; j < 80; ++j) from_e += j == 0 ? 0 : w.recurrent(0, j) / 79;
    for (long j = 80; j < 100; ++j) from_i += w.recurrent(0, j) / 20;
    CHECK(from_i / from_e == Approx(3.95).epsilon(0.4));
    for (double x : w.input.data) CHECK((x >= 0 && x <= 0.1));
    for (long i = 0; i < 100; ++i) CHECK(w.recurrent(i, i) == 0);
}
TEST_CASE("an entry does not depend on the mask of others, the seed matters") {
    layout full = dale(20, 5), holed = full;
    for (long j = 0; j < 10; ++j) holed.input.plastic(3, j % 2) = 0;
    const auto a = initialize(full, {}, seed{7}), b = initialize(holed, {}, seed{7}), c = initialize(full, {}, seed{8});
    CHECK(a.input(4, 0) == b.input(4, 0));
    CHECK(b.input(3, 0) == 0);
    CHECK(a.input(4, 0) != c.input(4, 0));
}
TEST_CASE("a network without cycles keeps its weights") {
    layout l = dale(3, 0);
    for (long i = 0; i < 3; ++i)
        for (long j = 0; j < 3; ++j) l.recurrent.plastic(i, j) = i > j;
    const auto w = initialize(l, {}, seed{1});
    CHECK(w.recurrent(2, 0) > 0);
    CHECK(is_finite(w.recurrent(2, 0)));
}

TEST_CASE("an option that a kind of network does not have is refused") {
    const auto refused = [](const model_options& o, bool has_units, bool has_maps, bool timed_maps = false) -> std::string {
        try {
            detail::check_options(o, has_units, has_maps, has_units || timed_maps);
        } catch (const invalid_argument& e) {
            return e.text().where;
        }
        return "not";
    };
    model_options noisy, biased, scaled, film, one_film, followed, small_kernels;
    noisy.physics.unit_noise = 0.5, biased.trained.bias = true, scaled.initial.input_scale = 2;
    film.frames = 4, one_film.frames_of = {{"cue", 4}}, followed.running_share = 0.1, small_kernels.initial.kernel_scale = 0.5;
    CHECK(refused(noisy, false, true) == "model_options::physics");
    CHECK(refused(noisy, false, true, true) == "not");
    CHECK(refused(biased, false, true) == "model_options::trained");
    CHECK(refused(scaled, false, true) == "model_options::initial");
    for (const auto& o : {film, one_film}) CHECK(refused(o, true, false) == "model_options::frames");
    CHECK(refused(small_kernels, true, false) == "model_options::initial");
    for (const auto& o : {noisy, biased, scaled, followed, model_options{}}) CHECK(refused(o, true, false) == "not");
    for (const auto& o : {film, followed, small_kernels, model_options{}}) CHECK(refused(o, false, true) == "not");
    for (const auto& o : {noisy, biased, scaled, film, followed, small_kernels, model_options{}}) CHECK(refused(o, true, true) == "not");
}

TEST_CASE("the first kernels of recurrent areas on maps are as small as is asked for, and no others") {
    parameter_tensor t;
    t.shape = {4, 3, 3, 3}, t.place = weight_place::kernel;
    const auto values = [&](bool feed_forward, double scale) { return initial_values<double>(t, feed_forward, scale, 5, seed{1}); };
    const auto scaled_by = [&](bool feed_forward) {
        const auto all = values(feed_forward, 1), half = values(feed_forward, 0.5);
        const double factor = half[0] / all[0];
        for (std::size_t k = 0; k < all.size(); ++k) CHECK(half[k] == factor * all[k]);
        return factor;
    };
    for (const tensor_role role : {tensor_role::weights, tensor_role::depthwise}) {
        t.role = role;
        CHECK(scaled_by(false) == 0.5);
    }
    t.role = tensor_role::weights;
    CHECK(scaled_by(true) == 1);
    t.place = weight_place::output;
    CHECK(scaled_by(false) == 1);
    t.role = tensor_role::trained;
    CHECK(scaled_by(false) == 1);
}
