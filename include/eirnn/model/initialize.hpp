// Initial weights: of units (Song et al. 2016, "Initialization", and their code) balanced, with a given spectral radius of the
// effective matrix; of areas on maps as in the code of Sun et al.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Distribution of the magnitudes of recurrent weights that keep a sign; their mean is 0.1 times the scale of the entry.
enum class weight_distribution {
    gamma,       ///< of the shape `gamma_shape`
    uniform,     ///< from 0 to twice the mean
    normal,      ///< the modulus of a normal number whose standard deviation is a tenth of its mean
    log_normal,  ///< with the mean 0.5 times the scale and the variance 0.1, as in their code
};

/// How the first weights are drawn; all but the last of units.
struct initialization {
    weight_distribution recurrent = weight_distribution::gamma;  ///< of recurrent weights that keep a sign; free ones are normal
    double gamma_shape = 2;                                      ///< of the gamma distribution
    /// Of the effective recurrent matrix. Unset: 1.5 with Dale's law, 1.1 without, as their code has it.
    std::optional<double> spectral_radius;
    bool scale_fixed = true;     ///< whether fixed recurrent weights are rescaled with the others, as in Song et al.; false: they stay
    double input_scale = 0.1;    ///< input weights are uniform up to this magnitude
    double output_scale = 0.1;   ///< output weights are uniform up to this magnitude
    double initial_state = 0.1;  ///< x0 of every unit
    double initial_bias = 0;     ///< of every unit
    /// Of kernels into and inside areas on maps that recur, each factor of a separable one: a share of those of Sun et al.
    double kernel_scale = 1;
    friend bool operator==(const initialization&, const initialization&) = default;
};

/// Initial raw weights of the recurrent, input and output matrices.
struct initial_weights {
    matrix<double> recurrent, input, output;
};

/// The largest modulus among the eigenvalues of a square matrix; 0 for an empty or nilpotent one. The limit of |A^m|^(1/m) by repeated
/// squaring, to about ten digits: an eigenvalue solver would double the time that every program of a user takes to compile.
inline double spectral_radius(const matrix<double>& w) {
    const auto n = static_cast<std::size_t>(w.rows);
    std::vector<double> a = w.data, square(n * n);
    double log_radius = 0, norm = 0;
    for (double share = 1; share > 1e-12; share /= 2) {  // share = 1 / m
        const double before = norm;
        norm = 0;
        for (const double x : a) norm += x * x;
        norm = std::sqrt(norm);
        if (norm == 0) return 0;
        if (!is_finite(norm))
            throw invalid_argument(
                {"a matrix has no spectral radius", "spectral_radius", "finite weights", "NaN or infinity", "check the weights"});
        log_radius += share * std::log(norm);
        if (std::abs(norm - before) <= 1e-15 * norm) return std::exp(log_radius + share * std::log(norm));  // all later terms are known
        for (double& x : a) x /= norm;
        std::fill(square.begin(), square.end(), 0.);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k) {
                const double factor = a[i * n + k], *row = &a[k * n];
                double* out = &square[i * n];
                for (std::size_t j = 0; j < n; ++j) out[j] += factor * row[j];
            }
        std::swap(a, square);
    }
    return std::exp(log_radius);
}
template <class T>
double spectral_radius(const matrix<T>& w) {
    matrix<double> d(w.rows, w.cols);
    d.data.assign(w.data.begin(), w.data.end());
    return spectral_radius(d);
}

namespace detail {

// The raw weight whose magnitude under the rule is m.
inline double raw_of(sign_rule rule, double m) {
    return rule == sign_rule::soft_rectify ? softplus_inverse((std::max)(m, 1e-12)) : m;
}
inline double magnitude_of(sign_rule rule, double w) {
    switch (rule) {
        case sign_rule::rectify: return (std::max)(w, 0.);
        case sign_rule::absolute: return std::abs(w);
        case sign_rule::soft_rectify: return softplus_of(w);
        default: return w;
    }
}
// Scales of one row: total excitation and inhibition balance, then the row has Euclidean norm 1.
inline std::vector<double> row_scales(const connectivity& w, long post) {
    std::vector<double> scale(static_cast<std::size_t>(w.pres()), 0);
    double excitation = 0, inhibition = 0, square = 0;
    for (long j = 0; j < w.pres(); ++j)
        if (w.plastic(post, j)) (w.sign(post, j) > 0 ? excitation : inhibition) += 1;
    for (long j = 0; j < w.pres(); ++j) {
        double& s = scale[static_cast<std::size_t>(j)];
        if (w.plastic(post, j)) s = w.sign(post, j) > 0 || excitation == 0 ? 1 : excitation / inhibition;
        square += s * s;
    }
    for (double& s : scale) s = square > 0 ? s / std::sqrt(square) : 0;
    return scale;
}
inline double draw_magnitude(random_sequence& r, const initialization& how, double scale) {
    const double mean = 0.1 * scale;
    switch (how.recurrent) {
        case weight_distribution::uniform: return r.uniform(0, 2 * mean);
        case weight_distribution::normal: return std::abs(mean + 0.1 * mean * r.normal());
        case weight_distribution::log_normal: {
            const double m = 0.5 * scale, variance = 0.1, s2 = std::log1p(variance / (m * m));  // mean and variance of the reference code
            return std::exp(std::log(m) - s2 / 2 + std::sqrt(s2) * r.normal());
        }
        default: return r.gamma(how.gamma_shape, mean / how.gamma_shape);
    }
}
inline matrix<double> draw_uniform(const connectivity& w, std::uint32_t which, random_key key, double scale) {
    matrix<double> raw(w.posts(), w.pres());
    for (long i = 0; i < w.posts(); ++i) {
        random_sequence r(key, which, static_cast<std::uint32_t>(i));
        for (long j = 0; j < w.pres(); ++j) {
            const double u = r.uniform(-scale, scale);
            if (w.plastic(i, j)) raw(i, j) = w.rule(i, j) == sign_rule::free ? u : raw_of(w.rule(i, j), std::abs(u));
        }
    }
    return raw;
}
/// Recurrent weights that together with the fixed ones have the wanted spectral radius, and the factor that brought them there.
struct scaled_weights {
    matrix<double> raw;
    double factor;
};
inline scaled_weights draw_recurrent(const connectivity& c, const initialization& how, random_key key) {
    const long n = c.posts();
    scaled_weights w{matrix<double>(n, n), 1};
    matrix<double> effective(n, n);
    bool dale = false;
    for (long i = 0; i < n; ++i) {
        const auto scale = row_scales(c, i);
        random_sequence r(key, 0, static_cast<std::uint32_t>(i));
        for (long j = 0; j < n; ++j) {
            const bool free = c.rule(i, j) == sign_rule::free;
            dale = dale || (c.plastic(i, j) && !free);
            // every entry draws, so that a mask does not move the others
            const double m =
                free ? r.normal() : draw_magnitude(r, how, scale[static_cast<std::size_t>(j)] > 0 ? scale[static_cast<std::size_t>(j)] : 1);
            if (c.plastic(i, j)) w.raw(i, j) = m;
            effective(i, j) = (c.plastic(i, j) ? m : c.fixed(i, j)) * (c.sign(i, j) < 0 ? -1 : 1);
        }
    }
    const double target = how.spectral_radius.value_or(dale ? 1.5 : 1.1), radius = spectral_radius(effective);
    if (radius > 1e-9) w.factor = target / radius;
    for (long i = 0; i < n; ++i)
        for (long j = 0; j < n; ++j)
            if (c.plastic(i, j)) w.raw(i, j) = raw_of(c.rule(i, j), w.raw(i, j) * w.factor);
    return w;
}
/// The weights of gate `number` of every cell; the fixed ones are as they are.
inline initial_weights draw_gate(const layout& l, const initialization& how, seed s, int number) {
    const random_key key = key_of_part(key_of(s.value, random_stream::weights), static_cast<std::uint32_t>(number));
    return {draw_recurrent(l.recurrent, how, key).raw, draw_uniform(l.input, 1, key, how.input_scale), {}};
}

}  // namespace detail

/// Draws initial weights for a layout. Recurrent weights, fixed ones included (they are changed in `l`), are rescaled together to the
/// spectral radius; a recurrent matrix without cycles has radius 0 and stays as drawn. Entry (post, pre) depends on the seed and on its
/// place only.
inline initial_weights initialize(layout& l, const initialization& how, seed s) {
    const random_key key = key_of(s.value, random_stream::weights);
    initial_weights w;
    w.input = detail::draw_uniform(l.input, 1, key, how.input_scale);
    w.output = detail::draw_uniform(l.output, 2, key, how.output_scale);
    auto [recurrent, factor] = detail::draw_recurrent(l.recurrent, how, key);
    w.recurrent = std::move(recurrent);
    for (double& x : l.recurrent.fixed.data) x *= how.scale_fixed ? factor : 1;
    return w;
}

/// Initial raw weights of a tensor on a grid, as in the code of Sun et al.: Glorot-uniform kernels (depthwise and pointwise factors each by
/// their own fans), kernels of feed-forward areas normal with variance 1 / fan-in, cut at two deviations; biases and shifts 0, scales 1;
/// trained numbers Glorot-uniform. `kernel_scale`: see initialization.
template <class T>
std::vector<T> initial_values(const parameter_tensor& t, bool feed_forward, double kernel_scale, std::uint32_t number, seed s) {
    random_sequence draw(key_of(s.value, random_stream::weights), 0x7374u, number);
    std::vector<T> v(static_cast<std::size_t>(t.size()));
    const double taps = t.shape.size() > 2 ? static_cast<double>(t.shape[t.shape.size() - 1] * t.shape[t.shape.size() - 2]) : 1;
    double limit = 0;
    switch (t.role) {
        case tensor_role::depthwise:
            limit = kernel_scale * std::sqrt(6 / (taps * static_cast<double>(t.shape[0]) + taps));
            break;
        case tensor_role::weights: {
            const double in = taps * static_cast<double>(t.shape[1]), out = taps * static_cast<double>(t.shape[0]);
            if (feed_forward) {
                for (T& x : v) {
                    double n = draw.normal();
                    while (!(n > -2 && n < 2)) n = draw.normal();
                    x = static_cast<T>(n * std::sqrt(1 / in) / 0.87962566103423978);  // the deviation of what is left after the cut
                }
                return v;
            }
            limit = (t.place == weight_place::output ? 1 : kernel_scale) * std::sqrt(6 / (in + out));
            break;
        }
        case tensor_role::trained:
            limit = std::sqrt(3 / static_cast<double>(t.size()));
            break;
        case tensor_role::scale:
            return std::vector<T>(v.size(), T(1));
        default:
            return v;
    }
    for (T& x : v) x = static_cast<T>(draw.uniform(-limit, limit));
    return v;
}

/// Initial raw weights of all tensors of a network. `feed_forward`, per area: see `initial_values`; `units`: what `initialize` drew for the
/// first weighted equation of the units' cells. The others (gates) have draws of their own.
template <class T>
tensor_list<T> first_values(const std::vector<parameter_tensor>& tensors, const std::vector<bool>& feed_forward, const layout& l,
                            const initial_weights& units, const initialization& how, seed s) {
    const std::size_t maps = l.maps.size();
    initial_weights drawn;  // of `gate`, the last one that was not the first
    int gate = 0;
    std::uint32_t number = 0;  // of the tensor; initial values on maps, which not every model has, do not move the others
    tensor_list<T> all;
    for (const auto& t : tensors) {
        const auto area = static_cast<std::size_t>(t.area), size = static_cast<std::size_t>(t.size());
        const bool readout = t.equation == readout_equation;
        if (area < maps || t.role == tensor_role::trained) {
            all.push_back(initial_values<T>(t, feed_forward[area], how.kernel_scale, number, s));
        } else if (t.is_weight()) {
            if (t.number > 0 && t.number != gate) drawn = detail::draw_gate(l, how, s, gate = t.number);
            const initial_weights& own = t.number == 0 ? units : drawn;
            const auto& from = t.place == weight_place::input ? own.input : readout ? units.output : own.recurrent;
            const auto part = from.part(t.post, t.shape[0], t.pre, t.shape[1]);
            all.emplace_back(part.data.begin(), part.data.end());
        } else {
            const double value = t.role == tensor_role::initial            ? how.initial_state
                                 : t.role == tensor_role::scale            ? 1
                                 : t.role == tensor_role::bias && !readout ? how.initial_bias
                                                                           : 0;
            all.emplace_back(size, static_cast<T>(value));
        }
        if (area >= maps || t.role != tensor_role::initial) ++number;
    }
    return all;
}

}  // namespace EIRNN_NAMESPACE